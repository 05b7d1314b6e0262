"""A comparison as a Markdown table for a pull request or a job summary, without the environment."""

from __future__ import annotations

from pytimer.comparing.result import CompareResult
from pytimer.report.comparison import HEADERS, comparison_facts, conclusion, row
from pytimer.report.layout import title
from pytimer.report.outputs.markdown import escaped


def comment_of(result: CompareResult) -> str:
    """A table for a comment or a job summary, with what there is to say of it."""
    base, new = (escaped(str(title(subject))) for subject in (result.base, result.new))
    lines = [
        f"**{escaped(conclusion(result))}**",
        "",
        f"base: {base}<br>new: {new}",
        "",
        "| " + " | ".join(header or "figure" for header in HEADERS) + " |",
        "| :-- | --: | --: | --: | --: | :-- |",
        *("| " + " | ".join(map(escaped, row(metric))) + " |" for metric in result.metrics),
        "",
        *(f"* {escaped(line)}" for line in comparison_facts(result)),
    ]
    if result.caveats:
        names = dict.fromkeys(caveat.name for caveat in result.caveats)
        lines.append(f"* caveats, see the whole report: {escaped(', '.join(names))}")
    return "\n".join(lines).rstrip() + "\n"
