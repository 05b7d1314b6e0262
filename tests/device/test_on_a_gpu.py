"""What only a GPU can show: real clocks, streams and memory. Upper bounds are generous."""

import time
import warnings

import pytest
import torch

import pytimer

pytestmark = pytest.mark.cuda

LOOPS = ["native", "python"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("milliseconds", [1, 5])
def test_a_kernel_of_known_length_is_read_back(loop, milliseconds, cycles_per_second):
    cycles = int(cycles_per_second * milliseconds / 1e3)
    result = pytimer.measure_latency(
        torch.cuda._sleep, (cycles,), device="cuda", loop=loop, repetitions=50
    )
    assert result.median_s == pytest.approx(milliseconds / 1e3, rel=0.1)


@pytest.mark.parametrize("mode", ["queued", "pipelined", "graph"])
def test_every_mode_reads_it_back(mode, cycles_per_second):
    cycles = int(cycles_per_second * 1e-3)
    result = pytimer.measure_latency(
        torch.cuda._sleep, (cycles,), device="cuda", mode=mode, repetitions=50
    )
    assert (result.window_call_s or result.median_s) == pytest.approx(1e-3, rel=0.1)


def test_the_self_test_passes():
    result = pytimer.selftest("cuda")
    parts = [*result.readings, *result.lines, result.control]
    assert [part for part in parts if not part.passed] == []


def test_a_host_clock_without_synchronisation_reads_the_wrong_number(cycles_per_second):
    """The control arm: the article's third mistake."""
    cycles = int(cycles_per_second * 5e-3)
    torch.cuda.synchronize()
    begin = time.perf_counter()
    torch.cuda._sleep(cycles)
    unsynchronised = time.perf_counter() - begin
    torch.cuda.synchronize()
    assert unsynchronised < 2e-3


@pytest.mark.parametrize("loop", LOOPS)
def test_device_time_is_within_host_time(loop):
    model = torch.nn.Linear(256, 256, device="cuda")
    result = pytimer.measure_latency(model, torch.ones(8, 256), loop=loop)
    # Event timestamps have a resolution of about half a microsecond.
    assert (result.samples.device_s <= result.samples.host_s + 2e-6).all()
    assert (result.samples.enqueue_s <= result.samples.host_s).all()
    assert result.subject.device == "cuda:0"


def test_work_on_another_stream_is_a_caveat(cycles_per_second):
    other = torch.cuda.Stream()
    cycles = int(cycles_per_second * 2e-3)

    def model():
        with torch.cuda.stream(other):
            torch.cuda._sleep(cycles)

    result = pytimer.measure_latency(model, (), device="cuda", repetitions=20)
    assert "work-on-another-stream" in [caveat.name for caveat in result.caveats]
    with torch.cuda.stream(other):
        right = pytimer.measure_latency(model, (), device="cuda", repetitions=20)
    assert "work-on-another-stream" not in [caveat.name for caveat in right.caveats]
    assert right.median_s == pytest.approx(2e-3, rel=0.1)


def test_throughput_of_known_work(cycles_per_second):
    cycles = int(cycles_per_second * 1e-3)
    result = pytimer.measure_throughput(
        lambda x: torch.cuda._sleep(cycles), torch.ones(4, device="cuda"), batch_size=4
    )
    assert result.items_per_s == pytest.approx(4000, rel=0.1)
    assert result.event_items_per_s == pytest.approx(4000, rel=0.1)


def test_the_largest_batch_size_under_a_memory_limit():
    def model(x):
        return torch.empty(len(x), 2**26, dtype=torch.uint8, device="cuda")  # 64 MiB an item

    result = pytimer.find_batch_size(
        model, torch.ones(1, 1), device="cuda", memory_limit_bytes=2**30
    )
    assert result.limit == "memory"
    assert 14 <= result.max_batch_size <= 16


def test_a_torchscript_module_runs_without_python():
    module = torch.nn.Linear(64, 64, device="cuda").eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated
        script = torch.jit.trace(module, torch.ones(1, 64, device="cuda"))
    result = pytimer.measure_latency(script, torch.ones(1, 64))
    assert result.subject.call == "torchscript"
    assert result.median_s > 0


def test_the_environment_names_the_gpu():
    result = pytimer.measure_latency(torch.nn.ReLU(), torch.ones(1, device="cuda"))
    device = result.environment.device
    assert device.model == torch.cuda.get_device_name(0)
    assert device.cuda_runtime_version is not None
    assert device.cuda_driver_version is not None


class Widening(torch.nn.Module):
    """Takes some 16 MiB an item."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 64, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(64, 8, 3)
        )

    def forward(self, x):
        return self.layers(x)


@pytest.mark.parametrize("isolate", [False, True])
def test_the_memory_limit_is_exact(isolate):
    model, x = Widening().cuda(), torch.randn(1, 3, 128, 128)
    options = {"device": "cuda", "memory_limit_bytes": 512 * 2**20, "isolate": isolate}
    guided = pytimer.find_batch_size(model, x, **options)
    sequential = pytimer.find_batch_size(model, x, strategy="sequential", **options)
    assert guided.max_batch_size == sequential.max_batch_size > 2
    assert guided.limit == sequential.limit == "memory"


def test_a_failed_probe_gives_its_memory_back():
    model, x = Widening().cuda(), torch.randn(1, 3, 128, 128)
    levels = []

    def on_progress(progress):
        if progress.finding:
            levels.append((progress.finding, torch.cuda.memory_allocated()))

    pytimer.find_batch_size(
        model, x, device="cuda", memory_limit_bytes=512 * 2**20, on_progress=on_progress
    )
    after_one = levels[0][1]
    failed = [level for finding, level in levels if "too large" in finding]
    assert failed
    assert all(abs(level - after_one) <= 2**20 for level in failed)


def test_streams_of_their_own_work_at_the_same_time(cycles_per_second):
    cycles = int(cycles_per_second * 2e-3)
    result = pytimer.measure_throughput(
        lambda x: torch.cuda._sleep(cycles),
        torch.ones(1),
        device="cuda",
        batch_size=1,
        batches=60,
        concurrency=3,
    )
    assert result.speed_up > 2
    assert result.window_s >= 60 / 3 * 2e-3 * 0.9


def test_copies_to_the_device_are_hidden_behind_work_and_named(cycles_per_second):
    cycles = int(cycles_per_second * 5e-3)
    x = torch.ones(1, 2**18)
    options = {"device": "cuda", "batch_size": 1, "batches": 40}
    plain, copied = (
        pytimer.measure_throughput(
            lambda x: torch.cuda._sleep(cycles), x, host_to_device=flag, **options
        )
        for flag in (False, True)
    )
    assert copied.copied_bytes == 2**20
    assert copied.window_s == pytest.approx(plain.window_s, rel=0.2)


def test_a_package_runs_without_python_in_every_mode(tmp_path):
    model, x = torch.nn.Linear(64, 64, device="cuda").eval(), torch.randn(4, 64, device="cuda")
    made = pytimer.export(model, x, tmp_path / "linear.pt2")
    assert made.equivalence.verdict == "equal"
    modes = pytimer.measure_modes(made.path, x)
    assert not modes.missing
    assert [result.subject.call for result in modes.results] == ["aoti", "aoti", "aoti", "graph"]
    assert all(result.median_s > 0 for result in modes.results)


def test_a_package_works_on_the_current_stream(tmp_path):
    model, x = torch.nn.Linear(2048, 2048, device="cuda").eval(), torch.ones(512, 2048)
    made = pytimer.export(model, x, tmp_path / "linear.pt2", device="cuda")
    with torch.cuda.stream(torch.cuda.Stream()):
        result = pytimer.measure_latency(made.path, x)
    assert "work-on-another-stream" not in [caveat.name for caveat in result.caveats]
    assert result.median_s > 10e-6


def test_the_loops_read_the_device_too():
    result = pytimer.compare_loops(torch.nn.ReLU(), torch.ones(1, device="cuda"), rounds=10)
    for loop in result.loops.values():
        assert (loop.empty_device_s > 0).all()
        assert (loop.empty_device_s <= loop.empty_host_s).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: x.sum().item(), "synchronises-inside"),
        (lambda x: x[x > 0], "synchronises-inside"),
        (lambda x: x.cpu().cuda(), "copies-inside"),
        (lambda x: x + torch.arange(8).cuda(), "made-on-host"),
        (lambda x: torch.empty(torch.cuda.mem_get_info()[0] // 4, device="cuda"), None),
        (lambda x: (x @ x.T).relu(), None),
    ],
)
def test_the_audit_sees_what_a_call_does_and_nothing_else(call, name):
    x = torch.ones(8, 8, device="cuda")
    with torch.no_grad():
        found = {caveat.name for caveat in pytimer.audit(call, x).caveats}
    assert found == set() if name is None else name in found


def test_a_warm_call_that_needs_new_memory_each_time_is_seen():
    def call():
        torch.cuda.empty_cache()
        return torch.empty(2**28, device="cuda")

    assert "allocates-inside" in {c.name for c in pytimer.audit(call, device="cuda").caveats}
