"""Batch sizes tried in a worker process: exact, and safe from whatever a call does."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import psutil
import pytest
import torch

import pytimer
from pytimer.probing import Failure
from pytimer.probing.in_worker import FLAT_MEMORY
from pytimer.probing.job import written
from pytimer.torch_settings import TorchSettings


class ConvNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 32, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(32, 64, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(64, 10),
        )

    def forward(self, x):
        return self.layers(x)


def workers():
    return [child for child in psutil.Process().children() if "pytimer._worker" in child.cmdline()]


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def above(limit, do):
    """A model that does something terrible above `limit` items."""

    def model(x):
        if len(x) > limit:
            do()
        return x + 1

    return model


def memory_hungry(x):
    return torch.ones(len(x), 2**20)  # 4 MiB an item


@pytest.mark.slow
def test_guided_equals_sequential_on_a_real_model_and_a_real_limit():
    found = [
        pytimer.find_batch_size(
            ConvNet(), torch.randn(1, 3, 64, 64), strategy=strategy, memory_limit_bytes=40 * 2**20
        )
        for strategy in ("guided", "sequential")
    ]
    guided, sequential = found
    assert guided.max_batch_size == sequential.max_batch_size > 4
    assert guided.limit == sequential.limit == "memory"
    assert len(guided.probes) < len(sequential.probes)
    for result in found:
        afresh = {probe.batch_size: probe.fitted for probe in result.probes if probe.afresh}
        assert afresh[result.max_batch_size]
        assert not afresh[result.max_batch_size + 1]
        assert all(probe.in_worker for probe in result.probes)
        assert result.caveats == ()


@pytest.mark.parametrize(
    ("mebibytes", "most"), [(64, 16), pytest.param(128, 32, marks=pytest.mark.slow)]
)
def test_known_work_fills_the_budget_exactly(mebibytes, most):
    """4 MiB an item; one less where the heap needs a page for its own."""
    limit = mebibytes * 2**20
    result = pytimer.find_batch_size(memory_hungry, torch.ones(1, 1), memory_limit_bytes=limit)
    assert result.max_batch_size in (most - 1, most)


@pytest.mark.parametrize(
    ("do", "text"),
    [
        (os.abort, "killed by SIGABRT"),
        pytest.param(lambda: os._exit(7), "exit code 7", marks=pytest.mark.slow),
        pytest.param(
            lambda: os.kill(os.getpid(), signal.SIGSEGV),
            "killed by SIGSEGV",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            "too, the worker process was killed by SIGKILL",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_call_that_ends_the_process_is_a_finding(do, text):
    result = pytimer.find_batch_size(above(2, do), torch.ones(1), max_batch_size=4)
    assert (result.max_batch_size, result.limit) == (2, "died")
    died = [probe for probe in result.probes if probe.failure is Failure.DIED]
    assert {probe.batch_size for probe in died} == {3, 4}
    assert all(text in probe.error for probe in died)
    assert workers() == []


def test_what_the_worker_has_forked_neither_hides_its_death_nor_outlives_it(tmp_path):
    path = tmp_path / "children"

    def fork_and_abort():
        child = os.fork()
        if child == 0:
            time.sleep(1000)
        path.open("a").write(f"{child}\n")
        os.abort()

    begin = time.monotonic()
    result = pytimer.find_batch_size(above(1, fork_and_abort), torch.ones(1), max_batch_size=2)
    assert (result.max_batch_size, result.limit) == (1, "died")
    assert time.monotonic() - begin < 120
    children = [int(child) for child in path.read_text().split()]
    assert children
    while any(is_running(child) for child in children):
        assert time.monotonic() - begin < 120
        time.sleep(0.1)


def test_the_worker_has_our_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        result = pytimer.find_batch_size(
            torch.nn.Linear(4, 4), (), make_inputs=lambda n: torch.randn(n, 4), max_batch_size=2
        )
    finally:
        torch.set_default_dtype(torch.float32)
    assert result.max_batch_size == 2


def test_a_process_that_ends_at_batch_size_1_is_an_error():
    with pytest.raises(pytimer.BatchSizeError, match="SIGABRT") as caught:
        pytimer.find_batch_size(above(0, os.abort), torch.ones(1))
    assert [probe.failure for probe in caught.value.probes] == [Failure.DIED]


def test_what_the_worker_said_last_is_in_the_error():
    def say_and_abort():
        os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
        os.abort()

    result = pytimer.find_batch_size(above(1, say_and_abort), torch.ones(1), max_batch_size=2)
    assert "std::bad_alloc" in result.probes[1].error


def test_a_worker_killed_from_outside_loses_nothing_and_is_reported():
    killed = []

    def kill_once(progress):
        if progress.note == "trying 4" and not killed:
            victim = workers()[0]
            timer = threading.Timer(0.5, victim.kill)
            killed.append((victim.pid, timer))
            timer.start()

    def model(x):
        time.sleep(0.4)
        if len(x) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    result = pytimer.find_batch_size(model, torch.ones(1), on_progress=kill_once)
    assert killed
    assert (result.max_batch_size, result.limit) == (5, "memory")
    assert [caveat.name for caveat in result.caveats] == ["worker-killed"]
    assert "at batch size 4 the worker process was killed by SIGKILL" in result.caveats[0].message


def test_the_worker_has_our_settings_and_an_environment_that_keeps_memory_flat(
    tmp_path, monkeypatch
):
    path = tmp_path / "seen"

    def model(x):
        seen = {name: os.environ.get(name) for name in FLAT_MEMORY}
        path.write_text(repr((seen, TorchSettings.here(), torch.is_inference_mode_enabled())))

    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    pytimer.find_batch_size(model, torch.ones(1), max_batch_size=1)
    assert path.read_text() == repr((FLAT_MEMORY, TorchSettings.here(), True))


def test_a_worker_that_cannot_be_started_again_loses_nothing(monkeypatch):
    popen, started = subprocess.Popen, []

    def once(*arguments, **options):
        if started:
            raise OSError(11, "Resource temporarily unavailable")
        started.append(1)
        return popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", once)
    with pytest.raises(pytimer.PyTimerError, match="could not be started") as caught:
        pytimer.find_batch_size(lambda x: x, torch.ones(1), max_batch_size=4)
    assert caught.value.result.max_batch_size == 4


def test_no_worker_at_all_is_a_caveat(monkeypatch):
    def never(*arguments, **options):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", never)
    result = pytimer.find_batch_size(lambda x: x, torch.ones(1), max_batch_size=2)
    assert [caveat.name for caveat in result.caveats] == ["not-isolated"]


def test_models_of_all_kinds_are_sent():
    class Local(torch.nn.Module):
        def forward(self, x):
            assert not self.training
            return x

    with warnings.catch_warnings(action="ignore"):  # of deprecation
        script = torch.jit.script(torch.nn.Linear(2, 2))
    holder = torch.nn.Sequential(script, Local())
    for model in (holder, lambda x: x):
        result = pytimer.find_batch_size(model, torch.ones(1, 2), max_batch_size=1)
        assert result.probes[0].in_worker
        assert result.caveats == ()


def test_a_torchscript_model_is_read_without_a_warning():
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        script = torch.jit.script(torch.nn.Linear(2, 2))
    with written(script, "script", ()) as file:
        file.seek(0)
        assert pickle.load(file)(torch.ones(1, 2)).shape == (1, 2)


def unsendable():
    lock = threading.Lock()

    def model(x):
        with lock:
            return x

    return model


def test_what_cannot_be_sent_is_tried_here_with_a_caveat():
    result = pytimer.find_batch_size(unsendable(), torch.ones(1), max_batch_size=4)
    assert result.max_batch_size == 4
    assert not any(probe.in_worker for probe in result.probes)
    assert [caveat.name for caveat in result.caveats] == ["not-isolated"]
    assert "lock" in result.caveats[0].message


def test_what_cannot_be_sent_is_refused_where_isolation_was_asked_for():
    with pytest.raises(pytimer.PlanError, match=r"isolate was asked for, but .*lock"):
        pytimer.find_batch_size(unsendable(), torch.ones(1), isolate=True)


def refuse():
    raise RuntimeError("only in the first process")


class Rebuilt:
    def __call__(self, x):
        return x

    def __reduce__(self):
        return refuse, ()


def test_what_cannot_be_rebuilt_there_is_tried_here():
    result = pytimer.find_batch_size(Rebuilt(), torch.ones(1), max_batch_size=2)
    assert [caveat.name for caveat in result.caveats] == ["not-isolated"]
    assert "only in the first process" in result.caveats[0].message


def test_time_ends_a_call_that_does_not_return():
    begin = time.monotonic()
    result = pytimer.find_batch_size(
        above(1, lambda: time.sleep(1000)), torch.ones(1), max_seconds=4
    )
    assert time.monotonic() - begin < 60
    assert (result.max_batch_size, result.limit) == (1, "time")
    assert workers() == []


def test_time_that_is_up_before_anything_was_tried_is_an_error():
    with pytest.raises(pytimer.BatchSizeError, match=r"could be tried in 1.5 s"):
        pytimer.find_batch_size(lambda x: time.sleep(1000), torch.ones(1), max_seconds=1.5)


@pytest.mark.usefixtures("heard_interrupts")
def test_interruption_ends_the_worker_and_keeps_the_probes():
    def interrupt(progress):
        if progress.note == "trying 4":
            threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()

    with pytest.raises(pytimer.Interrupted) as caught:
        pytimer.find_batch_size(
            above(1, lambda: time.sleep(1000)), torch.ones(1), on_progress=interrupt
        )
    assert [probe.batch_size for probe in caught.value.probes] == [1]
    assert caught.value.result.max_batch_size == 1
    assert workers() == []


def test_a_worker_does_not_outlive_us(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import time, torch, pytimer
            def model(x):
                time.sleep(1000)
            pytimer.find_batch_size(model, torch.ones(1))
            """
        )
    )
    with subprocess.Popen([sys.executable, script]) as process:
        parent = psutil.Process(process.pid)
        deadline = time.monotonic() + 60
        while not parent.children() and time.monotonic() < deadline:
            time.sleep(0.1)
        (worker,) = parent.children()
        time.sleep(3)  # until it has asked to end with its parent
        process.kill()
    psutil.wait_procs([worker], timeout=30)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


class Holds(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
        self.register_buffer("state", torch.ones(3))
        self.plain = torch.ones(4, requires_grad=True) * 2  # no leaf


@pytest.mark.parametrize("kind", [None, "meta"])
def test_tensors_of_a_job_may_be_elsewhere_when_it_is_read(kind):
    """Of a model on a GPU they are read on the host; here of one on the host, without memory."""
    model = Holds()
    where = None if kind is None else torch.device(kind)
    if where is None:
        model.plain = model.plain.detach()  # as it is, what is no leaf cannot be pickled
    with written(model, "Holds", (model,), where) as file:
        file.seek(0)
        read = pickle.load(file)
    for tensor in (read.weight, read.state, read.plain):
        assert tensor.device.type == (kind or "cpu")
    assert isinstance(read.weight, torch.nn.Parameter)
    assert read.weight.requires_grad
    assert model.weight.device.type == "cpu"
