"""Checks a file that was sent in. Nothing of it is kept, and nothing of it is repeated."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from forecasting.errors import InputError
from forecasting.findings import Finding, Severity

ENDINGS = (".csv", ".xlsx", ".parquet")
CHUNK = 1 << 20


class Checked(Protocol):
    """What a check finds; `features.check` gives one."""

    @property
    def outcome(self) -> str:
        """Accept, accept_with_warning or reject."""
        ...

    @property
    def rows_read(self) -> int:
        """Rows in the file, without the header."""
        ...

    @property
    def rows_stored(self) -> int:
        """Rows that would be stored."""
        ...

    @property
    def findings(self) -> Sequence[Finding]:
        """Everything that a person should know."""
        ...


class UnknownKindError(InputError):
    """The file's ending is not one that can be read."""


Checker = Callable[[Path], Checked]


@dataclass(frozen=True)
class FindingRow:
    """One finding. `value` is masked if it can identify a person."""

    severity: Severity
    code: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    fix: str


@dataclass(frozen=True)
class CheckAnswer:
    """The outcome of a check, in the shape of `plassplan check --format json`."""

    outcome: str
    rows_read: int
    rows_stored: int
    findings: tuple[FindingRow, ...]


def check_upload(content: BinaryIO, name: str, *, check: Checker) -> CheckAnswer:
    """Check one file by its content; only the ending of `name` is used.

    The copy that the readers need lies in a folder that only we can open, under a name of
    ours, and is gone when this returns. Raises UnknownKindError.
    """
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise UnknownKindError(
            "the file is of a kind that cannot be checked.",
            fix=f"Send a file that ends with {', '.join(ENDINGS)}.",
        )
    with tempfile.TemporaryDirectory(prefix="plassplan-") as folder:
        path = Path(folder) / f"upload{ending}"
        with path.open("xb") as copy:
            while chunk := content.read(CHUNK):
                copy.write(chunk)
        return _answer(check(path))


def _answer(checked: Checked) -> CheckAnswer:
    return CheckAnswer(
        outcome=str(checked.outcome),
        rows_read=checked.rows_read,
        rows_stored=checked.rows_stored,
        findings=tuple(
            FindingRow(f.severity, f.code, f.row, f.column, f.value, f.message, f.fix)
            for f in checked.findings
        ),
    )
