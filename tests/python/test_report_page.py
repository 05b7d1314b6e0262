"""The page of a result: complete, inert, the same each time."""

import importlib.util
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import pytimer
from pytimer import Caveat, Samples
from pytimer.profiling import OperatorTime
from pytimer.report.document import Column, Quantity, Table
from pytimer.report.page import page_of
from pytimer.report.reading import read
from pytimer.result_file import _KINDS

from . import results

EVERY_KIND = {
    "latency": results.latency(results.CUDA),
    "modes": results.modes(),
    "ab": results.ab(),
    "batch-size": results.batch_size(),
    "throughput": results.throughput(results.CUDA, results.sweep(results.CUDA)),
    "sweep": results.sweep(max_latency_s=0.09),
    "run": results.run(),
    "selftest": results.selftest(),
    "export": results.export(),
    "overhead": results.loops(),
    "mistakes": results.mistakes(),
    "profile": results.profile(results.CUDA),
    "load": results.load(),
    "processes": results.processes(1.0, 1.01, 1.02),
    "comparison": results.comparison(),
    "ranks": results.ranks(0.0125, 0.0125, 0.015),
}
FIGURES = {
    "latency": 2,
    "modes": 5,  # the medians, and two of each mode
    "ab": 5,
    "batch-size": 0,
    "throughput": 5,  # two curves, two ways, and two of the calls
    "sweep": 2,
    "run": 7,
    "selftest": 0,
    "export": 0,
    "overhead": 1,
    "mistakes": 1,
    "profile": 1,
    "load": 1,
    "processes": 1,
    "comparison": 1,
    "ranks": 1,
}
ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>$\\frac$"


