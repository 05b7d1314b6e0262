"""The rules of the audit: what each one finds, why that is wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One mistake that can be seen in source code.

    Attributes:
        id: stable, such as "PT001"; what --select, --ignore and comments name.
        name: the mistake in words with hyphens.
        why: what is wrong with it, a sentence without a full stop.
        fix: what to do instead, likewise.
    """

    id: str
    name: str
    why: str
    fix: str


RULES = tuple(
    Rule(f"PT{number:03}", *texts)
    for number, texts in enumerate(
        (
            (
                "host-clock-without-sync",
                "the host clock is read while the device may still be at work: calls return before "
                "their work is done",
                "call torch.cuda.synchronize() before each reading of the clock",
            ),
            (
                "event-not-recorded",
                "an event that was never recorded holds no time",
                "call record() on both events, right before and right after what is timed",
            ),
            (
                "event-not-synchronised",
                "elapsed_time() is read before the device has reached the second event",
                "call end.synchronize() or torch.cuda.synchronize() before elapsed_time()",
            ),
            (
                "event-without-timing",
                "events keep no time unless they are asked to",
                "make it with torch.cuda.Event(enable_timing=True)",
            ),
            (
                "reversed-elapsed-time",
                "elapsed_time() is asked of the later event, so the time is negative",
                "write start.elapsed_time(end)",
            ),
            (
                "unit-mix-up",
                "the number is not in the unit that it is said to be in: elapsed_time() is in "
                "milliseconds, perf_counter() in seconds",
                "convert once, and name the variable for its unit",
            ),
            (
                "no-warm-up",
                "the first timed call is the first call of all: it holds the start of the device, "
                "lazy loading and the choice of algorithms",
                "make some 10 untimed calls first, and synchronise",
            ),
            (
                "copy-in-timing",
                "making the input, or copying it to the device, is inside what is timed",
                "put the input onto the device before the clock starts, or time the copy apart",
            ),
            (
                "sync-in-timing",
                "copying the output to the host is inside what is timed",
                "stop the clock first (after a synchronise), then read the output",
            ),
            (
                "print-in-timing",
                "printing is inside what is timed",
                "keep the values, and print them when the clock has stopped",
            ),
            (
                "empty-cache-in-timing",
                "emptying the allocator's cache is inside what is timed: it waits for the device, "
                "and makes the next call allocate anew",
                "empty it before the clock starts, or not at all",
            ),
            (
                "no-eval",
                "the model was made in training mode and never left it: dropout and batch norm do "
                "other work than at inference",
                "call model.eval() before the first call",
            ),
            (
                "no-no-grad",
                "gradients are being recorded: that costs time and memory which inference has not",
                "make the calls under torch.inference_mode() or torch.no_grad()",
            ),
            (
                "single-sample",
                "one sample says nothing about how much the latency varies",
                "repeat (300 times is a good number), and give a mean with a standard deviation",
            ),
            (
                "batch-size-mismatch",
                "the throughput counts another number of items than the input has",
                "take the batch size from the input: x.shape[0]",
            ),
            (
                "mean-of-rates",
                "the mean of items / time is not items / mean time: short samples count too much",
                "divide all items by all the time",
            ),
            (
                "sync-per-call-throughput",
                "waiting for each call keeps the device idle between calls: that is no throughput",
                "put all calls into the queue, and synchronise once at the end",
            ),
            (
                "compile-in-timing",
                "compiling, tracing or capturing is inside what is timed",
                "compile and make the first calls before the clock starts; time compiling apart",
            ),
        ),
        start=1,
    )
)

RULE_NAMED = {rule.name: rule for rule in RULES}
RULE_OF_ID = {rule.id: rule for rule in RULES}
