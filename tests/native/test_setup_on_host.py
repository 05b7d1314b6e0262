"""What calls see of a setup, in this process, its threads and its workers; and what is left."""

import pickle
import time
from functools import partial
from itertools import count

import pytest
import torch
from torch import nn

import pytimer
from pytimer import Setup
from pytimer.loops import make_engine
from pytimer.mistakes import cold
from pytimer.plan import Loop, MistakesPlan
from pytimer.probing.in_process import ProbePlan
from pytimer.probing.job import Job, written
from pytimer.torch_settings import TorchSettings
from pytimer.workload import prepared, rebuilt

IMAGES = torch.ones(2, 3, 4, 4)
FEW = {"warm_up": 1, "repetitions": 3}


class Watching(nn.Module):
    """Notes in which modes it is called."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3)
        self.seen = set()

    def forward(self, x):
        self.seen.add(seen_by(self.layer, x))
        return self.layer(x)


def seen_by(layer, x):
    return Setup(
        amp="bfloat16" if torch.is_autocast_enabled("cpu") else None,
        channels_last=all(map(is_channels_last, (x, layer.weight))),
        grad_mode=grad_mode(),
        threads=torch.get_num_threads(),
    )


def is_channels_last(tensor):
    return tensor.is_contiguous(memory_format=torch.channels_last)


def grad_mode():
    if torch.is_inference_mode_enabled():
        return "inference"
    return "enabled" if torch.is_grad_enabled() else "no_grad"


class Demanding(nn.Module):
    """Can only be called in one setup, wherever that is."""

    def __init__(self, setup):
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3)
        self.setup = setup

    def forward(self, x):
        found = seen_by(self.layer, x)
        if found != self.setup:
            raise ValueError(f"called in {found.words}")
        return self.layer(x)


SETUPS = [
    Setup(threads=1),
    Setup(threads=1, amp="bfloat16"),
    Setup(threads=1, channels_last=True),
    Setup(threads=1, grad_mode="no_grad"),
    Setup(threads=1, grad_mode="enabled"),
    Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad"),
]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: "-".join(setup.words))
def test_every_call_is_made_as_set_up(setup):
    model = Watching()
    result = pytimer.measure_latency(model, IMAGES, setup=setup, **FEW)
    assert model.seen == {setup}
    assert result.subject.setup == setup
    assert result.environment.torch.settings.threads == 1


MEASURED = {
    "modes": lambda model, **how: pytimer.measure_modes(model, IMAGES, **FEW, **how),
    "throughput": lambda model, **how: pytimer.measure_throughput(
        model, IMAGES, batch_size=3, batches=4, **how
    ),
    "throughput of threads": lambda model, **how: pytimer.measure_throughput(
        model, IMAGES, batch_size=3, batches=4, concurrency=2, **how
    ),
    "batch size": lambda model, **how: pytimer.find_batch_size(
        model, IMAGES, max_batch_size=3, isolate=False, **how
    ),
    "sweep": lambda model, **how: pytimer.sweep(
        model, IMAGES, batch_sizes=[1, 3], rounds=1, isolate=False, **how
    ),
    "sizes of their own": lambda model, **how: pytimer.find_batch_size(
        model,
        IMAGES,
        max_batch_size=3,
        isolate=False,
        make_inputs=lambda n: torch.ones(n, 3, 4, 4),
        **how,
    ),
    "ab": lambda model, **how: pytimer.ab(model, model, IMAGES, pairs=3, **how),
    "overhead": lambda model, **how: pytimer.compare_loops(model, IMAGES, rounds=6, **how),
}


@pytest.mark.parametrize("measure", MEASURED.values(), ids=MEASURED)
def test_every_measurement_takes_a_setup(measure):
    setup = Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad")
    model = Watching()
    measure(model, setup=setup)
    assert model.seen == {setup}


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_as_it_was_afterwards(fails):
    model = Watching()
    before = (
        seen_by(model.layer, IMAGES),
        model.layer.weight.data_ptr(),
        model.layer.weight.stride(),
    )
    settings = Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad")
    with torch.no_grad():
        kept = model.layer.weight.clone()
    inputs = torch.ones(1, 5, 4, 4) if fails else IMAGES
    try:
        pytimer.measure_latency(model, inputs, setup=settings, **FEW)
    except pytimer.CallError:
        assert fails
    after = seen_by(model.layer, IMAGES), model.layer.weight.data_ptr(), model.layer.weight.stride()
    assert model.seen == {settings}
    assert after == before
    assert torch.equal(model.layer.weight, kept)


def test_a_worker_process_calls_as_set_up():
    """The control arm: one that is set up in another way."""
    setup = Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad")

    def try_one(setup_here):
        pytimer.find_batch_size(
            Demanding(setup), IMAGES, max_batch_size=1, isolate=True, setup=setup_here
        )

    try_one(setup)
    with pytest.raises(pytimer.BatchSizeError, match=r"called in .*gradients recorded"):
        try_one(Setup(threads=1, grad_mode="enabled"))


def test_the_process_of_a_profile_calls_as_set_up(tmp_path):
    setup = Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad")
    path = tmp_path / "trace.json"
    model = Demanding(setup)
    result = pytimer.profile(model, IMAGES, path, warm_up=1, repetitions=1, setup=setup)
    assert result.subject.setup == setup


def test_a_cold_start_is_as_set_up():
    setup = Setup(threads=1, amp="bfloat16", channels_last=True, grad_mode="no_grad")
    result = pytimer.measure_mistakes(
        Demanding(setup),
        IMAGES,
        repetitions=2,
        rounds=1,
        warm_up=1,
        batch_sizes=[1, 2],
        setup=setup,
    )
    assert result.cold is not None


class Unlimited(nn.Module):
    """Can only be called where torch compiles more than its 8 shapes; runs without a compiler."""

    @torch.compiler.disable
    def forward(self, x):
        limit = torch._dynamo.config.recompile_limit
        if limit < 1000:
            raise ValueError(f"after {limit} shapes torch compiles no more")
        return x + 1


OTHER_PROCESSES = {
    "batch size": lambda model, setup, path: pytimer.find_batch_size(
        model, IMAGES, max_batch_size=1, isolate=True, setup=setup
    ),
    "profile": lambda model, setup, path: pytimer.profile(
        model, IMAGES, path, warm_up=1, repetitions=1, setup=setup
    ),
    "cold start": lambda model, setup, path: cold_start(model, setup),
}


def cold_start(model, setup):
    plan = MistakesPlan(2, 1, 1, (1, 2), 0)
    with prepared(model, IMAGES, None, setup=setup) as workload:
        return cold.cold_start(workload, plan, lambda note: None)


@pytest.mark.slow  # test_a_worker_process_calls_as_set_up is in the usual run
@pytest.mark.parametrize("measure", OTHER_PROCESSES.values(), ids=OTHER_PROCESSES)
def test_other_processes_compile_every_shape_too(measure, tmp_path):
    """The control arm: without `compile` torch keeps its limit there."""
    measure(Unlimited(), Setup(compile="default"), tmp_path / "trace.json")
    with pytest.raises(pytimer.PyTimerError, match="after 8 shapes torch compiles no more"):
        measure(Unlimited(), Setup(), tmp_path / "trace.json")


def gradients_left_on(layer, x):
    with torch.inference_mode(False), torch.enable_grad():
        return layer(x)


def autocast_inside(layer, x):
    with torch.autocast("cpu", torch.bfloat16):
        return layer(x)


@pytest.mark.parametrize(
    ("caveat", "setup", "unasked"),
    [
        ("records-gradients", Setup(grad_mode="enabled"), gradients_left_on),
        ("autocast", Setup(amp="auto"), autocast_inside),
    ],
)
def test_what_was_asked_for_is_no_surprise(caveat, setup, unasked):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(3, 8, 3)

        def forward(self, x):
            return unasked(self.layer, x)

    def caveats(model, setup=None):
        result = pytimer.measure_latency(model, IMAGES, setup=setup, **FEW)
        return {caveat.name for caveat in result.caveats}

    assert caveat in caveats(Model())
    assert caveat not in caveats(nn.Conv2d(3, 8, 3), setup)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_traced_model_takes_channels_last():
    result = pytimer.measure_latency(
        nn.Conv2d(3, 8, 3), IMAGES, call="torchscript", setup=Setup(channels_last=True), **FEW
    )
    assert result.subject.call == "torchscript"
    assert result.equivalence.verdict == "equal"


COMPILING_S = 0.2


class SlowCompiler:
    """A backend for torch.compile that takes COMPILING_S and changes nothing."""

    def __init__(self):
        self.compilations = 0

    def __call__(self, graph, inputs):
        self.compilations += 1
        time.sleep(COMPILING_S)
        return graph.forward


@pytest.fixture
def compiler(monkeypatch):
    """Stands for inductor, which takes seconds."""
    torch._dynamo.reset()
    backend, real = SlowCompiler(), torch.compile

    def compiled(model, *, mode=None, dynamic=None):
        return real(model, backend=backend, dynamic=dynamic)

    monkeypatch.setattr(torch, "compile", compiled)
    yield backend
    torch._dynamo.reset()


def of_size(size):
    return torch.ones(size, 4)


def caveat_of(result):
    return next((caveat for caveat in result.caveats if caveat.name == "recompiled"), None)


def test_compilation_is_before_the_warm_up(compiler):
    """The control arm: a model that was compiled by its owner compiles in the first warm-up."""
    result = pytimer.measure_latency(
        nn.Linear(4, 4), of_size(1), setup=Setup(compile="default"), warm_up=2, repetitions=20
    )
    assert compiler.compilations == 1
    assert result.compile_s >= COMPILING_S
    assert result.warm_up_s.max() < COMPILING_S
    assert result.max_s < COMPILING_S
    assert caveat_of(result) is None
    owned = pytimer.measure_latency(
        torch.compile(nn.Linear(5, 5)), torch.ones(1, 5), warm_up=2, repetitions=20
    )
    assert owned.compile_s is None
    assert owned.warm_up_s[0] >= COMPILING_S
    assert caveat_of(owned) is None


def test_a_throughput_is_compiled_before_its_warm_up(compiler):
    result = pytimer.measure_throughput(
        nn.Linear(4, 4), of_size(1), batch_size=2, batches=5, setup=Setup(compile="default")
    )
    assert result.compile_s >= COMPILING_S
    assert result.warm_up.latency_s.max() < COMPILING_S
    assert result.window_s < COMPILING_S


def test_a_cold_start_has_compilation_as_a_stage(compiler):
    """The control arm: a model that was compiled by its owner compiles in the first call."""

    def cold_calls(model, setup):
        sets = (((of_size(1),), {}),)
        settings = TorchSettings.here()
        return cold.started(
            cold.ColdJob(model, sets, "it", "cpu", 1, 5, settings, setup), lambda note: None
        )

    compiled = cold_calls(nn.Linear(4, 4), Setup(compile="default"))
    assert compiled.compile_s >= COMPILING_S > compiled.first_s
    owned = cold_calls(torch.compile(nn.Linear(4, 5), dynamic=False), Setup())
    assert owned.compile_s is None
    assert owned.first_s >= COMPILING_S


def test_every_shape_is_compiled_though_torch_would_stop_at_8(compiler):
    inputs = [of_size(size) for size in range(1, 13)]
    result = pytimer.measure_latency(
        nn.Linear(4, 4), inputs, setup=Setup(compile="default"), warm_up=0, repetitions=12
    )
    assert compiler.compilations == 12
    assert result.compile_s >= 12 * COMPILING_S
    assert caveat_of(result) is None


def test_sizes_of_a_sweep_compile_in_their_warm_up(compiler):
    result = pytimer.sweep(
        nn.Linear(4, 4),
        of_size(1),
        batch_sizes=[1, 2, 3],
        rounds=2,
        repetitions=4,
        isolate=False,
        setup=Setup(compile="default"),
    )
    assert compiler.compilations == 3
    assert caveat_of(result) is None
    assert all(point.latency.latency_s.max() < COMPILING_S for point in result.points)


TIMED = {
    "repetitions": lambda model, inputs, warm_up: pytimer.measure_latency(
        model, inputs, warm_up=warm_up, repetitions=4
    ),
    "wall window": lambda model, inputs, warm_up: pytimer.measure_latency(
        model, inputs, mode="pipelined", warm_up=warm_up, repetitions=4
    ),
    "pairs": lambda model, inputs, warm_up: pytimer.ab(
        model, nn.Identity(), inputs, warm_up=warm_up, pairs=4
    ),
}


@pytest.mark.parametrize("stage", TIMED)
def test_a_compilation_in_the_samples_is_a_caveat(compiler, stage):
    model = torch.compile(nn.Linear(4, 4), dynamic=False)
    inputs = [of_size(1), of_size(2)]
    caveat = caveat_of(TIMED[stage](model, inputs, 1))
    assert caveat.message.startswith(f"torch compiled once during the {stage}")
    assert caveat_of(TIMED[stage](model, inputs, 2)) is None


@pytest.mark.parametrize("warm_up", [0, 1])
def test_a_compilation_in_the_rounds_of_a_sweep_is_a_caveat(compiler, warm_up):
    """Inputs of another width each time they are made: each round compiles."""
    widths = count(1)
    result = pytimer.sweep(
        torch.compile(nn.ReLU(), dynamic=False),
        of_size(1),
        batch_sizes=[1],
        rounds=2,
        repetitions=2,
        warm_up=warm_up,
        isolate=False,
        make_inputs=lambda size: torch.ones(size, next(widths)),
    )
    caveat = caveat_of(result)
    if warm_up:
        assert caveat is None
    else:
        assert caveat.message.startswith("torch compiled 2 times during the rounds")


def test_a_compiler_that_fails_is_one_line(monkeypatch):
    def fails(graph, inputs):
        raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found")

    monkeypatch.setattr(torch, "compile", partial(_with_backend, torch.compile, fails))
    with pytest.raises(
        pytimer.ModelError, match=r"compile default cannot .* install one"
    ) as caught:
        pytimer.measure_latency(nn.Linear(4, 4), of_size(1), setup=Setup(compile="default"))
    assert "\n" not in str(caught.value)


def _with_backend(real, backend, model, *, mode, dynamic):
    return real(model, backend=backend, dynamic=dynamic)


def test_what_a_model_raises_while_compiled_is_its_own_error(compiler):
    def model(x):
        raise KeyError("lost")

    with pytest.raises(pytimer.PyTimerError, match="lost"):
        pytimer.measure_latency(model, of_size(1), setup=Setup(compile="default"))


def test_memory_of_the_compiler_is_no_batchs(monkeypatch):
    """A compiler that takes 200 MiB for each size; the control arm takes them in every call."""
    kept = []

    def compiling(model, *, mode, dynamic):
        seen = set()

        def call(x):
            if len(x) not in seen:
                seen.add(len(x))
                kept.append(torch.ones(200, 2**18))
            return model(x)

        return call

    def hungry(x):
        return torch.ones(200, 2**18).sum() + x

    def peak(model, setup=None):
        result = pytimer.find_batch_size(
            model, of_size(1), max_batch_size=2, isolate=False, setup=setup
        )
        return max(probe.peak_bytes for probe in result.probes)

    monkeypatch.setattr(torch, "compile", compiling)
    assert peak(nn.Linear(4, 4), Setup(compile="default")) < 100 * 2**20
    assert len(kept) == 2
    assert peak(hungry) > 190 * 2**20


class Compilable(nn.Module):
    def forward(self, x):
        if not torch.compiler.is_compiling():
            raise ValueError("called without being compiled")
        return x + 1


def test_a_worker_gets_the_model_and_compiles_it(compiler):
    """Not the compiled one, which cannot be pickled with its code."""
    setup = Setup(compile="default")
    with prepared(Compilable(), of_size(1), "cpu", setup=setup) as workload:
        plan = ProbePlan(None, 1)
        settings = TorchSettings.here()
        job = Job(
            workload.model,
            workload.sets,
            None,
            "it",
            workload.call_plan,
            "cpu",
            plan,
            settings,
            workload.setup,
        )
        with written(job, "it", (job.model,)) as file:
            file.seek(0)
            read = pickle.load(file)
        assert type(read.model) is Compilable
        again = rebuilt(read.model, read.sets, workload.device, "it", read.call_plan, read.setup)
        engine = make_engine(Loop.NATIVE, again)
        engine.isolated(2)
    assert compiler.compilations == 1


@pytest.mark.slow
def test_a_worker_process_compiles(tmp_path):
    found = pytimer.find_batch_size(
        Compilable(), of_size(1), max_batch_size=1, isolate=True, setup=Setup(compile="default")
    )
    assert found.max_batch_size == 1
    assert all(probe.in_worker for probe in found.probes)
    with pytest.raises(pytimer.BatchSizeError, match="called without being compiled"):
        pytimer.find_batch_size(Compilable(), of_size(1), max_batch_size=1, isolate=True)


@pytest.mark.slow
def test_inductor_compiles_once_for_each_size():
    result = pytimer.measure_latency(
        nn.Conv2d(3, 8, 3), IMAGES, setup=Setup(compile="default", channels_last=True), **FEW
    )
    assert result.compile_s > 0
    assert result.max_s < result.compile_s
    assert caveat_of(result) is None
