"""Two measurements in one process would time each other: the second is refused, with a reason."""

import os
import threading

import pytest

import pytimer

from .virtual_host import VirtualHost

REFUSED = "another measurement is running in this process"


def measured(model, **options):
    return pytimer.measure_latency(model, (), warm_up=1, repetitions=3, **options)


def test_of_two_threads_the_second_is_refused_and_the_first_is_exact():
    host = VirtualHost()
    model = host.model_of(1e-3)
    refused = []

    def other():
        with pytest.raises(pytimer.PlanError, match=rf"{REFUSED} \(the first\)") as caught:
            measured(host.model_of(7.0), device=host)
        refused.append(caught.value)

    def model_with_a_rival():
        if not refused:
            rival = threading.Thread(target=other)
            rival.start()
            rival.join()
        model()

    result = measured(model_with_a_rival, device=host, name="the first")
    assert len(refused) == 1
    assert result.latency_s.tolist() == [1e-3] * 3
    assert len(measured(model, device=host).samples) == 3


@pytest.mark.parametrize(
    "inner",
    [
        lambda: measured(int),
        lambda: pytimer.measure_throughput(int, (), batch_size=1),
        lambda: pytimer.selftest("cpu"),
    ],
)
def test_a_model_that_measures_is_refused(inner):
    with pytest.raises(pytimer.PlanError, match=REFUSED):
        measured(lambda: inner())


def test_after_an_error_there_is_room_again():
    def broken():
        raise OSError("gone")

    for _ in range(2):
        with pytest.raises(pytimer.CallError, match="gone"):
            measured(broken)


def test_two_models_of_one_measurement_are_not_two_measurements():
    result = pytimer.ab(int, int, (), pairs=6, warm_up=1)
    assert len(result.samples_a) == len(result.samples_b) == 6


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_the_model_forks_may_measure():
    codes = []

    def forking():
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if len(measured(int, audit=False, flop=False).samples) == 3 else 2
            finally:
                os._exit(code)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    pytimer.measure_latency(forking, (), warm_up=0, repetitions=1, audit=False, flop=False)
    assert codes == [0]
