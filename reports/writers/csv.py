"""Tidy CSV files: one row per fact, plain numbers with a decimal point, ISO dates, UTF-8."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import Bands, Plan
from reports.disclosure import Released
from reports.document import HIDDEN, Hidden, missing
from reports.facts import Part, days_of
from reports.glyphs import printable
from reports.plain import protection
from reports.wording import Wording
from reports.words import words_of

# Ten significant digits: far finer than any draw, and the same on every machine.
DIGITS = ".10g"
# A spreadsheet reads a cell that starts with one of these as a formula, the wide ones too; and one
# that takes the semicolon for the separator starts cells in the middle of a text.
FORMULA = re.compile(r"(?:^|(?<=;))(?=\s*[=+\-@＝＋－＠])")

Value = str | int | float | date | bool | Hidden | None
Row = tuple[Value, ...]


def write(released: Released) -> dict[str, bytes]:
    """All tidy files of a plan, and its basis as JSON; the tables of any other document."""
    if released.plan is None:
        # It writes CSV with the functions of this module.
        from reports.writers.tables_alone import csv_files

        return csv_files(released.document)
    plan = released.plan
    wording = Wording(words_of(released.document.language), plan.agency)
    tables = {
        "demand.csv": demand(plan),
        "occupancy.csv": occupancy(plan),
        "places.csv": places(plan),
        "curve.csv": curve(plan),
        "risk.csv": risk(plan),
        "exchange.csv": exchange(plan),
        "frontier.csv": frontier(plan),
        "sharing.csv": sharing(plan),
        "flexible.csv": flexible(plan),
        "owners.csv": owners(plan),
        "waterfall.csv": waterfall(plan),
        "assumptions.csv": assumptions(plan, wording),
        "findings.csv": findings(plan, wording),
    }
    rests_on = plan.basis.to_dict()
    if plan.protection:
        # Files without a page of their own say here by which rules numbers are hidden.
        rests_on["protection"] = protection(plan.protection)
    basis = json.dumps(rests_on, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return {
        **{name: to_bytes(rows) for name, rows in tables.items()},
        "basis.json": basis.encode(),
    }


def to_bytes(rows: Iterable[Row]) -> bytes:
    """Rows as CSV, the header first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([shown(value) for value in row] for row in rows)
    return out.getvalue().encode()


def shown(value: Value) -> str:
    """One cell. What is not known is empty, what is hidden a colon; text is never a formula."""
    if value is None or missing(value):
        return ""
    if isinstance(value, Hidden):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        # -0 and 0 are one number.
        return format(value + 0.0, DIGITS)
    return safe_text(value)


def safe_text(text: str) -> str:
    """Text on one line that no spreadsheet reads as a formula; a plain number stays one."""
    return text if _is_number(text) else FORMULA.sub("'", printable(text))


