"""A plan as others may see it: everything that observed children show through is taken out here.

Protected are observed counts and what follows from few children. Recommended places, prices and
model parameters are not (contract 5), nor are forecasts: they rest on all regions and years.
The document is built from the protected plan, so no sentence, figure or file can say more.
"""

from dataclasses import replace

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from planning.plan import Plan, Protection
from reports.disclosure.months import protected_months
from reports.disclosure.occupancy import hidden_occupancy, without
from reports.disclosure.rules import Rules
from reports.disclosure.texts import assumption, basis, finding


def protected(plan: Plan, rules: Rules) -> Plan:
    """The plan as the profile may see it. Raises UsageError for one protected otherwise."""
    if plan.protection is not None:
        return _as_it_was(plan, rules)
    if not rules.protects:
        return plan
    months = protected_months(
        plan.history,
        plan.same_as_last_year,
        threshold=rules.threshold,
        rounded_to=rules.rounded_to,
    )
    hidden = _hidden_days(plan, rules)
    return replace(
        plan,
        history=months.panel,
        same_as_last_year=months.last_year,
        occupancy=tuple(without(b) if b.key in hidden else b for b in plan.occupancy),
        assumptions=tuple(assumption(a, threshold=rules.threshold) for a in plan.assumptions),
        findings=tuple(map(finding, plan.findings)),
        basis=basis(plan.basis),
        # How an earlier plan fared is told in observed counts; why places changed is not.
        earlier=None if plan.earlier is None else replace(plan.earlier, fared=()),
        protection=Protection(
            rules.profile.value,
            rules.threshold,
            rules.rounded_to,
            months.hidden,
            months.hidden_years,
            hidden,
        ),
    )


def _hidden_days(plan: Plan, rules: Rules) -> frozenset[SeriesKey]:
    """Series whose places wanted per day are hidden: all of them where counts are rounded.

    A rounded mean tells itself on the day on which it passes from one multiple to the next, for
    it moves smoothly from today's children; so no rounding of days keeps them.
    """
    if rules.rounded_to > 1:
        return frozenset(band.key for band in plan.occupancy)
    return hidden_occupancy(plan.occupancy, rules.threshold)


def _as_it_was(plan: Plan, rules: Rules) -> Plan:
    done = plan.protection
    assert done is not None
    if (done.profile, done.threshold) != (rules.profile.value, rules.threshold):
        raise UsageError(
            f"this plan is itself an export with profile {done.profile!r} and threshold "
            f"{done.threshold}, and what is hidden in it cannot be got back.",
            fix="Export from the plan that it was made from, or with the same profile.",
        )
    return plan
