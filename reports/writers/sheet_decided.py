"""The sheet that a version's workbook opens at: what was decided, with sums as plain formulas."""

from dataclasses import replace
from typing import Any

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from reports.decided import DECIDED
from reports.document import Depth, Document, Kind, Table, Text
from reports.writers.csv import safe_text
from reports.writers.tables_alone import section_tables
from reports.writers.workbook import WHOLE, Book

# Columns of the model's and the decided places, whose difference is the change.
MODEL, CHOSEN, CHANGE = 1, 2, 3
# Places are whole: the patterns for parts of one would leave a decimal mark hanging.
WHOLE_ONES = {Kind.COUNT: WHOLE, Kind.CHANGE: "+#,##0;−#,##0;0"}
# Characters of a line over the sheet's columns, and the height of three lines of a heading.
LINE = 135
HEAD = 45


def decided_heading(document: Document) -> str | None:
    """Name of the sheet, which is the section's; None where the document has no such section."""
    found = (s.heading for s in document.at(Depth.FULL).sections if s.key == DECIDED)
    return next(found, None)


def write_decided(book: Book, document: Document) -> None:
    """Nothing where no number was set: then the model's sheets are the version's."""
    name = decided_heading(document)
    if name is None:
        return
    sheet = book.sheet(name)
    book.heading(sheet, 0, document.title, size=16)
    row = _texts(book, sheet, document, top=1)
    for at, table in enumerate(t for key, _, t in section_tables(document) if key == DECIDED):
        book.heading(sheet, row + 1, table.caption)
        row = _summed(book, sheet, table, top=row + 2, changes=at == 0)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 7, 17)
    sheet.activate()


def _texts(book: Book, sheet: Any, document: Document, *, top: int) -> int:
    (section,) = (s for s in document.sections if s.key == DECIDED)
    said = [
        text for block in section.blocks if isinstance(block, Text) for text in block.paragraphs
    ]
    texts = [text for text in (document.subtitle, document.banner, *said) if text]
    for row, text in enumerate(texts, top):
        wrap = book.style(text_wrap=True, valign="top", bold=text == document.banner)
        sheet.merge_range(row, 0, row, 7, safe_text(text), wrap)
        sheet.set_row(row, 15 * (1 + len(text) // LINE))
    return top + len(texts)


def _summed(book: Book, sheet: Any, table: Table, *, top: int, changes: bool) -> int:
    """The table; its last row adds up the others, and each change follows from two cells."""
    rows, last = table.rows[:-1], table.rows[-1]
    end = book.table(sheet, replace(table, rows=rows), top=top, filtered=False)
    sheet.set_row(top, HEAD)
    book.cell(sheet, (end, 0), last[0], kind=Kind.TEXT)
    for x, value in enumerate(last[1:], 1):
        if isinstance(value, int | float):
            formula = f"=SUM({xl_range(top + 1, x, end - 1, x)})"
            sheet.write_formula(
                end, x, formula, _style(book, table.columns[x].kind, bold=True), value
            )
    for y, row in enumerate(table.rows, top + 1):
        if changes:
            cells = (xl_rowcol_to_cell(y, x) for x in (CHOSEN, MODEL))
            sheet.write_formula(
                y,
                CHANGE,
                f"={'-'.join(cells)}",
                _style(book, Kind.CHANGE, bold=y == end),
                row[CHANGE],
            )
    return end + 1


def _style(book: Book, kind: Kind, *, bold: bool) -> Any:
    if kind not in WHOLE_ONES:
        return book.kind(kind, bold=bold)
    return book.style(num_format=book.pattern(WHOLE_ONES[kind]), bold=bold)
