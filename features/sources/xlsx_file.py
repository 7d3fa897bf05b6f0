"""XLSX: the zip is looked through before it is parsed; macros and links are never run."""

import io
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

from features.personal import holds_national_id
from features.screen import heading
from features.sources.xlsx_parts import column_number, inspected
from features.table import Cell, Sheet, is_blank
from forecasting.findings import Finding, Severity, error, warning


def read_xlsx(data: bytes) -> Sheet:
    """All records of the only visible sheet with content."""
    findings = inspected(data)
    faults = [finding for finding in findings if finding.severity is Severity.ERROR]
    in_cells = [finding for finding in faults if finding.column is not None]
    if len(in_cells) < len(faults):
        return Sheet(findings=findings)
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            return _chosen(book, findings)
    except calamine.PasswordError:
        return Sheet(findings=(error("password_protected"),))
    except (calamine.CalamineError, ValueError, OSError, OverflowError):
        return Sheet(findings=(corrupt(),))


def corrupt() -> Finding:
    """The finding for a workbook that cannot be read."""
    return error("corrupt_file", ending="xlsx")


def _chosen(book: Any, findings: tuple[Finding, ...]) -> Sheet:
    visible: list[str] = []
    hidden: list[str] = []
    for sheet in book.sheets_metadata:
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            shown = sheet.visible == calamine.SheetVisibleEnum.Visible
            (visible if shown else hidden).append(sheet.name)
    findings = (*findings, *_hidden(book, hidden), *_sheet_names([*visible, *hidden]))
    filled = [name for name in visible if _has_content(book.get_sheet_by_name(name))]
    if len(filled) > 1:
        return Sheet(findings=(*findings, error("several_sheets", sheets=len(filled))))
    if not filled:
        return Sheet(findings=(*findings, error("empty_file", wording="empty_workbook")))
    sheet = book.get_sheet_by_name(filled[0])
    records = _records(sheet)
    named = tuple(_named(finding, records) for finding in findings)
    return Sheet(records, (*named, *_merged(sheet)))


def _named(finding: Finding, records: tuple[tuple[Cell, ...], ...]) -> Finding:
    """The finding with the header's name for its column instead of the sheet's letters."""
    if finding.column is None or not records:
        return finding
    place = column_number(finding.column) - 1
    cell = records[0][place] if place < len(records[0]) else None
    return replace(finding, column=heading("" if cell is None else str(cell), place))


def _has_content(sheet: Any) -> bool:
    return sheet.end is not None


def _records(sheet: Any) -> tuple[tuple[Cell, ...], ...]:
    rows = sheet.to_python(skip_empty_area=False)
    return tuple(tuple(_cell(value) for value in row) for row in rows)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date()
    if isinstance(value, time | timedelta):
        return str(value)
    return value if isinstance(value, int | float | date) else None


def _merged(sheet: Any) -> list[Finding]:
    ranges = [f"{_name(*start)}:{_name(*end)}" for start, end in (sheet.merged_cell_ranges or [])]
    if not ranges:
        return []
    return [error("merged_cells", ranges=", ".join(ranges[:20]))]


def _name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _hidden(book: Any, names: list[str]) -> list[Finding]:
    if not names:
        return []
    cells = (
        cell
        for name in names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in map(_cell, row)
        if not is_blank(cell)
    )
    if any(holds_national_id(cell) for cell in cells):
        return [error("national_id", wording="national_id_hidden_sheet")]
    return [warning("hidden_sheet", sheets=len(names))]


def _sheet_names(names: list[str]) -> list[Finding]:
    if not any(holds_national_id(name) for name in names):
        return []
    return [error("national_id", wording="national_id_sheet_name")]
