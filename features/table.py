"""One file as read: header, typed cells, and what was wrong with its structure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from forecasting.errors import InputError
from forecasting.findings import Finding, Severity

# `bool` is an int and `datetime` a date; both are kept apart where it matters.
Cell = str | int | float | date | None

# Limits that hold before anything is parsed (trust.md 2.2); far above ten years of referrals.
MAX_BYTES = 200_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500


@dataclass(frozen=True)
class RawTable:
    """The cells of one file. `numbers[i]` is the row of `rows[i]` in a spreadsheet.

    The header is row 1 and blank rows are left out. `findings` holds what was wrong with the
    file itself; where one of them is an error, `header` and `rows` may be empty.
    """

    name: str
    sha256: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    numbers: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.numbers):
            raise InputError(f"a table of {len(self.rows)} rows got {len(self.numbers)} numbers.")

    @property
    def broken(self) -> bool:
        """Whether the structure of the file stops the work."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def column(self, index: int) -> tuple[Cell, ...]:
        """All cells of one column, by its place in the header."""
        return tuple(row[index] for row in self.rows)

    def blocks(self) -> Iterator[tuple[int, str, tuple[Cell, ...]]]:
        """Each column as (place, header, cells)."""
        for index, (name, cells) in enumerate(
            zip(self.header, zip(*self.rows, strict=True) if self.rows else (), strict=False)
        ):
            yield index, name, cells


@dataclass(frozen=True)
class Sheet:
    """What a reader found in a file: all rows with the header first, and its findings."""

    records: tuple[tuple[Cell, ...], ...] = ()
    findings: tuple[Finding, ...] = ()


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing at all."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def fault(code: str, message: str, *, fix: str = "", row: int | None = None) -> Finding:
    """A finding that stops the work."""
    return Finding(Severity.ERROR, code, message, fix=fix, row=row)


def notice(code: str, message: str, *, fix: str = "", row: int | None = None) -> Finding:
    """A finding that a person should know of."""
    return Finding(Severity.WARNING, code, message, fix=fix, row=row)


def table_of(sheet: Sheet, *, name: str, sha256: str) -> RawTable:
    """A table from all records of a sheet; rows of another length than the header are faults."""
    if not sheet.records:
        return RawTable(name, sha256, findings=sheet.findings)
    header = _header(sheet.records[0])
    width = len(header)
    kept = [
        (number, record)
        for number, record in enumerate(sheet.records[1:], start=2)
        if not all(map(is_blank, record))
    ]
    ragged = [(number, len(record)) for number, record in kept if _ragged(record, width)]
    rows = tuple((record + (None,) * width)[:width] for _, record in kept)
    return RawTable(
        name,
        sha256,
        header,
        rows,
        tuple(number for number, _ in kept),
        (*sheet.findings, *_ragged_findings(ragged, width)),
    )


def _header(record: tuple[Cell, ...]) -> tuple[str, ...]:
    names = ["" if cell is None else str(cell) for cell in record]
    while names and not names[-1].strip():
        names.pop()
    return tuple(names)


def _ragged(record: tuple[Cell, ...], width: int) -> bool:
    return len(record) < width or any(not is_blank(cell) for cell in record[width:])


def _ragged_findings(ragged: Iterable[tuple[int, int]], width: int) -> list[Finding]:
    return [
        fault(
            "ragged_row",
            f"Rad {number} har {cells} felt, men hodet har {width}.",
            fix="Sett anførselstegn rundt felt som inneholder skilletegnet, og fyll ut raden.",
            row=number,
        )
        for number, cells in ragged
    ]
