"""What is measured beside latency and throughput, on a real GPU. Upper bounds are generous."""

import json
import os
import subprocess
import sys

import pytest
import torch

import pytimer
from pytimer import Setup

from ..native.test_cpp_package import HARNESS, build

pytestmark = pytest.mark.cuda


@pytest.fixture
def sleeping(cycles_per_second):
    """Makes a model that occupies the device for so many milliseconds."""

    def sleeping(milliseconds):
        cycles = int(cycles_per_second * milliseconds / 1e3)

        def model(x):
            torch.cuda._sleep(cycles)
            return x

        return model

    return sleeping


def measured(model, x, **options):
    return pytimer.measure_latency(model, x, device="cuda", **options)


def test_pairs_find_a_tenth_and_find_no_difference_where_there_is_none(sleeping):
    x = torch.ones(1, device="cuda")
    slower = pytimer.ab(sleeping(2), sleeping(2.2), x, pairs=100).comparison
    assert slower.verdict == "slower"
    assert slower.ratio == pytest.approx(1.1, rel=0.03)
    assert pytimer.ab(sleeping(2), sleeping(2), x, pairs=100).comparison.verdict == "same"


def test_a_cold_cache_is_slower_than_a_warm_one():
    l2_bytes = torch.cuda.get_device_properties(0).L2_cache_size
    x = torch.ones(1, l2_bytes // 8, device="cuda")  # half of the cache
    warm, cold = (measured(torch.sum, x, mode="queued", cache=cache) for cache in ("warm", "cold"))
    assert cold.median_s > 1.1 * warm.median_s


def test_gaps_between_launches_are_in_isolated_times_and_not_in_queued_ones():
    def many_small(x):
        for _ in range(50):
            x = x + 1
        return x

    x = torch.ones(8, device="cuda")
    isolated, queued = (measured(many_small, x, mode=mode) for mode in ("isolated", "queued"))
    assert queued.median_s < 0.8 * isolated.median_s


def test_a_matrix_product_has_a_rate_below_the_peak():
    x = torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16)
    result = measured(lambda x: x @ x, x, mode="queued", repetitions=50)
    assert result.work.flop.total == 2 * 8192**3
    assert not isinstance(result.work.peak, pytimer.NotAvailable), result.work.peak.reason
    assert 0.2 < result.utilisation <= 1


def test_energy_of_a_window_is_the_power_of_a_gpu(sleeping):
    result = pytimer.measure_throughput(
        sleeping(5), torch.ones(1), device="cuda", batch_size=1, batches=600
    )
    energy = result.work.energy
    assert not isinstance(energy, pytimer.NotAvailable), energy.reason
    assert 20 < energy.watts < 1500


def test_a_profile_has_the_time_of_kernels(tmp_path):
    model, x = torch.nn.Linear(2048, 2048).cuda(), torch.ones(512, 2048)
    path = tmp_path / "trace.json"
    result = pytimer.profile(model, x, path, device="cuda", repetitions=7)
    device_s = {operator.name: operator.device_s for operator in result.profiled.operators}
    assert device_s["aten::addmm"] > 7 * 10e-6
    kernels = [e for e in json.loads(path.read_text())["traceEvents"] if e.get("cat") == "kernel"]
    assert len(kernels) >= 7


def test_load_at_a_tenth_of_the_capacity_waits_little(sleeping):
    result = pytimer.measure_load(sleeping(2), torch.ones(1), rates=(50.0,), device="cuda")
    (point,) = result.points
    assert point.utilisation == pytest.approx(0.1, rel=0.3)
    assert point.requests.service_s.min() > 1.8e-3
    assert not point.is_overload


def test_load_beyond_the_capacity_is_overload(sleeping):
    result = pytimer.measure_load(
        sleeping(5), torch.ones(1), rates=(400.0,), seconds=3, device="cuda"
    )
    assert result.points[0].is_overload


@pytest.mark.parametrize("compile", ["default", "reduce-overhead"])
def test_a_compiled_model_is_measured_and_agrees(compile):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 8))
    x = torch.randn(4, 64)
    setup = Setup(compile=compile)
    result = measured(model.cuda(), x, setup=setup, reference=model, repetitions=100)
    assert result.median_s > 0
    names = {caveat.name for caveat in result.caveats}
    assert not names & {"compiled-while-timed", "incomplete", "work-on-another-stream"}


def test_half_precision_and_channels_last_reach_the_device():
    seen = []

    class Watching(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Conv2d(3, 8, 3)

        def forward(self, x):
            y = self.layer(x)
            seen.append((y.dtype, y.is_contiguous(memory_format=torch.channels_last)))
            return y

    setup = Setup(amp="float16", channels_last=True)
    measured(Watching().cuda(), torch.ones(2, 3, 16, 16), setup=setup, warm_up=1, repetitions=3)
    assert set(seen) == {(torch.float16, True)}


def test_the_modes_agree_on_long_work_and_all_are_there(sleeping):
    modes = pytimer.measure_modes(sleeping(2), torch.ones(1), device="cuda")
    assert not modes.missing
    assert [mode.median_s for mode in modes.results] == pytest.approx([2e-3] * 4, rel=0.1)


def test_blocks_keep_no_more_events_and_read_the_same(sleeping):
    x = torch.ones(1)
    each = measured(sleeping(0.5), x, repetitions=2000)
    blocks = measured(sleeping(0.5), x, repetitions=2000, max_samples=100)
    assert blocks.samples.block == 20
    assert blocks.mean_s == pytest.approx(each.mean_s, rel=0.05)


def test_ranks_on_one_gpu_share_it(tmp_path):
    """Two replicas of work that fills the device are together as fast as one."""
    out = tmp_path / "ranks.json"
    source = "import torch\ndef make():\n    return lambda x: (x @ x).sum()\n"
    (tmp_path / "models.py").write_text(source)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["-m", "pytimer", "throughput", "models.py:make", "--shape", "4096,4096"]
    command += ["--batch-size", "2", "--device", "cuda:0", "--timeout", "60", "--json", str(out)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    assert 0.3 < pytimer.load(out).efficiency < 0.75


def test_the_harness_in_cpp_reads_what_python_reads(tmp_path):
    package, x = tmp_path / "linear.pt2", torch.randn(512, 4096)
    pytimer.export(torch.nn.Linear(4096, 4096).cuda(), x, package, device="cuda")
    program = build(HARNESS, tmp_path / "harness", f"-DPYTIMER_PYTHON={sys.executable}") / "harness"
    out = tmp_path / "result.json"
    command = [program, package, "cuda", out, "512", "4096"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    here = measured(package, x)
    assert pytimer.load(out).median_s == pytest.approx(here.median_s, rel=0.3)
