"""What a planner should know about the register before trusting "today's places"."""

from collections.abc import Iterator
from datetime import date

from forecasting.findings import Finding, warning
from forecasting.places import Form, PlaceSet, Register
from planning.policy import Prices


def register_findings(register: Register, prices: Prices | None, *, year: int) -> list[Finding]:
    """Agreements that end in the plan year, flexible places, and prices that are not used."""
    first = date(year, 1, 1)
    rows = [row for row in register.place_sets if row.valid_on(first)]
    return [*_ending(rows, year), *_flexible(rows), *_prices(rows, prices)]


def _ending(rows: list[PlaceSet], year: int) -> Iterator[Finding]:
    last = date(year, 12, 31)
    for row in rows:
        ends = min(filter(None, (row.valid_to, row.agreement_end)), default=None)
        if ends is not None and ends < last:
            yield warning(
                "agreement_ends",
                series=_series(row),
                places=row.places,
                place_set=row.place_set_id,
                ends=ends.isoformat(),
                year=str(year),
            )


def _flexible(rows: list[PlaceSet]) -> Iterator[Finding]:
    for row in rows:
        if len(row.need_groups) > 1:
            yield warning(
                "flexible_places",
                series=_series(row),
                places=row.places,
                place_set=row.place_set_id,
                first=row.need_groups[0],
            )


def _prices(rows: list[PlaceSet], prices: Prices | None) -> Iterator[Finding]:
    """One finding a form whose places have other prices in the register than in the plan."""
    if prices is None:
        return
    for form in Form:
        if form not in prices.by_form:
            continue
        plan = prices.by_form[form]
        other = [
            row
            for row in rows
            if row.form is form
            and row.price is not None
            and (row.price.ready, row.price.used) != (plan.ready, plan.used)
        ]
        if other:
            yield warning(
                "register_price_not_used",
                rows=len(other),
                form=form.value,
                ready=plan.ready,
                used=plan.used,
                price_year=str(prices.price_year),
            )


def _series(row: PlaceSet) -> str:
    return f"{row.region}/{row.need_groups[0]}"
