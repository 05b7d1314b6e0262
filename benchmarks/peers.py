"""How well does pytimer time work of known length, beside what one would use instead?

On the host the work is a busy wait, on CUDA a spin; both stamp themselves, and their stamps are
the truth. All tools call the same Python callable, in one process, in rounds of random order. The
bias of a reading is what the tool says minus the same statistic of the work's own stamps of just
the calls it timed. Tools that are missing or fail are shown with the reason. Ends with exit code 1
when a bar is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch
from timers import STATISTICS, Reading, Task, Tool
from timers.anywhere import ON_HOST
from timers.instructions import per_repetition
from timers.on_cuda import ON_CUDA

from pytimer import codec
from pytimer.devices import Device, KnownWork, resolve_device
from pytimer.environment import capture
from pytimer.statistics import timer_step
from pytimer.units import significant

CLOSE = 0.01
"""Of the truth: how near an estimate must come and stay."""

MOSTLY = 0.9
"""Share of the rounds in which it must."""

COST_CALLS = 1000
COST_WORK_S = 20e-6
"""What cost is measured with on an asynchronous device; on the host with work that only stamps."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        longest_s: the most work in one series, seconds, but at least 300 calls.
        slack_s: added to what the bars allow.
    """

    lengths_s: tuple[float, ...]
    rounds: int
    longest_s: float
    slack_s: float = 0.0

    def budgets(self, length_s: float) -> list[int]:
        """How many calls the tools are to time, from few to many."""
        most = int(np.clip(self.longest_s / length_s, 300, 10_000))
        return sorted({min(calls, most) for calls in (10, 100, 1000, 10_000)})


FULL = Extent((1e-6, 5e-6, 20e-6, 100e-6, 1e-3), rounds=15, longest_s=0.3)
QUICK = Extent((20e-6, 100e-6), rounds=3, longest_s=0.03, slack_s=1e-6)


@dataclass(slots=True)
class Readings:
    """All that one tool said. Entries of a list are of one round each.

    Attributes:
        errors_s, seconds: by length and budget: what was read minus the truth, and how long the
            whole reading took.
        truths_s: by length.
        costs_s: what a repetition took beyond the work.
        around_s: what a reading took beyond its timed calls.
        reason: why there is no more.
    """

    errors_s: dict[tuple[float, int], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    seconds: dict[tuple[float, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    truths_s: dict[float, list[float]] = field(default_factory=lambda: defaultdict(list))
    costs_s: list[float] = field(default_factory=list)
    around_s: list[float] = field(default_factory=list)
    reason: str | None = None


def measure(device: Device, tools: Sequence[Tool], extent: Extent) -> dict[Tool, Readings]:
    """Rounds in which all tools read all lengths at all budgets, each time in another order."""
    order = random.Random(2026)
    all_readings = {tool: Readings() for tool in tools}

    def in_turn(read: Callable[..., None], *arguments: object) -> None:
        for tool in order.sample(tools, len(tools)):
            readings = all_readings[tool]
            if readings.reason is None:
                try:
                    read(device, tool, readings, *arguments)
                except (Exception, SystemExit) as error:
                    readings.reason = reason_of(error)

    for done in range(extent.rounds):
        in_turn(read_cost)
        for length_s in extent.lengths_s:
            for calls in extent.budgets(length_s):
                in_turn(read_known, length_s, calls)
        print(f"round {done + 1} of {extent.rounds}", file=sys.stderr)
    return all_readings


def reason_of(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed"
    return f"{type(error).__name__}: {error}".splitlines()[0]


def quietly(tool: Tool, task: Task) -> tuple[Reading, float]:
    """What the tool reads, without what it prints, and how long that took."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        begin = time.perf_counter()
        reading = tool.read(task)
        return reading, time.perf_counter() - begin


def read_known(device: Device, tool: Tool, readings: Readings, length_s: float, calls: int) -> None:
    # Some tools look for a number of calls first: room for these stamps too.
    work = device.known_work(length_s, 1000 + 12 * calls)
    task = Task(work.native_call() or work.call, calls, length_s, device)
    reading, seconds = quietly(tool, task)
    truth_s = true_length(device, work, reading, tool.reports)
    readings.errors_s[length_s, calls].append(reading.estimate_s - truth_s)
    readings.seconds[length_s, calls].append(seconds)
    readings.truths_s[length_s].append(truth_s)


def true_length(device: Device, work: KnownWork, reading: Reading, statistic: str) -> float:
    """The statistic that the tool reports, of the work's own stamps of the calls it timed last."""
    lengths_s = work.lengths_s()
    if device.asynchronous:  # replays stamp the same places, so calls cannot be told apart
        return float(np.median(lengths_s[lengths_s > 0]))
    blocks = lengths_s[-reading.timed :].reshape(reading.blocks, reading.calls).mean(axis=1)
    return float(STATISTICS[statistic](blocks))


