"""A document as the text that is shown: numbers formatted, figures drawn. For HTML and PDF."""

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