def _is_number(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdecimal() and text.isascii()


def _series_only(bands: tuple[Bands, ...]) -> Iterator[Bands]:
    """Bands of single series: sums stay out, so that nobody adds them twice."""
    return (band for band in bands if WHOLE_NATION not in (band.key.region, band.key.need_group))


def _banded(
    bands: tuple[Bands, ...],
    name: str,
    *,
    year: int,
    hidden: frozenset[SeriesKey] = frozenset(),
) -> Iterator[Row]:
    """Rows of the plan year: a forecast may begin before it."""
    levels = bands[0].levels if bands else ()
    yield ("region", "need_group", name, "mean", *(str(level) for level in levels))
    for band in _series_only(bands):
        values = band.values.T.tolist()  # [period, level]
        rows = zip(days_of(band.periods), band.mean.tolist(), values, strict=True)
        for period, mean, row in rows:
            if period.year == year:
                told = (HIDDEN,) * (1 + len(row)) if band.key in hidden else (mean, *row)
                yield (band.key.region, band.key.need_group, period, *told)


def demand(plan: Plan) -> Iterator[Row]:
    """Referrals per month of the plan year: mean and quantile levels."""
    return _banded(plan.demand, "month", year=plan.year)


def occupancy(plan: Plan) -> Iterator[Row]:
    """Places wanted per day of the plan year: mean and quantile levels."""
    hidden = plan.protection.occupancy if plan.protection else frozenset[SeriesKey]()
    return _banded(plan.occupancy, "day", year=plan.year, hidden=hidden)


def places(plan: Plan) -> Iterator[Row]:
    """Recommended places of every form with cost, and what exists."""
    yield (
        *("region", "need_group", "form", "places", "used_share"),
        *("cost_nok_mean", "cost_nok_0.1", "cost_nok_0.9", "existing", "change"),
    )
    for line in plan.lines:
        money, hidden = line.cost_nok, Part(plan, line.key).hides_today
        unsaid = HIDDEN if hidden and plan.prices else None
        cost: Row = (unsaid,) * 3 if money is None else (money.mean, money.low, money.high)
        name = (line.key.region, line.key.need_group, line.form.value)
        places = line.places if line.form.committed or not hidden else HIDDEN
        used = HIDDEN if hidden else line.used_share
        yield (*name, places, used, *cost, line.existing, line.change)


def _told(plan: Plan, key: SeriesKey, numbers: Row) -> Row:
    """The numbers, or that they are hidden."""
    return (HIDDEN,) * len(numbers) if Part(plan, key).hides_today else numbers


def curve(plan: Plan) -> Iterator[Row]:
    """What every number of committed places gives."""
    yield (
        *("region", "need_group", "committed", "offered_share"),
        *("children_not_offered_per_year_mean", "children_not_offered_per_year_0.9"),
        *("cost_nok", "chosen", "assured_share"),
    )
    for found in plan.curves:
        name = (found.key.region, found.key.need_group)
        if Part(plan, found.key).hides_today:
            unsaid = HIDDEN if plan.prices else None
            yield (*name, found.chosen, *(HIDDEN,) * 3, unsaid, True, HIDDEN)
            continue
        assured = found.assured_share
        for places in range(len(found.offered_share)):
            cost = found.cost_of(places)
            yield (
                *name,
                places,
                float(found.offered_share[places]),
                float(found.not_offered_mean[places]),
                float(found.not_offered_high[places]),
                cost,
                places == found.chosen,
                None if assured is None else float(assured[places]),
            )


def exchange(plan: Plan) -> Iterator[Row]:
    """Places that a series needs at each number of places of the group it feeds."""
    yield (
        *("region", "need_group", "fed_group", "fed_places", "places", "ceiling"),
        *("fed_takes_in_per_day", "ready_for_it_per_day", "cost_nok"),
    )
    for row in plan.exchanges:
        yield (
            *(row.key.region, row.key.need_group, row.fed_group, row.fed_places, row.places),
            *(row.ceiling, row.passed, row.asked, row.cost_nok),
        )


def frontier(plan: Plan) -> Iterator[Row]:
    """The nation at every level, and the children that the same money could leave without."""
    yield (
        *("level", "committed", "cost_nok", "children_not_offered_per_year"),
        "children_not_offered_per_year_efficient",
    )
    for row in plan.frontier:
        yield (row.level, row.places, row.cost_nok, row.not_offered, row.not_offered_efficient)


def waterfall(plan: Plan) -> Iterator[Row]:
    """Where the committed places of each series come from; the steps of one add up to them."""
    yield ("region", "need_group", "step", "places")
    for each in plan.waterfalls:
        if each.key.region != WHOLE_NATION:
            for source, places in each.steps:
                yield (each.key.region, each.key.need_group, source.value, places)


def risk(plan: Plan) -> Iterator[Row]:
    """Risk of every series and of its sums (region or need group `alle`)."""
    yield (
        *("region", "need_group", "children_to_meet_per_year", "offered_share"),
        *("offered_share_standard_error", "children_not_offered_per_year_mean"),
        *("children_not_offered_per_year_0.1", "children_not_offered_per_year_0.9"),
        *("years_meeting_level", "p_none", "longest_full_days_mean", "longest_full_days_0.9"),
        *("free_day_share", "worst_month", "committed_if_lost", "committed_if_waiting"),
        "offered_share_with_existing",
    )
    brackets = {row.key: (row.lost, row.wait) for row in plan.brackets}
    for row in plan.risks:
        numbers = (
            *(row.offered_share, row.standard_error, row.not_offered_mean),
            *(row.not_offered_low, row.not_offered_high),
            *(row.years_meeting, row.p_none, row.longest_full_mean, row.longest_full_high),
            *(row.free_day_share, row.worst_month or None),
            *brackets.get(row.key, (None, None)),
            plan.existing_offered.get(row.key),
        )
        name = (row.key.region, row.key.need_group)
        yield (*name, row.to_meet, *_told(plan, row.key, numbers))


def sharing(plan: Plan) -> Iterator[Row]:
    """What sharing places between regions would give; region `alle` is the nation.

    Shared places, children placed away and cost belong to the nation only.
    """
    yield (
        *("need_group", "arrangement", "fewer_own_places", "region", "own_places"),
        *("shared_places", "offered_share", "children_not_offered_per_year_mean"),
        *("away_share", "children_away_per_year_mean", "cost_nok_mean"),
    )
    for row in plan.sharing:
        name = (row.need_group, row.arrangement.value, row.fewer)
        for part in row.regions:
            own = (part.region, part.own_places, None, part.offered_share)
            yield (*name, *own, None, None, None, None)
        whole = (WHOLE_NATION, row.places - row.shared_places, row.shared_places)
        yield (
            *(*name, *whole, row.offered_share, row.not_offered_mean),
            *(row.away_share, row.away_mean, row.cost_nok),
        )


def flexible(plan: Plan) -> Iterator[Row]:
    """What flexible places would give: each need group of a set, then the set (group `alle`).

    Costs and what exists belong to the set only.
    """
    yield (
        *("region", "need_groups", "rule", "flexible_places", "best", "need_group"),
        *("fixed_places_alone", "fixed_places", "offered_share_alone", "offered_share"),
        *("offered_share_all_open", "existing_flexible", "cost_nok_alone", "cost_nok"),
    )
    for row in plan.flexible:
        groups = ";".join(group.need_group for group in row.groups)
        name = (row.region, groups, row.rule.value, row.flexible_places, row.best)
        for group in row.groups:
            yield (
                *(*name, group.need_group, group.alone_places, group.fixed_places),
                *(group.alone_share, group.offered_share, group.crowded_share),
                *(None, None, None),
            )
        yield (
            *(*name, WHOLE_NATION, row.alone_places, row.fixed_places, None, None, None),
            *(row.existing, row.alone_cost_nok, row.cost_nok),
        )


def owners(plan: Plan) -> Iterator[Row]:
    """Who runs the places, where shares of owners are limited; then each share and its limits."""
    yield ("region", "need_group", "form", "owner", "places", "share", "least", "most")
    for line in plan.owner_lines:
        name = (line.key.region, line.key.need_group, line.form.value, line.owner.value)
        yield (*name, line.places, None, None, None)
    for row in plan.owner_shares:
        yield (
            *(row.region, WHOLE_NATION, None, row.owner.value, None),
            *(row.share, row.least, row.most),
        )


def assumptions(plan: Plan, wording: Wording) -> Iterator[Row]:
    """Assumed and estimated values with their sources."""
    yield ("name", "value", "unit", "source")
    for row in plan.assumptions:
        said = wording.assumption(row)
        yield (said.name, said.plain, said.unit, said.source)


def findings(plan: Plan, wording: Wording) -> Iterator[Row]:
    """Everything cleaned, failed, thin or suspicious."""
    yield ("severity", "code", "message", "fix", "row", "column", "value", "series")
    for row in plan.findings:
        yield (
            *(row.severity.value, row.code, *wording.finding(row)),
            *(row.row, row.column, row.value, row.series),
        )
