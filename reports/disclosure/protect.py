"""A plan as others may see it: everything that observed children show through is taken out here.

Protected are observed counts, and what today's children show through: places wanted per day, use,
cost and risk. Recommended places, prices and model parameters are not (contract 5), nor are
forecasts: they rest on all regions and years.
The document is built from the protected plan, so no sentence, figure or file can say more.
"""

from dataclasses import replace

from forecasting.errors import UsageError
from planning.plan import Plan, Protection
from reports.disclosure.months import protected_months
from reports.disclosure.rules import Rules
from reports.disclosure.texts import assumption, basis, findings
from reports.disclosure.today import hidden_today, todays_sums
from reports.disclosure.untold import without


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
    hidden = hidden_today(plan, rules)
    # A rounded mean tells itself on the day on which it passes from one multiple to the next, for
    # it moves smoothly from today's children: where counts are rounded no days are told.
    rounded = rules.rounded_to > 1
    days = frozenset(b.key for b in plan.occupancy if rounded or b.key in hidden)
    told = without(plan, hidden, days=days, today=todays_sums(plan, hidden, rules))
    return replace(
        told,
        history=months.panel,
        same_as_last_year=months.last_year,
        assumptions=tuple(assumption(a, threshold=rules.threshold) for a in told.assumptions),
        findings=findings(plan.findings, hidden),
        basis=basis(plan.basis),
        # How an earlier plan fared is told in observed counts; why places changed is not.
        earlier=None if plan.earlier is None else replace(plan.earlier, fared=()),
        protection=Protection(
            rules.profile.value,
            rules.threshold,
            rules.rounded_to,
            months.hidden,
            months.hidden_years,
            days,
            hidden,
        ),
    )


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
