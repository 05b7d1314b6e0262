"""Coverage-guided: whatever is in a file, `pytimer.load` returns a result or says why not.

    python tests/fuzz/targets/load_result.py -runs=1000000

Other options are libFuzzer's. One in 256 of what is loaded is read as the reports read it.
"""

import json
import sys
from random import Random

import atheris
import beside

with atheris.instrument_imports(include=["pytimer"]):
    from pytimer.errors import ResultFileError
    from pytimer.result_file import result_in

from pytimer.report.reading import read

mutation = beside.module("mutation")
SEEDS = [mutation.as_text(one) for one in beside.module("result_documents").small_documents()]


def load(content: bytes) -> None:
    try:
        result = result_in(content, "result.json")
    except ResultFileError:
        return
    if hash(content) % 256 == 0:
        read(result)


def mutate(content: bytes, max_size: int, seed: int) -> bytes:
    """Mostly of the JSON; now and then, and where there is none, a result begins anew."""
    random = Random(seed)
    if random.random() < 0.1:
        return mutation.mutated_text(content or SEEDS[0], random)[:max_size]
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or random.random() < 0.3:
        document = json.loads(random.choice(SEEDS))
    return mutation.as_text(mutation.mutated_in_place(document, random))[:max_size]


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-max_len=8192", "-reduce_inputs=0"], load, custom_mutator=mutate)
    atheris.Fuzz()
