"""The audit of source code: against programs written before its rules, and file by file."""

import ast
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pytimer import PlanError
from pytimer.cli import main
from pytimer.source_audit import RULES, audit_files
from pytimer.source_audit.source import MOST_BYTES
from pytimer.source_audit.walk.values import NOTHING

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "audit"
SETS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
BARS = {"blind": 0.90, "held_out": 0.90, "later": 0.90, "own": 0.95}
DOCS = (ROOT / "docs" / "mistakes.md").read_text()

RIGHT_LOOP = """
import time, torch
from torchvision.models import resnet50
model = resnet50().cuda().eval()
x = torch.randn(1, 3, 224, 224, device="cuda")
times = []
with torch.inference_mode():
    for _ in range(10):
        model(x)
    torch.cuda.synchronize()
    for _ in range(300):
        begin = time.perf_counter()
        model(x)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
print(sum(times) / len(times))
"""


def labels_of(text):
    """What the first line of a program of the corpus says is wrong with it."""
    first = text.splitlines()[0]
    if not first.startswith("# mistakes:"):
        return set()
    return {(name, int(line)) for name, line in re.findall(r"([\w-]+)@(\d+)", first)}


def audited(*paths, **options):
    return [
        {(finding.rule.name, finding.line) for finding in audit.findings}
        for audit in audit_files(paths, **options)
    ]


def found_in(tmp_path, text, **options):
    path = tmp_path / "program.py"
    path.write_text(text)
    (found,) = audited(path, **options)
    return found


def scores(sets):
    """(recall, precision) over the programs of some sets."""
    right = missed = blamed = 0
    for path in sorted(p for name in sets for p in (CORPUS / name).glob("*/*.py")):
        (found,), labels = audited(path), labels_of(path.read_text())
        right += len(found & labels)
        missed += len(labels - found)
        blamed += len(found - labels)
    return right / (right + missed), right / (right + blamed)


@pytest.mark.parametrize("name", SETS)
def test_recall_and_precision_on_each_set(name):
    recall, precision = scores([name])
    assert recall >= BARS[name]
    assert precision >= BARS[name]


def test_recall_and_precision_on_all():
    recall, precision = scores(SETS)
    assert recall >= 0.95
    assert precision >= 0.95


def test_the_corpus_is_large_and_labels_name_rules_and_lines():
    names = {rule.name for rule in RULES}
    for kind, least in (("wrong", 60), ("right", 60)):
        assert len(list(CORPUS.glob(f"*/{kind}/*.py"))) >= least
    for path in CORPUS.glob("*/wrong/*.py"):
        labels = labels_of(path.read_text())
        assert labels, path
        assert {name for name, _ in labels} <= names
    for path in CORPUS.glob("*/right/*.py"):
        assert path.read_text().startswith("# right: "), path


def test_every_rule_has_programs_it_must_find():
    labelled = [
        name for path in CORPUS.glob("*/wrong/*.py") for name, _ in labels_of(path.read_text())
    ]
    for rule in RULES:
        assert labelled.count(rule.name) >= 2, rule.name


def test_the_article_as_published_is_blamed_and_restored_it_is_not():
    latency, throughput = audited(
        CORPUS / "own/wrong/article_latency.py", CORPUS / "own/wrong/article_throughput.py"
    )
    assert "event-not-recorded" in {name for name, _ in latency}
    assert "event-not-recorded" in {name for name, _ in throughput}
    (published,) = audit_files([CORPUS / "own/wrong/article_latency.py"])
    assert any("nor does anything wait" in finding.detail for finding in published.findings)
    assert audited(
        CORPUS / "own/right/article_latency_whole.py",
        CORPUS / "own/right/article_throughput_whole.py",
    ) == [set(), set()]


# The documentation


def sections():
    """(id, name, wrong code, right code) of each rule in the documentation."""
    for part in DOCS.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        wrong, right = re.findall(r"```python\n(.*?)```", body, re.DOTALL)
        yield (*heading.split(), wrong, right)


def whole(code):
    start = re.search(r"Each example goes on from here:\n\n```python\n(.*?)```", DOCS, re.DOTALL)
    alone = code.startswith("import")
    code += "" if "print(" in code else "print(sum(times) / len(times))\n"
    return code if alone else start[1] + code


