"""A document as the text that is shown: numbers formatted, figures drawn. For all but tables."""

from typing import Any

from reports.document import Block, Depth, Document, Figure, Section, Table, Text
from reports.figures import svg
from reports.numbers import Numbers

Shown = dict[str, Any]


def shown(document: Document) -> Shown:
    """The document as plain values; every number is already text."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "language": document.language,
        "basis": document.basis,
        "banner": document.banner,
        "words": dict(document.words),
        "sections": [_section(section, document.language) for section in document.sections],
    }


def _section(section: Section, language: str) -> Shown:
    blocks = [_block(block, language) for block in section.blocks]
    return {
        "key": section.key,
        "heading": section.heading,
        "blocks": blocks,
    }


def _block(block: Block, language: str) -> Shown:
    match block:
        case Text():
            return {"kind": "text", "tone": block.tone.value, "paragraphs": list(block.paragraphs)}
        case Table():
            return {"kind": "table", **_table(block, Numbers(language))}
        case Figure():
            return {
                "kind": "figure",
                "headline": block.headline,
                "subtitle": block.subtitle,
                "alt": block.alt,
                "sentence": block.sentence,
                "svg": svg(block.drawing, language=language),
                "table": _table(block.table, Numbers(language)),
                "table_beside": block.table.depth is Depth.ALWAYS,
                "half": block.half,
            }


def _table(table: Table, numbers: Numbers) -> Shown:
    kinds = [column.kind for column in table.columns]
    return {
        "caption": table.caption,
        "source": table.source,
        "heads": table.heads,
        "totals": table.totals,
        "subtotals": list(table.subtotals),
        "columns": [
            {"title": column.title, "numeric": column.kind.numeric} for column in table.columns
        ],
        "rows": [
            [numbers.cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)]
            for row in table.rows
        ],
    }


def column_widths(table: Shown) -> list[int]:
    """Relative widths on paper: words by their longest text, numbers by what they need."""
    widths = []
    # Names before numbers break over lines; names in a list of words have the room.
    numeric = any(column["numeric"] for column in table["columns"])
    cap = 22 if numeric else 40
    # Of several names the first stands once beside many rows, and may break over them.
    caps = [14, *[32] * (table["heads"] - 1)] if table["heads"] > 1 else [cap]
    for at, column in enumerate(table["columns"]):
        longest = max((len(row[at]) for row in table["rows"]), default=0)
        word = max(len(word) for word in column["title"].split())
        if column["numeric"]:
            # Headings break into three lines at most; long words in cells break.
            needed = min(longest, 14)
            widths.append(max(needed, min(word, 9), len(column["title"]) // 3) + 1)
        else:
            widths.append(min(max(longest, word), caps[at] if at < table["heads"] else 45) + 2)
    return widths
