"""The same measurement in several processes."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

import pytimer
from pytimer.cli import main

X = torch.ones(2, 8)


def quick(model, inputs=X, *, measure=pytimer.measure_latency, **options):
    return pytimer.measure_in_processes(
        measure, model, inputs, warm_up=1, flop=False, **({"repetitions": 5} | options)
    )


def test_each_process_is_another_and_has_the_same_weights(tmp_path):
    model = torch.nn.Linear(8, 8)
    parent = f"{os.getpid()}"

    class Tells(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, x):
            (tmp_path / f"{os.getpid()}").write_text(f"{float(self.inner(x).sum())!r}")
            return x

    result = quick(Tells(), processes=2, name="net")
    told = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert len(told) == 2
    assert parent not in told
    assert len(set(told.values())) == 1
    assert [len(one.samples) for one in result.results] == [5, 5]
    assert result.subject.model == "net"
    assert result.environment.torch.settings.threads == torch.get_num_threads()


def test_a_throughput_is_measured_at_the_size_that_was_given():
    result = pytimer.measure_in_processes(
        pytimer.measure_throughput, torch.nn.Linear(8, 8), X, processes=1, batch_size=3, batches=4
    )
    assert [one.batch_size for one in result.results] == [3]
    assert result.figures == pytest.approx([one.items_per_s for one in result.results])


def test_a_process_that_fails_leaves_what_the_others_measured(tmp_path):
    def model(x):
        (tmp_path / f"{os.getpid()}").touch()
        if len(list(tmp_path.iterdir())) == 2:
            raise RuntimeError("enough")

    with pytest.raises(pytimer.CallError, match=r"process 2, .*enough") as error:
        quick(model, processes=3)
    (first,) = error.value.result.results
    assert len(first.samples) == 5


@pytest.mark.slow  # it waits; tests/native/test_own_process.py does in the usual run
def test_a_process_that_does_not_return_is_ended_and_the_others_are_kept(tmp_path):
    def model(x):
        (tmp_path / f"{os.getpid()}").touch()
        if len(list(tmp_path.iterdir())) == 2:
            time.sleep(600)

    with pytest.raises(
        pytimer.CallError, match=r"process 2, .* had not finished after 30 s"
    ) as error:
        quick(model, processes=3, timeout_s=30)
    (first,) = error.value.result.results
    assert len(first.samples) == 5
    _, second = sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime)
    assert not Path(f"/proc/{second.name}").exists()


def test_an_interruption_leaves_what_the_others_measured():
    def interrupt(progress):
        if progress.done == 1:
            raise KeyboardInterrupt

    with pytest.raises(pytimer.Interrupted) as error:
        quick(torch.nn.Linear(8, 8), processes=3, on_progress=interrupt)
    assert len(error.value.result.results) == 1


def test_another_environment_in_between_is_an_error(monkeypatch):
    def model(x):
        pass

    def change(progress):
        monkeypatch.setenv("KMP_BLOCKTIME", f"{progress.done}")

    monkeypatch.setenv("KMP_BLOCKTIME", "0")
    with pytest.raises(pytimer.CallError, match="KMP_BLOCKTIME: 0 in the first, 1 in") as error:
        quick(model, processes=3, on_progress=change)
    assert len(error.value.result.results) == 1


@pytest.mark.parametrize(
    ("measure", "options", "error", "message"),
    [
        (pytimer.measure_latency, {"processes": 0}, pytimer.PlanError, "processes must be"),
        (pytimer.measure_latency, {"repetitions": 0}, pytimer.PlanError, "repetitions must be"),
        (pytimer.measure_latency, {"mode": "x"}, pytimer.PlanError, "mode must be one of"),
        (pytimer.measure_latency, {"wrong": 0}, TypeError, "wrong"),
        (pytimer.measure_throughput, {}, pytimer.PlanError, "processes need a batch size"),
        (pytimer.sweep, {}, pytimer.PlanError, "measure_throughput, got sweep"),
    ],
)
def test_wrong_arguments_are_refused_before_a_process_starts(measure, options, error, message):
    def never(progress):
        raise AssertionError

    with pytest.raises(error, match=message):
        pytimer.measure_in_processes(measure, int, (), on_progress=never, **options)


def test_a_model_that_cannot_be_sent_is_refused_with_the_reason():
    lock = threading.Lock()
    with pytest.raises(pytimer.PyTimerError, match=r"cannot be pickled: .*lock"):
        quick(lambda x: lock, processes=2)


def test_a_module_that_measures_when_it_is_imported_starts_no_further_process(tmp_path):
    (tmp_path / "unguarded.py").write_text(
        textwrap.dedent("""
        import os, torch, pytimer
        from pathlib import Path
        (Path(__file__).parent / f"imported-{os.getpid()}").touch()
        class Net(torch.nn.Module):
            def forward(self, x):
                return x
        pytimer.measure_in_processes(
            pytimer.measure_latency, Net(), torch.ones(1), processes=2, repetitions=2
        )
        """)
    )
    done = subprocess.run(
        [sys.executable, "-c", "import unguarded"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1
    assert "would start another" in done.stderr
    assert len(list(tmp_path.glob("imported-*"))) == 2  # the one that was asked, and the first


def test_the_command_writes_all_processes_into_one_file(tmp_path):
    (tmp_path / "models.py").write_text("import torch\ndef tiny(): return torch.nn.Linear(4, 4)\n")
    path = tmp_path / "result.json"
    model = f"{tmp_path}/models.py:tiny"
    arguments = ["latency", model, "--shape", "4", "--processes", "2", "--repetitions", "20"]
    done = CliRunner().invoke(main, [*arguments, "--json", str(path)])
    assert done.exit_code == 0, done.output
    assert "in 2 processes" in done.stdout
    assert len(pytimer.load(path).results) == 2
    auto = CliRunner().invoke(main, ["throughput", model, "--shape", "4", "--processes", "2"])
    assert auto.exit_code == 2
    assert "processes need a batch size" in auto.stderr
    modes = CliRunner().invoke(main, [*arguments, "--mode", "all"])
    assert modes.exit_code == 2
    assert "--mode all does not take --processes" in modes.stderr
