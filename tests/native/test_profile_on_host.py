"""The profiler, in a process of its own."""

import gzip
import json
import os
import re

import pytest
import torch

import pytimer

X = torch.ones(2, 64)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(64, 64)

    def forward(self, x):
        return self.layer(x).relu()


def events_of(path):
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    return json.loads(text)["traceEvents"]


@pytest.mark.parametrize("name", ["trace.json", "trace.json.gz"])
def test_the_trace_has_the_calls_that_were_asked_for(name, tmp_path):
    path = tmp_path / name
    told = []
    result = pytimer.profile(Model(), X, path, warm_up=2, repetitions=7, on_progress=told.append)
    assert [progress.done for progress in told] == [0, 0, 1]
    assert re.fullmatch(r"\d+\.\d+ (µs|ms) a call so far", told[1].note)
    linear = [e for e in events_of(path) if e.get("name") == "aten::linear"]
    assert len(linear) == 7
    calls = {operator.name: operator.calls for operator in result.profiled.operators}
    assert calls["aten::addmm"] == 7
    assert result.size_bytes == path.stat().st_size
    assert list(tmp_path.iterdir()) == [path]


def test_operators_are_sorted_and_on_the_host_have_no_device_time(tmp_path):
    found = pytimer.profile(Model(), X, tmp_path / "trace.json", repetitions=3).profiled
    times = [operator.host_s for operator in found.operators]
    assert times == sorted(times, reverse=True)
    assert {operator.device_s for operator in found.operators} == {None}
    assert found.call_s > 0
    assert found.profiled_call_s > 0


def test_it_runs_in_another_process_which_has_the_settings_of_this_one(tmp_path):
    def tell(x):
        (tmp_path / "told").write_text(f"{os.getpid()} {torch.get_num_threads()}")
        return x + 1

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        pytimer.profile(tell, X, tmp_path / "trace.json", warm_up=1, repetitions=1)
    finally:
        torch.set_num_threads(threads)
    pid, told = (tmp_path / "told").read_text().split()
    assert int(pid) != os.getpid()
    assert told == "1"


def test_a_model_that_raises_leaves_an_older_trace_as_it_was(tmp_path):
    def fail(x):
        raise ValueError("too wide")

    path = tmp_path / "trace.json"
    path.write_text("older")
    with pytest.raises(pytimer.CallError, match=r"fail, in a process .* raised .*too wide"):
        pytimer.profile(fail, X, path)
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_that_ends_its_process_ends_only_that_one(tmp_path):
    with pytest.raises(pytimer.CallError, match="ended with exit code 7"):
        pytimer.profile(lambda x: os._exit(7), X, tmp_path / "trace.json")


def test_wrong_arguments_are_refused_before_anything_runs(tmp_path):
    with pytest.raises(pytimer.PlanError, match=r"end in .json or .json.gz, got .*trace.txt"):
        pytimer.profile(Model(), X, tmp_path / "trace.txt")
    with pytest.raises(pytimer.PlanError, match="repetitions must be an integer ≥ 1, got 0"):
        pytimer.profile(Model(), X, tmp_path / "trace.json", repetitions=0)
    with pytest.raises(pytimer.ResultFileError, match=r"cannot write .*missing/trace.json"):
        pytimer.profile(Model(), X, tmp_path / "missing" / "trace.json")


def test_a_measurement_serves_the_comparison_of_torch():
    result = pytimer.measure_latency(Model(), X, warm_up=1, repetitions=20)
    measurement = result.to_measurement(label="net", description="native loop")
    assert measurement.raw_times == result.latency_s.tolist()
    assert measurement.median == pytest.approx(result.median_s)
    other = result.to_measurement(label="net", description="again")
    table = str(torch.utils.benchmark.Compare([measurement, other]))
    assert "native loop" in table
    assert "2×64 float32" in table
    assert result.to_measurement().title == "Model: 2×64 float32"
