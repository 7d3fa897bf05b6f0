"""What the limits of the policy hold back, and what they make impossible; in Norwegian."""

from collections.abc import Iterator, Mapping, Sequence

from forecasting.agency import Agency
from forecasting.findings import Finding, Severity
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.assumptions import FORMS
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
    whose = "målgrupper uten eget nivå" if own else "målgrupper"
    carries = (
        "Ikke noe nivå kan holdes innenfor rammen"
        if level is None
        else f"Det høyeste nivået som rammen bærer i alle regioner og {whose}, er {level:.3f}"
    )
    return (
        Finding(
            Severity.WARNING,
            "over_budget",
            f"Planen koster {total.mean / 1e6:.0f} mill. kr i snitt, men rammen er "
            f"{budget / 1e6:.0f}. {carries}.",
            "Bistandsplikten er den samme: øk rammen, eller vis hva et lavere nivå gjør for barna.",
        ),
    )


def limit_findings(sized: Sequence[Sized], market: Market, agency: Agency) -> tuple[Finding, ...]:
    """Series that cannot reach their level, now or for long, and forms held by a limit."""
    return (
        *_out_of_reach(sized, agency),
        *_ceilings(sized, agency),
        *_at_limits(sized, market),
    )


def _out_of_reach(sized: Sequence[Sized], agency: Agency) -> Iterator[Finding]:
    for part in sized:
        if part.chosen >= part.needed:
            continue
        found = part.steps[part.chosen]
        nearest = part.goal.share(found.offered_share, found.assured_share)
        name = f"{agency.region(part.key.region).label('nb')}, "
        name += agency.need_group(part.key.need_group).label("nb")
        yield Finding(
            Severity.WARNING,
            "level_out_of_reach",
            f"{name}: grensene gir høyst {part.chosen} plasser, men nivået {part.goal.level:g} "
            f"krever {part.needed}. Nærmeste nivå som kan nås, er {nearest:.3f}.",
            "Øk grensene i [policy.limits], eller velg et lavere nivå for målgruppen.",
        )


def _at_limits(sized: Sequence[Sized], market: Market) -> Iterator[Finding]:
    if market.prices is None:
        return
    for form in COMMITTED:
        ends = [end for part in sized if (end := _end(part, form, market))]
        for end, said in (("most", "høyeste"), ("least", "laveste")):
            if n := ends.count(end):
                yield Finding(
                    Severity.WARNING,
                    "limit_binds",
                    f"{FORMS[form].capitalize()} ligger ved det {said} som grensene gir, i {n} av "
                    f"{len(sized)} rader (region og målgruppe).",
                    "Se [policy.limits] og avtalene i registeret.",
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


def _ceilings(sized: Sequence[Sized], agency: Agency) -> Iterator[Finding]:
    """Fed groups that take in fewer children than the first group's level asks for."""
    chosen = {part.key: part.chosen for part in sized}
    for row in (row for part in sized for row in part.exchanges):
        fed = SeriesKey(row.key.region, row.fed_group)
        if row.places is None and row.fed_places == chosen[fed]:
            first, then = (agency.need_group(k.need_group).label("nb") for k in (row.key, fed))
            yield Finding(
                Severity.WARNING,
                "ceiling",
                f"{agency.region(row.key.region).label('nb')}: ingen antall plasser i {first} når "
                f"nivået i lengden. {then} tar imot høyst {row.passed:.3f} barn per dag, men "
                f"{row.asked:.3f} blir klare; taket er {row.ceiling:.3f}.",
                f"Skaff flere plasser i {then}.",
            )
