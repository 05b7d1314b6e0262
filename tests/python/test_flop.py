"""The FLOP of a call; expected numbers by the formulas of the operations."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import pytimer
from pytimer import Flop, NotAvailable
from pytimer.compilation import traced
from pytimer.models import make_model
from pytimer.work import FlopPart

LINEAR = 2 * 3 * 10 * 20


def linear():
    return nn.Linear(10, 20)


def x(*shape):
    return torch.ones(*shape)


class TestTheCount:
    def test_a_multiply_add_is_two(self):
        assert pytimer.count_flop(linear(), x(3, 10)) == Flop(
            (FlopPart("matmul", "float32", 1200),), (), "call"
        )

    @pytest.mark.parametrize(
        ("model", "inputs", "kind", "total"),
        [
            # 2 × batch × output pixels × output channels × input channels of a group × kernel
            (nn.Conv2d(3, 8, 3, padding=1), x(2, 3, 5, 5), "convolution", 2 * 2 * 25 * 8 * 3 * 9),
            (nn.Conv2d(6, 6, 3, groups=6), x(1, 6, 5, 5), "convolution", 2 * 9 * 6 * 1 * 9),
            # Queries with keys, then with values: 4 × 4 × 8 each, in 2 heads.
            (
                functional.scaled_dot_product_attention,
                (x(1, 2, 4, 8),) * 3,
                "matmul",
                2 * 2 * (2 * 4 * 4 * 8),
            ),
            # 4 positions of 8: into 24, attention of 2 heads of 4, out of 8.
            (
                nn.MultiheadAttention(8, 2, batch_first=True),
                (x(1, 4, 8),) * 3,
                "matmul",
                2 * 4 * 8 * 24 + 2 * 2 * (2 * 4 * 4 * 4) + 2 * 4 * 8 * 8,
            ),
            # The same, and 16 wide in between.
            (
                nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
                x(1, 4, 8),
                "matmul",
                2 * 4 * 8 * 24 + 2 * 2 * (2 * 4 * 4 * 4) + 2 * 4 * 8 * 8 + 2 * (2 * 4 * 8 * 16),
            ),
        ],
    )
    def test_by_the_formula_of_the_operation(self, model, inputs, kind, total):
        flop = pytimer.count_flop(model, inputs)
        assert flop.total == total
        assert {part.kind for part in flop.parts} == {kind}
        assert flop.uncounted == ()

    def test_it_is_what_torchs_own_counter_says(self):
        model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 5)).eval()
        with torch.inference_mode(), FlopCounterMode(display=False) as theirs:
            model(x(2, 3, 5, 5))
        assert pytimer.count_flop(model, x(2, 3, 5, 5)).total == theirs.get_total_flops() > 0

    def test_each_kind_and_dtype_is_a_part(self):
        def model(image, half):
            functional.conv2d(image, x(1, 1, 1, 1))
            return half @ half

        flop = pytimer.count_flop(model, (x(1, 1, 2, 2), torch.ones(3, 3, dtype=torch.bfloat16)))
        assert flop.parts == (
            FlopPart("convolution", "float32", 8),
            FlopPart("matmul", "bfloat16", 54),
        )

    def test_a_complex_multiply_add_is_four_real_ones(self):
        """(3 × 4) · (4 × 5) is 60 multiply-adds, each of 4 · 2 FLOP."""
        left, right = (torch.ones(size, dtype=torch.complex64) for size in ((3, 4), (4, 5)))
        flop = pytimer.count_flop(torch.matmul, (left, right))
        assert flop.parts == (FlopPart("matmul", "complex64", 480),)

    def test_a_complex_convolution_is_the_three_real_ones_that_torch_makes(self):
        """2 × 2 positions, 3 channels from 2, kernels of 3 × 3: 216 multiply-adds each."""
        images, kernels = (
            torch.ones(size, dtype=torch.complex64) for size in ((1, 2, 4, 4), (3, 2, 3, 3))
        )
        flop = pytimer.count_flop(functional.conv2d, (images, kernels))
        assert flop.parts == (FlopPart("convolution", "float32", 3 * 2 * 216),)

    def test_marks_for_a_profiler_compute_nothing(self):
        def model(tensor):
            with torch.profiler.record_function("product"):
                return tensor @ tensor

        assert pytimer.count_flop(model, x(3, 3)) == Flop(
            (FlopPart("matmul", "float32", 54),), (), "call"
        )

    def test_efficientnet_b0_as_published(self):
        """Tan and Le (2019), table 2: 0.39 billion multiply-adds."""
        named = make_model("efficientnet-b0")
        flop = pytimer.count_flop(named.model, x(1, 3, 224, 224))
        assert 0.75e9 < flop.total < 0.82e9
        twice = pytimer.count_flop(named.model, x(2, 3, 224, 224))
        assert twice.total == 2 * flop.total


class TestWhatIsNotCounted:
    def test_element_wise_work_alone_is_nothing(self):
        assert pytimer.count_flop(nn.ReLU(), x(3, 10)) == NotAvailable(
            "no operation that torch counts"
        )

    @pytest.mark.parametrize("product", [torch.matmul, torch._int_mm, torch.mv])
    def test_products_of_integers_are_no_flop(self, product):
        whole = torch.ones(32, 32, dtype=torch.int8)
        right = whole[0] if product is torch.mv else whole
        assert pytimer.count_flop(product, (whole, right)) == NotAvailable(
            "no operation that torch counts"
        )
        flop = pytimer.count_flop(lambda t: (product(whole, right), t @ t), x(3, 3))
        assert (flop.total, flop.uncounted) == (54, ())

    def test_an_operation_without_a_formula_is_named(self):
        assert (
            "it has no formula for mkldnn_rnn_layer"
            in pytimer.count_flop(nn.LSTM(4, 5), x(3, 1, 4)).reason
        )
        flop = pytimer.count_flop(nn.Sequential(nn.Linear(4, 4), nn.LSTM(4, 5)), x(3, 1, 4))
        assert flop.total == 2 * 3 * 4 * 4
        assert flop.uncounted == ("mkldnn_rnn_layer",)

    def test_an_operation_of_someone_else_is_named(self):
        @torch.library.custom_op("pytimer_test::cube", mutates_args=())
        def cube(tensor: torch.Tensor) -> torch.Tensor:
            return tensor**3

        flop = pytimer.count_flop(lambda t: cube(t @ t), x(3, 3))
        assert (flop.total, flop.uncounted) == (54, ("cube",))

    def test_tensors_of_their_own_kind_are_named(self):
        parts = [x(2, 10), x(3, 10)]
        jagged = torch.nested.nested_tensor(parts, layout=torch.jagged)
        reason = pytimer.count_flop(lambda: functional.linear(jagged, x(20, 10)), ()).reason
        assert "linear of NestedTensor" in reason


class TestCompiledCode:
    def test_a_model_without_python_is_counted_on_its_reference(self):
        script = traced(linear().eval(), ((x(3, 10),), {}))
        missing = pytimer.count_flop(script, x(3, 10))
        assert "a model that runs without Python are not seen" in missing.reason
        for options in ({"call": "torchscript"}, {"reference": linear()}):
            model = linear() if "call" in options else script
            result = pytimer.measure_latency(model, x(3, 10), repetitions=3, **options)
            assert result.work.flop.total == LINEAR
            assert result.work.flop.counted_on == "reference"

    def test_a_reference_is_counted_in_eval_mode_and_put_back(self):
        seen = []

        class Watched(nn.Linear):
            def forward(self, tensor):
                seen.append(self.training)
                return super().forward(tensor)

        reference = Watched(10, 20)
        script = traced(linear().eval(), ((x(3, 10),), {}))
        pytimer.measure_latency(script, x(3, 10), repetitions=3, reference=reference)
        assert len(seen) >= 2
        assert not any(seen)
        assert reference.training

    def test_compiled_code_is_called_eagerly(self):
        ran = []

        def backend(graph, _):
            def run(*inputs):
                ran.append(1)
                return graph(*inputs)

            return run

        model = torch.compile(linear(), backend=backend)
        options = {"repetitions": 3, "warm_up": 1}
        for audit in (False, True, False):  # counting one leaves those after it compiled
            ran.clear()
            result = pytimer.measure_latency(model, x(3, 10), audit=audit, **options)
            assert len(ran) == 4 + audit
        ran.clear()
        fresh = torch.compile(linear(), backend=backend)
        for flop in (result.work.flop, pytimer.count_flop(fresh, x(3, 10))):
            assert (flop.total, flop.counted_on) == (LINEAR, "eager")
        assert ran == []


class TestInAMeasurement:
    def measured(self, model, **options):
        options = {"warm_up": 1, "repetitions": 3} | options
        return pytimer.measure_latency(model, x(3, 10), **options)

    def test_the_rate_is_by_the_median(self):
        result = self.measured(linear())
        assert result.flop_per_s == LINEAR / result.median_s

    def test_a_throughput_counts_a_call_of_its_batch_size(self):
        result = pytimer.measure_throughput(linear(), x(1, 10), batch_size=3, batches=4, warm_up=1)
        assert result.work.flop.total == LINEAR
        assert result.flop_per_s == pytest.approx(LINEAR / 3 * result.items_per_s)

    def test_switched_off_no_call_is_made_for_it(self):
        calls = []
        for flop, made in ((True, 6), (False, 5)):
            calls.clear()
            result = pytimer.measure_throughput(
                calls.append, x(1), batch_size=1, batches=4, warm_up=1, flop=flop
            )
            assert len(calls) == made
        assert "switched off (--no-flop)" in result.work.flop.reason

    @pytest.mark.parametrize("audit", [True, False])
    @pytest.mark.parametrize("flop", [True, False])
    def test_it_is_a_call_apart_from_that_of_the_audit(self, audit, flop):
        calls = []

        def model(tensor):
            calls.append(tensor)
            return tensor @ tensor.T

        result = self.measured(model, audit=audit, flop=flop)
        assert len(calls) == 1 + 3 + audit + flop
        assert isinstance(result.work.flop, Flop) == flop

    def test_every_mode_takes_both_switches_and_a_peak(self):
        calls = []
        options = {"warm_up": 1, "repetitions": 3}
        for audit, flop in ((True, True), (True, False), (False, True), (False, False)):
            calls.clear()
            modes = pytimer.measure_modes(
                calls.append, x(1), audit=audit, flop=flop, peak_flop_per_s=1e12, **options
            )
            # On the host: isolated and pipelined.
            assert len(calls) == 2 * (1 + 3 + audit + flop)
        assert {result.work.peak for result in modes.results} == {
            pytimer.Peak(1e12, "stated by you")
        }

    def test_a_whole_job_takes_both_switches(self):
        options = {"warm_up": 1, "repetitions": 3, "batches": 2, "max_batch_size": 1}

        def calls_of(**switches):
            calls = []
            result = pytimer.run(calls.append, x(1), isolate=False, **options, **switches)
            reasons = [part.work.flop.reason for part in (result.latency, result.throughput)]
            return len(calls), ["switched off" in reason for reason in reasons]

        made, _ = calls_of()
        assert calls_of(audit=False) == (made - 1, [False, False])
        assert calls_of(flop=False) == (made - 2, [True, True])

    def test_it_is_counted_as_set_up(self):
        flop = pytimer.count_flop(linear(), x(3, 10), setup=pytimer.Setup(amp="bfloat16"))
        assert flop.parts == (FlopPart("matmul", "bfloat16", LINEAR),)

    def test_a_call_that_raises_loses_no_sample(self):
        calls = []

        def model(tensor):
            calls.append(tensor)
            if len(calls) == 6:
                raise ZeroDivisionError("sixth")

        result = self.measured(model)
        assert len(result.samples) == 3
        assert "raised ZeroDivisionError: sixth" in result.work.flop.reason

    def test_ctrl_c_keeps_the_samples(self):
        calls = []

        def model(tensor):
            calls.append(tensor)
            if len(calls) == 6:
                raise KeyboardInterrupt

        with pytest.raises(pytimer.Interrupted) as caught:
            self.measured(model)
        assert len(caught.value.samples) == 3

    def test_a_stated_peak_is_taken_as_it_is(self):
        result = self.measured(linear(), peak_flop_per_s=1e12)
        assert result.work.peak == pytimer.Peak(1e12, "stated by you")
        assert result.utilisation == result.flop_per_s / 1e12
        beyond = self.measured(linear(), peak_flop_per_s=1e-3)
        assert "beyond-peak" in [caveat.name for caveat in beyond.caveats]

    @pytest.mark.parametrize("peak", [0, -1e12, float("nan"), "fast"])
    def test_a_peak_that_is_none_is_refused_before_anything_is_called(self, peak):
        calls = []
        with pytest.raises(pytimer.PlanError, match="peak_flop_per_s must be a positive number"):
            pytimer.measure_latency(calls.append, x(1), peak_flop_per_s=peak)
        with pytest.raises(pytimer.PlanError, match="peak_flop_per_s must be a positive number"):
            pytimer.measure_throughput(calls.append, x(1), peak_flop_per_s=peak)
        with pytest.raises(pytimer.PlanError, match="peak_flop_per_s must be a positive number"):
            pytimer.run(calls.append, x(1), peak_flop_per_s=peak)
        with pytest.raises(pytimer.PlanError, match="peak_flop_per_s must be a positive number"):
            pytimer.measure_modes(calls.append, x(1), peak_flop_per_s=peak)
        assert calls == []

    def test_the_host_has_no_known_peak_and_no_energy(self):
        work = self.measured(linear()).work
        assert "unknown; state it with --peak-flops" in work.peak.reason
        assert "use mode pipelined, or throughput" in work.energy.reason
        window = self.measured(linear(), mode="pipelined").work
        assert window.energy == NotAvailable("no energy counter of the host is read")

    def test_it_is_in_the_file(self, tmp_path):
        result = self.measured(linear(), peak_flop_per_s=1e12)
        pytimer.save(result, tmp_path / "result.json")
        assert pytimer.load(tmp_path / "result.json").work == result.work


def test_the_pages_example_prints_what_it_says(capsys):
    page = (Path(__file__).parents[2] / "docs" / "flop-and-energy.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    exec(code, {})
    assert capsys.readouterr().out == "1200\n"
    assert "# 1200:" in code


def test_counting_leaves_torchs_switches_as_they_were():
    pytimer.count_flop(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), x(1, 4, 8))
    assert torch.backends.mha.get_fastpath_enabled()


def test_counting_imports_no_compiler():
    """torch._dynamo takes a second to import."""
    script = """
        import sys, torch, pytimer
        pytimer.count_flop(torch.nn.Linear(10, 20), torch.ones(3, 10))
        assert "torch._dynamo" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
