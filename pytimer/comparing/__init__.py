"""Stored results compared: what two have in common, whether they may be, and what is said of it."""
