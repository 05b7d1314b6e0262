import math

import pytest

from pytimer import BatchSizePlan, LatencyPlan, Loop, Mode, PlanError, SweepPlan, ThroughputPlan
from pytimer.plan import Call, choose


def test_defaults_are_the_articles():
    assert (LatencyPlan().warm_up, LatencyPlan().repetitions) == (10, 300)
    assert ThroughputPlan().batches == 100
    assert LatencyPlan().mode is Mode.ISOLATED


@pytest.mark.parametrize("repetitions", [0, -1, 2.5, "300", True, None])
def test_repetitions_that_are_no_positive_integer_are_refused(repetitions):
    with pytest.raises(PlanError, match=r"repetitions must be an integer ≥ 1, got .*p99 needs"):
        LatencyPlan(repetitions=repetitions)


@pytest.mark.parametrize(
    ("plan", "field", "value"),
    [
        (LatencyPlan, "warm_up", -1),
        (ThroughputPlan, "batches", 0),
        (ThroughputPlan, "batch_size", 0),
        (ThroughputPlan, "batch_size", "largest"),
        (ThroughputPlan, "warm_up", 1.0),
        (BatchSizePlan, "max_batch_size", 0),
        (BatchSizePlan, "memory_limit_bytes", -5),
        (BatchSizePlan, "margin", 1.0),
        (BatchSizePlan, "margin", True),
        (BatchSizePlan, "multiple_of", 0),
        (ThroughputPlan, "concurrency", 0),
        (SweepPlan, "batch_sizes", ()),
        (SweepPlan, "batch_sizes", (1, 0)),
        (SweepPlan, "rounds", 0),
        (SweepPlan, "repetitions", 4),
        (SweepPlan, "batches", 4),
        (SweepPlan, "warm_up", -1),
        (SweepPlan, "seconds_per_size", 0),
        (SweepPlan, "max_latency_s", float("nan")),
        (SweepPlan, "percentile", 99),
        (BatchSizePlan, "max_seconds", 0),
        (BatchSizePlan, "max_seconds", math.nan),
        (BatchSizePlan, "max_seconds", math.inf),
        (BatchSizePlan, "max_seconds", True),
        (BatchSizePlan, "calls_per_probe", 0),
    ],
)
def test_every_field_is_checked_and_named(plan, field, value):
    with pytest.raises(PlanError, match=field):
        plan(**{field: value})


def test_plan_errors_are_value_errors():
    with pytest.raises(ValueError, match="warm_up"):
        LatencyPlan(warm_up=-1)


def test_a_choice_that_does_not_exist_names_those_that_do():
    with pytest.raises(PlanError, match="loop must be one of native, python, got 'cython'"):
        choose(Loop, "loop", "cython")


def parse(**names):
    return LatencyPlan.parse(
        **{"mode": "isolated", "call": "auto", "cache": "warm", "loop": "native"} | names
    )


def test_mode_graph_is_short_for_queued_replays():
    plan = parse(mode="graph")
    assert (plan.mode, plan.call) == (Mode.QUEUED, Call.GRAPH)
    with pytest.raises(PlanError, match="mode graph replays a graph, got call 'eager'"):
        parse(mode="graph", call="eager")


def test_an_unknown_mode_names_graph_too():
    with pytest.raises(PlanError, match="isolated, queued, pipelined, graph, got 'fast'"):
        parse(mode="fast")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"mode": "queued", "loop": "python"}, "queued needs loop native"),
        ({"mode": "pipelined", "cache": "cold"}, "no idle moment to flush"),
        ({"mode": "pipelined", "precision": 0.01}, "one window and no interval"),
        ({"precision": 0}, "precision must be a positive number"),
        ({"precision": "1%"}, "precision must be a positive number"),
    ],
)
def test_combinations_that_cannot_be_are_refused(names, message):
    with pytest.raises(PlanError, match=message):
        parse(**names)
