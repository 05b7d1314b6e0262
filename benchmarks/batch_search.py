"""How many probes does each rule need to find the largest batch size, and does it find it?

Draws hidden limits (log-uniform from 4 to 4000) under five shapes of memory growth, and lets the
strategies of pytimer and the rules of other tools look for them. Ends with exit code 1 when the
guided strategy misses a bar. Nothing is allocated: a size fits if it is at most the limit.
"""

import argparse
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pytimer.plan import Strategy
from pytimer.probing import Outcome, tries

LEAST, MOST = 4, 4000
MOST_PROBES, MOST_FAILED = 7.5, 2.6


@dataclass(frozen=True, slots=True)
class Hidden:
    """A limit, and the share of memory that a size reports to take."""

    limit: int
    share: object


def linear(limit, rng):
    full = limit + rng.uniform(0.05, 0.95)
    return Hidden(limit, lambda size: size / full)


def affine(limit, rng):
    """A part that every size takes, such as weights and workspaces."""
    full, fixed = limit + rng.uniform(0.05, 0.95), rng.uniform(0.02, 0.5)
    return Hidden(limit, lambda size: fixed + (1 - fixed) * size / full)


def stepped(limit, rng):
    """The allocator rounds up to 2 to 128 MiB of 8 GiB."""
    exact, quantum = affine(limit, rng).share, 2 ** int(rng.integers(0, 7)) / 4096

    def share(size):
        return math.ceil(exact(size) / quantum) * quantum

    while share(limit + 1) <= 1:
        limit += 1
    while share(limit) > 1:
        limit -= 1
    return Hidden(limit, share)


def jumping(limit, rng):
    """Up to three workspaces of 2 to 30 % of all else, each from some size on."""
    count = int(rng.integers(1, 4))
    begins = np.exp(rng.uniform(0, math.log(1.5 * limit + 1), count))
    sizes = rng.uniform(0.02, 0.3, count)

    def used(size):
        return size / limit + float(sizes[begins <= size].sum())

    below, above = used(limit), used(limit + 1)
    full = below + rng.uniform(0.05, 0.95) * (above - below)
    return Hidden(limit, lambda size: used(size) / full)


def noisy(limit, rng):
    """The reported memory is wrong by up to 10 % either way."""
    exact = affine(limit, rng).share
    return Hidden(limit, lambda size: exact(size) * rng.uniform(0.9, 1.1))


SHAPES = {
    "linear": linear,
    "affine": affine,
    "stepped": stepped,
    "workspace jumps": jumping,
    "noisy ±10 %": noisy,
}


@dataclass(slots=True)
class Found:
    """What a rule did: the size it names, whether it tried that, and its probes."""

    size: int = 0
    probes: int = 0
    failed: int = 0
    seconds: float = 0.0

    def fits(self, size, hidden):
        self.probes += 1
        self.failed += size > hidden.limit
        return size <= hidden.limit


def pytimer_strategy(strategy):
    def look(hidden):
        found = Found()
        begin = time.perf_counter()
        steps = tries(strategy, None)
        step = next(steps)
        while True:
            fitted = found.fits(step.size, hidden)
            if fitted:
                found.size = max(found.size, step.size)
            try:
                step = steps.send(Outcome(fitted, hidden.share(step.size) if fitted else None))
            except StopIteration:
                found.seconds = time.perf_counter() - begin
                return found

    return look


def lightning_power(hidden):
    """Doubles from 2 until a size fails; names the one before."""
    found, size = Found(), 2
    while found.fits(size, hidden):
        found.size = size
        size *= 2
    return found


def lightning_bisection(hidden, margin=0.05):
    """Doubles from 2, bisects, and takes a margin off what it found."""
    found, low, high, size = Found(), 1, None, 2
    while high is None or high - low > 1:
        if found.fits(size, hidden):
            low = size
            size = 2 * size if high is None else (low + high) // 2
        else:
            high = size
            size = (low + high) // 2
    found.size = max(int(low * (1 - margin)), 1)
    return found


