"""Results as files for other programs, read back as these programs read them."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

import pytimer
from pytimer import Caveat, Samples
from pytimer.report.outputs.google_benchmark import google_benchmark_of
from pytimer.report.outputs.markdown import escaped, markdown_of
from pytimer.report.outputs.tidy_csv import csv_of
from pytimer.report.reading import read

from . import results
from .test_report_page import EVERY_KIND


def rows_of(result):
    return list(csv.DictReader(io.StringIO(csv_of(read(result)))))


def benchmarks_of(result):
    return json.loads(google_benchmark_of(read(result)))["benchmarks"]


def with_samples(*host_s):
    return replace(results.latency(), samples=Samples("host", {"host_s": np.array(host_s)}))


def test_csv_holds_every_sample_in_full():
    result = results.latency(results.CUDA)
    rows = rows_of(result)
    assert [int(row["index"]) for row in rows] == list(range(300))
    for name, column in result.samples.columns.items():
        assert [float(row[name]) for row in rows] == column.tolist()


def test_csv_names_the_samples_that_are_warm_up():
    result = with_samples(3.0, 1.0, 1.0)
    judged = replace(result, judgement=pytimer.latency.Judgement(1, None, None, False))
    assert [row["part"] for row in rows_of(judged)] == ["warm-up", "sample", "sample"]
    assert [row["part"] for row in rows_of(result)] == ["sample"] * 3


def test_csv_leaves_empty_what_a_series_does_not_have():
    rows = rows_of(results.run())
    assert {row["series"] for row in rows} == {
        "isolated",
        "isolated/batch_size:1",
        "isolated/batch_size:2",
        "isolated/batch_size:3",
        "throughput/batch_size:3",
    }
    blank = {row["series"] for row in rows if row["finish_s"] == ""}
    assert "throughput/batch_size:3" not in blank
    assert "isolated" in blank


def test_csv_of_a_sweep_has_a_row_for_each_size():
    rows = rows_of(results.sweep())
    assert [row["batch_size"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[1]["items_per_s"]) == pytest.approx(25.0)
    assert float(rows[1]["median_s"]) == pytest.approx(0.08)
    assert rows[3]["items_per_s"] == ""
    assert rows[3]["verdict"] == "too large"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_a_csv_with_rows_as_long_as_its_header(kind):
    header, *rows = csv.reader(io.StringIO(csv_of(read(EVERY_KIND[kind]))))
    assert rows
    assert len(set(header)) == len(header)
    assert {len(row) for row in rows} == {len(header)}


def test_google_benchmark_has_a_repetition_for_each_sample():
    entries = benchmarks_of(with_samples(1.0, 2.0, 6.0))
    repetitions = [entry for entry in entries if entry["run_type"] == "iteration"]
    assert [entry["real_time"] for entry in repetitions] == [1e9, 2e9, 6e9]
    assert [entry["repetition_index"] for entry in repetitions] == [0, 1, 2]
    assert {entry["name"] for entry in repetitions} == {"example-net/isolated"}
    for entry in entries:
        assert entry["cpu_time"] == entry["real_time"]
        assert (entry["time_unit"], entry["repetitions"]) == ("ns", 3)
        assert "items_per_second" not in entry  # a latency is no rate


def test_google_benchmark_has_the_aggregates():
    entries = benchmarks_of(with_samples(1.0, 2.0, 6.0))
    found = {entry["aggregate_name"]: entry for entry in entries if "aggregate_name" in entry}
    # Deviations from 3 are -2, -1, 3: squares add to 14, over n - 1 = 2 that is 7.
    expected = {"mean": 3e9, "median": 2e9, "stddev": 7**0.5 * 1e9, "cv": 7**0.5 / 3}
    assert {name: entry["real_time"] for name, entry in found.items()} == pytest.approx(expected)
    assert found["cv"]["name"] == "example-net/isolated_cv"
    units = {name: entry["aggregate_unit"] for name, entry in found.items()}
    assert units == {"mean": "time", "median": "time", "stddev": "time", "cv": "percentage"}


def test_one_sample_has_no_aggregates():
    (entry,) = benchmarks_of(with_samples(1.0))
    assert entry["run_type"] == "iteration"


def test_windows_have_rates():
    entries = benchmarks_of(results.sweep())
    windows = [e for e in entries if e["name"] == "example-net/pipelined/batch_size:2"]
    # 10 calls of 2 items at 25 items/s take 0.8 s; the rounds are 1 % apart.
    assert [e["iterations"] for e in windows] == [10, 10, 10]
    assert windows[1]["real_time"] == pytest.approx(0.08e9)
    assert [e["items_per_second"] for e in windows] == pytest.approx([25 / 0.99, 25, 25 / 1.01])
    (throughput,) = benchmarks_of(results.throughput())
    # 100 calls of 3 items in 5.5 s.
    assert throughput["items_per_second"] == pytest.approx(300 / 5.5)
    assert throughput["real_time"] == pytest.approx(0.055e9)


def test_google_benchmark_has_the_threads_of_a_window():
    result = results.throughput()
    several = replace(result, plan=replace(result.plan, concurrency=4))
    for shown, threads in ((several, 4), (result, 1)):
        assert [entry["threads"] for entry in benchmarks_of(shown)] == [threads]


def test_times_of_nothing_have_no_coefficient_of_variation():
    entries = benchmarks_of(with_samples(0.0, 0.0, 0.0))
    aggregates = [entry["aggregate_name"] for entry in entries if "aggregate_name" in entry]
    assert aggregates == ["mean", "median", "stddev"]


def test_google_benchmark_says_what_it_does_not_know():
    context = json.loads(google_benchmark_of(read(results.latency())))["context"]
    assert context["cpu_time"] == "not measured: the same as real_time"
    assert (context["num_cpus"], context["cpu_scaling_enabled"]) == (4, False)


@pytest.mark.parametrize("kind", ["export", "profile", "selftest", "batch-size"])
def test_what_has_no_samples_is_no_google_benchmark(kind):
    with pytest.raises(pytimer.PlanError, match="for samples"):
        google_benchmark_of(read(EVERY_KIND[kind]))


def tables_of(text):
    """Each table as rows of cells, as GitHub splits them: at pipes that are not escaped."""
    tables, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            assert line.endswith("|")
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            tables.append(rows)
            rows = []
    return tables


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_markdown_tables_are_well_formed(kind):
    tables = tables_of(markdown_of(read(EVERY_KIND[kind])))
    assert len(tables) >= 2  # figures and environment
    for header, rule, *rows in tables:
        assert all(re.fullmatch(r"---:?", cell) for cell in rule)
        assert rows
        assert {len(row) for row in (header, rule, *rows)} == {len(header)}


def test_a_pipe_and_a_tag_in_a_name_are_escaped():
    profile = results.profile()
    operators = (replace(profile.profiled.operators[0], name="a|b<br>\n|c"),)
    result = replace(profile, profiled=replace(profile.profiled, operators=operators))
    text = markdown_of(read(result))
    assert r"| a\|b\<br\> \|c |" in text
    assert len({len(row) for row in tables_of(text)[0]}) == 1


def test_an_unescaped_pipe_would_be_seen():
    (table,) = tables_of("| a|b | 1 |\n| --- | --- |\n")
    assert len({len(row) for row in table}) == 2


def test_markdown_has_caveats_with_their_remedies():
    result = replace(results.latency(), caveats=(Caveat("too-*few*", "only 3", "measure more"),))
    assert r"* **too-\*few\***: only 3 → measure more" in markdown_of(read(result))


def test_escaped_text_is_on_one_line():
    assert escaped("a\n\n# b_c") == r"a \# b\_c"


def test_an_address_in_a_text_is_no_link():
    assert escaped("see http://a.b, www.c.d and 1:2") == r"see http\://a.b, www\.c.d and 1:2"