def test_the_documentation_has_a_section_for_every_rule():
    assert [(rule.id, rule.name) for rule in RULES] == [section[:2] for section in sections()]


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section[0])
def test_the_code_of_the_documentation_is_wrong_and_right(section, tmp_path):
    _, name, wrong, right = section
    code = whole(wrong)
    line = next(n for n, text in enumerate(code.splitlines(), 1) if "# wrong" in text)
    assert found_in(tmp_path, code) == {(name, line)}
    assert found_in(tmp_path, whole(right)) == set()


def test_the_documentation_quotes_the_figures_of_the_corpus():
    for name in SETS:
        recall, precision = scores([name])
        row = next(line for line in DOCS.splitlines() if line.startswith(f"| `{name}`"))
        assert f"recall {recall:.0%}, precision {precision:.0%}".replace("%", " %") in row
    counted = re.search(r"has (\d+) wrong and (\d+) right programs", DOCS)
    assert [int(number) for number in counted.groups()] == [
        len(list(CORPUS.glob(f"*/{kind}/*.py"))) for kind in ("wrong", "right")
    ]


# Comments, selection, output


def broken_loop(comment=""):
    lines = RIGHT_LOOP.replace("        torch.cuda.synchronize()\n", "").splitlines()
    return "\n".join(
        line + comment if line.lstrip().startswith("times.append") else line for line in lines
    )


@pytest.mark.parametrize(
    ("comment", "is_found"),
    [
        ("", True),
        ("  # pytimer: ignore[PT001]", False),
        ("  # pytimer: ignore[PT007, PT001] because", False),
        ("  # pytimer: ignore", False),
        ("  # pytimer: ignore[PT002]", True),
        ("  # pytimer: ignore[]", True),
    ],
)
def test_comments_switch_rules_off_in_their_line(comment, is_found, tmp_path):
    assert bool(found_in(tmp_path, broken_loop(comment))) == is_found


def test_a_comment_inside_a_text_is_none(tmp_path):
    code = broken_loop().replace("- begin)", '- begin); note = "# pytimer: ignore"')
    assert {name for name, _ in found_in(tmp_path, code)} == {"host-clock-without-sync"}


def test_rules_can_be_selected_and_left_out(tmp_path):
    code = broken_loop()
    assert found_in(tmp_path, code, select=["PT001"]) == found_in(tmp_path, code)
    assert found_in(tmp_path, code, select=["pt002"]) == set()
    assert found_in(tmp_path, code, ignore=["PT001"]) == set()
    with pytest.raises(PlanError, match="PT001 to PT018, got PT999"):
        found_in(tmp_path, code, select=["PT999"])


