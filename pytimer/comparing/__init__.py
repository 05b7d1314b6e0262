"""Stored results compared: what two have in common, whether they may be, and what is said of it."""

from pytimer.comparing.comparison import ComparedMetric, CompareResult, compare

__all__ = ["CompareResult", "ComparedMetric", "compare"]
