"""What does the audit of a call cost, in calls and in time?

Calls each model and audits a call of it, in turn, in inference mode. The cost is what the audit
takes, its own call included; the bar is two calls and 50 ms.
"""

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from ordinary_models import MODELS, inputs_of

import pytimer
from pytimer.devices import resolve_device
from pytimer.environment import capture

CALLS_ALLOWED = 2
SECONDS_ALLOWED = 0.05


def seconds_of(function, *arguments):
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def row_of(name, rounds):
    """Medians of one model, calls and audits in turn after one of each."""
    model, x = MODELS[name]().eval(), inputs_of(name)
    with torch.inference_mode():
        pairs = [
            (seconds_of(model, x), seconds_of(pytimer.audit, model, x)) for _ in range(rounds + 1)
        ]
    pairs = pairs[1:]
    call_s, audit_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "model": name,
        "call_s": call_s,
        "audit_s": audit_s,
        "more_s": statistics.median(audited - called for called, audited in pairs),
        "held": audit_s <= CALLS_ALLOWED * call_s + SECONDS_ALLOWED,
    }


def table(rows):
    lines = ["| model | one call | the audit | in calls | more than a call |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for row in rows:
        call_s, audit_s, more_s = row["call_s"], row["audit_s"], row["more_s"]
        lines.append(
            f"| {row['model']} | {call_s * 1e3:.1f} ms | {audit_s * 1e3:.1f} ms "
            f"| {audit_s / call_s:.2f} | {more_s * 1e3:+.1f} ms |"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31, help="of a call and an audit in turn")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()

    rows = [row_of(name, options.rounds) for name in MODELS]
    environment = capture(resolve_device("cpu"))
    print(f"{environment.host.cpu}, torch {torch.__version__}, {options.rounds} rounds\n")
    print(table(rows))
    held = all(row["held"] for row in rows)
    print(f"\ntwo calls and 50 ms: {'held' if held else 'missed'}")
    if options.json:
        result = {
            "threads": torch.get_num_threads(),
            "environment": asdict(environment),
            "rounds": options.rounds,
            "rows": rows,
        }
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.exit(not held)


if __name__ == "__main__":
    main()
