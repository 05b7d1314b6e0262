"""The process of a profile: `python -m pytimer._profile CONNECTION JOB`, two inherited file
descriptors. Answers once: an encoded `Profiled`, or a reason.
"""

from __future__ import annotations

from pytimer.probing.worker_side import answer_once
from pytimer.profiling import profiled

if __name__ == "__main__":
    answer_once(profiled)
