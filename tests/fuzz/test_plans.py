"""Plans and options, made with any value in any field."""

from dataclasses import MISSING, fields
from enum import StrEnum

from hypothesis import strategies as st

import pytimer
from pytimer import codec
from pytimer.items import ITEM_DTYPES, ItemTensor
from pytimer.plan import Call, Loop, Mode, PairPlan, Strategy
from pytimer.serving import Arrivals

from .depth import fuzzed
from .hostile import VALUES

PLANS = (
    pytimer.LatencyPlan,
    pytimer.BatchSizePlan,
    pytimer.ThroughputPlan,
    pytimer.SweepPlan,
    pytimer.LoopsPlan,
    pytimer.MistakesPlan,
    pytimer.LoadPlan,
    pytimer.Setup,
    PairPlan,
    ItemTensor,
)

FITTING = {
    int: st.integers(-1, 40),
    float: st.floats(-1, 40) | st.integers(0, 40),
    bool: st.booleans(),
    str: st.sampled_from(["auto", "float16", "default", "no_grad", "x", *ITEM_DTYPES]),
    tuple: st.lists(st.integers(0, 9) | st.floats(5, 9), max_size=3).map(tuple),
    StrEnum: st.sampled_from([*Mode, *Call, *Loop, *Strategy, *Arrivals]),
}
"""By a word of the annotation, so that most plans are made and not refused."""


def value_of(field):
    words = str(field.type)
    fitting = [strategy for kind, strategy in FITTING.items() if kind.__name__ in words]
    return st.one_of(VALUES, FITTING[StrEnum], FITTING[str], *fitting * 3)


@st.composite
def arguments(draw):
    plan = draw(st.sampled_from(PLANS))
    some = draw(st.lists(st.sampled_from(fields(plan)), max_size=4, unique=True))
    needed = [field for field in fields(plan) if field.default is MISSING]
    return plan, {field.name: draw(value_of(field)) for field in (*needed, *some)}


@fuzzed(usual=150, deep=3000, case=arguments())
def test_a_plan_is_made_or_refused_and_survives_a_file(case):
    plan, options = case
    try:
        made = plan(**options)
    except pytimer.PlanError:
        return
    assert codec.decode(plan, codec.encode(made)) == made
