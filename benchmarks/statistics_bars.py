"""Do pytimer's statistics keep their promises on series whose truth is known?

Draws series of durations (noise, correlation, spikes, modes, coarse timers, warm-up of seven
shapes, drift), applies the rules of pytimer and of others to the same series, and compares what is
reached with a bar. Ends with exit code 1 when a bar is missed.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytimer import statistics
from pytimer.stopping import judge
from tests.statistics.series import WARM_UPS, correlated, steady, two_modes

N = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: what must be reached, what was, and what another rule reaches."""

    bar: str
    low: float
    high: float
    reached: float
    peer: str = ""
    peer_reached: float | None = None
    held: bool = True


# The rules of others, from their descriptions.


def naive_interval(x):
    """Order statistics of independent samples, the first 10 dropped: the article's 10 + 300."""
    ordered = np.sort(x)
    half = 1.96 * math.sqrt(len(x)) / 2
    return ordered[int(len(x) / 2 - half) - 1], ordered[int(len(x) / 2 + half)]


def mser_5(x):
    """White (1997): the cut that makes the standard error of the rest least, in means of five."""
    means = x[: len(x) // 5 * 5].reshape(-1, 5).mean(axis=1)
    half = len(means) // 2
    errors = [np.var(means[d:]) / (len(means) - d) for d in range(half)]
    return 5 * int(np.argmin(errors))


def stdrel_stop(x):
    """nvbench: stop when the relative standard deviation of the mean is at most 0.5 %."""
    for n in range(10, len(x), 10):
        if np.std(x[:n]) / np.mean(x[:n]) <= 0.005 * math.sqrt(n):
            return n
    return len(x)


def mann_whitney_differs(a, b):
    """All of a, then all of b, as independent samples."""
    return stats.mannwhitneyu(a, b).pvalue < 0.05


# The promises. Each takes (repetitions, rng) and yields rows.


def share(values):
    return float(np.mean(list(values)))


def coverage_of_the_median(repetitions, rng, *, name, low, high, **series):
    ours, naive = [], []
    step = series.get("step", 0.0)
    for x in steady(rng, repetitions, N, **series):
        found = statistics.percentile_interval(x, resolution_s=step)
        ours.append(found.low_s <= 1 <= found.high_s)
        bounds = naive_interval(x)
        naive.append(bounds[0] <= 1 <= bounds[1])
    yield Row(f"coverage of the median, {name}", low, high, share(ours), "naive", share(naive))


def coverage_of_p90(repetitions, rng, *, rho, low, high):
    truth = math.exp(0.02 * stats.norm.ppf(0.9))
    found = [statistics.percentile_interval(x, 0.9) for x in steady(rng, repetitions, N, rho=rho)]
    hits = [
        (f.low_s is None or f.low_s <= truth) and (f.high_s is None or truth <= f.high_s)
        for f in found
    ]
    yield Row(f"coverage of p90, rho {rho}", low, high, share(hits))


def adaptive(x):
    """(samples kept, half-width) where pytimer stops."""
    read = N
    while True:
        judgement = judge(x[:read], precision=0.01, least=N, most=len(x))
        if judgement.wanted is None:
            return x[judgement.cut : read], judgement
        read = judgement.wanted


def coverage_at_the_stop(repetitions, rng, *, name, low, high, make):
    ours, peer = [], []
    for x in make(rng, repetitions, 5000):
        truth = make.truth if hasattr(make, "truth") else 1.0
        kept, _ = adaptive(x)
        found = statistics.percentile_interval(kept)
        ours.append(found.low_s <= truth <= found.high_s)
        bounds = naive_interval(x[: max(stdrel_stop(x), 20)])
        peer.append(bounds[0] <= truth <= bounds[1])
    yield Row(
        f"coverage at the stop, {name}", low, high, share(ours), "nvbench stdrel", share(peer)
    )


def sticky(rng, count, length):
    return two_modes(rng, count, length, stay=0.9)


def bias_after_warm_up(repetitions, rng, *, kind, sigma, rho):
    t = np.arange(5000)
    ours, fixed, mser = [], [], []
    for x in steady(rng, repetitions, 5000, sigma=sigma, rho=rho) * WARM_UPS[kind](t):
        ours.append(np.median(adaptive(x)[0]))
        fixed.append(np.median(x[10 : 10 + N]))
        mser.append(np.median(x[mser_5(x[:N]) : N]))
    bias, fixed_bias, mser_bias = (abs(float(np.mean(m)) - 1) for m in (ours, fixed, mser))
    name = f"bias of the median, {kind}, sigma {sigma}, rho {rho}"
    yield Row(name, 0, 0.005, bias, "fixed 10 + 300", fixed_bias)
    yield Row(name, 0, 0.005, bias, "MSER-5", mser_bias)


def false_cuts(repetitions, rng, *, rho):
    x = steady(rng, repetitions, N, rho=rho)
    cuts = share(statistics.warm_up_cut(row) > 0 for row in x)
    peer = share(mser_5(row) > 0 for row in x)
    yield Row(f"false cuts of steady series, rho {rho}", 0, 0.05, cuts, "MSER-5", peer)


def flagged(name, x, step=0.0):
    return share(
        name in {flag.name for flag in statistics.flags(row, resolution_s=step)} for row in x
    )


def false_flags(repetitions, rng, *, name, **series):
    x = steady(rng, repetitions, N, **series)
    step = series.get("step", 0.0)
    yield Row(f"false shifted, {name}", 0, 0.03, flagged("shifted", x, step))
    yield Row(f"false bimodal, {name}", 0, 0.01, flagged("bimodal", x, step))


def true_flags(repetitions, rng):
    t = np.arange(N)
    shapes = {
        "a 3 % step midway": np.where(t < N // 2, 1, 1.03),
        "a 5 % step at 80 %": np.where(t < 0.8 * N, 1, 1.05),
        "a 5 % drift": 1 + 0.05 * t / N,
    }
    for name, shape in shapes.items():
        found = flagged("shifted", steady(rng, repetitions, N) * shape)
        yield Row(f"shifted found, {name}", 0.99, 1, found)
    for deviations, least in ((10, 0.99), (5, 0.85)):
        ratio = math.exp(deviations * 0.01)
        found = flagged("bimodal", two_modes(rng, repetitions, N, ratio=ratio))
        yield Row(f"bimodal found, {deviations} deviations apart", least, 1, found)


def environments(rng, count):
    """Name → factors that both of a pair share, or have for themselves, shape (count, 2 N)."""
    t = np.linspace(0, 1, 2 * N)
    shape = (count, 2 * N)
    yield "independent", np.ones(shape)
    yield "correlated 0.5", np.exp(0.02 * correlated(rng, *shape, 0.5))
    yield "correlated 0.8", np.exp(0.02 * correlated(rng, *shape, 0.8))
    yield "noise of its own", np.exp(0.03 * rng.standard_normal(shape))
    yield "3 % drift", np.broadcast_to(1 + 0.03 * t, shape)
    yield "5 % step", np.broadcast_to(np.where(t < 0.5, 1, 1.05), shape)
    yield "slow wander", np.exp(0.02 * correlated(rng, *shape, 0.995))
    yield "spikes", np.where(rng.random(shape) < 0.02, 3.0, 1.0)
    period = np.where(np.arange(2 * N) % 2 == 0, 1.0, 1.02)
    yield "every second call slower", np.broadcast_to(period, shape)


def pairs(rng, series, change):
    """The calls of a series as pairs in random order: (a, b), b longer by `change`."""
    first, second = series[0::2], series[1::2]
    b_first = rng.random(N) < 0.5
    return np.where(b_first, second, first), np.where(b_first, first, second) * (1 + change)


def comparisons(repetitions, rng):
    for name, factors in environments(rng, repetitions):
        series = factors * steady(rng, repetitions, 2 * N, sigma=0.01)
        wrong, peer, found = [], [], []
        for row in series:
            a, b = pairs(rng, row, 0.0)
            wrong.append(statistics.compare_pairs(a, b).verdict in ("slower", "faster"))
            peer.append(mann_whitney_differs(row[:N], row[N:]))
            a, b = pairs(rng, row, 0.02)
            found.append(statistics.compare_pairs(a, b).verdict == "slower")
        peer_name = "Mann-Whitney, one after the other"
        yield Row(f"A/A called different, {name}", 0, 0.05, share(wrong), peer_name, share(peer))
        yield Row(f"2 % change found, {name}", 0.95, 1, share(found))


def sticky_truth(rng):
    return float(np.median(two_modes(rng, 40, 100_000)))


def promises():
    """Every promise, as a function of (repetitions, rng)."""
    for rho in (0.0, 0.3, 0.5, 0.7):
        yield partial(coverage_of_the_median, name=f"rho {rho}", low=0.93, high=0.985, rho=rho)
        yield partial(coverage_of_p90, rho=rho, low=0.93, high=1.0)
    yield partial(coverage_of_the_median, name="rho 0.9", low=0.90, high=0.985, rho=0.9)
    yield partial(
        coverage_of_the_median, name="spikes", low=0.93, high=0.985, rho=0.3, spikes=0.0001
    )
    yield partial(
        coverage_of_the_median,
        name="a timer of 1 %",
        low=0.95,
        high=1.0,
        sigma=0.006,
        rho=0.3,
        step=0.01,
    )
    for rho, low in ((0.0, 0.93), (0.5, 0.93), (0.7, 0.93), (0.9, 0.90)):
        make = partial(steady, sigma=0.1, rho=rho)
        yield partial(coverage_at_the_stop, name=f"rho {rho}", low=low, high=0.98, make=make)
    yield partial(coverage_at_the_stop, name="sticky modes", low=0.90, high=1.0, make=Sticky())
    for kind in WARM_UPS:
        for sigma, rho in ((0.01, 0.0), (0.02, 0.5), (0.05, 0.3)):
            yield partial(bias_after_warm_up, kind=kind, sigma=sigma, rho=rho)
    for rho in (0.0, 0.3, 0.5):
        yield partial(false_cuts, rho=rho)
        yield partial(false_flags, name=f"rho {rho}", rho=rho)
    yield partial(false_flags, name="spikes", rho=0.3, spikes=0.01)
    yield partial(false_flags, name="a timer of 1 %", sigma=0.02, rho=0.3, step=0.01)
    yield true_flags
    yield comparisons


class Sticky:
    """Series that alternate between two modes in runs; their median by a long draw."""

    truth = sticky_truth(np.random.default_rng(1))

    def __call__(self, rng, count, length):
        return sticky(rng, count, length)


def worst_of_each(rows):
    """A Markdown table: of the rows of one kind and one other rule, the one nearest its bar."""
    kinds = {}
    for row in rows:
        kinds.setdefault((row["bar"].split(",")[0], row["peer"]), []).append(row)
    lines = [
        "| promise, worst case | bar | reached | another rule | reaches |",
        "| --- | ---: | ---: | --- | ---: |",
    ]
    for (_, peer), members in kinds.items():
        row = min(members, key=lambda r: min(r["reached"] - r["low"], r["high"] - r["reached"]))
        if row["low"] in (0, 0.0):
            row = max(members, key=lambda r: r["reached"])
        elif row["high"] == 1:
            row = min(members, key=lambda r: r["reached"])
        bar = f"{row['low']:.1%} to {row['high']:.1%}" if row["low"] else f"≤ {row['high']:.1%}"
        others = [r["peer_reached"] for r in members if r["peer_reached"] is not None]
        other = (max if row["low"] in (0, 0.0) else min)(others, default=None)
        shown = "" if other is None else f"{other:.1%}"
        lines.append(f"| {row['bar']} | {bar} | {row['reached']:.1%} | {peer} | {shown} |")
    return "\n".join(lines)


def keep(task):
    index, repetitions, slack = task
    promise = list(promises())[index]
    rng = np.random.default_rng([2026, index])
    return [with_verdict(row, repetitions, slack) for row in promise(repetitions, rng)]


def with_verdict(row, repetitions, slack):
    """Widened by `slack` standard errors of a share, where a bar is a share."""
    margin = 0.0
    if not row.bar.startswith("bias"):
        edge = row.low if row.low > 0.5 else row.high
        margin = slack * math.sqrt(max(edge * (1 - edge), 0.01) / repetitions)
    held = row.low - margin <= row.reached <= row.high + margin
    return Row(**(asdict(row) | {"held": held}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="60 series each, wider bars")
    parser.add_argument("--repetitions", type=int, default=1000, help="series for each bar")
    parser.add_argument("--json", metavar="FILE", help="write the rows there as well")
    options = parser.parse_args()
    repetitions, slack = (60, 3.0) if options.quick else (options.repetitions, 0.0)

    tasks = [(index, repetitions, slack) for index in range(len(list(promises())))]
    with get_context("spawn").Pool(2) as pool:
        rows = [row for found in pool.imap(keep, tasks) for row in found]
    print(f"{repetitions} series for each bar\n")
    print("| promise | bar | reached | other rule | reached |  |")
    print("| --- | ---: | ---: | --- | ---: | --- |")
    for row in rows:
        bar = f"{row.low:.1%} to {row.high:.1%}" if row.low else f"≤ {row.high:.1%}"
        peer = "" if row.peer_reached is None else f"{row.peer_reached:.2%}"
        verdict = "" if row.held else "**missed**"
        print(f"| {row.bar} | {bar} | {row.reached:.2%} | {row.peer} | {peer} | {verdict} |")
    print("\n" + worst_of_each([asdict(row) for row in rows]))
    missed = sum(not row.held for row in rows)
    print(f"\n{len(rows)} bars, {missed} missed")
    if options.json:
        document = {"repetitions": repetitions, "rows": [asdict(row) for row in rows]}
        Path(options.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
