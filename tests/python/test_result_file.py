import ast
import json
import os
import stat
import subprocess
import sys
from dataclasses import replace

import pytest

import pytimer
from pytimer import files, result_file
from pytimer.files import check_writable
from pytimer.result_file import MOST_BYTES, SCHEMA_VERSION

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


DEEP = "[" * 950 + "]" * 950
HEAD = '{"format": "pytimer result", "schema_version": 1, "kind": "run", "result": '


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbf{}", "BOM"),
        ('{"format": 1}'.encode("utf-16"), "truncated or foreign"),
        (b'{"format": "pytimer result", "format": "pytimer result"}', "'format' is in one object"),
        (f'{HEAD}{{"latency": NaN}}}}'.encode(), "NaN is not JSON"),
        (f'{HEAD}{{"latency": -Infinity}}}}'.encode(), "-Infinity is not JSON"),
        (f"{HEAD}{'9' * 2_000_000}}}".encode(), "Exceeds the limit"),
        (f"{HEAD}1e999999999}}".encode(), "must be an object, got inf"),
        (f"{HEAD}{DEEP}}}".encode(), "is damaged|truncated or foreign"),
        (f'{HEAD}{{"{"x" * 100_000}": 1}}}}'.encode(), "has unknown keys 'xxx"),
        (f'{{"format": "pytimer result", "schema_version": {DEEP}}}'.encode(), "version|foreign"),
        (
            f'{{"format": "pytimer result", "schema_version": "{"9" * 100_000}"}}'.encode(),
            "has schema version '999",
        ),
    ],
    ids=[
        "mark",
        "utf-16",
        "twice",
        "nan",
        "infinity",
        "digits",
        "exponent",
        "deep",
        "key",
        "deep-version",
        "version",
    ],
)
def test_a_hostile_file_is_refused_in_one_short_line(path, content, message):
    path.write_bytes(content)
    with pytest.raises(pytimer.ResultFileError, match=message) as error:
        pytimer.load(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), OverflowError(), TypeError("x")])
def test_whatever_a_check_of_a_value_raises_is_damage(path, monkeypatch, error):
    def fail(*_):
        raise error

    pytimer.save(results.latency(count=3), path)
    monkeypatch.setattr(result_file.codec, "decode", fail)
    with pytest.raises(pytimer.ResultFileError, match=f"is damaged: {error or 'OverflowError'}"):
        pytimer.load(path)


def test_a_file_that_is_too_large_is_not_read(path, monkeypatch):
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse: it takes no room
    monkeypatch.setattr(files, "_READ_AT_ONCE", "nothing is read")
    with pytest.raises(pytimer.ResultFileError, match="has more than 1024 MiB"):
        pytimer.load(path)


def test_a_pipe_is_read_until_it_has_said_too_much(tmp_path, monkeypatch):
    pytimer.save(results.latency(count=1), tmp_path / "result.json")
    content = (tmp_path / "result.json").read_bytes()
    monkeypatch.setattr(result_file, "MOST_BYTES", len(content))
    monkeypatch.setattr(files, "_READ_AT_ONCE", 512)
    for more, is_read in ((b"", True), (b" ", False)):
        readable, writable = os.pipe()
        try:
            assert os.write(writable, content + more) == len(content + more)
            if is_read:
                os.close(writable)
                assert pytimer.load(f"/dev/fd/{readable}") == results.latency(count=1)
            else:  # nobody closes it: reading on would wait without end
                with pytest.raises(pytimer.ResultFileError, match="has more than"):
                    pytimer.load(f"/dev/fd/{readable}")
                os.close(writable)
        finally:
            os.close(readable)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "Is a directory"),
        ("/dev/zero", "it is no ordinary file; name one"),
        ("a\0b", "null byte"),
        ("x" * 256, "File name too long"),
    ],
)
def test_what_is_no_file_is_one_line(tmp_path, name, message):
    with pytest.raises(pytimer.ResultFileError, match=f"cannot read .*{message}"):
        pytimer.load(tmp_path / name)


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_one(path, monkeypatch):
    old, new = results.latency(count=2), results.latency(count=3)
    pytimer.save(old, path)
    fstat = os.fstat

    def replacing(descriptor):
        monkeypatch.undo()
        pytimer.save(new, path)
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", replacing)
    assert pytimer.load(path) == old
    assert pytimer.load(path) == new


@pytest.mark.parametrize("path", [0, True, b"result.json"])
def test_a_descriptor_is_no_path(path):
    with pytest.raises(TypeError):
        pytimer.load(path)


@pytest.mark.parametrize("result", [results.latency(), results.run(), results.profile()])
def test_loading_does_nothing_but_read_the_file(result, path):
    """Python itself says what a process does: no code, no import, no process, no other file."""
    pytimer.save(result, path)
    done = []
    script = (
        "import sys, pytimer\n"
        f"path = {str(path)!r}\n"
        "pytimer.load(path)\n"  # now all modules are imported, and all annotations known
        "done = []\n"
        "sys.addaudithook(lambda event, details: done.append((event, details)))\n"
        "pytimer.load(path)\n"
        "seen = [(event, details[:2]) for event, details in done]\n"
        "exec('1')\n"
        "assert any(event == 'exec' for event, _ in done), 'the hook sees what is run'\n"
        "print([one for one in seen if one[0] != 'object.__getattr__'])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    done = ast.literal_eval(run.stdout)
    assert done == [("open", (str(path), "r"))]


def test_a_name_that_is_no_utf_8_is_kept(path):
    """Of a file that was named in another encoding, such as "\\xff.pt2"."""
    result = results.latency()
    result = replace(result, subject=replace(result.subject, model="\udcff.pt2"))
    pytimer.save(result, path)
    assert pytimer.load(path) == result


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
