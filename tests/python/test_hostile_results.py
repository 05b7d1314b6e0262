"""Results from elsewhere, whose texts are attacks: every output shows them and obeys none."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.text import Text

import pytimer
from pytimer import report
from pytimer.cli import main
from pytimer.errors import PlanError
from pytimer.printable import printable
from pytimer.progress import Progress
from pytimer.progress_bar import ProgressBar, ProgressLines
from pytimer.report.mistakes_figure import save_figure
from pytimer.report.outputs.comment import comment_of
from pytimer.report.outputs.google_benchmark import google_benchmark_of
from pytimer.report.outputs.markdown import markdown_of
from pytimer.report.outputs.tidy_csv import csv_of
from pytimer.report.page import page_of
from pytimer.report.reading import read
from pytimer.result_file import Result

from . import results

STEERING = "\x1b[31m\x9b2J\x07\r\x00\u202e\u2066\u2028\ud800"
"""Colours, a cleared screen, a bell, an overwritten line, reversed text, half of a character."""

ATTACK = (
    "=cmd|'/C calc'!A0 <script>alert(1)</script> \"'><img src=x onerror=alert(2)> [red]x[/nope] "
    f"| `b` ](javascript:alert(3)) ![i](//x) $\\frac{{1$ {{{{7*7}}}} {STEERING}"
)

KINDS = {
    "latency": results.latency(),
    "cuda": results.latency(results.CUDA),
    "modes": results.modes(),
    "ab": results.ab(),
    "batch-size": results.batch_size(),
    "throughput": results.throughput(results.CUDA, results.sweep(results.CUDA)),
    "sweep": results.sweep(),
    "run": results.run(results.CUDA),
    "selftest": results.selftest(),
    "export": results.export(),
    "overhead": results.loops(),
    "mistakes": results.mistakes(),
    "profile": results.profile(),
    "load": results.load(),
    "processes": results.processes(1.0, 1.01),
    "comparison": results.comparison(),
    "ranks": results.ranks(0.01, 0.02),
}


def with_texts(value, names, text, name=""):
    """The JSON value with that text wherever a key of those names has one."""
    if isinstance(value, dict):
        return {key: with_texts(item, names, text, key) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts(item, names, text, name) for item in value]
    return text if isinstance(value, str) and name in names else value


def names_of_texts(value, name=""):
    if isinstance(value, dict):
        return {found for key, item in value.items() for found in names_of_texts(item, key)}
    if isinstance(value, list):
        return {found for item in value for found in names_of_texts(item, name)}
    return {name} if isinstance(value, str) else set()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Each kind of result, loaded from a file with the attack wherever the loader lets one pass."""
    path = tmp_path_factory.mktemp("hostile") / "result.json"

    def made(result):
        pytimer.save(result, path)
        document = json.loads(path.read_text())
        attacked = {"result"}
        loaded = None
        for name in sorted(names_of_texts(document["result"])):
            tried = {**document, "result": with_texts(document["result"], {name}, ATTACK)}
            path.write_text(json.dumps(tried))
            try:
                loaded = pytimer.load(path)
            except pytimer.ResultFileError:
                continue
            document = tried
            attacked.add(name)
        assert {"pytimer_version", "model"} <= attacked
        return loaded if loaded is not None else result

    return {kind: made(result) for kind, result in KINDS.items()}


def test_every_kind_is_tried():
    assert {type(result) for result in KINDS.values()} == set(Result.__args__)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes


def steers(text):
    return sorted(found for found in set(STEERING) & set(text) if not found.isprintable())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("show", [report.show, report.show_headlines, report.show_settings])
@pytest.mark.parametrize("coloured", [False, True])
def test_a_terminal_shows_the_attack_as_text(kind, show, coloured, hostile):
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=coloured, highlight=False)
    show(hostile[kind], console)
    # Escape sequences are ours alone: those for bold, dim and colours.
    text = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()) if coloured else out.getvalue()
    assert steers(text) == []
    if kind == "latency" and show is report.show:
        assert "[red]" in text


