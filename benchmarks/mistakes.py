"""What do the article's mistakes read on this machine?

`pytimer mistakes` on EfficientNet-b0, by whichever package has it. Prints the report, and can write
the result file and the bars.
"""

import argparse

import torch
from accuracy import named_efficientnet
from rich.console import Console

import pytimer
from pytimer import report
from pytimer.report.mistakes_figure import check_drawable, save_figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N (default: cpu)")
    parser.add_argument("--repetitions", type=int, default=100, metavar="CALLS")
    parser.add_argument("--json", metavar="FILE", help="write the result there as well")
    parser.add_argument("--png", metavar="FILE", help="draw the bars; needs matplotlib")
    options = parser.parse_args()

    if options.png:
        check_drawable(options.png)
    name, model = named_efficientnet()
    result = pytimer.measure_mistakes(
        model.to(options.device),
        torch.randn(1, 3, 224, 224),
        device=options.device,
        repetitions=options.repetitions,
        name=name,
    )
    report.show(result, Console(highlight=False))
    if options.json:
        pytimer.save(result, options.json)
    if options.png:
        save_figure(result, options.png)


if __name__ == "__main__":
    main()
