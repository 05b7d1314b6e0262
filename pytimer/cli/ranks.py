"""Commands under torchrun: every rank measures, rank 0 alone prints and writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from pytimer.cli.job import (
    bytes_of,
    errors_in_one_line,
    keeping_what_is_known,
    only_without,
    prepared,
)
from pytimer.errors import PlanError, PyTimerError

if TYPE_CHECKING:
    from pytimer.plan import LatencyPlan, ThroughputPlan
    from pytimer.ranks import Group, Place

COMMANDS = ("latency", "throughput")
"""Those that several ranks can carry out together."""


def several_ranks() -> bool:
    """Whether the environment is that of a rank among others, as torchrun sets it."""
    names = {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}
    return names <= os.environ.keys() and os.environ["WORLD_SIZE"] != "1"


def refuse_alone(command: str | None) -> None:
    """Ends the process, with one line of rank 0, where ranks cannot carry out that command."""
    if command is None or command in COMMANDS or not several_ranks():
        return
    if os.environ["RANK"] != "0":
        sys.exit(2)
    with errors_in_one_line():
        raise PlanError(
            f"several ranks can measure {' and '.join(COMMANDS)}, got {command}; start it without "
            "torchrun"
        )


def throughput_together(
    model: str, batch_size: int | Literal["auto"], options: dict[str, Any]
) -> None:
    """`pytimer throughput` of one rank."""
    from pytimer.plan import Loop, ThroughputPlan

    def plan() -> ThroughputPlan:
        return ThroughputPlan(
            batch_size,
            options["batches"],
            Loop(options["loop"]),
            options["warm_up"],
            options["concurrency"],
            options["host_to_device"],
        )

    _measure_together(model, 1, options, plan)


def latency_together(model: str, batch_size: int, options: dict[str, Any]) -> None:
    """`pytimer latency` of one rank."""
    from pytimer.plan import LatencyPlan

    def plan() -> LatencyPlan:
        if options["mode"] == "all":
            raise PlanError("several ranks measure one mode, got --mode all; name one")
        only_without(options, "torchrun with several ranks", reference=None, max_samples=None)
        names = ("mode", "call", "cache", "loop")
        counts = ("warm_up", "repetitions", "max_seconds", "precision", "rounds")
        return LatencyPlan.parse(**{name: options[name] for name in (*names, *counts)})

    _measure_together(model, batch_size, options, plan)


def _measure_together(
    model: str,
    batch_size: int,
    options: dict[str, Any],
    make_plan: Callable[[], LatencyPlan | ThroughputPlan],
) -> None:
    # Before torch is imported: what it logs of a lost rank are stack traces, over and over.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")

    from pytimer.ranks import joined, measured_in, place_of

    with errors_in_one_line(traceback=options["verbosity"] == "verbose") as ended:
        place = place_of(os.environ)
        if place is None:
            raise PlanError(f"WORLD_SIZE must be a number ≥ 1, got {os.environ['WORLD_SIZE']!r}")
        options = _of_rank(place, options)
        group: Group | None = None
        try:
            with (
                keeping_what_is_known(options, ended) as out,
                joined(place, _timeout_s(options), ended) as group,
            ):
                only_without(options, "torchrun with several ranks", processes=1, peak_flops=None)
                plan = make_plan()
                job = prepared(model, batch_size, options, out)
                result = measured_in(
                    group,
                    job.named.model,
                    job.inputs,
                    plan,
                    search_plan=_search_plan(options),
                    make_inputs=job.make_inputs,
                    audit=options.get("audit", True),
                    **job.common,
                )
        except (KeyboardInterrupt, PyTimerError):
            if place.rank > 0 and group is not None and group.rank_0_knows:
                sys.exit(2)  # rank 0 says it
            raise
        ended.ignore()
        if result is not None:
            out.finish(result)


def _of_rank(place: Place, options: dict[str, Any]) -> dict[str, Any]:
    """The options of that rank: a device of its own, and silence unless it is rank 0."""
    import torch

    device = place.device_name(options["device"], has_cuda=torch.cuda.is_available())
    silence = {} if place.rank == 0 else {"verbosity": "quiet", "json_path": None}
    return options | {"device": device} | silence


def _timeout_s(options: dict[str, Any]) -> float:
    from pytimer.plan import check_positive
    from pytimer.ranks import TIMEOUT_S

    timeout_s: float | None = options["timeout"]
    check_positive("--timeout", timeout_s, "seconds")
    return TIMEOUT_S if timeout_s is None else timeout_s


def _search_plan(options: dict[str, Any]) -> Any:
    from pytimer.plan import BatchSizePlan, Strategy

    if "strategy" not in options:
        return BatchSizePlan()
    return BatchSizePlan(
        Strategy(options["strategy"]),
        options["max_batch_size"],
        bytes_of(options["memory_limit"]),
        isolate=options["isolate"],
    )
