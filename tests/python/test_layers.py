"""Calls go down, values come up: who may import whom."""

import ast
from pathlib import Path

import pytest

import pytimer

PACKAGE = Path(__file__).parents[2] / "pytimer"

# Of the walk of the audit, each built on the one before.
WALK = (
    "machine",
    "texts",
    "arithmetic",
    "expressions",
    "calls",
    "timing_tools",
    "iterables",
    "libraries",
    "collections_and_events",
    "models_and_tensors",
    "methods",
    "assignments",
    "loops",
    "contexts",
    "walker",
)

# Where models come from.
SOURCES = (
    "compiled",
    "efficientnet",
    "factories",
    "timm_models",
    "torchvision_models",
    "transformers_models",
)

# Lowest first. A module imports only from lines above its own, or from its own line.
LAYERS = (
    {"_core", "_torch", "pytimer"},
    {
        "fields",
        "require",
        "errors",
        "caveats",
        "codec",
        "units",
        "host_facts",
        "torch_settings",
        "printable",
    },
    {"samples", "ending", "termination", "child_process", "chunks"},
    {"files", "json_text", "one_at_a_time"},
    {"statistics.checked", "statistics.quantiles"},
    {"statistics.autocorrelation"},
    {"statistics.summary", "statistics.intervals", "statistics.change_points"},
    {"statistics.blocks"},
    {"statistics.flags", "statistics.pairs", "statistics.processes"},
    {"plan", "progress", "statistics", "compile_watch", "work"},
    {"model_setup", "items"},
    {"devices.protocol"},
    {
        "devices.nvml",
        "devices.capturing",
        "devices.switching",
        "devices.host_memory",
        "devices.cache_reader",
        "devices.device_module",
    },
    {"devices.accelerator_memory"},
    {"devices.host", "devices.cuda", "devices.accelerator"},
    {"devices"},
    {"aoti", "equivalence", "environment", "spin", "stopping"},
    {"compilation", "model_files", "setting_up"},
    {"workload", "checks", "peaks"},
    {"loops", "keeping", "series"},
    {"blocks", "concurrency", "floor"},
    {"measure", "probing.failures", "probing.strategies"},
    {"probing.probe"},
    {"probing.in_process"},
    {"probing.job"},
    {"probing.worker_process", "probing.worker_side"},
    {"probing.in_worker"},
    {"probing.opening"},
    {"probing"},
    {"call_audit.findings", "call_audit.parts"},
    {"call_audit.modules", "call_audit.operations"},
    {"call_audit.auditing"},
    {"call_audit"},
    {"flop"},
    {"latency", "batch_size", "_worker"},
    {"curve", "exporting", "modes", "overhead", "pairs", "self_test"},
    {"throughput"},
    {"ranks.place", "ranks.clocks", "ranks.window", "ranks.cards"},
    {"ranks.blame", "ranks.patience"},
    {"ranks.straggler", "ranks.group"},
    {"ranks.start_line", "ranks.result"},
    {"ranks.measuring"},
    {"ranks"},
    {"main_job", "mistakes.names", "mistakes.as_found"},
    {"mistakes.result", "mistakes.ways"},
    {"mistakes.cold", "mistakes.side_by_side"},
    {"mistakes.measuring", "_cold", "profiling", "_profile"},
    {"mistakes", "processes", "_measure"},
    {"serving.requests", "serving.theory", "serving.verdict", "serving.search"},
    {"serving.plan"},
    {"serving.arrivals", "serving.result"},
    {"serving.server", "serving.caveats", "serving.words"},
    {"serving.measuring"},
    {"serving"},
    {"comparing", "comparing.metrics"},
    {"comparing.result"},
    {"result_file", "progress_bar"},
    {"comparing.stored"},
    {"comparing.comparison"},
    {"models.named", "models.packages", "models.transformers_inputs"},
    {f"models.{name}" for name in SOURCES},
    {"models.making"},
    {"models"},
    {f"source_audit.walk.{name}" for name in ("trace", "values", "names", "units")},
    *({f"source_audit.walk.{name}"} for name in WALK),
    {"source_audit.walk"},
    {"source_audit.catalogue"},
    {"source_audit.finding"},
    {"source_audit.rules.throughput", "source_audit.rules.wording"},
    {"source_audit.rules.regions"},
    {"source_audit.rules", "source_audit.source"},
    {"source_audit.audit"},
    {"source_audit"},
    {"source_audit.output"},
    {"report.layout", "report.bins", "report.document", "report.parts", "report.printed"},
    {
        "report.batch_size",
        "report.comparison",
        "report.export",
        "report.processes",
        "report.profile",
        "report.latency",
        "report.load",
        "report.mistakes",
        "report.mistakes_figure",
        "report.pairs",
        "report.ranks",
        "report.self_test",
        "report.surroundings",
        "report.work",
    },
    {"report.reading.common"},
    {
        f"report.reading.{name}"
        for name in (
            "latency",
            "load",
            "mistakes",
            "models",
            "processes",
            "ranks",
            "comparison",
            "self_test",
        )
    },
    {"report.reading.self_test", "report.reading.batch_size", "report.reading.side_by_side"},
    {"report.reading"},
    {"report"},
    {"report.outputs"},
    {f"report.outputs.{name}" for name in ("google_benchmark", "markdown", "tidy_csv")},
    {"report.outputs.comment"},
    {"report.page.palette"},
    {"report.page.drawing"},
    {"report.page.svg"},
    {"report.page"},
    {"cli.options", "cli.inputs", "cli.own_process"},
    {"cli.job"},
    {"cli.ranks"},
    {f"cli.commands.{path.stem}" for path in (PACKAGE / "cli" / "commands").glob("[!_]*.py")},
    {"cli.commands"},
    {"cli.group"},
    {"cli"},
    {"__main__", "pytest_plugin"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def module_name(path):
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__").replace("__init__", "pytimer")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imports_of(path):
    """The pytimer modules a file imports when it runs (not only for type checking)."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pytimer":
            base = node.module.removeprefix("pytimer").lstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}".lstrip(".")
                yield full if full in LEVEL else base or "pytimer"
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "pytimer":
            yield pytimer._HOME.get(node.attr, "pytimer")


def test_every_module_has_its_place():
    assert set(MODULES) | {"_core", "_torch"} == set(LEVEL)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module):
    for imported in imports_of(MODULES[module]):
        assert LEVEL[imported] <= LEVEL[module], f"{module} imports {imported}"


def test_the_rule_sees_an_import_that_points_up(tmp_path):
    wrong = tmp_path / "statistics.py"
    wrong.write_text("from pytimer.report import show\nfrom pytimer import cli\n")
    assert {LEVEL[name] for name in imports_of(wrong)} == {LEVEL["report"], LEVEL["cli"]}


def test_the_rule_sees_a_public_name_that_is_used_from_below(tmp_path):
    wrong = tmp_path / "statistics.py"
    wrong.write_text("import pytimer\n\nprint(pytimer.__version__, pytimer.load)\n")
    assert set(imports_of(wrong)) == {"pytimer", "result_file"}
