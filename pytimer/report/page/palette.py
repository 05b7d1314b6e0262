"""Colours of drawings: drawn in stand-ins, shown in the variables of the page's style sheet."""

from __future__ import annotations

INK = "#010203"
MUTED = "#020304"
LINE = "#030405"
FIRST = "#040506"
SECOND = "#050607"
THIRD = "#060708"

VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
}
