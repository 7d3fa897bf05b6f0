"""What was cleaned, failed, thin or suspicious: one row each, in every result and report."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

# What a sentence is filled with: codes, names and days as text, and numbers.
Value = str | int | float


class Severity(StrEnum):
    """Whether a finding stops the work."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know about the data or a computation.

    It is worded where it is shown: `wording` names a sentence of the tables of words, and
    `values` fill it in. `message` and `fix` are text for what has no sentence there: a plan
    that was stored before, or another program's own words.
    `row` is the row as a spreadsheet shows it (the header is row 1). `value` is masked if
    it can identify a person. `series` names the series of a computation.
    """

    severity: Severity
    code: str
    message: str = ""
    fix: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    series: str | None = None
    wording: str = ""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)


def warning(
    code: str,
    *,
    wording: str = "",
    row: int | None = None,
    column: str | None = None,
    series: str | None = None,
    **values: Value,
) -> Finding:
    """A finding that does not stop the work; `wording` where a code has several sentences."""
    found = Finding(Severity.WARNING, code, row=row, column=column, series=series)
    return replace(found, wording=wording or code, values=values)


def error(
    code: str,
    *,
    wording: str = "",
    row: int | None = None,
    column: str | None = None,
    series: str | None = None,
    **values: Value,
) -> Finding:
    """A finding that stops the work, or leaves a series without a result."""
    found = Finding(Severity.ERROR, code, row=row, column=column, series=series)
    return replace(found, wording=wording or code, values=values)