def test_the_command_prints_findings_and_exits_with_1(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(broken_loop())
    result = CliRunner().invoke(main, ["audit", str(path)])
    assert result.exit_code == 1
    first, fix, count = result.stdout.splitlines()
    assert first.startswith(f"{path}:14: PT001 host-clock-without-sync: the host clock is read")
    assert fix.startswith("    fix: call torch.cuda.synchronize()")
    assert count == "1 finding in 1 file"


def test_the_command_exits_with_0_without_findings(tmp_path):
    path = tmp_path / "right.py"
    path.write_text(RIGHT_LOOP)
    result = CliRunner().invoke(main, ["audit", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "no findings in 1 file\n")


def test_json_has_all_of_a_finding(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(broken_loop())
    result = CliRunner().invoke(main, ["audit", "--format", "json", str(path)])
    (file,) = json.loads(result.stdout)["files"]
    assert file["path"] == str(path)
    assert file["error"] is None
    (finding,) = file["findings"]
    rule = RULES[0]
    assert finding == {
        "line": 14,
        "rule": "PT001",
        "name": rule.name,
        "why": rule.why,
        "detail": "",
        "fix": rule.fix,
    }


@pytest.mark.parametrize("huge", ["9" * 400, f"-{'9' * 400}", "1e400"])
def test_numbers_that_no_float_holds_are_read(huge, tmp_path):
    """As the count of a loop over which a time is taken, as a factor, and as a divisor."""
    path = tmp_path / "huge.py"
    path.write_text(
        "import time\n"
        "begin = time.perf_counter()\n"
        f"for _ in range({huge}):\n"
        f"    print((time.perf_counter() - begin) * 1000, (time.perf_counter() - begin) * {huge})\n"
        f"    print({huge} / (time.perf_counter() - begin), begin / {huge})\n"
    )
    (audit,) = audit_files([path])
    assert audit.error is None


def test_folders_are_searched_but_not_hidden_ones(tmp_path):
    for place in ("a.py", "sub/b.py", ".venv/c.py", "notes.txt"):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(broken_loop())
    assert len(audited(tmp_path)) == 2


def test_links_that_lead_out_of_a_folder_are_left_aside(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "program.py").write_text(broken_loop())
    (inside / "other.py").symlink_to(inside / "program.py")
    (inside / "secret.py").symlink_to(outside / "program.py")
    (inside / "folder").symlink_to(outside)
    (inside / "loop.py").symlink_to(inside / "loop.py")
    command = CliRunner().invoke(main, ["audit", str(inside)])
    assert "secret.py" not in command.stdout + command.stderr
    assert "2 findings in 2 files" in command.stdout
    assert len(audited(inside / "secret.py")) == 1  # one that is named is followed


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "program.py").write_text(broken_loop())
    result = CliRunner().invoke(main, ["audit", str(tmp_path)])
    assert "pipe.py: it is no ordinary file" in result.stderr
    assert "1 finding in 1 file" in result.stdout


# Files that cannot be read


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"def broken(:\n", "is not Python: .*line 1"),
        (b"x = '\xff\xfe'\n", "not text in UTF-8"),
        (b"# coding: no-such-code\n", "not text in UTF-8"),
        (b"x = 1\0\n", "program.py"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "program.py"),
        (b"x = " + b"+".join([b"1"] * 50_000), "program.py"),
        (b"#" * (MOST_BYTES + 1), "has more than 2 MiB, the most that is audited of one"),
        (None, "cannot read .*: No such file"),
    ],
    ids=["syntax", "bytes", "encoding", "null", "parentheses", "sum", "size", "missing"],
)
def test_a_file_that_cannot_be_read_is_an_error_in_one_line(content, message, tmp_path):
    path = tmp_path / "program.py"
    if content is not None:
        path.write_bytes(content)
    result = CliRunner().invoke(main, ["audit", str(path)])
    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert result.stderr.count("\n") == 1


def test_the_others_are_audited_beside_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "a.py").write_text("def broken(:")
    (tmp_path / "b.py").write_text(broken_loop())
    result = CliRunner().invoke(main, ["audit", str(tmp_path)])
    assert result.exit_code == 2
    assert "1 finding in 1 file" in result.stdout


def test_another_encoding_that_is_declared_is_read(tmp_path):
    path = tmp_path / "program.py"
    path.write_bytes(b"# -*- coding: latin-1 -*-\nname = '\xe9'\n" + broken_loop().encode())
    assert len(audited(path)[0]) == 1


