"""Whatever is in the way of a file: the old one stays, nothing is left, one line says why."""

import errno
import os
import resource
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

import pytimer
from pytimer import files
from pytimer.cli import main
from pytimer.files import (
    check_writable,
    folder_beside,
    put_in_place,
    write_to_temporary_folder,
    write_whole,
)
from pytimer.result_file import save_elsewhere

from . import results


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    return folder / "file"


def put(path, content):
    """As someone else's file is put in its place: by a folder beside it."""
    with folder_beside(path) as folder:
        (folder / "written").write_bytes(content)
        put_in_place(folder / "written", path)


WAYS = [write_whole, put]
IDENTITY = ("torch.nn:Identity", "--shape", "2", "--device", "cpu")


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def says(error, *parts):
    text = str(error.value)
    assert "\n" not in text
    assert all(part in text for part in parts), text


def failing(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


@contextmanager
def disk_with_room_for(size):
    """The system stops a file that grows larger, in the middle of writing it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# What replaces what.


@pytest.mark.parametrize("way", WAYS)
def test_a_link_is_replaced_and_what_it_points_to_is_left_alone(way, path, tmp_path):
    path.unlink()
    target = tmp_path / "target"
    for points_to, content in ((target, b"precious"), (tmp_path / "missing", None)):
        if content is not None:
            points_to.write_bytes(content)
        path.symlink_to(points_to)
        way(path, b"new")
        assert path.read_bytes() == b"new"
        assert not path.is_symlink()
        assert (points_to.read_bytes() if points_to.exists() else None) == content
        path.unlink()


def test_a_link_to_a_device_is_replaced_too(path):
    """Where a link of ours leads does not matter; /dev/full would refuse what is written to it."""
    path.unlink()
    path.symlink_to("/dev/full")
    check_writable(path)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_ISREG(path.lstat().st_mode)


def test_a_link_at_the_temporary_name_is_not_followed(path, tmp_path, monkeypatch):
    monkeypatch.setattr(files.secrets, "token_hex", lambda _: "known")
    target = tmp_path / "target"
    planted = path.with_name(".pytimer-known.tmp")
    planted.symlink_to(target)
    with pytest.raises(pytimer.ResultFileError) as error:
        write_whole(path, b"new")
    says(error, "cannot write", "File exists")
    assert not target.exists()
    assert path.read_bytes() == b"old"
    planted.unlink()
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("way", WAYS)
def test_another_name_of_the_same_file_keeps_the_old_content(way, path):
    other = path.with_name("other")
    other.hardlink_to(path)
    way(path, b"new")
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")


def test_the_mode_is_that_of_a_new_file(path):
    path.chmod(0o777)
    before = os.umask(0o026)
    try:
        write_whole(path, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_open_files_are_written_to_by_the_names_that_the_system_gives_them():
    readable, writable = os.pipe()
    try:
        for name in (f"/dev/fd/{writable}", f"/proc/self/fd/{writable}"):
            check_writable(name)
            write_whole(name, b"new")
            assert os.read(readable, 10) == b"new"
    finally:
        os.close(readable)
        os.close(writable)


def test_an_open_file_is_not_replaced_under_the_name_that_the_system_gives_it(path):
    with path.open("rb") as file:
        name = f"/dev/fd/{file.fileno()}"
        for refuse in (check_writable, lambda name: write_whole(name, b"new")):
            with pytest.raises(pytimer.ResultFileError) as error:
                refuse(name)
            says(error, f"it stands for the file {path}; name that one")
    assert path.read_bytes() == b"old"


# What is in the way.


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_in_the_way_is_one_line(way, path):
    folder = path.with_name("folder")
    folder.mkdir()
    with pytest.raises(pytimer.ResultFileError) as error:
        way(folder, b"new")
    says(error, f"cannot write {folder}")
    assert names(path.parent) == ["file", "folder"]


def test_a_package_does_not_take_the_place_of_a_pipe(tmp_path):
    pipe = tmp_path / "model.pt2"
    os.mkfifo(pipe)
    with pytest.raises(pytimer.ResultFileError) as error:
        put(pipe, b"new")
    says(error, "it is a pipe or a device; name a file")
    assert names(tmp_path) == ["model.pt2"]


@pytest.mark.parametrize(
    "attempt",
    [check_writable, lambda path: write_whole(path, b"new"), lambda path: put(path, b"new")],
)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/file", "No such file or directory"),
        ("file/file", "Not a directory"),
        ("x" * 256, "File name too long"),
        ("a\0b", "null byte"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_a_path_that_cannot_be_is_one_line(attempt, name, reason, path):
    with pytest.raises(pytimer.ResultFileError) as error:
        attempt(path.parent / name)
    says(error, "cannot write", reason)
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize("way", WAYS)
def test_the_longest_name_can_be_written(way, path):
    longest = path.with_name("x" * 255)
    way(longest, b"new")
    assert longest.read_bytes() == b"new"


# What fails on the way.


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("function", "code"),
    [
        ("open", errno.EROFS),
        ("open", errno.EACCES),
        ("fsync", errno.ENOSPC),
        ("fsync", errno.EDQUOT),
        ("fsync", errno.EIO),
    ],
)
def test_whatever_fails_the_old_file_stays_and_nothing_is_left(
    way, function, code, path, monkeypatch
):
    """Of a full disk and a quota some file systems tell only when the file is settled."""
    monkeypatch.setattr(os, function, failing(code))
    with pytest.raises(pytimer.ResultFileError) as error:
        way(path, b"new")
    monkeypatch.undo()
    says(error, f"cannot write {path}: {os.strerror(code)}")
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize("way", WAYS)
def test_a_failing_rename_leaves_the_old_file_alone(way, path, monkeypatch):
    monkeypatch.setattr(files.Path, "replace", failing(errno.EBUSY))
    with pytest.raises(pytimer.ResultFileError) as error:
        way(path, b"new")
    says(error, os.strerror(errno.EBUSY))
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["file"]


def test_a_disk_that_fills_up_while_writing_leaves_the_old_file_alone(path):
    content = b"x" * 100_000
    with disk_with_room_for(4096), pytest.raises(pytimer.ResultFileError) as error:
        write_whole(path, content)
    says(error, os.strerror(errno.EFBIG))
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["file"]
    write_whole(path, content)
    assert path.read_bytes() == content


def test_ctrl_c_while_writing_leaves_nothing(path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["file"]


def test_a_folder_that_cannot_be_settled_is_no_failure(path, monkeypatch):
    """The file is whole and in its place by then."""
    settle = os.fsync

    def only_files(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        settle(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_file_and_folder_are_settled(path, monkeypatch):
    settled = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: settled.append(os.fstat(descriptor).st_ino))
    write_whole(path, b"new")
    assert settled == [path.stat().st_ino, path.parent.stat().st_ino]


# The result is not lost.


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(files.tempfile, "tempdir", str(folder))
    return folder


def latency(*more):
    arguments = ["latency", *IDENTITY, "--repetitions", "30", *more]
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_what_is_kept_is_for_its_owner_only(temporary):
    before = os.umask(0)
    try:
        kept = save_elsewhere(results.latency())
    finally:
        os.umask(before)
    assert kept.parent == temporary
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert pytimer.load(kept) == results.latency()


def test_a_temporary_folder_that_is_full_too_is_one_line(temporary):
    with disk_with_room_for(10), pytest.raises(pytimer.ResultFileError) as error:
        write_to_temporary_folder((b"x" * 100,), ".json")
    says(error, os.strerror(errno.EFBIG))
    assert names(temporary) == []


def test_a_result_that_cannot_be_written_is_shown_and_kept(temporary, path, monkeypatch):
    """/dev/full can be opened for writing, and refuses the first byte."""
    result = latency("--json", "/dev/full")
    assert result.exit_code == 2
    assert "p99" in result.stdout
    (line,) = result.stderr.strip().splitlines()
    (name,) = names(temporary)
    assert line.endswith(f"; the result is in {temporary / name}")
    assert line.startswith("pytimer: cannot write /dev/full: No space left on device")
    assert len(pytimer.load(temporary / name).samples) == 30


def test_a_result_that_can_be_written_is_kept_nowhere_else(temporary, path):
    result = latency("--json", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(pytimer.load(path).samples) == 30
    assert names(temporary) == []


def test_where_nothing_can_be_written_the_report_is_still_shown(temporary, monkeypatch):
    temporary.rmdir()
    result = latency("--json", "/dev/full")
    assert result.exit_code == 2
    assert "p99" in result.stdout
    (line,) = result.stderr.strip().splitlines()
    assert "the result is in no file: cannot write" in line


def test_all_stages_of_a_job_are_measured_though_no_file_can_be_written(temporary):
    few = ("--repetitions", "10", "--batches", "5", "--max-batch-size", "2", "--no-audit")
    arguments = ["run", *IDENTITY, *few, "--json", "/dev/full"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Throughput" in result.stdout
    (name,) = names(temporary)
    assert pytimer.load(temporary / name).throughput is not None


def test_a_comparison_as_markdown_is_shown_too(temporary, tmp_path):
    stored = tmp_path / "base.json"
    pytimer.save(results.processes(1.0, 1.01), stored)
    arguments = ["compare", str(stored), str(stored), "--markdown", "--json", "/dev/full"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert result.stdout.startswith("**")
    assert "the result is in" in result.stderr


def test_what_ended_a_measurement_is_said_beside_what_could_not_be_written(temporary, monkeypatch):
    def interrupted(*_, **__):
        raise pytimer.Interrupted(result=results.latency())

    monkeypatch.setattr("pytimer.cli.job.Job.measured", interrupted)
    result = latency("--json", "/dev/full")
    assert result.exit_code == 130
    unwritten, ended = result.stderr.strip().splitlines()
    assert "the result is in" in unwritten
    assert ended == "pytimer: interrupted"
    assert "p99" in result.stdout


@pytest.mark.parametrize(
    "arguments", [("--help",), ("report", "RESULT", "--csv"), ("audit", "CODE")]
)
def test_a_full_standard_output_is_one_line(arguments, path, tmp_path):
    pytimer.save(results.latency(), path)
    code = tmp_path / "code.py"
    code.write_text("print()")
    named = {"RESULT": str(path), "CODE": str(code)}
    command = [sys.executable, "-m", "pytimer", *(named.get(one, one) for one in arguments)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("pytimer: cannot print: No space left on device")
