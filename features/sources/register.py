"""The register of places: one row a set of places, cell by cell, all faults at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from features.cells import (
    Problem,
    is_formula,
    is_missing,
    problem,
    read_code,
    read_date,
    read_number,
)
from features.columns import vocabularies
from features.personal import holds_national_id, masked, shown
from features.report import at, condensed
from features.schema import OWNERS
from features.screen import heading, repeated_names
from features.sources import read_table
from features.table import Cell, RawTable
from features.words import Vocabulary, fold, tidy
from forecasting.agency import Agency
from forecasting.errors import InputError, RefusedError
from forecasting.findings import Finding, Severity, error
from forecasting.places import Form, PlaceSet, Price, Register

REQUIRED = ("place_set_id", "region", "need_groups", "form", "places", "valid_from")
COLUMNS = (
    *REQUIRED,
    "owner",
    "houses",
    "valid_to",
    "agreement_end",
    "nok_per_day_ready",
    "nok_per_day_used",
    "price_year",
    "availability",
)
_DATES = ("valid_from", "valid_to", "agreement_end")
_FORM_NAMES = {
    Form.BASE.value: ("grunnkapasitet",),
    Form.STANDBY.value: ("beredskap",),
    Form.GUARANTEED.value: ("med kjøpsgaranti", "framework_guarantee"),
    Form.CALL_OFF.value: ("avrop", "uten kjøpsgaranti", "framework_calloff"),
    Form.SPOT.value: ("enkeltkjøp",),
}
_AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_Row = dict[str, object]
_Reader = Callable[[Cell], tuple[object, Problem | None]]


def read_register(path: Path, *, agency: Agency) -> Register:
    """The register of places in a CSV, XLSX or Parquet file (contract, section 3).

    Raises InputError with every fault, by row and column, where one cell is not as it
    should be. A row without prices has none of its own; `houses` not given is 1.
    """
    table = read_table(path)
    _stop_at(table, [f for f in table.findings if f.severity is Severity.ERROR])
    places = {fold(name): index for index, name in enumerate(table.header)}
    missing = [name for name in REQUIRED if fold(name) not in places]
    if missing:
        raise InputError(
            f"registeret «{table.name}» mangler kolonnen {', '.join(missing)}.",
            fix=f"Kolonnene er: {', '.join(COLUMNS)}.",
        )
    readers = _readers(agency)
    faults = list(repeated_names(table.header))
    _stop_at(table, faults)
    rows = [
        _row(cells, number, places=places, readers=readers, faults=faults)
        for number, cells in zip(table.numbers, table.rows, strict=True)
    ]
    faults += _repeated(table.numbers, rows)
    _stop_at(table, faults)
    return Register(tuple(_place_set(row) for row in rows))


def _stop_at(table: RawTable, faults: list[Finding]) -> None:
    if not faults:
        return
    errors = [f for f in condensed(faults) if f.severity is Severity.ERROR]
    if errors:
        raise RefusedError(heading(table.name, 0), errors)


def _readers(agency: Agency) -> Mapping[str, _Reader]:
    words = vocabularies(agency)
    owners = Vocabulary({code: (code, *names) for code, names in OWNERS.items()})
    forms = Vocabulary({code: (code, *names) for code, names in _FORM_NAMES.items()})
    return {
        "place_set_id": _text,
        "region": lambda cell: _code(cell, words["region"]),
        "need_groups": lambda cell: _codes(cell, words["need_group"]),
        "form": lambda cell: _code(cell, forms),
        "owner": lambda cell: _code(cell, owners),
        "places": lambda cell: _whole(cell, low=0, high=100_000),
        "houses": lambda cell: _whole(cell, low=0, high=10_000),
        "price_year": lambda cell: _whole(cell, low=1990, high=2199),
        "nok_per_day_ready": lambda cell: _amount(cell, most=1e7),
        "nok_per_day_used": lambda cell: _amount(cell, most=1e7),
        "availability": lambda cell: _amount(cell, most=1.0, positive=True),
        **dict.fromkeys(_DATES, _date),
    }


def _text(cell: Cell) -> tuple[object, Problem | None]:
    if holds_national_id(cell) or is_formula(cell):
        return None, problem("bad_id", wording="register_id", shown=masked(cell))
    return tidy(str(cell)), None


def _code(cell: Cell, words: Vocabulary) -> tuple[object, Problem | None]:
    read = read_code(cell, words)
    return read.value, read.problem


def _codes(cell: Cell, words: Vocabulary) -> tuple[object, Problem | None]:
    reads = [read_code(part, words) for part in re.split(r"[;,|+]", str(cell)) if part.strip()]
    wrong = next((read.problem for read in reads if read.problem), None)
    if not reads:
        wrong = problem("missing_value", wording="no_need_group", shown=shown(cell))
    return tuple(dict.fromkeys(str(read.value) for read in reads)), wrong


def _whole(cell: Cell, *, low: int, high: int) -> tuple[object, Problem | None]:
    read = read_number(cell, low=low, high=high, usual=high)
    return read.value, read.problem


def _date(cell: Cell) -> tuple[object, Problem | None]:
    read = read_date(cell, open_end=True)
    wrong = read.problem is not None and read.problem.severity is Severity.ERROR
    return read.value, read.problem if wrong else None


def _amount(cell: Cell, *, most: float, positive: bool = False) -> tuple[object, Problem | None]:
    text = re.sub(r"(?<=\d)[ '](?=\d{3}\b)", "", tidy(str(cell)))
    if isinstance(cell, str) and most > 1 and _THOUSANDS.fullmatch(text):
        return None, problem("ambiguous_number", shown=text)
    number = float(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else -1.0
    if 0 <= number <= most and not (positive and number == 0):
        return number, None
    wording = "bad_amount_positive" if positive else "bad_amount"
    return None, problem("bad_number", wording=wording, shown=shown(cell), most=round(most))


def _row(
    cells: tuple[Cell, ...],
    number: int,
    *,
    places: Mapping[str, int],
    readers: Mapping[str, _Reader],
    faults: list[Finding],
) -> _Row:
    row: _Row = {"row": number}
    for name in COLUMNS:
        cell = cells[places[fold(name)]] if fold(name) in places else None
        if is_missing(cell):
            if name in REQUIRED:
                faults.append(error("missing_value", row=number, column=name))
            continue
        row[name], wrong = readers[name](cell)
        if wrong is not None:
            faults.append(at(wrong, row=number, column=name))
    faults.extend(_row_rules(row, number))
    return row


def _row_rules(row: _Row, number: int) -> Iterator[Finding]:
    begins = row.get("valid_from")
    for name in ("valid_to", "agreement_end"):
        ends = row.get(name)
        if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
            yield error(
                "end_before_start",
                wording="register_dates",
                row=number,
                column=name,
                later=name,
                ends=str(ends),
                begins=str(begins),
            )
    prices = [row.get("nok_per_day_ready"), row.get("nok_per_day_used")]
    if any(price is not None for price in prices) and row.get("price_year") is None:
        yield error("missing_value", wording="no_price_year", row=number, column="price_year")


def _repeated(numbers: tuple[int, ...], rows: list[_Row]) -> Iterator[Finding]:
    first: dict[object, int] = {}
    for number, row in zip(numbers, rows, strict=True):
        identity = row.get("place_set_id")
        before = first.setdefault(identity, number)
        if identity is not None and before != number:
            yield error(
                "duplicate_row",
                wording="register_repeated",
                row=number,
                column="place_set_id",
                before=before,
            )


def _place_set(row: Mapping[str, object]) -> PlaceSet:
    def number(name: str, default: float) -> float:
        value = row.get(name)
        return float(value) if isinstance(value, int | float) else default

    def day(name: str) -> date | None:
        value = row.get(name)
        return value if isinstance(value, date) else None

    begins, groups = day("valid_from"), row["need_groups"]
    assert begins is not None
    assert isinstance(groups, tuple)
    availability = number("availability", 1.0)
    ready, used = number("nok_per_day_ready", 0.0), number("nok_per_day_used", 0.0)
    priced = "nok_per_day_ready" in row or "nok_per_day_used" in row
    return PlaceSet(
        place_set_id=str(row["place_set_id"]),
        region=str(row["region"]),
        need_groups=groups,
        form=Form(str(row["form"])),
        owner=str(row.get("owner") or ""),
        places=int(number("places", 0)),
        houses=int(number("houses", 1)),
        valid_from=begins,
        valid_to=day("valid_to"),
        agreement_end=day("agreement_end"),
        price=Price(ready, used, availability) if priced else None,
        price_year=int(number("price_year", 0)) or None,
        availability=None if row.get("availability") is None else availability,
    )