@pytest.mark.parametrize("repeated", [RIGHT_LOOP, broken_loop()], ids=["right", "wrong"])
def test_the_largest_file_is_done_in_time(repeated, tmp_path):
    path = tmp_path / "large.py"
    path.write_text(repeated * (MOST_BYTES // len(repeated) - 1))
    begin = time.process_time()
    audited(path)
    assert time.process_time() - begin < 10


def test_nothing_is_run_and_torch_is_not_imported(tmp_path):
    marker = tmp_path / "marker"
    path = tmp_path / "program.py"
    path.write_text(f"open({str(marker)!r}, 'w')\nimport os\nos._exit(7)\n" + RIGHT_LOOP)
    script = (
        "import sys; from pathlib import Path; from pytimer.source_audit import audit_files\n"
        f"print(len(list(audit_files([Path({str(path)!r})]))), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "False"]
    assert not marker.exists()


def test_the_hook_of_pre_commit_runs_the_command():
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "entry: pytimer audit\n" in hook
    assert "types: [python]" in hook


@pytest.mark.parametrize("name", ["pytimer", "benchmarks"])
def test_our_own_code_has_no_findings(name):
    for path in sorted((ROOT / name).rglob("*.py")):
        ast.parse(path.read_text())
    assert audited(ROOT / name) == [set()] * len(list((ROOT / name).rglob("*.py")))


def test_the_example_of_the_readme_is_what_the_command_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    example = re.search(
        r"\$ pytimer (audit [^\n]*)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert CliRunner().invoke(main, example[1].split()).stdout == example[2]


@pytest.mark.parametrize("name", ["value", "path", "function", "method", "unknown"])
def test_functions_may_have_any_name(name, tmp_path):
    assert found_in(tmp_path, f"{name}(3)\n" + broken_loop()) == {("host-clock-without-sync", 15)}


def test_an_audit_leaves_nothing_to_the_next(tmp_path):
    paths = sorted(CORPUS.glob("*/*/*.py"))
    there, back = audited(*paths), audited(*reversed(paths))
    assert there == back[::-1]


def test_work_on_tensors_counts_as_work(tmp_path):
    code = broken_loop().replace(
        "        model(x)\n        times", "        y = x @ x\n        times"
    )
    assert ("host-clock-without-sync", 14) in found_in(tmp_path, code)


# What is left alone, each with a control arm

START = RIGHT_LOOP.split("    for _ in range(300)")[0]
"""A model that is warm, inside inference mode."""


def test_a_deadline_is_no_measurement(tmp_path):
    deadline = START + (
        "    begin = time.perf_counter()\n"
        "    while True:\n"
        "        model(x)\n"
        "        if time.perf_counter() - begin > 5:\n"
        "            break\n"
    )
    assert found_in(tmp_path, deadline) == set()
    assert found_in(tmp_path, deadline + "    print(time.perf_counter() - begin)\n")


def test_a_function_that_nothing_calls_is_judged_by_what_it_does_itself(tmp_path):
    helper = (
        "import time, torch\n"
        "def prepare(model, x):\n"
        "    print('preparing')\n"
        "    return model(x.cuda())\n"
        "def prepared_in(model, x):\n"
        "    begin = time.perf_counter()\n"
        "    prepare(model, x)\n"
        "    return time.perf_counter() - begin\n"
    )
    assert found_in(tmp_path, helper) == set()
    called = helper + "print(prepared_in(torch.nn.Linear(4, 4).cuda(), torch.ones(1, 4)))\n"
    assert ("print-in-timing", 3) in found_in(tmp_path, called)


def test_a_mean_of_rates_over_windows_of_many_calls_is_no_mistake(tmp_path):
    windows = START + (
        "    for _ in range(5):\n"
        "        begin = time.perf_counter()\n"
        "        for _ in range(100):\n"
        "            model(x)\n"
        "        torch.cuda.synchronize()\n"
        "        times.append(100 / (time.perf_counter() - begin))\n"
        "print(sum(times) / len(times))\n"
    )
    assert found_in(tmp_path, windows) == set()
    single = windows.replace("for _ in range(100):", "if True:").replace("100 /", "1 /")
    assert {name for name, _ in found_in(tmp_path, single)} == {"mean-of-rates"}


def test_the_host_has_its_turn_when_the_branch_of_the_gpu_has_returned(tmp_path):
    fallback = (
        "import time, torch\n"
        "def seconds(model, x, device):\n"
        "    for _ in range(10):\n"
        "        model(x)\n"
        "    if device.type == 'cuda':\n"
        "        torch.cuda.synchronize()\n"
        "        begin = time.perf_counter()\n"
        "        for _ in range(300):\n"
        "            model(x)\n"
        "        torch.cuda.synchronize()\n"
        "        return (time.perf_counter() - begin) / 300\n"
        "    begin = time.perf_counter()\n"
        "    for _ in range(300):\n"
        "        model(x)\n"
        "    return (time.perf_counter() - begin) / 300\n"
    )
    found = {name for name, _ in found_in(tmp_path, fallback)}
    assert "host-clock-without-sync" not in found
    without = fallback.replace("        return (time", "        took = (time")
    assert ("host-clock-without-sync", 15) in found_in(tmp_path, without)


def test_what_stands_for_nothing_keeps_no_attributes(tmp_path):
    found_in(tmp_path, 'import torch\nprint("x").clock = torch.cuda.Event()\n' + broken_loop())
    assert not NOTHING.parts
