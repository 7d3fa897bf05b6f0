"""What a report says, before any format: sections of text, tables and figures."""

import math
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, StrEnum
from typing import Final

from reports.drawings import Drawing


class Hidden(Enum):
    """A number that is known and not shown, because it counts few children."""

    FEW = ":"


HIDDEN: Final = Hidden.FEW

# A range is (low, high) in the unit of its column; None is "not known".
Cell = str | int | float | date | tuple[float, float] | Hidden | None


def missing(value: object) -> bool:
    """Whether a value is not known: None, not a number, or a range with such an end."""
    if isinstance(value, tuple):
        return any(missing(end) for end in value)
    return value is None or (isinstance(value, float) and math.isnan(value))


class Depth(StrEnum):
    """In which form of a report a block stands.

    FULL: only where there is room for detail (HTML). SHORT: only where there is not (PDF),
    in the place of such detail. ALWAYS: in both.
    """

    ALWAYS = "always"
    FULL = "full"
    SHORT = "short"


class Kind(StrEnum):
    """What a column holds; each writer shows it in its own way.

    COUNT whole or, for effective places, with one decimal; CHANGE a signed count; NUMBER
    one decimal, SIGNED the same with its sign; RATIO three; SHARE 0-1; NOK kroner; MNOK kroner
    shown in millions; RANGE (low, high) in kroner shown in millions; SPAN (low, high) of
    counts; DATE a day; MONTH the first day of a month.
    """

    TEXT = "text"
    COUNT = "count"
    CHANGE = "change"
    NUMBER = "number"
    SIGNED = "signed"
    RATIO = "ratio"
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
    depth: Depth = Depth.ALWAYS


@dataclass(frozen=True)
class Table:
    """A table with a caption and where its numbers come from.

    The first `heads` columns name the row. The last `totals` rows are sums, and so are the
    rows at `subtotals`.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str
    totals: int = 0
    heads: int = 1
    depth: Depth = Depth.ALWAYS
    subtotals: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"{self.caption}: {len(self.columns)} columns, but a row {wrong[0]}.")


@dataclass(frozen=True)
class Figure:
    """A drawing with its finding, what is drawn, a text for those who cannot see it,
    one computed sentence, and the drawn numbers as a table.

    A table of depth FULL stands behind the drawing in the full report only; a drawing of depth
    FULL stands there only itself. One that is `half` may stand beside another such on paper.
    """

    headline: str
    subtitle: str
    alt: str
    sentence: str
    drawing: Drawing
    table: Table
    depth: Depth = Depth.ALWAYS
    half: bool = False

    @property
    def source(self) -> str:
        """Where the drawn numbers come from."""
        return self.table.source


Block = Text | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    key: str
    heading: str
    blocks: tuple[Block, ...]

    def at(self, depth: Depth) -> "Section":
        """The section with the blocks of the FULL or the SHORT report."""
        kept = tuple(b for b in self.blocks if b.depth in (Depth.ALWAYS, depth))
        return replace(self, blocks=kept)


@dataclass(frozen=True)
class Document:
    """A whole report. `basis` and, where not empty, `banner` stand on every page.

    `name` is that of its files, without their ending; `as_of` the day on which what it says
    was known; `profile` for whom it was made (see reports/disclosure). `words` are the few
    labels that writers need of their own (skip link, page, source).
    """

    name: str
    title: str
    subtitle: str
    language: str
    sections: tuple[Section, ...]
    basis: str
    banner: str
    author: str
    as_of: date
    profile: str = "internal"
    words: dict[str, str] = field(default_factory=dict)

    def at(self, depth: Depth) -> "Document":
        """The FULL or the SHORT report; sections with nothing left are gone."""
        sections = (section.at(depth) for section in self.sections)
        return replace(self, sections=tuple(s for s in sections if s.blocks))

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
