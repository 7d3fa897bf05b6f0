"""What was cleaned, failed, thin or suspicious: one row each, in every result and report."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding stops the work."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that a person should know about the data or a computation.

    `row` is the row as a spreadsheet shows it (the header is row 1). `value` is masked if
    it can identify a person. `series` names the series of a computation.
    """

    severity: Severity
    code: str
    message: str
    fix: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    series: str | None = None