def test_the_attack_steers_a_terminal_where_it_is_printed_as_it_is():
    out = io.StringIO()
    Console(file=out, width=200).print(Text(ATTACK), soft_wrap=True)
    assert {"\x1b", "\x9b", "\u202e"} <= set(steers(out.getvalue()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_shows_the_attack_as_text(kind, hostile):
    text = page_of(hostile[kind])
    page = Elements(text)
    assert page.tags.isdisjoint({"script", "img", "iframe", "object", "a", "form"})
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [value for _, value in page.attributes if (value or "").startswith("javascript:")]
    assert steers(text) == []
    assert "49" not in re.findall(r"\$\\frac\{1\$ (\S+)", text)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_shows_the_attack_as_text(kind, hostile):
    text = markdown_of(read(hostile[kind]))
    unescaped = re.compile(r"(?<!\\)(<|`|\[|\]|!\[)")
    assert unescaped.findall(text) == []
    assert steers(text) == []
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_a_comment_shows_the_attack_as_text(hostile):
    text = comment_of(hostile["comparison"]).replace("<br>", "")
    assert re.findall(r"(?<!\\)[<`\[\]]", text) == []
    assert steers(text) == []


@pytest.mark.parametrize("kind", KINDS)
def test_csv_has_no_formulas(kind, hostile):
    text = csv_of(read(hostile[kind]))
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            is_number = re.fullmatch(r"-?\d.*", cell) and not re.search(r"[^\d.e+-]", cell)
            assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert steers(text) == []


def test_a_text_of_a_csv_is_marked_as_one(hostile):
    rows = list(csv.reader(io.StringIO(csv_of(read(hostile["profile"])))))
    assert any(cell.startswith("'=cmd|") for row in rows for cell in row)


@pytest.mark.parametrize("kind", KINDS)
def test_google_benchmark_is_json_of_plain_characters(kind, hostile):
    try:
        text = google_benchmark_of(read(hostile[kind]))
    except PlanError:
        return  # a kind without samples
    assert text.isascii()
    assert steers(text) == []
    assert json.loads(text)["context"]["executable"] == "pytimer"


def test_a_picture_takes_no_name_for_a_formula(hostile, tmp_path):
    save_figure(hostile["mistakes"], tmp_path / "mistakes.png")
    assert (tmp_path / "mistakes.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_shows_the_attack_as_text(terminal):
    out = io.StringIO()
    console = Console(file=out, width=300, force_terminal=terminal)
    progress = Progress("latency", 1, 2, f"[red]{ATTACK}", f"[bold]{ATTACK}")
    if terminal:
        with ProgressBar(console) as bar:
            bar(progress)
    else:
        ProgressLines(console)(progress)
    shown = out.getvalue()
    assert "[red]x[/nope]" in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert "\x1b[31m\ufffd2J" not in shown


def test_an_error_shows_the_attack_as_text(tmp_path):
    path = tmp_path / "result.json"
    pytimer.save(results.latency(), path)
    document = json.loads(path.read_text())
    document["result"]["environment"]["variables"] = {ATTACK: 1}
    path.write_text(json.dumps(document))
    result = CliRunner().invoke(main, ["report", str(path), "--markdown"])
    assert result.exit_code == 2
    assert "=cmd|" in result.stderr
    assert steers(result.stderr) == []
    assert len(result.stderr.splitlines()) == 1


def test_the_audit_shows_names_of_files_as_text(tmp_path):
    path = tmp_path / "a\x1b[31m\u202e.py"
    path.write_text("(")
    result = CliRunner().invoke(main, ["audit", str(path)])
    assert result.exit_code == 2
    assert "a\ufffd[31m\ufffd.py" in result.stderr
    assert steers(result.stdout + result.stderr) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("µ × · ± café 模型 🙂", "µ × · ± café 模型 🙂"),
        ("two\nlines", "two\nlines"),
        ("a\tb\r\nc", "a b\nc"),
        ("\x1b[31m", "\ufffd[31m"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\x9b\x7f\x00", "\ufffd" * 3),
        ("\u2028\ud800", "\ufffd" * 2),
    ],
)
def test_only_what_cannot_be_seen_is_replaced(text, shown):
    assert printable(text) == shown
