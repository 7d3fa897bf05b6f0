"""What the limits of the policy hold back, and what they make impossible."""

from collections.abc import Iterator, Mapping, Sequence

from forecasting.findings import Finding, warning
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.efficient import level_within
from planning.limits import Range
from planning.money import COMMITTED, Market
from planning.plan import Curve, Money
from planning.policy import Policy
from planning.sizing import Sized


def budget_findings(
    curves: Sequence[Curve],
    total: Money | None,
    policy: Policy,
    *,
    own: Mapping[SeriesKey, float],
) -> tuple[Finding, ...]:
    """That the plan costs more than the budget, and the level that the budget would carry.

    Series with a level of their `own` keep it.
    """
    budget = policy.limits.budget_nok
    if budget is None or total is None or total.mean <= budget:
        return ()
    level = level_within(curves, budget, binds=policy.binds, own=own)
    carried = "over_budget_own_levels" if own else "over_budget"
    return (
        warning(
            "over_budget",
            wording="over_budget_at_any_level" if level is None else carried,
            cost=total.mean,
            budget=budget,
            level=0.0 if level is None else level,
        ),
    )


def limit_findings(sized: Sequence[Sized], market: Market) -> tuple[Finding, ...]:
    """Series that cannot reach their level, now or for long, and forms held by a limit."""
    return (
        *_out_of_reach(sized),
        *_ceilings(sized),
        *_at_limits(sized, market),
    )


def _out_of_reach(sized: Sequence[Sized]) -> Iterator[Finding]:
    for part in sized:
        if part.chosen >= part.needed:
            continue
        found = part.steps[part.chosen]
        nearest = part.goal.share(found.offered_share, found.assured_share)
        yield warning(
            "level_out_of_reach",
            series=str(part.key),
            most=part.chosen,
            level=part.goal.level,
            needed=part.needed,
            nearest=float(nearest),
        )


def _at_limits(sized: Sequence[Sized], market: Market) -> Iterator[Finding]:
    if market.prices is None:
        return
    for form in COMMITTED:
        ends = [end for part in sized if (end := _end(part, form, market))]
        for end in ("most", "least"):
            if n := ends.count(end):
                yield warning(
                    "limit_binds",
                    wording=f"limit_binds_{end}",
                    form=form.value,
                    rows=n,
                    all=len(sized),
                )


def _end(part: Sized, form: Form, market: Market) -> str:
    """Which limit of the form holds in this series: without it there would be others."""
    use_days = part.outcome.use.mean(axis=0)
    mix, within = market.mix(use_days, part.key), market.ranges(part.key).get(form)
    if mix is None or within is None or not (end := within.binds(mix.contracts[form])):
        return ""
    free = Range(within.least) if end == "most" else Range(most=within.most)
    other = market.mix(use_days, part.key, instead={form: free})
    return end if other is None or other.contracts[form] != mix.contracts[form] else ""


def _ceilings(sized: Sequence[Sized]) -> Iterator[Finding]:
    """Fed groups that take in fewer children than the first group's level asks for."""
    chosen = {part.key: part.chosen for part in sized}
    for row in (row for part in sized for row in part.exchanges):
        fed = SeriesKey(row.key.region, row.fed_group)
        if row.places is None and row.fed_places == chosen[fed]:
            yield warning(
                "ceiling",
                series=str(row.key),
                region=row.key.region,
                first=row.key.need_group,
                fed=row.fed_group,
                passed=row.passed,
                asked=row.asked,
                ceiling=row.ceiling,
            )
