"""Column by column: whose data it may be, and the cells as our values."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from features.cells import (
    Read,
    is_missing,
    read_code,
    read_date,
    read_id,
    read_municipality,
    read_number,
    read_paragraph,
    read_pseudonym,
)
from features.report import at
from features.schema import (
    BY_NAME,
    COLUMNS,
    OUTCOMES,
    OWNERS,
    PROVIDER_TYPES,
    ExtractMapping,
    Kind,
    Layout,
)
from features.table import Cell, RawTable
from features.words import Vocabulary, fold, tidy
from forecasting.agency import Agency
from forecasting.findings import Finding, error

Value = str | int | date | None
Reader = Callable[[Cell], Read]

# Unknown words in these columns are names of places and kinds of need, one word each.
_SHOWN_WORDS = ("region", "need_group")
_WORD = re.compile(r"(?:[Rr]egion )?[^\W\d_]{2,20}")
# Dates that may be far away because something has not ended.
_OPEN = ("end_date", "ready_date")


@dataclass(frozen=True)
class Columns:
    """Our columns of one file: `values[name][i]` belongs to the spreadsheet row `numbers[i]`."""

    numbers: tuple[int, ...]
    values: Mapping[str, list[Value]]
    given: frozenset[str]
    findings: tuple[Finding, ...] = field(default=())

    def dates(self, name: str) -> list[date | None]:
        """One column of days."""
        return [v if isinstance(v, date) else None for v in self.values[name]]

    def texts(self, name: str) -> list[str | None]:
        """One column of codes or ids."""
        return [v if isinstance(v, str) else None for v in self.values[name]]


def vocabularies(agency: Agency) -> dict[str, Vocabulary]:
    """The words that each code column may hold, from the agency's configuration."""

    def names(item: object) -> tuple[str, ...]:
        labels = getattr(item, "labels", {})
        first = [labels["nb"]] if "nb" in labels else []
        return (*dict.fromkeys([*first, *labels.values(), *getattr(item, "aliases", ())]),)

    return {
        "region": Vocabulary({region.code: names(region) for region in agency.regions}),
        "need_group": Vocabulary({group.code: names(group) for group in agency.need_groups}),
        "outcome": _enum(OUTCOMES),
        "provider_type": _enum(PROVIDER_TYPES),
        "owner": _enum(OWNERS),
    }


def _enum(words: Mapping[str, tuple[str, ...]]) -> Vocabulary:
    return Vocabulary({code: (code, *names) for code, names in words.items()})


def readers(agency: Agency) -> dict[str, Reader]:
    """What reads one cell of each of our columns."""
    by_column: dict[str, Reader] = {
        "municipality_no": read_municipality,
        "legal_basis": read_paragraph,
        "child_pseudonym": read_pseudonym,
        "age": partial(read_number, low=0, high=120, usual=25),
        "places_used": partial(read_number, low=1, high=20, usual=4),
    }
    for name, words in vocabularies(agency).items():
        by_column[name] = partial(read_code, words=words)
    for column in COLUMNS:
        if column.kind is Kind.DATE:
            by_column[column.name] = partial(read_date, open_end=column.name in _OPEN)
        elif column.kind is Kind.ID:
            by_column.setdefault(column.name, read_id)
    return by_column


def convert(
    table: RawTable, layout: Layout, *, agency: Agency, mapping: ExtractMapping, keep: list[bool]
) -> Columns:
    """All cells of our columns as values, with a finding for each that could not be read."""
    by_column = readers(agency)
    numbers = tuple(n for n, kept in zip(table.numbers, keep, strict=True) if kept)
    rows = [row for row, kept in zip(table.rows, keep, strict=True) if kept]
    values: dict[str, list[Value]] = {}
    findings: list[Finding] = []
    words: dict[tuple[str | None, int | None], str] = {}
    for column in COLUMNS:
        cells = _cells(rows, column.name, layout=layout, mapping=mapping)
        if cells is None:
            values[column.name] = [None] * len(numbers)
            continue
        read = _mapped(by_column[column.name], mapping.values.get(column.name, {}))
        values[column.name], found = _read_all(cells, column.name, numbers=numbers, read=read)
        findings += found
        words.update(_single_words(cells, column.name, numbers))
    given = frozenset(layout.places) | frozenset(n for n in mapping.constants if n in BY_NAME)
    return Columns(numbers, values, given, tuple(_unmasked(findings, words)))


def _single_words(
    cells: list[Cell], name: str, numbers: tuple[int, ...]
) -> Iterator[tuple[tuple[str, int], str]]:
    if name in _SHOWN_WORDS:
        for number, cell in zip(numbers, cells, strict=True):
            if isinstance(cell, str) and _WORD.fullmatch(text := tidy(cell)):
                yield (name, number), text


def _unmasked(
    findings: list[Finding], words: Mapping[tuple[str | None, int | None], str]
) -> Iterator[Finding]:
    """The findings, an unknown code written out where all else in its row is as it should be.

    In a row that has slipped sideways the word may be somebody's name, and stays masked.
    """
    faults = Counter(finding.row for finding in findings)
    for finding in findings:
        word = words.get((finding.column, finding.row))
        if finding.code == "unknown_value" and word and faults[finding.row] == 1:
            yield replace(finding, value=word, values={**finding.values, "shown": word})
        else:
            yield finding


def _cells(
    rows: list[tuple[Cell, ...]], name: str, *, layout: Layout, mapping: ExtractMapping
) -> list[Cell] | None:
    if name in mapping.constants:
        return [mapping.constants[name]] * len(rows)
    if name not in layout.places:
        return None
    place = layout.places[name]
    return [row[place] for row in rows]


def _mapped(read: Reader, words: Mapping[str, str]) -> Reader:
    if not words:
        return read
    ours = {fold(theirs): code for theirs, code in words.items()}

    def through_mapping(cell: Cell) -> Read:
        return read(ours.get(fold(tidy(str(cell))), cell))

    return through_mapping


def _read_all(
    cells: list[Cell], name: str, *, numbers: tuple[int, ...], read: Reader
) -> tuple[list[Value], list[Finding]]:
    known: dict[tuple[type, Cell], Read] = {}
    values: list[Value] = []
    findings: list[Finding] = []
    for number, cell in zip(numbers, cells, strict=True):
        key = (cell.__class__, cell)
        if (one := known.get(key)) is None:
            one = known[key] = Read() if is_missing(cell) else read(cell)
        values.append(one.value)
        if one.problem is not None:
            findings.append(at(one.problem, row=number, column=name))
        elif one.value is None and BY_NAME[name].required:
            findings.append(_empty(number, name))
    return values, findings


def _empty(row: int, column: str) -> Finding:
    return error("missing_value", row=row, column=column)
