"""Models that run inside the C++ loop: AOTInductor packages and TorchScript modules."""

import math
import os
import pickle
import tempfile
import threading
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

import pytimer
from pytimer import codec
from pytimer.aoti import AotiPackage, InputsTaken
from pytimer.equivalence import compare
from pytimer.workload import prepared

from ..old_torch import needs_newer_torch


class Net(torch.nn.Module):
    """Two inputs, one by keyword; a dict of outputs."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(8, 16)
        self.second = torch.nn.Linear(16, 4)

    def forward(self, x, scale=None):
        hidden = torch.relu(self.first(x)) * scale
        return {"y": self.second(hidden), "hidden": hidden}


def inputs(batch_size):
    return {"x": torch.randn(batch_size, 8), "scale": torch.tensor(2.0)}


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="module")
def exported(net, tmp_path_factory):
    path = tmp_path_factory.mktemp("packages") / "net.pt2"
    return pytimer.export(net, inputs(1), path, dynamic_batch=True)


@pytest.fixture
def script():
    with warnings.catch_warnings(action="ignore"):  # of deprecation
        return torch.jit.trace(torch.nn.Linear(4, 4).eval(), torch.ones(1, 4))


@pytest.fixture
def script_path(script, tmp_path):
    path = tmp_path / "linear.pt"
    with warnings.catch_warnings(action="ignore"):
        script.save(path)
    return path


def test_an_export_says_what_was_made(exported):
    assert exported.equivalence.verdict == "equal"
    assert exported.equivalence.largest_difference < exported.equivalence.tolerance
    assert exported.compile_s > 0
    assert exported.dynamic_batch
    assert exported.subject.inputs == ("1×8 float32", "scalar float32")


@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_a_package_computes_what_the_model_does(net, exported, batch_size):
    package = AotiPackage(exported.path)
    arguments = inputs(batch_size)
    with torch.inference_mode():
        got, wanted = package(**arguments), net(**arguments)
    assert got.keys() == wanted.keys()
    for name in wanted:
        torch.testing.assert_close(got[name], wanted[name])


@pytest.mark.parametrize("mode", ["isolated", "pipelined"])
def test_a_package_is_called_without_python(exported, mode):
    result = pytimer.measure_latency(exported.path, inputs(3), mode=mode, warm_up=3, repetitions=50)
    assert result.subject.call == "aoti"
    assert result.subject.model == "net.pt2"
    assert len(result.latency_s) == 50
    assert (result.latency_s > 0).all()
    assert result.equivalence is None


@pytest.mark.parametrize("call", ["auto", "eager"])
def test_both_loops_and_calls_give_the_same_columns(exported, call):
    loops = [
        pytimer.measure_latency(exported.path, inputs(2), call=call, loop=loop, repetitions=20)
        for loop in ("native", "python")
    ]
    assert loops[0].samples.columns.keys() == loops[1].samples.columns.keys()
    assert {result.subject.call for result in loops} == {"aoti" if call == "auto" else "eager"}


def test_the_interpreter_lock_is_free_meanwhile(exported):
    """Another thread counts while a package works in one window of half a second."""
    counted, ends = [0], threading.Event()

    def count():
        while not ends.is_set():
            counted[0] += 1

    def rate(function):
        begin, before = time.perf_counter(), counted[0]
        function()
        return (counted[0] - before) / (time.perf_counter() - begin)

    arguments = inputs(20_000)
    thread = threading.Thread(target=count)
    thread.start()
    try:
        alone = rate(lambda: time.sleep(0.3))
        meanwhile = rate(
            lambda: pytimer.measure_latency(
                exported.path, arguments, mode="pipelined", warm_up=1, repetitions=200
            )
        )
    finally:
        ends.set()
        thread.join()
    # With the lock held for each call it would count for a few percent of the time only.
    assert meanwhile > 0.25 * alone


def test_sets_of_inputs_are_taken_in_turn(exported):
    """One set of two takes far longer: every other sample is longer than its neighbours."""
    sets = [inputs(1), inputs(20_000)]
    result = pytimer.measure_latency(exported.path, sets, warm_up=2, repetitions=40)
    assert result.subject.call == "aoti"
    assert result.subject.input_sets == 2
    assert np.median(result.latency_s[1::2]) > 10 * np.median(result.latency_s[::2])


def test_a_reference_is_compared_before_timing(net, exported):
    same = pytimer.measure_latency(exported.path, inputs(2), reference=net, repetitions=3)
    assert same.equivalence.verdict == "equal"
    torch.manual_seed(1)
    other = pytimer.measure_latency(exported.path, inputs(2), reference=Net(), repetitions=3)
    assert other.equivalence.verdict == "different"
    assert "outputs-differ" in [caveat.name for caveat in other.caveats]


def test_a_reference_that_raises_is_a_call_error(exported):
    with pytest.raises(pytimer.CallError, match="could not be compared with its reference"):
        pytimer.measure_latency(exported.path, inputs(2), reference=lambda **_: 1 / 0)


class IgnoresItsInput(torch.nn.Module):
    def forward(self, x):
        return torch.ones(3) + 1e-5 * x.mean()


@pytest.mark.parametrize(
    ("reference", "other", "verdict"),
    [
        (lambda x: 2 * x, lambda x: x + x, "equal"),
        (lambda x: 2 * x, lambda x: 2.01 * x, "different"),
        (lambda x: 2 * x, lambda x: (2 * x)[:1], "different"),
        (lambda x: 2 * x, lambda x: (2 * x).double(), "different"),
        (lambda x: [x, x + 1], lambda x: [x, x + 1], "equal"),
        (IgnoresItsInput(), IgnoresItsInput(), "not checkable"),
        (lambda x: 1e-4 * x, lambda x: 1e-4 * x, "not checkable"),
        (lambda x: "text", lambda x: "text", "not checkable"),
        (lambda x: x * float("nan"), lambda x: x * float("nan"), "not checkable"),
        (lambda x: x * float("nan"), lambda x: x, "different"),
        (lambda x: x / 0, lambda x: x / 0, "equal"),
    ],
)
def test_verdicts_on_equivalence(reference, other, verdict):
    found = compare(reference, other, ((torch.randn(4, 3),), {}))
    assert found.verdict == verdict
    assert found.largest_difference is None or math.isfinite(found.largest_difference)


@pytest.mark.parametrize(("factor", "is_told"), [(1e59, True), (1e61, False)])
def test_a_difference_that_no_file_may_hold_is_not_told(factor, is_told):
    ones = torch.ones(2, dtype=torch.float64)
    found = compare(lambda x: 2 * factor * ones, lambda x: factor * ones, ((ones,), {}))
    assert found.verdict == "different"
    assert found.largest_difference == (pytest.approx(factor) if is_told else None)
    assert codec.decode(type(found), codec.encode(found)) == found


def test_integers_are_compared_within_the_range_that_was_given():
    embedding = torch.nn.Embedding(10, 4)
    tokens = torch.tensor([[0, 9, 3]])
    assert compare(embedding, embedding, ((tokens,), {})).verdict == "equal"


def test_a_model_whose_outputs_say_nothing_is_a_caveat():
    result = pytimer.measure_latency(
        IgnoresItsInput(), torch.ones(4), call="torchscript", repetitions=3
    )
    assert result.equivalence.verdict == "not checkable"
    names = [caveat.name for caveat in result.caveats]
    assert {"equivalence-not-checkable", "torchscript-deprecated"} <= set(names)


def test_a_module_is_compiled_on_request(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = pytimer.measure_latency(
        torch.nn.Linear(8, 8), torch.randn(2, 8), call="aoti", repetitions=20
    )
    assert result.subject.call == "aoti"
    assert result.subject.model == "Linear"
    assert result.equivalence.verdict == "equal"
    assert list(Path(tempfile.gettempdir()).glob("pytimer-*")) == []
    path = tmp_path / "result.json"
    pytimer.save(result, path)
    assert pytimer.load(path) == result


def test_a_function_is_traced_on_request():
    result = pytimer.measure_latency(
        lambda x: torch.tanh(x), torch.randn(3), call="torchscript", repetitions=3
    )
    assert result.subject.call == "torchscript"
    assert result.equivalence.verdict == "equal"


def test_what_cannot_be_compiled_is_refused_with_the_reason():
    def branches(x):
        return x if x.sum() > 0 else -x

    with pytest.raises(pytimer.ModelError, match="the model cannot be exported: "):
        pytimer.measure_latency(branches, torch.ones(3), call="aoti")
    with pytest.raises(pytimer.ModelError, match="TorchScript is called with tensors only"):
        pytimer.measure_latency(branches, {"x": torch.ones(3)}, call="torchscript")


@pytest.mark.parametrize("knows", [True, pytest.param(False, marks=needs_newer_torch)])
def test_inputs_that_it_was_not_compiled_for_are_refused(exported, monkeypatch, knows):
    """A compiled model would not look, and read beyond its input."""
    if not knows:  # packages that others made do not say what they take
        monkeypatch.setattr(InputsTaken, "parsed", lambda text: None)
    wrong = {"x": torch.randn(3, 9), "scale": torch.tensor(2.0)}
    with pytest.raises(pytimer.ModelError, match="compiled for"):
        pytimer.measure_latency(exported.path, wrong)
    doubles = {"x": torch.randn(3, 8).double(), "scale": torch.tensor(2.0)}
    with pytest.raises(pytimer.ModelError, match="compiled for"):
        pytimer.measure_latency(exported.path, doubles)
    with pytest.raises(pytimer.ModelError, match="takes inputs nested as"):
        pytimer.measure_latency(exported.path, torch.ones(3, 8))
    assert len(pytimer.measure_latency(exported.path, inputs(1), repetitions=3).samples) == 3


def test_any_batch_size_is_searched_and_timed(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = pytimer.find_batch_size(exported.path, inputs(1), max_batch_size=4)
    assert found.max_batch_size == 4
    assert all(probe.in_worker for probe in found.probes)
    assert list(tmp_path.iterdir()) == []  # workers are killed, and leave nothing behind
    rate = pytimer.measure_throughput(exported.path, inputs(1), batch_size=4, concurrency=2)
    assert rate.subject.call == "aoti"
    assert len(rate.samples) == 100


def test_a_package_is_sent_by_its_path(exported):
    package = pickle.loads(pickle.dumps(AotiPackage(exported.path)))
    assert package(**inputs(2))["y"].shape == (2, 4)


def test_what_a_package_takes_can_be_made(exported):
    made = AotiPackage(exported.path).inputs.make(5)
    assert [tensor.shape for tensor in made] == [(5, 8), ()]
    fixed = InputsTaken([[2, 3], [2]], ["float16", "int64"])
    assert [tensor.dtype for tensor in fixed.make(2)] == [torch.float16, torch.int64]
    with pytest.raises(pytimer.ModelError, match="compiled for batch size 2, got 3"):
        fixed.make(3)
    assert InputsTaken.parsed("{") is None
    assert InputsTaken.parsed('[{"shape": [1]}]') is None


def archive_of(path, name, text="x"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.pt2", None, "no file at"),
        ("text.pt2", "hello", "is no package"),
        ("exported.pt2", "model/models/model.json", "holds no compiled model"),
        ("other.pt2", "m/data/aotinductor/encoder/x.so", "holds the models encoder"),
        ("broken.pt2", "m/data/aotinductor/model/x.so", "cannot load"),
        ("gone.pt", None, "no file at"),
        ("state.pt", "hello", "is no TorchScript module"),
        ("model.onnx", "hello", "is no file of a model"),
    ],
)
def test_files_without_a_usable_model_are_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content and "/" in content:
        archive_of(path, content)
    elif content:
        path.write_text(content)
    with pytest.raises(pytimer.ModelError, match=message):
        pytimer.measure_latency(path, torch.ones(1))


class MakesAFolder:
    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_a_pickle_added_to_a_package_is_not_read(net, exported, tmp_path):
    """Its machine code is run, and that is all of it that is."""
    mark, path = tmp_path / "was-run", tmp_path / "net.pt2"
    with zipfile.ZipFile(exported.path) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        folder = name.partition("/")[0]
        for extra in ("extra/more.pkl", "data/weights/model.pt", "data/constants/model.pt"):
            target.writestr(f"{folder}/{extra}", pickle.dumps(MakesAFolder(mark)))
    x = inputs(3)
    assert torch.allclose(AotiPackage(path)(**x)["y"], net(**x)["y"], atol=1e-5)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("AOTI_MACHINE", "sparc", "was compiled for sparc"),
        ("AOTI_DEVICE_KEY", "cuda", "was compiled for cuda, and torch sees no such device"),
        ("AOTI_CPU_ISA", "AVX2 AVX512", "a CPU with AVX512, which this one lacks"),
    ],
)
def test_packages_for_another_machine_are_refused(exported, monkeypatch, key, value, message):
    metadata = pytimer.aoti._torch.AotiModel.metadata

    class OtherModel(pytimer.aoti._torch.AotiModel):
        @staticmethod
        def metadata(path):
            return metadata(path) | {key: value}

    monkeypatch.setattr(pytimer.aoti._torch, "AotiModel", OtherModel)
    monkeypatch.setattr(pytimer.aoti, "cpu_flags", lambda: frozenset({"avx2"}))
    if key != "AOTI_CPU_ISA":
        monkeypatch.setattr(pytimer.aoti, "cpu_flags", frozenset)
    monkeypatch.setattr(pytimer.aoti, "_has_device", lambda kind: False)
    with pytest.raises(pytimer.ModelError, match=message):
        AotiPackage(exported.path)


def test_a_torchscript_module_is_called_without_python(script):
    result = pytimer.measure_latency(script, torch.ones(1, 4), warm_up=2, repetitions=30)
    assert result.subject.call == "torchscript"
    assert len(result.latency_s) == 30
    assert "torchscript-deprecated" in [caveat.name for caveat in result.caveats]
    eager = pytimer.measure_latency(script, {"input": torch.ones(1, 4)}, repetitions=3)
    assert eager.subject.call == "eager"


def test_a_torchscript_file_is_called_without_python(script_path):
    result = pytimer.measure_latency(script_path, torch.ones(1, 4), repetitions=30)
    assert result.subject.call == "torchscript"
    assert result.subject.model == "linear.pt"


def test_a_torchscript_module_that_fails_is_a_call_error(script):
    with pytest.raises(pytimer.CallError, match="shapes cannot be multiplied"):
        pytimer.measure_latency(script, torch.ones(1, 5))


def test_a_file_is_not_exported_again(exported, tmp_path):
    with pytest.raises(pytimer.PlanError, match="is compiled already"):
        pytimer.export(exported.path, inputs(1), tmp_path / "again.pt2")


@pytest.mark.parametrize("name", ["model.so", "model"])
def test_an_export_needs_its_suffix(net, tmp_path, name):
    with pytest.raises(pytimer.PlanError, match=r"must end in \.pt2"):
        pytimer.export(net, inputs(1), tmp_path / name)


def test_an_export_into_a_folder_that_is_not_there_is_refused_at_once(net, tmp_path):
    with pytest.raises(pytimer.ResultFileError, match="cannot write"):
        pytimer.export(net, inputs(1), tmp_path / "gone" / "model.pt2")


def test_an_export_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(pytimer.ModelError, match="cannot be exported"):
        pytimer.export(lambda x: x.item() and x, torch.ones(1), tmp_path / "model.pt2")
    assert list(tmp_path.iterdir()) == []


def test_outputs_are_dropped_between_calls(exported):
    """A loop that kept them would grow by 3 MiB a call."""
    arguments = inputs(50_000)
    with prepared(exported.path, arguments, None) as workload:
        call = workload.native_call(None)
        samples = pytimer._core.Samples()
        clock = pytimer._core.HostClock()
        before = resident_bytes()
        pytimer._core.isolated(clock, call, 200, samples)
        assert resident_bytes() - before < 200 * 2**20


def resident_bytes():
    return psutil.Process().memory_info().rss


class TwoTables(torch.nn.Module):
    def forward(self, a, b, factor):
        return a + b * factor


@pytest.fixture(scope="module")
def two_tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("packages") / "two.pt2"
    arguments = (torch.ones(2, 3), torch.ones(2, 3), 3)
    pytimer.export(TwoTables(), arguments, path, dynamic_batch=True)
    return path


def test_batch_sizes_that_differ_are_refused(two_tables):
    """A compiled model takes the one size for all, and would read beyond the shorter tensor."""
    with pytest.raises(pytimer.ModelError, match="takes inputs of one batch size"):
        pytimer.measure_latency(two_tables, (torch.ones(4, 3), torch.ones(2, 3), 3))


@pytest.mark.parametrize("value", [5, "s", None])
def test_values_that_were_not_compiled_in_are_refused(two_tables, monkeypatch, value):
    arguments = (torch.ones(2, 3), torch.ones(2, 3), value)
    with pytest.raises(pytimer.ModelError, match=r"was compiled with the values \[\"3\"\]"):
        pytimer.measure_latency(two_tables, arguments)
    right = (torch.ones(2, 3), torch.ones(2, 3), 3)
    assert len(pytimer.measure_latency(two_tables, right, repetitions=2).samples) == 2
    monkeypatch.setattr(pytimer.aoti, "CONSTANTS_KEY", "nobody.knows")
    with pytest.raises(pytimer.ModelError, match="does not say which values"):
        pytimer.measure_latency(two_tables, right)


@needs_newer_torch
def test_other_dimensions_are_looked_at_with_a_batch_size_of_one_too(exported, monkeypatch):
    monkeypatch.setattr(InputsTaken, "parsed", lambda text: None)
    wrong = {"x": torch.randn(1, 9), "scale": torch.tensor(2.0)}
    with pytest.raises(pytimer.ModelError, match="compiled for"):
        pytimer.measure_latency(exported.path, wrong)


def test_a_package_is_found_after_a_change_of_folder(exported, monkeypatch, tmp_path):
    monkeypatch.chdir(Path(exported.path).parent)
    package = AotiPackage("net.pt2")
    monkeypatch.chdir(tmp_path)
    assert package.with_runners(2)(**inputs(2))["y"].shape == (2, 4)
    assert pickle.loads(pickle.dumps(package)).path == Path(exported.path)


def test_a_damaged_package_is_refused_before_it_runs(exported, tmp_path):
    content = bytearray(Path(exported.path).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path = tmp_path / "damaged.pt2"
    path.write_bytes(content)
    with pytest.raises(pytimer.ModelError, match="is damaged"):
        pytimer.measure_latency(path, inputs(2))


def test_a_module_without_forward_is_refused(tmp_path):
    class Nothing(torch.nn.Module):
        @torch.jit.export
        def other(self, x: torch.Tensor) -> torch.Tensor:
            return x

    with warnings.catch_warnings(action="ignore"):
        torch.jit.script(Nothing()).save(tmp_path / "nothing.pt")
    with pytest.raises(pytimer.ModelError, match="without a method forward"):
        pytimer.measure_latency(tmp_path / "nothing.pt", torch.ones(1))


def test_what_torch_says_comes_without_a_backtrace(script):
    with pytest.raises(pytimer.CallError) as caught:
        pytimer.measure_latency(script, torch.ones(1, 5))
    assert "frame #" not in str(caught.value)


def test_outputs_are_compared_each_by_its_own_tolerance():
    def reference(x):
        return x, x.half()

    found = compare(reference, lambda x: (x + 0.009, x.half()), ((torch.randn(4),), {}))
    assert found.verdict == "different"


def test_constants_and_complex_outputs_are_compared():
    x = torch.randn(4)
    constant = compare(lambda x: (x, 3), lambda x: (x, torch.tensor(3)), ((x,), {}))
    assert constant.verdict == "equal"
    z = torch.randn(4, dtype=torch.complex64)
    assert compare(lambda z: z, lambda z: z + 0.1j, ((z,), {})).verdict == "different"
    assert compare(lambda z: z.imag * 1j, lambda z: z.imag * 1j, ((z,), {})).verdict == "equal"


def test_a_model_that_writes_into_its_input_is_compared_on_copies():
    def writes(x):
        return x.add_(1.0)

    x = torch.zeros(3)
    assert compare(writes, writes, ((x,), {})).verdict == "equal"
    assert x.tolist() == [0, 0, 0]


def test_inputs_that_cannot_be_varied_are_said_to_be_the_reason():
    tokens = torch.zeros(3, dtype=torch.long)
    embedding = torch.nn.Embedding(10, 4)
    found = compare(embedding, embedding, ((tokens,), {}))
    assert found.verdict == "not checkable"
    assert "no other input could be drawn" in found.reason
