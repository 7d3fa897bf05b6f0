"""What a planner should know about the register before trusting "today's places"."""

from collections.abc import Iterator
from datetime import date

from forecasting.findings import Finding, Severity
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
            yield _about(
                row,
                "agreement_ends",
                f"{row.places} plasser ({row.place_set_id}) går ut {ends.isoformat()}, men står "
                f"som dagens plasser for hele {year}.",
                fix="Forny avtalen, eller regn med så mange færre plasser fra den dagen.",
            )


def _flexible(rows: list[PlaceSet]) -> Iterator[Finding]:
    for row in rows:
        if len(row.need_groups) > 1:
            yield _about(
                row,
                "flexible_places",
                f"{row.places} plasser ({row.place_set_id}) kan brukes av flere målgrupper, men er "
                f"regnet til den første: {row.need_groups[0]}.",
                fix="Del plassene på flere rader i registeret hvis de skal telle hos flere.",
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
            yield Finding(
                Severity.WARNING,
                "register_price_not_used",
                f"{len(other)} rader av formen {form.value} har en annen pris i registeret enn i "
                f"oppsettet; planen bruker oppsettets pris ({plan.ready:g} + {plan.used:g} kr, "
                f"{prices.price_year}-priser).",
                "Rett [prices] i oppsettet hvis registerets pris er den riktige.",
            )


def _about(row: PlaceSet, code: str, message: str, *, fix: str) -> Finding:
    series = f"{row.region}/{row.need_groups[0]}"
    return Finding(Severity.WARNING, code, message, fix, series=series)
