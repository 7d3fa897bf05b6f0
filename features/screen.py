"""What must not come in: persons in headers and cells, formulas, control characters."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isinf

from features.cells import is_formula
from features.personal import holds_national_id, masked, printable
from features.personal_words import announces_person
from features.report import error
from features.schema import BY_NAME, ExtractMapping, Kind, Layout
from features.table import Cell, RawTable, is_blank
from features.words import fold, tidy
from forecasting.findings import Finding, Severity
from forecasting.findings import warning as told

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_MARKUP = re.compile(r"<[a-zA-Z!/?]|\b(?:HYPERLINK|javascript:)", re.IGNORECASE)
# UTF-8 that was read as Windows-1252 and saved again: «Ã¸», «Â§».
_TWICE = re.compile(r"Ã[\x80-\xbf˜…†¸¥¦]|Â§|Ã¸|Ã¥|Ã¦")
# Any of the three above, or a formula: one quick look at each cell.
_SUSPECT = re.compile(r"^\s*[=@+-]|[\x00-\x1f\x7f\ufffd<ÃÂ]|hyperlink|javascript:", re.IGNORECASE)
_PERSON_FIX = "Fjern kolonnen fra uttrekket; Plassplan trenger den ikke."
_ID_FIX = (
    "Erstatt nummeret med et pseudonym før uttrekket lages. Er kolonnens tall ikke om personer, "
    "angi mønsteret deres i [mapping.patterns]."
)
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
            yield told("unknown_column", column=heading(name, index))


def repeated_names(header: tuple[str, ...]) -> Iterator[Finding]:
    """Names that stand more than once in a header."""
    seen: set[str] = set()
    for index, name in enumerate(header):
        if (key := fold(name)) and key in seen:
            message = "kolonnenavnet finnes flere ganger (duplikat) i hodet."
            fix = "Gi kolonnene ulike navn."
            yield error("duplicate_column", message, fix=fix, column=heading(name, index))
        seen.add(key)


def _suspect_name(name: str, index: int) -> Iterator[Finding]:
    shown = heading(name, index)
    if holds_national_id(name):
        message = "kolonnenavnet inneholder det som kan være et fødselsnummer."
        yield error("national_id", message, fix=_ID_FIX, row=1, column=shown)
    elif announces_person(name):
        message = "kolonnen kan inneholde navn, kontaktopplysninger eller fritekst om personer."
        yield error("personal_column", message, fix=_PERSON_FIX, row=1, column=shown)
    if is_formula(name) or _MARKUP.search(name) or _CONTROL.search(name):
        message = "kolonnenavnet kan tolkes som formel eller kode."
        fix = "Gi kolonnen et navn av bokstaver og sifre."
        yield error("formula", message, fix=fix, row=1, column=shown)


def _missing(table: RawTable, layout: Layout) -> Iterator[Finding]:
    required = [name for name in layout.missing if BY_NAME[name].required]
    instead = (_title_rows(table) or _wide(table)) if len(required) > 1 else None
    if instead is not None:
        yield instead
        return
    for name in layout.missing:
        known = ", ".join(BY_NAME[name].known_as[:3])
        found = told("missing_column", column=name, known=known)
        yield replace(found, severity=Severity.ERROR) if name in required else found


def _wide(table: RawTable) -> Finding | None:
    """One column that holds several names: the fields are kept apart by something else."""
    name = table.header[0]
    marks = [m for m in ";,\t|:" if name.count(m) > 1] or [m for m in "^~#!/" if name.count(m) > 2]
    if len(table.header) > 1 or not marks:
        return None
    message = f"Hele raden står i én kolonne; feltene ser ut til å være skilt med «{marks[0]}»."
    return error("wrong_delimiter", message, fix="Lagre filen med semikolon mellom feltene.")


def _title_rows(table: RawTable) -> Finding | None:
    known = {fold(n) for column in BY_NAME.values() for n in (column.name, *column.known_as)}
    for number, row in zip(table.numbers[:20], table.rows[:20], strict=True):
        if sum(isinstance(cell, str) and fold(cell) in known for cell in row) >= 3:
            message = f"kolonnenavnene ser ut til å stå i rad {number}, ikke i rad 1."
            return error("title_rows", message, fix="Slett radene over dem.", row=number)
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


_FLAGS = {
    "national_id": (
        "verdien {value} kan være et fødselsnummer, D-nummer eller DUF-nummer.",
        _ID_FIX,
    ),
    "not_finite": ("verdien er uendelig.", "La feltet stå tomt."),
    "control_character": (
        "verdien inneholder kontrolltegn eller ødelagte tegn.",
        "Lag uttrekket på nytt som UTF-8.",
    ),
    "formula": (
        "verdien begynner som en formel (=, +, -, @ eller tabulator).",
        "Fjern tegnet foran verdien.",
    ),
    "markup": ("verdien inneholder kode eller en lenke.", "Skriv verdien som ren tekst."),
    "double_encoding": (
        "æ, ø, å eller § er blitt til to tegn: filen er lagret med feil tegnkoding (encoding).",
        "Lag uttrekket på nytt som UTF-8.",
    ),
}


def _flag_finding(kind: str, cell: Cell, *, row: int, column: str) -> Finding:
    message, fix = _FLAGS[kind]
    value = masked(cell) if kind == "national_id" else ""
    found = error(kind, message.format(value=value), fix=fix, row=row, column=column)
    return Finding(found.severity, kind, found.message, fix, row, column, value or None)


def _prose(cells: tuple[Cell, ...], label: str) -> Iterator[Finding]:
    filled = sum(not is_blank(cell) for cell in cells)
    telling = sum(isinstance(cell, str) and _is_prose(cell) for cell in cells)
    if telling > _FREE_TEXT_SHARE * filled:
        message = f"{telling} av {filled} verdier ser ut som fritekst eller e-postadresser."
        yield error("free_text", message, fix=_PERSON_FIX, column=label)


def _is_prose(text: str) -> bool:
    return len(text) > 40 or "@" in text[1:] or (text.count(" ") >= 3 and len(text.split()) > 3)


def totals(table: RawTable) -> list[bool]:
    """Which rows are sums below the table, not referrals."""
    return [_is_total(row) for row in table.rows]


def _is_total(row: tuple[Cell, ...]) -> bool:
    first = next((cell for cell in row if not is_blank(cell)), None)
    return isinstance(first, str) and len(first) < 20 and fold(first) in _TOTALS
