"""Cells of tables that are made from rows: numbers as people write them."""

from collections.abc import Sequence

from reports.numbers import Numbers
from service.talk import Row
from service.yearly_words import CAUSES, WORDS

NUMBERS = Numbers("nb")
UNKNOWN = "–"
# Headings of columns that hold changes, which are written with their sign.
SIGNED = {str(WORDS["yearly.change"]), *(str(WORDS[key]) for key in CAUSES.values())}


def cell_text(value: object, heading: str) -> str:
    """A cell as it is shown; what is not known has a dash."""
    match value:
        case None:
            return UNKNOWN
        case bool():
            return "ja" if value else "nei"
        case int() | float():
            signed = heading in SIGNED
            return NUMBERS.change(value) if signed else NUMBERS.decimal(value, _digits(value))
        case _:
            return str(value)


def is_numeric(rows: Sequence[Row], heading: str) -> bool:
    """Whether a column holds numbers only."""
    return all(isinstance(row[heading], int | float | None) for row in rows)


def _digits(value: float) -> int:
    return 0 if float(value).is_integer() else 1
