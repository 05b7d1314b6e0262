"""The mistakes by name: why each reads wrong, and what a host lacks to show it."""

from __future__ import annotations

from typing import Literal, get_args

MistakeName = Literal[
    "copy-in-timing",
    "no-warm-up",
    "host-clock-without-sync",
    "single-sample",
    "no-no-grad",
    "no-eval",
    "allocation-in-timing",
    "sync-in-timing",
    "sum-of-event-times",
    "largest-batch",
]

NAMES: tuple[MistakeName, ...] = get_args(MistakeName)
"""In the order in which they are shown: the article's four, then those it implies."""

WHY: dict[MistakeName, str] = {
    "copy-in-timing": "the copy of the inputs to the device is timed as if it were inference",
    "no-warm-up": "the first calls set up what later ones find ready: memory, kernels, clocks",
    "host-clock-without-sync": "a call returns once its work is queued: the clock reads the launch",
    "single-sample": "one call is one draw from the spread of all",
    "no-no-grad": "every operation also records and keeps what a backward pass would need",
    "no-eval": "dropout draws random numbers, batch norm computes and updates its statistics",
    "allocation-in-timing": "making the input tensors is timed as if it were inference",
    "sync-in-timing": "reading the output makes the host wait and copies inside the timing",
    "sum-of-event-times": "calls that are waited for hold launches that back-to-back calls hide",
    "largest-batch": "the largest batch need not be the fastest",
}

ON_HOST: dict[MistakeName, str] = {
    "copy-in-timing": "needs CUDA: on the host the inputs are in place",
    "host-clock-without-sync": "needs CUDA: on the host a call returns when its work is done",
    "sync-in-timing": "needs CUDA: on the host there is nothing to wait for",
    "sum-of-event-times": "needs CUDA: the host has no events",
}
"""Why a device that is not asynchronous cannot show it."""
