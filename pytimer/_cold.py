"""The process of a cold start: `python -m pytimer._cold CONNECTION JOB`, two inherited file
descriptors. Touches no device before it is asked to; answers once: an encoded `ColdStart`, or a
reason.
"""

from __future__ import annotations

from pytimer.mistakes.cold import started
from pytimer.probing.worker_side import answer_once

if __name__ == "__main__":
    answer_once(started)
