"""A million repetitions take no more events than a few hundred."""

import pytest

from pytimer import measure
from pytimer.plan import LatencyPlan, Mode
from pytimer.workload import prepared

US = 1000


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "events"), [(Mode.ISOLATED, 2), (Mode.QUEUED, 3)])
def test_the_events_that_live_do_not_grow_with_the_repetitions(simulation, device, mode, events):
    live = set()
    calls = 0

    def model():
        nonlocal calls
        calls += 1
        if calls % 10_000 == 0:
            live.add(simulation.live_events())
            simulation.clear_log()
        simulation.launch(5 * US)

    plan = LatencyPlan(mode=mode, repetitions=1_000_000)
    with prepared(model, (), device) as workload:
        series = measure.latency(workload, plan, None)
    assert len(series.samples) == 1_000_000
    assert live == {events}
    assert simulation.live_events() == 0
