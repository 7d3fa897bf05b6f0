"""The plan without the numbers that are not told, and with the sums over them that are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import (
    Bands,
    Bracket,
    Curve,
    ExchangeRow,
    Flexible,
    Money,
    Plan,
    PlanLine,
    Risk,
    Sharing,
)
from reports.disclosure.coarse import (
    ahead,
    coarse_frontier,
    coarse_money,
    coarse_risk,
    coarse_share,
    step_nok,
    to_step,
)
from reports.disclosure.months import sums_of
from reports.facts import NATION, Part, inside

NAN = float("nan")
# How far the cost is from what no choice of forms could undercut.
BOUND = "cost_bound"
Row = TypeVar("Row", ExchangeRow, Flexible, Sharing)


def without(
    plan: Plan,
    hidden: frozenset[SeriesKey],
    *,
    days: frozenset[SeriesKey],
    today: frozenset[SeriesKey],
) -> Plan:
    """The plan without what it says of the hidden series and sums, but for places and forecast.

    Of the series and sums in `days` the places wanted per day are left out too. Sums over hidden
    parts that are told are added to the plan, coarsely, for they cannot be had from the parts; of
    those in `today` also what today's places would give.
    """
    plan = replace(
        plan,
        occupancy=tuple(_no_days(b) if b.key in days else b for b in plan.occupancy),
        present=(),
    )
    if not hidden:
        return plan
    away = NATION in hidden
    series = hidden.intersection(plan.series())
    told = (key for key in _sums(plan) if key not in hidden)
    mixed = {key for key in told if any(inside(each, key) for each in series)}
    step = step_nok(plan)

    def money(key: SeriesKey, known: Money) -> Money:
        return coarse_money(known, step) if key in mixed else known

    def risk(row: Risk) -> Risk:
        return coarse_risk(row) if row.key in mixed else row

    return replace(
        plan,
        lines=tuple(_line(row) if row.key in hidden else row for row in plan.lines),
        curves=tuple(_curve(row) if row.key in hidden else row for row in plan.curves),
        risks=tuple(_risk(row) if row.key in hidden else risk(row) for row in plan.risks),
        brackets=(
            *(row for row in plan.brackets if row.key not in hidden),
            *(Bracket(key, *Part(plan, key).bracket) for key in sorted(mixed) if plan.brackets),
        ),
        existing_offered=_told(plan.existing_offered, hidden) | _offered(plan, today),
        existing_cost=_told(plan.existing_cost, hidden) | _cost(plan, today, step),
        costs={key: money(key, known) for key, known in plan.costs.items() if key not in hidden},
        total_cost=None if away or plan.total_cost is None else money(NATION, plan.total_cost),
        waterfalls=tuple(row for row in plan.waterfalls if row.key not in hidden),
        ahead=tuple(ahead(Part(plan, key), step) for key in sorted(mixed)),
        frontier=() if away else tuple(coarse_frontier(row, step) for row in plan.frontier),
        bound=None if NATION in hidden | mixed else plan.bound,
        assumptions=tuple(row for row in plan.assumptions if row.name != BOUND),
        # Alternatives are told of all regions or of none: sentences add them up.
        exchanges=_of_none_hidden(plan.exchanges, hidden, _paired),
        sharing=_of_none_hidden(plan.sharing, hidden, _shared),
        flexible=_of_none_hidden(plan.flexible, hidden, _open),
    )


def _of_none_hidden(
    rows: tuple[Row, ...],
    hidden: frozenset[SeriesKey],
    series: Callable[[Row], tuple[str, Iterable[SeriesKey]]],
) -> tuple[Row, ...]:
    """Rows of the alternatives that no hidden series is part of, in any row."""
    named = [series(row) for row in rows]
    away = {name for name, keys in named if hidden & set(keys)}
    return tuple(row for row, (name, _) in zip(rows, named, strict=True) if name not in away)


def _paired(row: ExchangeRow) -> tuple[str, Iterable[SeriesKey]]:
    fed = SeriesKey(row.key.region, row.fed_group)
    return f"{row.key.need_group}>{row.fed_group}", (row.key, fed)


def _shared(row: Sharing) -> tuple[str, Iterable[SeriesKey]]:
    # The sum over need groups is told beside each of them.
    return "all", (SeriesKey(part.region, row.need_group) for part in row.regions)


def _open(row: Flexible) -> tuple[str, Iterable[SeriesKey]]:
    groups = [group.need_group for group in row.groups]
    return ";".join(groups), (SeriesKey(row.region, group) for group in groups)


def _sums(plan: Plan) -> tuple[SeriesKey, ...]:
    keys = sums_of(plan.series()).keys
    return tuple(key for key in keys if WHOLE_NATION in (key.region, key.need_group))


def _no_days(bands: Bands) -> Bands:
    mean, values = np.full_like(bands.mean, NAN), np.full_like(bands.values, NAN)
    return replace(bands, mean=mean, values=values)


def _line(line: PlanLine) -> PlanLine:
    # Of single purchases no number is recommended: theirs is what is used.
    places = line.places if line.form.committed else 0
    return replace(line, places=places, used_share=NAN, cost_nok=None)


def _curve(curve: Curve) -> Curve:
    """The recommended places, and none other: how many more a higher level takes tells too."""
    none = np.full(curve.chosen + 1, NAN)
    return Curve(
        curve.key,
        offered_share=none,
        not_offered_mean=none,
        not_offered_high=none,
        cost_nok=None if curve.cost_nok is None else none,
        chosen=curve.chosen,
        existing=curve.existing,
    )


def _risk(risk: Risk) -> Risk:
    """Children to meet are a forecast."""
    return Risk(risk.key, risk.to_meet, *(NAN,) * 10, worst_month=0)


def _offered(plan: Plan, today: frozenset[SeriesKey]) -> dict[SeriesKey, float]:
    """Shares of sums offered with today's places."""
    found = {}
    for key in today:
        left, risk = Part(plan, key).not_offered_today, Part(plan, key).risk
        if left is not None and risk is not None:
            found[key] = coarse_share(left, risk.to_meet)
    return found


def _cost(plan: Plan, today: frozenset[SeriesKey], step: float) -> dict[SeriesKey, float]:
    known = {key: Part(plan, key).cost_today for key in today}
    return {key: to_step(cost, step) for key, cost in known.items() if cost is not None}


def _told(
    values: Mapping[SeriesKey, float], hidden: frozenset[SeriesKey]
) -> dict[SeriesKey, float]:
    return {key: value for key, value in values.items() if key not in hidden}
