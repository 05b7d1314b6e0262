"""One of several processes that measure the same: `python -m pytimer._measure CONNECTION JOB`, two
inherited file descriptors. Answers once: an encoded result, or a reason.
"""

from __future__ import annotations

from pytimer.probing.worker_side import answer_once
from pytimer.processes import measured

if __name__ == "__main__":
    answer_once(measured)
