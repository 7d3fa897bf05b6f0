"""One file as read: header, typed cells, and what was wrong with its structure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from forecasting.errors import InputError
from forecasting.findings import Finding, Severity, error

# `bool` is an int and `datetime` a date; both are kept apart where it matters.
Cell = str | int | float | date | None

# Limits that hold before anything is parsed (trust.md 2.2); far above ten years of referrals.
MAX_BYTES = 200_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_TEXT = 131_072  # characters of one field
_LOOK_AHEAD = 20


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
        return _stops(self.findings)

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


def _stops(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def table_of(sheet: Sheet, *, name: str, sha256: str) -> RawTable:
    """A table from all records of a sheet; the first filled one is the header.

    Rows of another length than the header are faults.
    """
    filled = [
        (number, record)
        for number, record in enumerate(sheet.records, start=1)
        if not all(map(is_blank, record))
    ]
    if not filled:
        empty = () if _stops(sheet.findings) else (_EMPTY,)
        return RawTable(name, sha256, findings=(*sheet.findings, *empty))
    header = _header([record for _, record in filled[:_LOOK_AHEAD]])
    width = len(header)
    kept = filled[1:]
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


_EMPTY = error("empty_file")


def _header(records: list[tuple[Cell, ...]]) -> tuple[str, ...]:
    """The first record without the blank cells after its last name.

    A lone title over the real header keeps the width of the rows below it, so that they
    are not taken for ragged ones.
    """
    names = ["" if cell is None else str(cell) for cell in records[0]]
    while names and not names[-1].strip():
        names.pop()
    below = max((len(record) for record in records[1:]), default=0)
    if sum(bool(name.strip()) for name in names) == 1 and below >= 3:
        names += [""] * (below - len(names))
    return tuple(names)


def _ragged(record: tuple[Cell, ...], width: int) -> bool:
    return len(record) < width or any(not is_blank(cell) for cell in record[width:])


def _ragged_findings(ragged: Iterable[tuple[int, int]], width: int) -> list[Finding]:
    return [error("ragged_row", row=number, cells=cells, width=width) for number, cells in ragged]
