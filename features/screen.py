"""What must not come in: persons in headers and cells, formulas, control characters."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isinf

from features.cells import is_formula
from features.personal import holds_national_id, masked, printable
from features.personal_words import announces_person
from features.schema import BY_NAME, ExtractMapping, Kind, Layout
from features.table import Cell, RawTable, is_blank
from features.words import fold, tidy
from forecasting.findings import Finding, Severity, error, warning

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_MARKUP = re.compile(r"<[a-zA-Z!/?]|\b(?:HYPERLINK|javascript:)", re.IGNORECASE)
# UTF-8 that was read as Windows-1252 and saved again: «Ã¸», «Â§».
_TWICE = re.compile(r"Ã[\x80-\xbf˜…†¸¥¦]|Â§|Ã¸|Ã¥|Ã¦")
# Any of the three above, or a formula: one quick look at each cell.
_SUSPECT = re.compile(r"^\s*[=@+-]|[\x00-\x1f\x7f\ufffd<ÃÂ]|hyperlink|javascript:", re.IGNORECASE)
_TOTALS = frozenset(fold(word) for word in ("sum", "total", "totalt", "i alt", "sum total"))
_FREE_TEXT_SHARE = 0.01


def heading(name: str, index: int) -> str:
    """A file's column name as a message may show it."""
    if not name.strip():
        return f"nr. {index + 1}"
    return masked(name) if holds_national_id(name) else printable(tidy(name))


def header_findings(table: RawTable, layout: Layout) -> Iterator[Finding]:
    """What is wrong with the header: repeated, missing, personal, executable, unknown names."""
    yield from repeated_names(table.header)
    for index, name in enumerate(table.header):
        yield from _suspect_name(name, index)
    yield from _missing(table, layout)
    for index in layout.unused:
        name = table.header[index]
        empty = not name.strip() and all(map(is_blank, table.column(index)))
        if not (empty or announces_person(name) or holds_national_id(name)):
            yield warning("unknown_column", column=heading(name, index))


def repeated_names(header: tuple[str, ...]) -> Iterator[Finding]:
    """Names that stand more than once in a header."""
    seen: set[str] = set()
    for index, name in enumerate(header):
        if (key := fold(name)) and key in seen:
            yield error("duplicate_column", column=heading(name, index))
        seen.add(key)


def _suspect_name(name: str, index: int) -> Iterator[Finding]:
    shown = heading(name, index)
    if holds_national_id(name):
        yield error("national_id", wording="national_id_column", row=1, column=shown)
    elif announces_person(name):
        yield error("personal_column", row=1, column=shown)
    if is_formula(name) or _MARKUP.search(name) or _CONTROL.search(name):
        yield error("formula", wording="formula_column", row=1, column=shown)


def _missing(table: RawTable, layout: Layout) -> Iterator[Finding]:
    required = [name for name in layout.missing if BY_NAME[name].required]
    instead = (_title_rows(table) or _wide(table)) if len(required) > 1 else None
    if instead is not None:
        yield instead
        return
    for name in layout.missing:
        known = ", ".join(BY_NAME[name].known_as[:3])
        found = warning("missing_column", column=name, known=known)
        yield replace(found, severity=Severity.ERROR) if name in required else found


def _wide(table: RawTable) -> Finding | None:
    """One column that holds several names: the fields are kept apart by something else."""
    name = table.header[0]
    marks = [m for m in ";,\t|:" if name.count(m) > 1] or [m for m in "^~#!/" if name.count(m) > 2]
    if len(table.header) > 1 or not marks:
        return None
    return error("wrong_delimiter", mark=marks[0])


def _title_rows(table: RawTable) -> Finding | None:
    known = {fold(n) for column in BY_NAME.values() for n in (column.name, *column.known_as)}
    for number, row in zip(table.numbers[:20], table.rows[:20], strict=True):
        if sum(isinstance(cell, str) and fold(cell) in known for cell in row) >= 3:
            return error("title_rows", row=number)
    return None


def cell_findings(table: RawTable, layout: Layout, mapping: ExtractMapping) -> Iterator[Finding]:
    """Cells of any column, ours or not, that must not come in. No value is echoed."""
    ours = {place: name for name, place in layout.places.items()}
    for index, name, cells in table.blocks():
        column = ours.get(index)
        label = column or heading(name, index)
        flagged = _flags(set(cells), mapping.patterns.get(column or ""))
        for number, cell in zip(table.numbers, cells, strict=True) if flagged else ():
            if kind := flagged.get(cell):
                yield _flag_finding(kind, cell, row=number, column=label)
        if column is None or BY_NAME[column].kind is Kind.ID:
            yield from _prose(cells, label)


def _flags(cells: Iterable[Cell], declared: str | None) -> dict[Cell, str]:
    pattern = re.compile(declared) if declared else None
    flags: dict[Cell, str] = {}
    for cell in cells:
        if pattern is not None and pattern.fullmatch(str(cell)):
            continue
        if kind := _flag(cell):
            flags[cell] = kind
    return flags


def _flag(cell: Cell) -> str:
    if holds_national_id(cell):
        return "national_id"
    if isinstance(cell, float) and isinf(cell):
        return "not_finite"
    return _text_flag(cell) if isinstance(cell, str) else ""


def _text_flag(text: str) -> str:
    if not _SUSPECT.search(text):
        return ""
    if _CONTROL.search(text):
        return "control_character"
    if is_formula(text):
        return "formula"
    if _MARKUP.search(text):
        return "markup"
    return "double_encoding" if not text.isascii() and _TWICE.search(text) else ""


def _flag_finding(kind: str, cell: Cell, *, row: int, column: str) -> Finding:
    if kind != "national_id":
        return error(kind, row=row, column=column)
    value = masked(cell)
    return replace(error(kind, row=row, column=column, shown=value), value=value)


def _prose(cells: tuple[Cell, ...], label: str) -> Iterator[Finding]:
    filled = sum(not is_blank(cell) for cell in cells)
    telling = sum(isinstance(cell, str) and _is_prose(cell) for cell in cells)
    if telling > _FREE_TEXT_SHARE * filled:
        yield error("free_text", column=label, telling=telling, filled=filled)


def _is_prose(text: str) -> bool:
    return len(text) > 40 or "@" in text[1:] or (text.count(" ") >= 3 and len(text.split()) > 3)


def totals(table: RawTable) -> list[bool]:
    """Which rows are sums below the table, not referrals."""
    return [_is_total(row) for row in table.rows]


def _is_total(row: tuple[Cell, ...]) -> bool:
    first = next((cell for cell in row if not is_blank(cell)), None)
    return isinstance(first, str) and len(first) < 20 and fold(first) in _TOTALS