def read_cost(device: Device, tool: Tool, readings: Readings) -> None:
    """From one call to the next in the tool, less the same in a bare loop right before."""
    bare_s = bare_period(device)
    call, moments_ns = stamping(device)
    reading, seconds = quietly(tool, Task(call, COST_CALLS, bare_s, device))
    if len(moments_ns) < reading.timed:
        return  # replayed, not called
    timed_s = (moments_ns[-1] - moments_ns[-reading.timed]) / 1e9
    period_s = timed_s / (reading.timed - 1)
    readings.costs_s.append(period_s - bare_s)
    readings.around_s.append(seconds - timed_s)


def stamping(device: Device) -> tuple[Callable[[], None], list[int]]:
    """A callable that notes when it is called, with what it noted; on CUDA it also spins."""
    moments_ns: list[int] = []
    note, now_ns = moments_ns.append, time.perf_counter_ns
    if not device.asynchronous:
        return lambda: note(now_ns()), moments_ns
    spin = device.known_work(COST_WORK_S, 1).call

    def call() -> None:
        note(now_ns())
        spin()

    return call, moments_ns


def bare_period(device: Device) -> float:
    """Seconds per call of a `for` loop, with one synchronisation at the end."""
    call, _ = stamping(device)
    begin = time.perf_counter()
    for _ in repeat(None, COST_CALLS):
        call()
    device.synchronize()
    return (time.perf_counter() - begin) / COST_CALLS


def spread(values: Sequence[float]) -> float:
    """The distance between the quartiles."""
    low, high = np.quantile(values, (0.25, 0.75))
    return float(high - low)


def seconds_to_close(readings: Readings, length_s: float, budgets: Sequence[int]) -> float | None:
    """How long the smallest reading takes from which on the estimate stays close; None: never."""
    answer = None
    for calls in reversed(budgets):
        errors = np.abs(readings.errors_s[length_s, calls])
        truth_s = statistics.median(readings.truths_s[length_s])
        if np.mean(errors <= CLOSE * truth_s) < MOSTLY:
            break
        answer = statistics.median(readings.seconds[length_s, calls])
    return answer


def rows_of(all_readings: dict[Tool, Readings], extent: Extent) -> list[dict[str, Any]]:
    return [row_of(tool, readings, extent) for tool, readings in all_readings.items()]


def row_of(tool: Tool, readings: Readings, extent: Extent) -> dict[str, Any]:
    row: dict[str, Any] = {
        "tool": tool.title,
        "peer": tool.is_peer,
        "reports": tool.reports,
        "keeps_samples": tool.keeps_samples,
    }
    if readings.reason is not None:
        return row | {"reason": readings.reason}
    row["cost_s"] = statistics.median(readings.costs_s) if readings.costs_s else None
    row["around_s"] = statistics.median(readings.around_s) if readings.around_s else None
    row["costs_s"] = readings.costs_s
    row["lengths"] = []
    for length_s in extent.lengths_s:
        budgets = extent.budgets(length_s)
        errors_s = readings.errors_s[length_s, budgets[-1]]
        row["lengths"].append(
            {
                "length_s": length_s,
                "calls": budgets[-1],
                "bias_s": statistics.median(errors_s),
                "spread_s": spread(errors_s),
                "seconds_to_1_percent": seconds_to_close(readings, length_s, budgets),
                "errors_s": errors_s,
            }
        )
    return row


def bars(
    rows: Sequence[dict[str, Any]], step_s: float, slack_s: float = 0.0
) -> Iterator[dict[str, Any]]:
    """What must hold, against each peer.

    A difference counts where it is larger than the spread of either, and than one step of the
    clock: medians of stamps come in such steps.
    """
    measured = [row for row in rows if "reason" not in row]
    named = {row["tool"]: row for row in measured}
    ours = named.get("pytimer") or named.get("pytimer queued")
    isolated = named.get("pytimer") or named.get("pytimer isolated")
    if ours is None or isolated is None:
        yield {"name": "pytimer reads the work at all", "holds": False}
        return
    for peer in (row for row in measured if row["peer"]):
        for own, other in zip(ours["lengths"], peer["lengths"], strict=True):
            allowed_s = max(own["spread_s"], other["spread_s"], step_s) + slack_s
            yield {
                "name": f"bias at {length_of(own)}: {ours['tool']} is no further off than "
                f"{peer['tool']}",
                "holds": abs(own["bias_s"]) <= abs(other["bias_s"]) + allowed_s,
                "pytimer_s": own["bias_s"],
                "peer_s": other["bias_s"],
                "spread_s": allowed_s,
            }
        if peer["keeps_samples"] and peer["cost_s"] is not None:
            yield {
                "name": f"cost per repetition: {isolated['tool']} takes no more than "
                f"{peer['tool']}",
                "holds": isolated["cost_s"] <= peer["cost_s"] + slack_s,
                "pytimer_s": isolated["cost_s"],
                "peer_s": peer["cost_s"],
            }


