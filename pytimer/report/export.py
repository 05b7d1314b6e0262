"""What was exported."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pytimer.exporting import ExportResult
from pytimer.report.latency import outputs
from pytimer.report.layout import heading, title
from pytimer.units import mebibytes


def show_export(result: ExportResult, console: Console) -> None:
    console.print(title(result.subject))
    console.print()
    batch = "any batch size" if result.dynamic_batch else "this batch size"
    console.print(heading("Export", f"{result.path}, {mebibytes(result.size_bytes)} MiB, {batch}"))
    console.print(f"  exported in {result.export_s:.1f} s, compiled in {result.compile_s:.1f} s")
    console.print(Text(f"  {outputs(result.equivalence)}"), soft_wrap=True)
