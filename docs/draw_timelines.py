"""Draws docs/images/*.svg, a picture of one call in each mode, from simulated timelines.

The timed loop itself runs, on the simulated CUDA runtime of the tests; what is drawn is what the
runtime says it did, and the times are the loop's samples. `make pictures` runs it.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pytimer import _core  # noqa: E402
from tests.simulation.simulation import Simulation, build  # noqa: E402

IMAGES = Path(__file__).parent / "images"
US = 1000
KERNELS, KERNEL_US, LAUNCH_US, RECORD_US, SPIN_US = 3, 3, 4, 1, 24

LANES = {"host": 30, "0": 70}
LANE_NAMES = {"host": "host", "0": "stream"}
COLOURS = {
    "launch": "#4c78a8",
    "record": "#9ecae9",
    "wait": "#e5e5e5",
    "kernel": "#f58518",
    "spin": "#cccccc",
}
HEIGHT, BOX, LEFT, WIDTH = 170, 24, 60, 760


def isolated(simulation, clock, call, samples):
    _core.isolated(clock, call, 1, samples)


def queued(simulation, clock, call, samples):
    spin = _core.CudaSpin(simulation.runtime)
    _core.isolated(_core.CudaQueuedClock(clock, spin, SPIN_US * US), call, 1, samples)


def pipelined(simulation, clock, call, samples):
    _core.pipelined(clock, call, 2, samples)


def run(simulation, mode, *, replay=False):
    """(timeline of the repetition, its samples), with time 0 where the repetition begins."""
    simulation.reset()
    simulation.set_launch_cost(LAUNCH_US * US)
    simulation.set_record_cost(RECORD_US * US)

    def model():
        for _ in range(KERNELS):
            simulation.launch(KERNEL_US * US)

    function = model
    if replay:
        graph = simulation.capture(model)
        function = lambda: simulation.launch_graph(graph)  # noqa: E731
    clock = _core.CudaClock(simulation.runtime, 0, 0, simulation.now_address)
    samples = _core.Samples()
    mode(simulation, clock, _core.PythonCall(function, [((), {})]), samples)
    boxes = simulation.timeline()
    # The events' first use, before the repetition, ends when the device is synchronised.
    warm = sum(1 for where, what, *_ in boxes if what == "record") - (2 + 2 * (mode is pipelined))
    warm = warm - 1 if mode is queued else warm
    records = [box for box in boxes if box[1] == "record"]
    begin = records[warm - 1][3] if warm > 0 else 0
    later = [box for box in boxes if box[2] >= begin and box[3] > box[2]]
    return [(where, what, b - begin, e - begin) for where, what, b, e in later], samples.take()


def svg(title, boxes, spans):
    """A picture of the boxes on their lanes, and of named spans (name, begin, end) below."""
    end = max(e for *_, e in boxes)
    scale = (WIDTH - LEFT - 20) / end

    def x(ns):
        return f"{LEFT + ns * scale:.1f}"

    def width(ns):
        return f"{ns * scale:.1f}"

    height = HEIGHT + 22 * max(len(spans) - 2, 0)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="11">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for lane, y in LANES.items():
        out.append(f'<text x="8" y="{y + 16}">{LANE_NAMES[lane]}</text>')
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y + BOX}" y2="{y + BOX}" '
                   'stroke="#999999"/>')  # fmt: skip
    for where, what, b, e in boxes:
        y = LANES[where]
        out.append(
            f'<rect x="{x(b)}" y="{y}" width="{width(e - b)}" height="{BOX}" '
            f'fill="{COLOURS[what]}" stroke="#ffffff"><title>{what}: {(e - b) / US:g} µs</title>'
            "</rect>"
        )
        if (e - b) * scale > 34:
            out.append(
                f'<text x="{x((b + e) / 2)}" y="{y + 16}" text-anchor="middle">{what}</text>'
            )
    for index, (name, b, e) in enumerate(spans):
        y = 112 + 22 * index
        out.append(f'<line x1="{x(b)}" x2="{x(e)}" y1="{y}" y2="{y}" stroke="#222222" '
                   'stroke-width="2"/>')  # fmt: skip
        for at in (b, e):
            out.append(f'<line x1="{x(at)}" x2="{x(at)}" y1="{y - 5}" y2="{y + 5}" '
                       'stroke="#222222" stroke-width="2"/>')  # fmt: skip
        out.append(f'<text x="{x((b + e) / 2)}" y="{y + 14}" text-anchor="middle">'
                   f"{name}: {(e - b) / US:g} µs</text>")  # fmt: skip
    return "\n".join([*out, "</svg>"]) + "\n"


def kernels_end(boxes):
    return max(e for _, what, _, e in boxes if what == "kernel")


def span_of_device(boxes, samples, index=-1):
    end = kernels_end(boxes)
    return ("device time", end - round(samples["device_s"][index] * 1e9), end)


def span_of_enqueue(boxes, samples):
    begin = next(b for where, what, b, _ in boxes if where == "host" and what == "launch")
    return ("enqueue time", begin, begin + round(samples["enqueue_s"][0] * 1e9))


def pictures(simulation):
    """(file name, SVG) of every mode."""
    boxes, samples = run(simulation, isolated)
    host = ("host time", 0, round(samples["host_s"][0] * 1e9))
    spans = [span_of_enqueue(boxes, samples), span_of_device(boxes, samples), host]
    yield "isolated.svg", svg("mode isolated", boxes, spans)

    boxes, samples = run(simulation, queued)
    launches = [b for where, what, b, _ in boxes if where == "host" and what == "launch"]
    begin = launches[1]
    enqueue = ("enqueue time", begin, begin + round(samples["enqueue_s"][0] * 1e9))
    yield "queued.svg", svg("mode queued", boxes, [enqueue, span_of_device(boxes, samples)])

    boxes, samples = run(simulation, pipelined)
    yield (
        "pipelined.svg",
        svg("mode pipelined", boxes, [("one wall window", 0, kernels_end(boxes))]),
    )

    boxes, samples = run(simulation, queued, replay=True)
    yield "graph.svg", svg("mode graph", boxes, [span_of_device(boxes, samples)])


def main():
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in pictures(Simulation(build(Path(folder)))):
            (IMAGES / name).write_text(text)


if __name__ == "__main__":
    main()
