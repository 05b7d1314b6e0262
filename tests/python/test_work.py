"""Rates, peaks and energy: figures by hand arithmetic."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytimer import Energy, Flop, NotAvailable, Peak, Work
from pytimer.devices import DeviceFacts
from pytimer.peaks import DATASHEETS, peak_of
from pytimer.work import FlopPart, energy_between

from . import results

NOTHING = NotAvailable("not asked")
PAGE = Path(__file__).parents[2] / "docs" / "flop-and-energy.md"


def flop(kind="matmul", dtype="float16", count=1000):
    return Flop((FlopPart(kind, dtype, count),), (), "call")


def environment(model, *, variables=None, **precisions):
    """Of a GPU of that name; `matmul` and `conv` say what float32 may be computed with."""
    flags = {
        "backends.cuda.matmul.fp32_precision": precisions.get("matmul", "none"),
        "backends.cudnn.conv.fp32_precision": precisions.get("conv", "none"),
    }
    settings = replace(results.SETTINGS, flags=flags)
    return replace(
        results.environment(DeviceFacts("cuda:0", model)),
        torch=replace(results.TORCH, settings=settings),
        variables=variables or {},
    )


class TestRates:
    def test_the_rate_is_flop_over_seconds_and_the_utilisation_that_over_the_peak(self):
        work = Work(flop(count=3_000_000), Peak(1e9, "stated by you"), NOTHING)
        assert work.flop_per_s(0.004) == 750e6
        assert work.utilisation(0.004) == 0.75
        assert work.caveats(0.004) == ()

    def test_without_a_count_a_time_or_a_peak_there_is_none(self):
        peak = Peak(1e9, "stated by you")
        assert Work(NOTHING, peak, NOTHING).flop_per_s(0.004) is None
        assert Work(flop(), peak, NOTHING).flop_per_s(None) is None
        assert Work(flop(), peak, NOTHING).flop_per_s(0.0) is None
        assert Work(flop(), NOTHING, NOTHING).utilisation(0.004) is None
        assert Work(flop(), NOTHING, NOTHING).caveats(1e-12) == ()

    def test_more_than_the_peak_is_a_caveat_and_the_peak_itself_is_not(self):
        work = Work(flop(count=1000), Peak(1e6, "stated by you"), NOTHING)
        assert work.utilisation(1e-3) == 1.0
        assert work.caveats(1e-3) == ()
        (caveat,) = work.caveats(0.5e-3)
        assert caveat.name == "beyond-peak"
        assert "200% of the peak (stated by you)" in caveat.message

    def test_results_have_the_rate_of_their_own_time(self):
        """780 MFLOP: over a median of 5 ms 156 GFLOP/s, a thousandth of 156 TFLOP/s."""
        latency = results.latency(results.CUDA)
        assert latency.flop_per_s == pytest.approx(156e9)
        assert latency.utilisation == pytest.approx(0.001)
        throughput = results.throughput(results.CUDA)  # 100 calls of 3 items in 5.5 s, 1375 J
        assert throughput.flop_per_s == pytest.approx(780e6 * 100 / 5.5)
        assert throughput.joules_per_item == pytest.approx(1375 / 300)

    def test_a_file_of_a_harness_has_none(self):
        latency = replace(results.latency(), work=None)
        assert latency.flop_per_s is latency.utilisation is None
        throughput = replace(results.throughput(), work=None)
        assert throughput.flop_per_s is throughput.utilisation is None
        assert throughput.joules_per_item is None


class TestPeaks:
    @pytest.mark.parametrize(
        ("model", "dtype", "tflop_per_s", "title"),
        [
            ("NVIDIA A100-SXM4-80GB", "float16", 312, "NVIDIA A100 Tensor Core GPU datasheet"),
            ("NVIDIA A100 80GB PCIe", "bfloat16", 312, "NVIDIA A100 Tensor Core GPU datasheet"),
            ("NVIDIA A100-PCIE-40GB", "float64", 19.5, "NVIDIA A100 Tensor Core GPU datasheet"),
            ("NVIDIA H100 80GB HBM3", "bfloat16", 989.5, "NVIDIA H100 Tensor Core GPU datasheet"),
            ("NVIDIA H100 PCIe", "float16", 756.5, "NVIDIA H100 Tensor Core GPU datasheet"),
            ("NVIDIA H200", "float16", 989.5, "NVIDIA H200 Tensor Core GPU datasheet"),
            ("NVIDIA L4", "float16", 121, "NVIDIA L4 Tensor Core GPU datasheet"),
            ("Tesla T4", "float16", 65, "NVIDIA T4 Tensor Core GPU datasheet"),
            ("Tesla V100-SXM2-32GB", "float16", 125, "NVIDIA V100 Tensor Core GPU datasheet"),
            ("Tesla V100-PCIE-16GB", "float32", 14, "NVIDIA V100 Tensor Core GPU datasheet"),
            (
                "NVIDIA GeForce RTX 4090",
                "float16",
                165.2,
                "NVIDIA Ada GPU Architecture whitepaper",
            ),
        ],
    )
    def test_the_datasheet_without_sparsity(self, model, dtype, tflop_per_s, title):
        peak = peak_of(flop(dtype=dtype), environment(model))
        assert peak.flop_per_s == pytest.approx(tflop_per_s * 1e12)
        assert peak.source == f"{title}: {dtype} {tflop_per_s:g} TFLOP/s, dense"

    def test_the_page_has_the_whole_table(self):
        rows = [
            line
            for line in PAGE.read_text().splitlines()
            if line.endswith((" datasheet |", "paper |"))
        ]
        listed = set()
        for row in rows:
            names, *figures, title = (cell.strip() for cell in row.strip("|").split("|"))
            precisions = ("float16", "bfloat16", "tf32", "float32", "float64")
            stated = {p: float(f) for p, f in zip(precisions, figures, strict=True) if f}
            for name in names.split(", "):
                listed.add(name)
                assert (DATASHEETS[name].title, DATASHEETS[name].tflop_per_s) == (title, stated)
        assert listed == set(DATASHEETS)

    @pytest.mark.parametrize(
        ("kind", "options", "tflop_per_s"),
        [
            ("matmul", {}, 19.5),
            ("matmul", {"matmul": "tf32"}, 156),
            ("matmul", {"conv": "tf32"}, 19.5),
            ("convolution", {"conv": "tf32"}, 156),
            ("convolution", {"matmul": "tf32"}, 19.5),
            ("convolution", {"conv": "tf32", "variables": {"NVIDIA_TF32_OVERRIDE": "0"}}, 19.5),
        ],
    )
    def test_float32_is_tf32_where_torch_lets_that_kind_of_operation(
        self, kind, options, tflop_per_s
    ):
        where = environment("NVIDIA A100-SXM4-40GB", **options)
        assert peak_of(flop(kind, "float32"), where).flop_per_s == pytest.approx(tflop_per_s * 1e12)

    def test_before_tf32_float32_is_float32(self):
        where = environment("Tesla T4", matmul="tf32", conv="tf32")
        assert peak_of(flop(dtype="float32"), where).flop_per_s == pytest.approx(8.1e12)

    def test_a_mixture_runs_each_part_at_its_own_peak(self):
        """312 at 312 TFLOP/s and 39 at 19.5 TFLOP/s: 1 + 2 units of time for 351."""
        mixture = Flop(
            (FlopPart("matmul", "float16", 312), FlopPart("matmul", "float32", 39)), (), "call"
        )
        peak = peak_of(mixture, environment("NVIDIA A100-SXM4-40GB"))
        assert peak.flop_per_s == pytest.approx(117e12)
        assert peak.source.endswith(": float16 312, float32 19.5 TFLOP/s, dense")

    @pytest.mark.parametrize(
        ("model", "dtype", "message"),
        [
            ("NVIDIA B9000", "float16", "peak of NVIDIA B9000 unknown; state it with --peak-flops"),
            ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "float16", "unknown; state it"),
            ("NVIDIA H200 NVL", "float16", "unknown; state it"),
            ("Tesla T4", "bfloat16", "peak of Tesla T4 unknown for bfloat16; state it"),
            (None, "float16", "peak of cuda:0 unknown"),
        ],
    )
    def test_what_no_datasheet_says_is_unknown(self, model, dtype, message):
        assert message in peak_of(flop(dtype=dtype), environment(model)).reason


NO_COUNTER = NotAvailable("no counter")


class TestEnergy:
    def between(self, window_s, calls=100, begin_j=1000.0, end_j=1300.0):
        return energy_between(
            begin_j,
            end_j,
            window_s=window_s,
            calls=calls,
            option="--batches",
        )

    def test_it_is_the_difference_of_the_counter(self):
        energy = self.between(2.0)
        assert energy == Energy(300.0, 2.0, 100)
        assert (energy.joules_per_call, energy.watts, energy.resolution) == (3.0, 150.0, 0.05)

    @pytest.mark.parametrize(
        ("window_s", "wanted"),
        [
            (1.999, 112),  # 101 reach 2 s, and a tenth more
            (0.4, 550),
        ],
    )
    def test_a_window_under_two_seconds_has_none_and_says_how_many_calls_have(
        self, window_s, wanted
    ):
        reason = self.between(window_s).reason
        assert f"shorter than 2 s, which the counter needs; raise --batches to {wanted}" in reason

    @pytest.mark.parametrize(
        ("begin_j", "end_j"), [(NO_COUNTER, NO_COUNTER), (1.0, NO_COUNTER), (NO_COUNTER, 1.0)]
    )
    def test_a_counter_that_is_not_read_has_the_devices_reason(self, begin_j, end_j):
        missing = self.between(3.0, begin_j=begin_j, end_j=end_j)
        assert missing == NO_COUNTER
