"""Every assumed or estimated value behind a plan, with where it comes from."""

from collections.abc import Iterator
from math import exp, sqrt

from forecasting.agency import Agency, NeedGroup
from forecasting.findings import Value
from forecasting.places import Form
from forecasting.stays import StayLaw
from planning.evidence import Evidence
from planning.limits import FormLimit
from planning.plan import Assumption, CostBound, Plan
from planning.policy import Policy, Prices

# Where a value comes from, by its key in the tables of words.
CHOSEN, CONFIGURED, ESTIMATED = "chosen", "configured", "estimated"
INDEXED = "price_index"
# Those that somebody decided.
DECIDED = (CHOSEN, CONFIGURED, INDEXED)
# The source of a value that says no more than how many stays there are.
ROOT_OF_STAYS = "root_of_stays"


def assumptions(
    evidence: Evidence, policy: Policy, prices: Prices | None, *, agency: Agency
) -> tuple[Assumption, ...]:
    """All assumptions, in the order a reader asks for them."""
    return (
        *_policy(policy),
        *_groups(evidence, agency),
        *(_prices(prices) if prices else ()),
    )


def changed(before: Plan, now: Plan) -> tuple[tuple[Assumption | None, Assumption | None], ...]:
    """What people decide (not what is estimated) and is not the same in two plans: before, now.

    None where only one of them has it. Plans that were stored before assumptions said what they
    are of tell nothing.
    """
    one, two = _decided(before), _decided(now)
    keys = dict.fromkeys((*two, *one))
    return tuple((one.get(k), two.get(k)) for k in keys if one.get(k) != two.get(k))


def _decided(plan: Plan) -> dict[tuple[Value | None, ...], Assumption]:
    """By name and by the need group, form or owner that it is of."""
    return {
        (row.name, *(row.values.get(of) for of in ("group", "form", "owner"))): row
        for row in plan.assumptions
        if row.values is not None and row.source in DECIDED
    }


def _row(name: str, value: str, unit: str, *, source: str, **values: Value) -> Assumption:
    return Assumption(name, value, unit, source, values)


def _policy(policy: Policy) -> Iterator[Assumption]:
    yield _row("level", f"{policy.level:g}", "share", source=CHOSEN)
    yield _row("assurance", f"{policy.assurance:g}", "share_of_years", source=CHOSEN)
    yield _row("binds", policy.binds.value, "", source=CHOSEN)
    yield _row("discipline", policy.discipline.value, "", source=CHOSEN)
    yield _row("spot_found", f"{policy.spot_found:g}", "share", source=CHOSEN)
    if policy.latent_share:
        yield _row("latent_share", f"{policy.latent_share:g}", "share", source=CHOSEN)
    limits = policy.limits
    yield _row("framework_growth", f"{limits.framework_growth:g}", "share_a_year", source=CHOSEN)
    yield _row(
        "framework_new_places", str(limits.framework_new_places), "places_each", source=CHOSEN
    )
    for form, limit in limits.by_form.items():
        yield _row("form_limit", "form_limit", "", source=CHOSEN, form=form.value, **_limit(limit))
    for owner, own in limits.by_owner.items():
        for name, least, most in (
            ("owner_in_nation", own.least, own.most),
            ("owner_in_regions", own.region_least, own.region_most),
        ):
            if (least, most) != (0, 1):
                share = f"{least:g}-{most:g}"
                yield _row(name, share, "share_of_committed", source=CHOSEN, owner=owner.value)


def bound_assumption(bound: CostBound) -> Assumption:
    """How much less any choice of forms could cost at most, so that nobody trusts the optimiser."""
    return _row("cost_bound", f"{100 * bound.gap:.2f}", "percent", source="linear_programme")


def _limit(limit: FormLimit) -> dict[str, Value]:
    """How far a form can move: only what is limited."""
    given = {
        "fewer": limit.fewer,
        "more": limit.more,
        "new_places": limit.new_places,
        "house": limit.house if limit.house > 1 else None,
        "lead_days": limit.lead_days or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _groups(evidence: Evidence, agency: Agency) -> Iterator[Assumption]:
    for group in agency.need_groups:
        law, pattern = evidence.laws[group.code], evidence.patterns[group.code]
        name = group.code
        yield _row("within_days", str(group.within_days), "days", source=CONFIGURED, group=name)
        if group.level is not None:
            yield _row("own_level", f"{group.level:g}", "share", source=CONFIGURED, group=name)
        yield _stay(law)
        yield from _uncertain_stays(law)
        yield from _houses_and_places(group)
        share = f"{pattern.demand_share:.3f}"
        yield _row("demand_share", share, "share", source=ESTIMATED, group=name)
        if group.feeds:
            onward = f"{pattern.onward_share:.3f}"
            yield _row(
                "onward_share", onward, "share", source=ESTIMATED, group=name, to=group.feeds
            )
        if group.max_nights is not None:
            yield _row("max_nights", str(group.max_nights), "nights", source=CONFIGURED, group=name)


def _stay(law: StayLaw) -> Assumption:
    return _row(
        "stay",
        f"{law.survival.sum():.1f}",
        "nights",
        source=f"stays_{law.lent}",
        group=law.need_group,
        stays=law.stays,
        asked=law.asked,
    )


def _uncertain_stays(law: StayLaw) -> Iterator[Assumption]:
    if law.stays == 0:
        return
    yield _row(
        "stay_error",
        f"{100 / sqrt(law.stays):.1f}",
        "percent_error",
        source=ROOT_OF_STAYS,
        group=law.need_group,
        stays=law.stays,
    )
    if law.drift:
        yield _row(
            "stay_drift",
            f"{100 * (exp(law.drift) - 1):+.1f}",
            "percent_a_year",
            source="regression",
            group=law.need_group,
            error=100 * law.drift_error,
        )


def _houses_and_places(group: NeedGroup) -> Iterator[Assumption]:
    if len(group.takes_places) > 1:
        shares = ", ".join(f"{n}: {share:g}" for n, share in enumerate(group.takes_places, 1))
        yield _row("takes_places", shares, "share", source=CONFIGURED, group=group.code)
    if group.closings_a_year:
        yield _row(
            "closings",
            f"{group.closings_a_year:g}",
            "closings_a_year",
            source=CONFIGURED,
            group=group.code,
            days=group.closed_days,
        )


def _prices(prices: Prices) -> Iterator[Assumption]:
    yield _row(
        "price_year",
        str(prices.plan_year),
        "year",
        source=INDEXED,
        price_year=str(prices.price_year),
        index=prices.index,
    )
    for form in Form:
        if form not in prices.by_form:
            continue
        price, name = prices.of(form), form.value
        yield _row("price_ready", f"{price.ready:.0f}", "nok_a_day", source=CONFIGURED, form=name)
        yield _row(
            "price_used", f"{price.used:.0f}", "nok_a_day_used", source=CONFIGURED, form=name
        )
        if price.availability < 1:
            share = f"{price.availability:g}"
            yield _row("price_availability", share, "share", source=CONFIGURED, form=name)