def accelerate(first):
    """Takes 10 % off until a size fits."""

    def look(hidden):
        found = Found(size=first)
        while found.size > 0 and not found.fits(found.size, hidden):
            found.size = int(found.size * 0.9)
        return found

    return look


def timm(hidden):
    """From 256 down by powers of two, with one step between them, until a size fits."""
    found = Found(size=256)
    while found.size > 0 and not found.fits(found.size, hidden):
        power = 2 ** math.floor(math.log2(found.size))
        found.size = power if found.size > power else power * 3 // 4
    return found


RULES = {
    "pytimer guided": pytimer_strategy(Strategy.GUIDED),
    "pytimer binary": pytimer_strategy(Strategy.BINARY),
    "Lightning power": lightning_power,
    "Lightning binary search": lightning_bisection,
    "accelerate, from 128": accelerate(128),
    "accelerate, from 4096": accelerate(4096),
    "timm decay, from 256": timm,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One rule under one shape of memory growth; means over the limits."""

    rule: str
    shape: str
    limits: int
    probes: float
    failed: float
    exact: float
    share_of_limit: float
    most_probes: int


def limits_of(shape, count):
    rng = np.random.default_rng(list(SHAPES).index(shape))
    for _ in range(count):
        limit = round(math.exp(rng.uniform(math.log(LEAST), math.log(MOST))))
        yield SHAPES[shape](limit, rng)


def measure(count):
    """A row for each rule and shape, and the seconds that guided took for each probe."""
    rows, seconds, probes = [], 0.0, 0
    for rule, look in RULES.items():
        for shape in SHAPES:
            results = [(hidden.limit, look(hidden)) for hidden in limits_of(shape, count)]
            found = [one for _, one in results]
            rows.append(
                Row(
                    rule,
                    shape,
                    count,
                    float(np.mean([one.probes for one in found])),
                    float(np.mean([one.failed for one in found])),
                    float(np.mean([one.size == limit for limit, one in results])),
                    float(np.mean([min(one.size / limit, 1) for limit, one in results])),
                    max(one.probes for one in found),
                )
            )
            if rule == "pytimer guided":
                seconds += sum(one.seconds for one in found)
                probes += sum(one.probes for one in found)
    return rows, seconds / probes


def table(rows):
    """The means over all shapes, and guided under each."""
    lines = [
        "| rule | memory | probes | of them too large | exact | size ÷ limit |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for rule in dict.fromkeys(row["rule"] for row in rows):
        of_rule = [row for row in rows if row["rule"] == rule]
        shown = [(row["shape"], [row]) for row in of_rule] if rule == "pytimer guided" else []
        for shape, group in [("all", of_rule), *shown]:
            means = [
                sum(row[key] for row in group) / len(group)
                for key in ("probes", "failed", "exact", "share_of_limit")
            ]
            figures = f"{means[0]:.1f} | {means[1]:.1f} | {means[2]:.1%} | {means[3]:.1%}"
            lines.append(f"| {rule} | {shape} | {figures} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limits", type=int, default=1000, help="hidden limits for each shape")
    parser.add_argument("--json", metavar="FILE", help="write the rows there as well")
    options = parser.parse_args()

    rows, seconds = measure(options.limits)
    print(f"{options.limits} hidden limits for each of {len(SHAPES)} shapes\n")
    print(table([asdict(row) for row in rows]))
    guided = [row for row in rows if row.rule == "pytimer guided"]
    probes = float(np.mean([row.probes for row in guided]))
    failed = float(np.mean([row.failed for row in guided]))
    exact = all(row.exact == 1 for row in guided)
    held = exact and probes <= MOST_PROBES and failed <= MOST_FAILED
    print(f"\nguided: {seconds * 1e6:.1f} µs of its own for each probe", end="; ")
    print(f"most probes for one limit: {max(row.most_probes for row in guided)}")
    print("bars: exact in 100 %", f"{probes:.2f} ≤ {MOST_PROBES} probes", sep="; ", end="; ")
    print(f"{failed:.2f} ≤ {MOST_FAILED} too large: {'held' if held else 'MISSED'}")
    if options.json:
        document = {"rows": [asdict(row) for row in rows], "seconds_per_probe": seconds}
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
