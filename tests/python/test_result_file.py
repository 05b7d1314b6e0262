import json
import os
import stat

import pytest

import pytimer
from pytimer.files import check_writable
from pytimer.result_file import SCHEMA_VERSION

from . import results

EVERY_KIND = [
    results.latency(),
    results.latency(results.CUDA),
    results.latency(count=1),
    results.batch_size(),
    results.throughput(),
    results.sweep(),
    results.throughput(results.CUDA, results.sweep(results.CUDA)),
    results.run(results.CUDA),
    results.export(),
    results.profile(),
    results.profile(results.CUDA),
    results.loops(),
    results.loops(results.CUDA),
    results.load(),
    results.load_searched(),
    results.paced(),
    results.mistakes(),
    results.mistakes(results.CUDA),
    results.processes(1.0, 1.01),
    results.processes(1.0, of=results.throughput(results.CUDA)),
    results.comparison(),
    pytimer.RunResult(results.latency()),
    pytimer.RunResult(),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "result.json"


@pytest.mark.parametrize("result", EVERY_KIND)
def test_what_is_loaded_equals_what_was_saved(result, path):
    pytimer.save(result, path)
    assert pytimer.load(path) == result


def test_a_measured_result_round_trips(path):
    result = pytimer.measure_latency(int, (), repetitions=20)
    pytimer.save(result, path)
    loaded = pytimer.load(path)
    assert loaded == result
    assert loaded.mean_s == result.mean_s


def test_the_file_is_versioned_and_raw(path):
    pytimer.save(results.latency(), path)
    document = json.loads(path.read_text())
    assert (document["format"], document["schema_version"], document["kind"]) == (
        "pytimer result",
        SCHEMA_VERSION,
        "latency",
    )
    assert len(document["result"]["samples"]["columns"]["host_s"]) == 300
    assert len(document["result"]["warm_up"]["columns"]["host_s"]) == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "truncated or foreign"),
        ("{", "truncated or foreign"),
        ("[1, 2]", 'expected JSON with "format"'),
        ('{"format": "other"}', 'expected JSON with "format"'),
        ("[" * 100_000, "truncated or foreign"),
        ('{"format": "pytimer result", "schema_version": 99}', "schema version 99"),
        ('{"format": "pytimer result", "schema_version": "1"}', "schema version '1'"),
        ('{"format": "pytimer result", "schema_version": 1, "kind": "x"}', "unknown kind 'x'"),
        ('{"format": "pytimer result", "schema_version": 1, "kind": []}', "unknown kind"),
        (
            '{"format": "pytimer result", "schema_version": 1, "kind": "run"}',
            "damaged: result must be an object, got None",
        ),
    ],
)
def test_foreign_files_are_refused_with_a_reason(path, text, message):
    path.write_text(text)
    with pytest.raises(pytimer.ResultFileError, match=message):
        pytimer.load(path)


def test_a_truncated_file_is_refused_at_every_length(path):
    pytimer.save(results.latency(count=3), path)
    whole = path.read_bytes()
    for length in range(0, len(whole.rstrip()), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(pytimer.ResultFileError):
            pytimer.load(path)


def test_a_file_that_is_not_text_is_refused(path):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(pytimer.ResultFileError):
        pytimer.load(path)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("plan", "repetitions"), 0, "result.plan: repetitions must be an integer"),
        (("plan", "repetitions"), "300", "result.plan.repetitions must be int, got '300'"),
        (("plan", "repetitions"), True, "result.plan.repetitions must be int, got True"),
        (("plan", "mode"), "fast", "result.plan.mode must be one of isolated"),
        (("plan", "mode"), [], "result.plan.mode must be one of isolated"),
        (("samples", "clock"), "sun", "result.samples.clock must be 'host' or 'device'"),
        (("samples", "columns", "host_s"), [1, "x"], r"host_s\[1\] must be float, got 'x'"),
        (("samples", "columns", "host_s"), [10**400], "must be a finite number"),
        (("samples", "columns", "host_s"), 5, "must be a list of numbers"),
        (("samples", "columns", "speed_s"), [], "columns must be among"),
        (("samples", "columns"), [], "must be an object"),
        (("subject", "inputs"), "x", "must be a list"),
        (("caveats",), [{"name": "x"}], r"result.caveats\[0\] lacks message, remedy"),
        (("environment", "host", "cpu"), 3, "cpu must be str, got 3"),
        (("environment", "variables", "X"), 3, "variables.X must be str"),
        (("extra",), 1, "result has unknown keys 'extra'"),
    ],
)
def test_damage_is_named_by_its_place(path, place, value, message):
    pytimer.save(results.latency(), path)
    document = json.loads(path.read_text())
    parent = document["result"]
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    path.write_text(json.dumps(document))
    with pytest.raises(pytimer.ResultFileError, match=message):
        pytimer.load(path)


def test_not_a_number_is_refused(path):
    pytimer.save(results.latency(count=1), path)
    path.write_text(path.read_text().replace(" 0.04\n", " NaN\n"))
    with pytest.raises(pytimer.ResultFileError, match="finite"):
        pytimer.load(path)


def test_saving_replaces_and_leaves_nothing_beside(path):
    path.write_text("old")
    pytimer.save(results.latency(), path)
    assert pytimer.load(path) == results.latency()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_write_that_fails_keeps_the_old_file(path, monkeypatch):
    pytimer.save(results.latency(count=2), path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(pytimer.ResultFileError, match="No space left on device"):
        pytimer.save(results.latency(count=3), path)
    assert pytimer.load(path) == results.latency(count=2)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_users_umask_decides_who_may_read(path):
    before = os.umask(0o027)
    try:
        pytimer.save(results.latency(), path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_symlink_is_replaced_not_followed(path, tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    path.symlink_to(target)
    pytimer.save(results.latency(), path)
    assert target.read_text() == "precious"
    assert not path.is_symlink()


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_writable(pipe)
        pytimer.save(results.latency(count=1), pipe)
        document = json.loads(os.read(reader, 1 << 20))
    finally:
        os.close(reader)
    assert document["kind"] == "latency"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_an_unwritable_path_is_found_before(tmp_path, path):
    check_writable(path)
    assert not path.exists()
    with pytest.raises(pytimer.ResultFileError, match="choose a folder that exists"):
        check_writable(tmp_path / "missing" / "result.json")
    with pytest.raises(pytimer.ResultFileError, match="it is a folder"):
        check_writable(tmp_path)
    with pytest.raises(pytimer.ResultFileError, match="cannot read"):
        pytimer.load(tmp_path / "missing.json")
