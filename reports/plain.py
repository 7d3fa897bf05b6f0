"""A plan as plain values, the way plan.json holds it (schema/plan-1.schema.json).

Floats keep ten significant digits, what is not a number is null: equal plans are equal text.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.findings import Finding, Value
from forecasting.panel import CountPanel, SeriesKey
from planning.earlier import Earlier
from planning.plan import (
    Ahead,
    Assumption,
    Bands,
    Curve,
    Flexible,
    Money,
    Plan,
    PlanLine,
    Protection,
    Sharing,
)
from planning.policy import Policy, Prices
from reports.wording import Wording
from reports.words import words_of

FORMAT = "plassplan-plan"
VERSION = 1
DIGITS = ".10g"
# Of the texts that stand beside the values, for those who read the file itself.
LANGUAGE = "nb"

Plain = dict[str, Any]


def plain_plan(plan: Plan) -> Plain:
    """The whole plan as plain values."""
    wording = Wording(words_of(LANGUAGE), plan.agency)
    return {
        "format": FORMAT,
        "version": VERSION,
        "year": plan.year,
        "created_for": _day(plan.created_for),
        "agency": _agency(plan.agency),
        "policy": _policy(plan.policy),
        "prices": None if plan.prices is None else _prices(plan.prices),
        "lines": [_line(line) for line in plan.lines],
        "curves": [_curve(curve) for curve in plan.curves],
        "risks": [_fields(risk) for risk in plan.risks],
        "brackets": [_fields(bracket) for bracket in plan.brackets],
        "demand": [_bands(bands) for bands in plan.demand],
        "occupancy": [_bands(bands) for bands in plan.occupancy],
        "history": _panel(plan.history),
        "same_as_last_year": _by_key(plan.same_as_last_year, number),
        "existing_offered": _by_key(plan.existing_offered, number),
        "existing_cost": _by_key(plan.existing_cost, number),
        "present": [_fields(row) for row in plan.present],
        "ahead": [_ahead(row) for row in plan.ahead],
        "costs": _by_key(plan.costs, _money),
        "total_cost": _money(plan.total_cost),
        "assumptions": [_assumption(row, wording) for row in plan.assumptions],
        "findings": [_finding(row, wording) for row in plan.findings],
        "exchanges": [_fields(row) for row in plan.exchanges],
        "frontier": [_fields(row) for row in plan.frontier],
        "sharing": [_sharing(row) for row in plan.sharing],
        "waterfalls": [
            {**_key(each.key), "steps": [[s.value, number(n)] for s, n in each.steps]}
            for each in plan.waterfalls
        ],
        "earlier": None if plan.earlier is None else _earlier(plan.earlier),
        "demand_so_far": [_bands(bands) for bands in plan.demand_so_far],
        "begins": _day(plan.begins),
        "flexible": [_flexible(row) for row in plan.flexible],
        "bound": None if plan.bound is None else _fields(plan.bound),
        "owner_lines": [_fields(row) for row in plan.owner_lines],
        "owner_shares": [_fields(row) for row in plan.owner_shares],
        "basis": plan.basis.to_dict(),
        **({} if plan.protection is None else {"protection": protection(plan.protection)}),
    }


def _earlier(earlier: Earlier) -> Plain:
    return {
        "year": earlier.year,
        "as_of": earlier.as_of.isoformat(),
        "since": [
            {**_fields(each), "steps": [[reason.value, n] for reason, n in each.steps]}
            for each in earlier.since
        ],
        "fared": [_fields(each) for each in earlier.fared],
    }


def protection(done: Protection) -> Plain:
    """What is hidden in the plan, and by which rules."""
    hidden = {
        "history": [
            {**_key(key), "periods": [day.isoformat() for day in days]}
            for key, days in sorted(done.months.items())
        ],
        "same_as_last_year": [_key(key) for key in sorted(done.last_year)],
        "occupancy": [_key(key) for key in sorted(done.occupancy)],
        "today": [_key(key) for key in sorted(done.today)],
    }
    rules = {"threshold": done.threshold, "rounded_to": done.rounded_to}
    return {"profile": done.profile, **rules, "hidden": hidden}


def number(value: float | None) -> float | int | None:
    """A number with ten significant digits; None for what is not one."""
    if value is None or not math.isfinite(value):
        return None
    short = float(format(value, DIGITS))
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _numbers(values: NDArray[Any] | None) -> list[Any] | None:
    """An array of any shape as nested lists."""
    if values is None:
        return None
    flat: list[Any] = values.tolist()
    return [_numbers(np.asarray(v)) if isinstance(v, list) else number(v) for v in flat]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _key(key: SeriesKey) -> Plain:
    named = {"name": key.name} if key.name else {}
    return {"region": key.region, "need_group": key.need_group, **named}


def _by_key(values: Mapping[SeriesKey, Any], shape: Callable[[Any], Any]) -> list[Plain]:
    return [{**_key(key), "value": shape(value)} for key, value in sorted(values.items())]


def _fields(row: Any) -> Plain:
    """A flat row: a series key becomes its fields, everything else a plain value."""
    plain: Plain = {}
    for name, value in vars(row).items():
        if isinstance(value, SeriesKey):
            plain |= _key(value)
        elif isinstance(value, float):
            plain[name] = number(value)
        else:
            plain[name] = value
    return plain


def _finding(row: Finding, wording: Wording) -> Plain:
    """Its text for readers, and what it takes to say it in another language."""
    message, fix = wording.finding(row)
    return {**_fields(row), "message": message, "fix": fix, "values": _values(row.values)}


def _assumption(row: Assumption, wording: Wording) -> Plain:
    said = wording.assumption(row)
    text = {"name": said.name, "value": said.plain, "unit": said.unit, "source": said.source}
    if row.values is None:
        return text
    keys = {name: getattr(row, name) for name in text}
    return {**text, "values": _values(row.values), "keys": keys}


def _values(values: Mapping[str, Value]) -> Plain:
    return {k: number(v) if isinstance(v, float) else v for k, v in sorted(values.items())}


def _money(money: Money | None) -> Plain | None:
    return None if money is None else _fields(money)


def _agency(agency: Agency) -> Plain:
    def place(row: Region) -> Plain:
        days = {"valid_from": _day(row.valid_from), "valid_to": _day(row.valid_to)}
        return {**vars(row), "labels": dict(row.labels), "aliases": list(row.aliases), **days}

    def group(row: NeedGroup) -> Plain:
        return {
            **vars(row),
            "labels": dict(row.labels),
            "aliases": list(row.aliases),
            "level": number(row.level),
        }

    return {
        "name": agency.name,
        "synthetic": agency.synthetic,
        "regions": [place(row) for row in agency.regions],
        "need_groups": [group(row) for row in agency.need_groups],
    }


def _policy(policy: Policy) -> Plain:
    by_form = {form.value: _fields(limit) for form, limit in policy.limits.by_form.items()}
    by_owner = {owner.value: _fields(own) for owner, own in policy.limits.by_owner.items()}
    limits = {**_fields(policy.limits), "by_form": by_form, "by_owner": by_owner}
    flexible = [
        {
            **vars(places),
            "need_groups": list(places.need_groups),
            "regions": list(places.regions),
            "valid_from": _day(places.valid_from),
            "valid_to": _day(places.valid_to),
        }
        for places in policy.flexible
    ]
    return {
        **_fields(policy),
        "discipline": policy.discipline.value,
        "limits": limits,
        "flexible": flexible,
    }


def _prices(prices: Prices) -> Plain:
    by_form = {form.value: _fields(price) for form, price in prices.by_form.items()}
    by_owner = [
        {"form": form.value, "owner": owner.value, **_fields(price)}
        for (form, owner), price in prices.by_owner.items()
    ]
    return {**_fields(prices), "by_form": by_form, "by_owner": by_owner}


def _line(line: PlanLine) -> Plain:
    return {**_fields(line), "form": line.form.value, "cost_nok": _money(line.cost_nok)}


def _sharing(row: Sharing) -> Plain:
    regions = [_fields(part) for part in row.regions]
    return {**_fields(row), "arrangement": row.arrangement.value, "regions": regions}


def _flexible(row: Flexible) -> Plain:
    return {**_fields(row), "groups": [_fields(group) for group in row.groups]}


def _curve(curve: Curve) -> Plain:
    arrays = (
        *("offered_share", "assured_share", "not_offered_mean", "not_offered_high"),
        *("cost_nok", "fitted"),
    )
    return {**_fields(curve), **{name: _numbers(getattr(curve, name)) for name in arrays}}


def _ahead(row: Ahead) -> Plain:
    arrays = ("places", "not_offered", "cost_nok")
    return {**_fields(row), **{name: _numbers(getattr(row, name)) for name in arrays}}


def _bands(bands: Bands) -> Plain:
    return {
        **_key(bands.key),
        "periods": [str(period) for period in bands.periods.astype("datetime64[D]")],
        "levels": list(bands.levels),
        "mean": _numbers(bands.mean),
        "values": _numbers(bands.values),
    }


def _panel(panel: CountPanel) -> Plain:
    return {
        "quantity": panel.quantity.value,
        "freq": panel.freq.value,
        "as_of": panel.as_of.isoformat(),
        "series": [_key(key) for key in panel.series],
        "periods": [str(period) for period in panel.periods.astype("datetime64[D]")],
        "counts": _numbers(panel.counts),
        "observed": panel.observed.tolist(),
        "known": {name: _numbers(column) for name, column in sorted(panel.known.items())},
    }
