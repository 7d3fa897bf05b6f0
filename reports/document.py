"""What a report says, before any format: sections of text, tables and figures."""

import math
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reports.drawings import Drawing

# A range is (low, high) in the unit of its column; None is "not known".
Cell = str | int | float | date | tuple[float, float] | None


def missing(value: object) -> bool:
    """Whether a value is not known: None, or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


class Kind(StrEnum):
    """What a column holds; each writer shows it in its own way.

    COUNT whole or, for effective places, with one decimal; CHANGE a signed count; NUMBER
    one decimal; SHARE 0-1; NOK kroner; MNOK kroner shown in millions; RANGE (low, high) in
    kroner shown in millions; SPAN (low, high) of counts; DATE a day; MONTH the first day
    of a month.
    """

    TEXT = "text"
    COUNT = "count"
    CHANGE = "change"
    NUMBER = "number"
    SHARE = "share"
    NOK = "nok"
    MNOK = "mnok"
    RANGE = "range"
    SPAN = "span"
    DATE = "date"
    MONTH = "month"

    @property
    def numeric(self) -> bool:
        """Whether cells stand to the right."""
        return self not in (Kind.TEXT, Kind.DATE, Kind.MONTH)


class Tone(StrEnum):
    """How a text is meant: the answer, plain body, a list, or a remark."""

    LEAD = "lead"
    BODY = "body"
    LIST = "list"
    NOTE = "note"


@dataclass(frozen=True)
class Column:
    """One typed column of a table."""

    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Text:
    """Paragraphs, or the items of a list."""

    paragraphs: tuple[str, ...]
    tone: Tone = Tone.BODY


@dataclass(frozen=True)
class Table:
    """A table with a caption and where its numbers come from.

    The first `heads` columns name the row. The last `totals` rows are sums.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str
    totals: int = 0
    heads: int = 1

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"{self.caption}: {len(self.columns)} columns, but a row {wrong[0]}.")


@dataclass(frozen=True)
class Figure:
    """A drawing with its finding, what is drawn, a text for those who cannot see it,
    one computed sentence, and the drawn numbers as a table.
    """

    headline: str
    subtitle: str
    alt: str
    sentence: str
    drawing: Drawing
    table: Table

    @property
    def source(self) -> str:
        """Where the drawn numbers come from."""
        return self.table.source


Block = Text | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it. An annex holds detail for those who look it up."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    annex: bool = False


@dataclass(frozen=True)
class Document:
    """A whole report. `basis` and, where not empty, `banner` stand on every page.

    `words` are the few labels that writers need of their own (skip link, page, source).
    """

    title: str
    subtitle: str
    language: str
    sections: tuple[Section, ...]
    basis: str
    banner: str
    words: dict[str, str] = field(default_factory=dict)

    def tables(self) -> tuple[Table, ...]:
        """All tables, also those behind figures, in order."""
        found: list[Table] = []
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    found.append(block)
                elif isinstance(block, Figure):
                    found.append(block.table)
        return tuple(found)
