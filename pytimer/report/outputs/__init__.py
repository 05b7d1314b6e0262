"""Results as text for other programs: Markdown, CSV, Google Benchmark's JSON."""