class Page(HTMLParser):
    """What a browser sees: elements, their text, and what they refer to."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts = [], [], {}
        self.feed(text)
        self.close()
        assert self.open == [], "elements are left open"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open[-1:]:
            self.texts.setdefault(tag, []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_every_kind_of_result_is_tried():
    assert set(EVERY_KIND) == set(_KINDS) == set(FIGURES)
    assert all(type(result) is _KINDS[kind] for kind, result in EVERY_KIND.items())


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_has_a_page_with_its_figures_and_tables(kind):
    document, page = read(EVERY_KIND[kind]), Page(page_of(EVERY_KIND[kind]))
    assert len(page.all("h1")) == 1
    assert document.headline
    assert len(page.all("svg")) == len(page.all("figcaption")) == FIGURES[kind]
    tables = [table for section in document.sections for table in section.tables]
    assert len(page.all("table")) == len(page.all("caption")) == len(tables) + 1  # environment
    assert all(table.rows for table in tables)
    assert all("scope" in attributes for attributes in page.all("th"))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_figures_have_titles_and_text_alternatives(kind):
    page = Page(page_of(EVERY_KIND[kind]))
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    for svg in page.all("svg"):
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= set(identities)
    assert all(title.strip() for title in page.texts["title"])
    assert len(page.texts["title"]) == 1 + FIGURES[kind]
    for _, attributes in page.elements:
        for value in (attributes.get("href"), attributes.get("clip-path")):
            if value is not None:
                assert re.search(r"#([\w-]+)", value).group(1) in identities


def references(text):
    """What a page would fetch."""
    return [
        value
        for tag, attributes in Page(text).elements
        for key, value in attributes.items()
        if key in ("src", "href", "srcset", "data", "xlink:href", "action")
        and not value.startswith("#")
    ] + [found for found in re.findall(r"url\(([^)]*)\)|@import", text) if found[:1] != "#"]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_page_needs_nothing_from_elsewhere(kind):
    text = page_of(EVERY_KIND[kind])
    assert references(text) == []
    assert not re.search(r"https?://", text)
    (policy,) = [
        meta["content"]
        for meta in Page(text).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script" not in policy


def test_a_reference_elsewhere_would_be_seen():
    text = "<link href='//x/a.css'><img src='https://x/a.png'><p style='fill: url(//x)'></p>"
    assert references(text) == ["//x/a.css", "https://x/a.png", "//x"]


def hostile():
    """Results with an attack wherever a file can have a text."""
    caveat = Caveat(ATTACK, ATTACK, ATTACK)
    subject = replace(results.subject(results.CPU), model=ATTACK, inputs=(ATTACK,))
    environment = replace(results.environment(results.CPU), variables={ATTACK: ATTACK})
    latency = replace(
        results.latency(), subject=subject, environment=environment, caveats=(caveat,)
    )
    profile = results.profile()
    operators = (OperatorTime(ATTACK, 1, 1e-3, None), *profile.profiled.operators)
    profiled = replace(profile.profiled, operators=operators)
    modes = results.modes()
    missing = (replace(modes.missing[0], mode=ATTACK, reason=ATTACK),)
    return {
        "latency": latency,
        "profile": replace(profile, subject=subject, path=ATTACK, profiled=profiled),
        "modes": replace(modes, missing=missing),
        "export": replace(results.export(), subject=subject, path=ATTACK),
        "ab": replace(results.ab(), a=subject, b=subject),
    }


@pytest.mark.parametrize("kind", hostile())
def test_what_a_file_says_is_shown_and_not_obeyed(kind):
    text = page_of(hostile()[kind])
    page = Page(text)
    assert ATTACK in "".join(part for texts in page.texts.values() for part in texts)
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"script", "img", "iframe", "object", "a", "form"})
    assert not [key for _, attributes in page.elements for key in attributes if key[:2] == "on"]


def test_the_attack_works_where_nothing_is_escaped():
    tags = {tag for tag, _ in Page(f"<p>{ATTACK}</p>".replace("<img", "<br")).elements}
    assert "script" in tags


def test_characters_that_xml_forbids_do_no_harm():
    profile = results.profile()
    operators = (OperatorTime("a\0b\x1b\ud800", 1, 1.0, None),)
    result = replace(profile, profiled=replace(profile.profiled, operators=operators))
    assert "a\ufffdb\ufffd\ufffd</text>" in page_of(result)


def test_a_name_is_no_formula():
    profile = results.profile()
    operators = (OperatorTime("$\\frac$", 1, 1.0, None),)
    result = replace(profile, profiled=replace(profile.profiled, operators=operators))
    assert "$\\frac$</text>" in page_of(result)


@pytest.mark.parametrize("kind", ["run", "mistakes"])
def test_the_same_result_gives_the_same_page(kind):
    assert page_of(EVERY_KIND[kind]) == page_of(EVERY_KIND[kind])


def test_colours_are_those_of_the_page():
    text = page_of(EVERY_KIND["run"])
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    outside = text.replace(style, "")
    defined = set(re.findall(r"(--\w+):", style))
    used = set(re.findall(r"var\((--\w+)\)", outside))
    assert used
    assert used <= defined
    assert text.count("<style") == 1  # a figure's own would be that of the whole page
    assert set(re.findall(r"#[0-9a-f]{6}\b", outside)) == set()


def test_numbers_of_the_result_are_in_the_page():
    text = page_of(results.latency(results.CUDA))
    assert "5.000 ms ± 579.3 µs" in text  # of 300 samples from 4 to 6 ms, evenly
    assert "unset CUDA_LAUNCH_BLOCKING" in text


@pytest.mark.parametrize("count", [1, 2, 9])
def test_few_samples_have_a_page(count):
    assert "<h1>" in page_of(results.latency(count=count))


@pytest.mark.parametrize("value", [0.05, 0.0])
def test_equal_samples_have_a_page_without_a_histogram(value):
    samples = Samples("host", {"host_s": np.full(100, value)})
    page = Page(page_of(replace(results.latency(), samples=samples)))
    assert len(page.all("svg")) == 1


def test_nothing_measured_is_said():
    assert "<h1>Nothing was measured</h1>" in page_of(pytimer.RunResult())


def test_many_samples_do_not_make_a_large_page():
    samples = Samples("host", {"host_s": np.random.default_rng(0).lognormal(-3, 0.1, 5000)})
    assert len(page_of(replace(results.latency(), samples=samples))) < 250_000


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr("pytimer.report.page.svg.find_spec", lambda _: None)
    with pytest.raises(pytimer.PlanError, match="pip install matplotlib;"):
        page_of(results.export())
    assert importlib.util.find_spec("matplotlib") is not None


def test_a_table_shows_units_once_and_dashes_for_nothing():
    columns = (
        Column("name", "name"),
        Column("took", "took_s", Quantity.SECONDS),
        Column("peak", "peak_bytes", Quantity.BYTES),
        Column("share", "share", Quantity.SHARE),
    )
    table = Table("t", columns, (("a", 0.002, 2**20, 0.5), ("b", 1.5, None, None)))
    assert table.headers == ("name", "took [ms]", "peak [MiB]", "share")
    assert table.texts == (("a", "2.000", "1.000", "50.0%"), ("b", "1500", "–", "–"))


def test_a_count_is_shown_in_full_whatever_holds_it():
    """1048576 is 2**20; six digits would be 1.04858e+06."""
    column = Column("batch size", "batch_size", Quantity.COUNT)
    table = Table("t", (column,), ((1048576.0,), (1048576,), (0.5,), (float("inf"),)))
    assert table.texts == (("1048576",), ("1048576",), ("0.5",), ("inf",))


def test_what_rounding_leaves_of_nothing_is_shown_as_nothing():
    table = Table("t", (Column("x", "x_s", Quantity.SECONDS),), ((0.05,), (1.4e-17,)))
    assert table.texts == (("50.00",), ("0",))
