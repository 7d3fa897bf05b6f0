"""Rules between the cells of a row, and between rows."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from features.columns import Columns, Value
from features.report import error, warning
from features.schema import STORED
from forecasting.agency import Agency
from forecasting.findings import Finding
from forecasting.findings import warning as told

_LONG_STAY = timedelta(days=5 * 365)
_COUNTER = re.compile(r"(\D*?)(\d+)")
_DATE_FIX = "Rett datoene i kildesystemet."


def row_findings(columns: Columns, *, agency: Agency, today: date) -> Iterator[Finding]:
    """Everything that does not fit within one row."""
    yield from _order(columns)
    yield from _outcomes(columns)
    yield from _future(columns, today)
    yield from _unplanned(columns, agency)


def _pairs(columns: Columns, first: str, second: str) -> Iterator[tuple[int, date, date]]:
    both = zip(columns.numbers, columns.dates(first), columns.dates(second), strict=True)
    for number, a, b in both:
        if a is not None and b is not None:
            yield number, a, b


def _order(columns: Columns) -> Iterator[Finding]:
    for earlier, later in (("start_date", "end_date"), ("start_date", "ready_date")):
        for row, a, b in _pairs(columns, earlier, later):
            if b < a:
                message = f"{later} {b} er før {earlier} {a}."
                code = f"{later.removesuffix('_date')}_before_start"
                yield error(code, message, fix=_DATE_FIX, row=row, column=later)
    for earlier, later in (
        ("received_date", "start_date"),
        ("received_date", "offered_date"),
        ("received_date", "withdrawn_date"),
        ("ready_date", "end_date"),
    ):
        for row, a, b in _pairs(columns, earlier, later):
            if b < a:
                message = f"{later} {b} er før {earlier} {a}."
                yield warning(
                    "dates_out_of_order", message, fix="Kontroller datoene.", row=row, column=later
                )


def _outcomes(columns: Columns) -> Iterator[Finding]:
    if not {"outcome", "start_date"} <= columns.given:
        yield from _ends_without_start(columns)
        return
    rows = zip(columns.numbers, columns.texts("outcome"), columns.dates("start_date"), strict=True)
    for row, outcome, start in rows:
        if outcome == "placed" and start is None:
            message = "utfallet er placed, men start_date er tom."
            yield error("placed_without_start", message, fix=_DATE_FIX, row=row, column="outcome")
        elif outcome in ("withdrawn", "not_offered") and start is not None:
            message = f"utfallet er {outcome}, men start_date er {start}."
            yield error("start_without_place", message, fix=_DATE_FIX, row=row, column="outcome")
    yield from _ends_without_start(columns)


def _ends_without_start(columns: Columns) -> Iterator[Finding]:
    if "start_date" not in columns.given:
        return
    rows = zip(columns.numbers, columns.dates("start_date"), columns.dates("end_date"), strict=True)
    for row, start, end in rows:
        if start is None and end is not None:
            message = f"end_date er {end}, men start_date er tom."
            yield error("end_without_start", message, fix=_DATE_FIX, row=row, column="end_date")


def _future(columns: Columns, today: date) -> Iterator[Finding]:
    for row, day in zip(columns.numbers, columns.dates("received_date"), strict=True):
        if day is not None and day > today:
            message = f"{day} ligger i framtiden (i dag er {today})."
            fix = "Rett datoen; en henvisning kan ikke være mottatt ennå."
            yield error("future_date", message, fix=fix, row=row, column="received_date")
    for name in ("offered_date", "start_date", "ready_date", "end_date", "withdrawn_date"):
        for row, day in zip(columns.numbers, columns.dates(name), strict=True):
            if day is not None and day > today:
                message = f"{day} ligger i framtiden og regnes som ikke hendt ennå."
                fix = "Kontroller datoen."
                yield warning("planned_date", message, fix=fix, row=row, column=name)
    yield from _long_open(columns, today)


def _long_open(columns: Columns, today: date) -> Iterator[Finding]:
    """Stays still open that began more than five years before the newest referral."""
    received = [day for day in columns.dates("received_date") if day is not None and day <= today]
    newest = max(received, default=today)
    rows = zip(columns.numbers, columns.dates("start_date"), columns.dates("end_date"), strict=True)
    for row, start, end in rows:
        if start is not None and end is None and newest - start > _LONG_STAY:
            message = f"oppholdet har vært åpent siden {start}, mer enn fem år."
            fix = "Fyll ut end_date hvis oppholdet er slutt."
            yield warning("long_open_stay", message, fix=fix, row=row, column="end_date")


def _unplanned(columns: Columns, agency: Agency) -> Iterator[Finding]:
    regions = columns.texts("region")
    for region in agency.regions:
        if not region.planned and (count := regions.count(region.code)):
            yield told("unplanned_region", column="region", rows=count, region=region.code)


def duplicates(columns: Columns) -> tuple[list[bool], list[Finding]]:
    """Which rows to keep, and what was repeated: the same row again, or the same id otherwise."""
    first: dict[str, tuple[int, tuple[Value, ...]]] = {}
    keep: list[bool] = []
    findings: list[Finding] = []
    contents = zip(*(columns.values[name] for name in STORED), strict=True)
    ids = columns.texts("referral_id")
    for number, identity, content in zip(columns.numbers, ids, contents, strict=True):
        before = first.setdefault(identity, (number, content)) if identity else (number, content)
        keep.append(before[0] == number)
        if before[0] != number:
            findings.append(_repeated(number, before[0], same=before[1] == content))
    return keep, findings


def _repeated(row: int, before: int, *, same: bool) -> Finding:
    if same:
        message = f"duplikat: raden er helt lik rad {before}; bare én av dem lagres."
        return warning("duplicate_row", message, row=row)
    message = f"samme referral_id som rad {before}, men annet innhold."
    fix = f"Behold bare den riktige av rad {before} og rad {row}."
    return error("conflicting_rows", message, fix=fix, row=row, column="referral_id")


def overlaps(columns: Columns, keep: list[bool]) -> Iterator[Finding]:
    """Stays of one child in two places at a time; the pseudonym is not echoed."""
    stays: Mapping[str, list[tuple[date, date, int]]] = defaultdict(list)
    rows = zip(
        columns.texts("child_pseudonym"),
        columns.dates("start_date"),
        columns.dates("end_date"),
        columns.numbers,
        keep,
        strict=True,
    )
    for child, start, end, number, kept in rows:
        if child and start is not None and kept:
            stays[child].append((start, end or date.max, number))
    for own in stays.values():
        yield from _overlaps_of_one(sorted(own))


def _overlaps_of_one(stays: list[tuple[date, date, int]]) -> Iterator[Finding]:
    open_until, open_row = date.min, 0
    for start, end, row in stays:
        if start < open_until:
            message = f"oppholdet overlapper (overlap) oppholdet i rad {open_row} for samme barn."
            fix = "Kontroller start_date og end_date i begge radene."
            yield warning("overlapping_stays", message, fix=fix, row=row, column="start_date")
        if end > open_until:
            open_until, open_row = end, row


def _countable(children: set[str]) -> bool:
    """Whether most are one word and a number that is short or one of a dense run of numbers."""
    split = [match.groups() for child in children if (match := _COUNTER.fullmatch(child))]
    if not split:
        return False
    prefix = Counter(word for word, _ in split).most_common(1)[0][0]
    numbers = sorted(int(digits) for word, digits in split if word == prefix)
    short = sum(len(digits) <= 6 for word, digits in split if word == prefix)
    dense = len(numbers) > 2 and numbers[-1] - numbers[0] < 20 * len(numbers)
    return (len(numbers) if dense else short) > len(children) / 2


def guessable(columns: Columns) -> Iterator[Finding]:
    """Pseudonyms that are short numbers can be guessed by counting."""
    children = {child for child in columns.texts("child_pseudonym") if child}
    if _countable(children):
        yield told("guessable_pseudonym", column="child_pseudonym")
