"""Files of a report that is a document alone: its tables as CSV, all of it as JSON, a workbook.

A plan has files of its own with every number (csv, json, xlsx); these hold what the report
shows, in the same types.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reports.document import Block, Cell, Column, Depth, Document, Figure, Hidden, Kind, Table, Text
from reports.numbers import MILLION, Numbers
from reports.writers.csv import Value, safe_text, to_bytes
from reports.writers.workbook import CREATED, OPTIONS, Book, footer_text

# What the two ends of a range are, and what is told in millions: its heading says so.
ENDS = {Kind.RANGE: Kind.NUMBER, Kind.SPAN: Kind.COUNT}
IN_MILLIONS = (Kind.MNOK, Kind.RANGE)
# Longest name of a sheet, and what it cannot hold.
SHEET_NAME = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def csv_files(document: Document) -> dict[str, bytes]:
    """Every table by the section it stands in: NAME-SECTION-1.csv and on."""
    return {
        f"{document.name}-{key}-{number}.csv": to_bytes(_rows(table))
        for key, number, table in section_tables(document)
    }


def json_file(document: Document) -> dict[str, bytes]:
    """The whole document; numbers as numbers, pictures by what they show."""
    plain = {
        "format": "plassplan-report",
        "version": 1,
        "report": document.name,
        "title": document.title,
        "subtitle": document.subtitle,
        "language": document.language,
        "profile": document.profile,
        "basis": document.basis,
        "banner": document.banner,
        "sections": [
            {"key": s.key, "heading": s.heading, "blocks": [_plain(block) for block in s.blocks]}
            for s in document.at(Depth.FULL).sections
        ],
    }
    text = json.dumps(plain, ensure_ascii=False, indent=2, default=_said_plainly)
    return {f"{document.name}.json": (text + "\n").encode()}


def _said_plainly(value: object) -> str:
    """Days, and the sign of a number that is hidden."""
    return str(value.value if isinstance(value, Hidden) else value)


def workbook(document: Document) -> dict[str, bytes]:
    """What the report says on the first sheet, then a sheet for each table."""
    import xlsxwriter

    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, OPTIONS)
    made.set_properties({"title": document.title, "author": document.author, "created": CREATED})
    ends = footer_text(document.banner), footer_text(document.basis)
    book = Book(made, Numbers(document.language), *ends)
    found = list(section_tables(document))
    headings = {section.key: section.heading for section in document.sections}
    names = [
        f"{at} {headings[key].translate(FORBIDDEN)}"[:SHEET_NAME].strip()
        for at, (key, _, _) in enumerate(found, 1)
    ]
    _about(book, document, dict(zip(names, (t.caption for _, _, t in found), strict=True)))
    for name, (_, _, table) in zip(names, found, strict=True):
        book.table(book.sheet(name), table)
    made.close()
    return {f"{document.name}.xlsx": out.getvalue()}


def _about(book: Book, document: Document, contents: dict[str, str]) -> None:
    """Title, everything said in words, what stands on which sheet, and the basis."""
    sheet = book.sheet(document.words["about_report"], landscape=False)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 88)
    book.heading(sheet, 0, document.title, size=16)
    row = 1
    for heading, paragraphs in _said(document):
        if heading:
            book.heading(sheet, row + 1, heading)
            row += 2
        for text in paragraphs:
            wrap = book.style(text_wrap=True, valign="top", bold=text == document.banner)
            sheet.merge_range(row, 0, row, 1, safe_text(text), wrap)
            sheet.set_row(row, 15 * (1 + len(text) // 115))
            row += 1
    pairs = [*contents.items(), (document.words["basis"], document.basis)]
    book.heading(sheet, row + 1, document.words["contents"])
    wrapped = book.style(text_wrap=True, valign="top")
    for at, (name, text) in enumerate(pairs, row + 2):
        sheet.write_string(at, 0, safe_text(name), wrapped)
        sheet.write_string(at, 1, safe_text(text), wrapped)


def _said(document: Document) -> Iterator[tuple[str, list[str]]]:
    """Headings with their paragraphs; a figure is its finding and its sentence."""
    yield "", [text for text in (document.subtitle, document.banner) if text]
    for section in document.at(Depth.FULL).sections:
        paragraphs: list[str] = []
        for block in section.blocks:
            if isinstance(block, Text):
                paragraphs += block.paragraphs
            elif isinstance(block, Figure):
                paragraphs += [f"{block.headline}.", block.sentence]
        if paragraphs:
            yield section.heading, paragraphs


def section_tables(document: Document) -> Iterator[tuple[str, int, Table]]:
    """Section, number in it, and table with the two ends of a range as two columns."""
    for section in document.at(Depth.FULL).sections:
        found = [b.table if isinstance(b, Figure) else b for b in section.blocks]
        tables = [block for block in found if isinstance(block, Table)]
        for number, table in enumerate(tables, 1):
            yield section.key, number, _without_ranges(table, document.words)


def _without_ranges(table: Table, words: dict[str, str]) -> Table:
    """Ranges as two columns, and kroner in the millions that the headings speak of."""
    columns: list[Column] = []
    for column in table.columns:
        if column.kind in ENDS:
            ends = (words["range_low"], words["range_high"])
            columns += [Column(f"{column.title} {end}", ENDS[column.kind]) for end in ends]
        else:
            kind = Kind.NUMBER if column.kind in IN_MILLIONS else column.kind
            columns.append(Column(column.title, kind))
    rows = tuple(
        tuple(
            part
            for cell, column in zip(row, table.columns, strict=True)
            for part in _parts(cell, column.kind)
        )
        for row in table.rows
    )
    return replace(table, columns=tuple(columns), rows=rows)


def _parts(cell: Cell, kind: Kind) -> tuple[Cell, ...]:
    parts: tuple[Cell, ...] = (cell,)
    if kind in ENDS:
        parts = cell if isinstance(cell, tuple) else (cell, cell)
    return tuple(map(_millions, parts)) if kind in IN_MILLIONS else parts


def _millions(cell: Cell) -> Cell:
    return cell / MILLION if isinstance(cell, int | float) else cell


def _rows(table: Table) -> Iterator[tuple[Value, ...]]:
    yield tuple(column.title for column in table.columns)
    for row in table.rows:
        assert not any(isinstance(cell, tuple) for cell in row), "ranges are two columns"
        yield row  # type: ignore[misc]


def _plain(block: Block) -> dict[str, Any]:
    match block:
        case Text():
            return {"kind": "text", "tone": block.tone.value, "paragraphs": block.paragraphs}
        case Table():
            columns = [{"title": c.title, "kind": c.kind.value} for c in block.columns]
            told = {"caption": block.caption, "source": block.source}
            return {"kind": "table", **told, "columns": columns, "rows": block.rows}
        case Figure():
            told = {"headline": block.headline, "alt": block.alt, "sentence": block.sentence}
            return {"kind": "figure", **told, "table": _plain(block.table)}
