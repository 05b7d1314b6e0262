"""What a program does that matters for timing, found out without running it.

The classes build on each other, in this order: Machine (scopes, loops, the trace), Texts,
Arithmetic, Expressions, Calls, TimingTools, Iterables, Libraries, CollectionsAndEvents,
ModelsAndTensors, Methods, Assignments, Loops, Contexts, Walker (statements, and functions that
nothing calls).
"""

from pytimer.source_audit.walk.trace import Trace
from pytimer.source_audit.walk.walker import walk

__all__ = ["Trace", "walk"]
