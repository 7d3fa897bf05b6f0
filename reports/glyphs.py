"""Texts as they can be drawn: signs without a shape become an empty box.

A control sign ends the chart library's process, and a sign that the report's font lacks makes
the PDF miss its standard: without this, one odd label would leave a plan without its report.
"""

import io
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

BOX = "□"
# Blanks stay blanks; what else is no letter, down to the last of ASCII, is shown to be there.
CONTROL = dict.fromkeys((*range(32), 127), BOX) | dict.fromkeys(map(ord, "\t\n\r\v\f"), " ")


def printable(text: str) -> str:
    """The text without control signs."""
    return text.translate(CONTROL)


def drawable(text: str) -> str:
    """The text with what the report's font can show."""
    known = _glyphs()
    return "".join(c if ord(c) in known else BOX for c in printable(text))


def in_all_texts(values: Any, change: Callable[[str], str]) -> Any:
    """Plain values with every text in them changed; keys stay."""
    if isinstance(values, str):
        return change(values)
    if isinstance(values, dict):
        return {key: in_all_texts(value, change) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [in_all_texts(value, change) for value in values]
    return values


@cache
def _glyphs() -> frozenset[int]:
    """Code points that the report's font has."""
    from fontTools.ttLib import TTFont

    content = files("reports").joinpath("fonts/Inter-Regular.otf").read_bytes()
    return frozenset(TTFont(io.BytesIO(content), lazy=True).getBestCmap())
