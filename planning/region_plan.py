"""The part of a plan that one region needs: a plan of its own, with the same numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from forecasting.errors import UsageError
from forecasting.findings import Finding
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.efficient import frontier, own_levels
from planning.plan import (
    Bands,
    Bracket,
    Curve,
    ExchangeRow,
    OwnerLine,
    Plan,
    PlanLine,
    Present,
    Risk,
    Waterfall,
)

Row = TypeVar("Row", Bracket, Curve, ExchangeRow, OwnerLine, PlanLine, Present)
Summed = TypeVar("Summed", Bands, Risk, Waterfall)
Value = TypeVar("Value")


def region_plan(plan: Plan, region: str) -> Plan:
    """The plan of one region, whose sums are those of the region.

    Sums over need groups and over the region stand where a plan of the nation has its own (code
    WHOLE_NATION), so everything that reads a plan reads it. What only several regions have
    (sharing), or the nation alone (an earlier plan, the bound), is left out; the frontier is that
    of the region's own curves. Nothing is sized again. Raises UsageError for a region that the
    plan does not cover, and for a plan in which small counts are hidden.
    """
    if plan.protection is not None:
        raise UsageError(
            f"the plan is an export with profile {plan.protection.profile!r}, whose sums are kept "
            "apart from their hidden parts.",
            fix="Cut the region out of the plan that it was made from.",
        )
    covered = dict.fromkeys(curve.key.region for curve in plan.curves)
    if region not in covered:
        raise UsageError(
            f"region {region!r} is not in the plan.", fix=f"Use one of: {', '.join(covered)}."
        )
    curves = _own(plan.curves, region)
    costs = _summed(plan.costs, region)
    return replace(
        plan,
        agency=replace(plan.agency, regions=(plan.agency.region(region),)),
        lines=_own(plan.lines, region),
        curves=curves,
        risks=_with_sums(plan.risks, region),
        brackets=_own(plan.brackets, region),
        demand=_with_sums(plan.demand, region),
        occupancy=_with_sums(plan.occupancy, region),
        history=plan.history.select(
            tuple(key for key in plan.history.series if key.region == region)
        ),
        same_as_last_year=_single(plan.same_as_last_year, region),
        existing_offered=_single(plan.existing_offered, region),
        existing_cost=_single(plan.existing_cost, region),
        present=_own(plan.present, region),
        costs=costs,
        total_cost=costs.get(SeriesKey(WHOLE_NATION, WHOLE_NATION)),
        findings=tuple(found for found in plan.findings if _concerns(found, region, covered)),
        exchanges=_own(plan.exchanges, region),
        frontier=frontier(curves, binds=plan.policy.binds, own=own_levels(curves, plan.agency)),
        sharing=(),
        waterfalls=_with_sums(plan.waterfalls, region),
        earlier=None,
        demand_so_far=_with_sums(plan.demand_so_far, region),
        flexible=tuple(each for each in plan.flexible if each.region == region),
        bound=None,
        owner_lines=_own(plan.owner_lines, region),
        owner_shares=tuple(each for each in plan.owner_shares if each.region == region),
    )


def _own(rows: Iterable[Row], region: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.key.region == region)


def _with_sums(rows: Iterable[Summed], region: str) -> tuple[Summed, ...]:
    """The region's rows, and each once more as the sum that it is of this plan."""
    own: list[Summed] = [row for row in rows if row.key.region == region]
    sums: list[Summed] = [
        replace(row, key=SeriesKey(WHOLE_NATION, row.key.need_group)) for row in own
    ]
    return tuple(own + sums)


def _single(values: Mapping[SeriesKey, Value], region: str) -> dict[SeriesKey, Value]:
    return {key: value for key, value in values.items() if key.region == region}


def _summed(values: Mapping[SeriesKey, Value], region: str) -> dict[SeriesKey, Value]:
    own = _single(values, region)
    return {**own, **{SeriesKey(WHOLE_NATION, k.need_group): v for k, v in own.items()}}


def _concerns(found: Finding, region: str, covered: Iterable[str]) -> bool:
    """Whether a finding is about this region, or about none in particular."""
    where = (found.series or "").partition("/")[0]
    return where == region or where not in covered