def length_of(entry: dict[str, Any]) -> str:
    return f"{entry['length_s'] * 1e6:g} µs"


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown tables: what each tool reads, how soon it is close, and what a reading takes."""
    measured = [row for row in rows if "reason" not in row]
    lengths = [length_of(entry) for entry in measured[0]["lengths"]]
    parts = [
        head(["bias ± spread [ns] at", *lengths, "reports"]),
        *(line([row["tool"], *map(bias_of, row["lengths"]), row["reports"]]) for row in measured),
        "",
        head(["within 1 % after [ms], at", *lengths]),
        *(line([row["tool"], *map(soon_of, row["lengths"])]) for row in measured),
        "",
        head(["a reading of 1000 calls", "cost of each [ns]", "around them [ms]", "keeps"]),
        *(line([row["tool"], *cost_of(row)]) for row in measured),
        *(f"\n{row['tool']}: {row['reason']}." for row in rows if "reason" in row),
    ]
    return "\n".join(parts)


def head(names: Sequence[str]) -> str:
    return line(names) + "\n| --- |" + " ---: |" * (len(names) - 1)


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def bias_of(entry: dict[str, Any]) -> str:
    return f"{entry['bias_s'] * 1e9:+,.0f} ± {entry['spread_s'] * 1e9:,.0f}".replace(",", "\u202f")


def soon_of(entry: dict[str, Any]) -> str:
    seconds = entry["seconds_to_1_percent"]
    return "never" if seconds is None else significant(seconds * 1e3, 3)


def cost_of(row: dict[str, Any]) -> list[str]:
    figures = ((row["cost_s"], 1e9), (row["around_s"], 1e3))
    shown = ["–" if value is None else significant(value * unit, 3) for value, unit in figures]
    return [*shown, "every sample" if row["keeps_samples"] else "means of blocks"]


def instructions_table(instructions: dict[str, list[float]] | str) -> str:
    if isinstance(instructions, str):
        return f"Instructions per repetition: {instructions}."
    return "\n".join(
        [
            head(["instructions per repetition", "counted", "counted again"]),
            *(
                line([loop, *(significant(count) for count in counts)])
                for loop, counts in instructions.items()
            ),
        ]
    )


def page_of(document: dict[str, Any]) -> str:
    """The generated part of docs/peers.md."""
    return table(document["rows"]) + "\n\n" + instructions_table(document["instructions"])


def put_into(page: Path, text: str) -> None:
    """Between the page's two marks."""
    marked = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)
    old = page.read_text(encoding="utf-8")
    page.write_text(marked.sub(lambda m: f"{m[1]}{text}\n{m[2]}", old), encoding="utf-8")


def clock_step(device: Device) -> float:
    """The least difference between lengths that the work stamps."""
    work = device.known_work(1e-6, 1000)
    for _ in range(1000):
        work.call()
    return timer_step(np.round(work.lengths_s(), 12))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--quick", action="store_true", help="little of everything, wider bars")
    parser.add_argument("--rounds", type=int, help=f"instead of {FULL.rounds}")
    parser.add_argument("--json", metavar="FILE", help="write all figures there as well")
    parser.add_argument("--page", metavar="FILE", help="put the tables into this page of docs")
    options = parser.parse_args()
    extent = QUICK if options.quick else FULL
    extent = replace(extent, rounds=options.rounds or extent.rounds)

    device = resolve_device(options.device)
    tools = ON_CUDA if device.asynchronous else ON_HOST
    instructions: dict[str, list[float]] | str = "not counted"
    if not device.asynchronous and not options.quick:
        instructions = per_repetition()
    step_s = clock_step(device)
    rows = rows_of(measure(device, tools, extent), extent)
    environment = capture(device)
    document = {
        "command": " ".join(["python benchmarks/peers.py", "--device", device.name]),
        "rounds": extent.rounds,
        "clock_step_s": step_s,
        "environment": codec.encode(environment),
        "rows": rows,
        "bars": list(bars(rows, step_s, extent.slack_s)),
        "instructions": instructions,
    }

    where = environment.device.model or environment.host.cpu
    print(f"{where}, {device.name}, torch {torch.__version__}")
    print(f"{extent.rounds} rounds, a step of the clock is {step_s * 1e9:.0f} ns\n")
    print(page_of(document), end="\n\n")
    for bar in document["bars"]:
        print(f"{'ok    ' if bar['holds'] else 'MISSED'} {bar['name']}")
    if options.json:
        text = json.dumps(document, indent=1, ensure_ascii=False)
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    if options.page:
        put_into(Path(options.page), page_of(document))
    sys.exit(0 if all(bar["holds"] for bar in document["bars"]) else 1)


if __name__ == "__main__":
    main()
