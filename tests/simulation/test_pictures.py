"""The pictures in docs are what the simulated timelines draw today."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_pictures_are_up_to_date(simulation):
    spec = importlib.util.spec_from_file_location("draw", DOCS / "draw_timelines.py")
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    drawn = dict(draw.pictures(simulation))
    assert set(drawn) == {path.name for path in draw.IMAGES.glob("*.svg")}
    for name, text in drawn.items():
        assert (draw.IMAGES / name).read_text() == text, "run: make pictures"
        assert f"images/{name}" in (DOCS / "how-timing-works.md").read_text()
