"""`pytimer report`: where its output goes, and what it refuses."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import pytimer
from pytimer.cli import main

from . import results


def invoke(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "result.json"
    pytimer.save(results.latency(), path)
    return path


def test_the_page_is_written_beside_the_result(saved):
    done = invoke(saved)
    page = saved.with_suffix(".html")
    assert (done.exit_code, done.stdout) == (0, f"{page}\n")
    assert page.read_text().startswith("<!doctype html>")
    assert sorted(saved.parent.iterdir()) == [page, saved]


def test_the_page_is_written_where_it_is_asked_for(saved, tmp_path):
    page = tmp_path / "other.html"
    assert invoke(saved, "-o", page).stdout == f"{page}\n"
    assert page.exists()
    assert not saved.with_suffix(".html").exists()


def test_a_dash_is_standard_output(saved):
    done = invoke(saved, "-o", "-")
    assert done.stdout.startswith("<!doctype html>")
    assert not saved.with_suffix(".html").exists()


@pytest.mark.parametrize(
    ("option", "begin"),
    [
        ("--markdown", "# example-net\n"),
        ("--csv", "series,index,part,host_s\n"),
        ("--google-benchmark", "{"),
    ],
)
def test_other_formats_go_to_standard_output_or_a_file(option, begin, saved, tmp_path):
    done = invoke(saved, option)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(begin)
    path = tmp_path / "other"
    assert invoke(saved, option, "-o", path).stdout == f"{path}\n"
    assert path.read_text() == done.stdout


def test_two_formats_are_refused(saved):
    done = invoke(saved, "--csv", "--markdown")
    assert done.exit_code == 2
    assert done.stderr == "pytimer: expected one format, got --markdown and --csv\n"


def test_the_result_is_never_replaced(saved):
    before = saved.read_bytes()
    done = invoke(saved, "--csv", "-o", saved)
    assert done.exit_code == 2
    assert "is the result itself" in done.stderr
    assert saved.read_bytes() == before


def test_what_is_no_result_is_refused_as_load_does(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    done = invoke(path)
    with pytest.raises(pytimer.ResultFileError) as error:
        pytimer.load(path)
    assert (done.exit_code, done.stderr) == (2, f"pytimer: {error.value}\n")
    assert invoke(tmp_path / "none.json").exit_code == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_said(saved, tmp_path):
    done = invoke(saved, "-o", tmp_path / "none" / "page.html")
    assert done.exit_code == 2
    assert "choose a folder that exists" in done.stderr


def test_half_of_a_surrogate_pair_is_replaced(saved):
    document = json.loads(saved.read_text())
    document["result"]["subject"]["model"] = "net\ud800"
    saved.write_text(json.dumps(document))
    assert invoke(saved, "--markdown").stdout.startswith("# net\N{REPLACEMENT CHARACTER}\n")
    assert invoke(saved).exit_code == 0


def test_only_a_page_imports_matplotlib(saved):
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from pytimer.cli import main\n"
        f"main(['report', {str(saved)!r}, '--csv'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
