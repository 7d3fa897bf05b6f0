"""Rules between the cells of a row, and between rows."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from features.columns import Columns, Value
from features.schema import STORED
from forecasting.agency import Agency
from forecasting.findings import Finding, error, warning

_LONG_STAY = timedelta(days=5 * 365)
_COUNTER = re.compile(r"(\D*?)(\d+)")


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
                yield error(
                    f"{later.removesuffix('_date')}_before_start",
                    wording="before_start",
                    row=row,
                    column=later,
                    later=later,
                    day=str(b),
                    earlier=earlier,
                    other=str(a),
                )
    for earlier, later in (
        ("received_date", "start_date"),
        ("received_date", "offered_date"),
        ("received_date", "withdrawn_date"),
        ("ready_date", "end_date"),
    ):
        for row, a, b in _pairs(columns, earlier, later):
            if b < a:
                yield warning(
                    "dates_out_of_order",
                    row=row,
                    column=later,
                    later=later,
                    day=str(b),
                    earlier=earlier,
                    other=str(a),
                )


def _outcomes(columns: Columns) -> Iterator[Finding]:
    if not {"outcome", "start_date"} <= columns.given:
        yield from _ends_without_start(columns)
        return
    rows = zip(columns.numbers, columns.texts("outcome"), columns.dates("start_date"), strict=True)
    for row, outcome, start in rows:
        if outcome == "placed" and start is None:
            yield error("placed_without_start", row=row, column="outcome")
        elif outcome in ("withdrawn", "not_offered") and start is not None:
            yield error(
                "start_without_place",
                row=row,
                column="outcome",
                outcome=outcome,
                start=str(start),
            )
    yield from _ends_without_start(columns)


def _ends_without_start(columns: Columns) -> Iterator[Finding]:
    if "start_date" not in columns.given:
        return
    rows = zip(columns.numbers, columns.dates("start_date"), columns.dates("end_date"), strict=True)
    for row, start, end in rows:
        if start is None and end is not None:
            yield error("end_without_start", row=row, column="end_date", end=str(end))


def _future(columns: Columns, today: date) -> Iterator[Finding]:
    for row, day in zip(columns.numbers, columns.dates("received_date"), strict=True):
        if day is not None and day > today:
            yield error(
                "future_date", row=row, column="received_date", day=str(day), today=str(today)
            )
    for name in ("offered_date", "start_date", "ready_date", "end_date", "withdrawn_date"):
        for row, day in zip(columns.numbers, columns.dates(name), strict=True):
            if day is not None and day > today:
                yield warning("planned_date", row=row, column=name, day=str(day))
    yield from _long_open(columns, today)


def _long_open(columns: Columns, today: date) -> Iterator[Finding]:
    """Stays still open that began more than five years before the newest referral."""
    received = [day for day in columns.dates("received_date") if day is not None and day <= today]
    newest = max(received, default=today)
    rows = zip(columns.numbers, columns.dates("start_date"), columns.dates("end_date"), strict=True)
    for row, start, end in rows:
        if start is not None and end is None and newest - start > _LONG_STAY:
            yield warning("long_open_stay", row=row, column="end_date", start=str(start))


def _unplanned(columns: Columns, agency: Agency) -> Iterator[Finding]:
    regions = columns.texts("region")
    for region in agency.regions:
        if not region.planned and (count := regions.count(region.code)):
            yield warning("unplanned_region", column="region", rows=count, region=region.code)


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
        return warning("duplicate_row", row=row, before=before)
    return error("conflicting_rows", row=row, column="referral_id", before=before)


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
            yield warning("overlapping_stays", row=row, column="start_date", before=open_row)
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
        yield warning("guessable_pseudonym", column="child_pseudonym")
