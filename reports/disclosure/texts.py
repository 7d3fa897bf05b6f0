"""Numbers of children inside texts: assumptions, findings, and the basis."""

from collections.abc import Iterable
from dataclasses import replace

from forecasting.basis import Basis
from forecasting.errors import UsageError
from forecasting.findings import Finding, warning
from forecasting.panel import SeriesKey
from planning.assumptions import ROOT_OF_STAYS
from planning.plan import Assumption
from reports.disclosure.rules import ROWS
from reports.document import HIDDEN

# The value of an assumption that is a number of observed children.
STAYS = "stays"
# Findings that tell places, kroner, levels and days of the plan, and no number of children.
OF_THE_PLAN = frozenset(
    {
        "part_of_year",
        "agreement_ends",
        "register_price_not_used",
        "over_budget",
        "over_budget_own_levels",
        "over_budget_at_any_level",
        "level_out_of_reach",
        "limit_binds_most",
        "limit_binds_least",
        "owner_share_out_of_reach_least",
        "owner_share_out_of_reach_most",
    }
)

OVER_BUDGET = frozenset({"over_budget", "over_budget_own_levels", "over_budget_at_any_level"})
# What must be said before any number, in words without numbers.
SAID = {"thin_data": "thin_data_told", "no_referrals_lately": "no_referrals_lately_told"}
KEPT_INSIDE = "kept_inside"


def assumption(row: Assumption, *, threshold: int) -> Assumption:
    """An assumption that tells no small count, nor one that a later export could be held to.

    The number of stays behind an estimate grows from month to month by those that ended, so it
    is told as a bound with one digit. What is computed from it alone is hidden, and so is the
    mean of a few. Raises UsageError where a plan does not say which numbers count children.
    """
    if row.values is None:
        raise UsageError(
            "this plan was made before plans said which of their numbers count children.",
            fix="Make the plan again, or use --profile internal.",
        )
    stays = row.values.get(STAYS)
    if not isinstance(stays, int):
        return row
    few = stays < threshold
    said = f"0\u2013{threshold - 1}" if few else f"\u2265\u00a0{one_digit(stays)}"
    return replace(
        row,
        value=HIDDEN.value if few or row.source == ROOT_OF_STAYS else row.value,
        values={**row.values, STAYS: said},
    )


def one_digit(number: int) -> int:
    """The number rounded down to its first digit."""
    scale = int(10 ** (len(str(number)) - 1))
    return number // scale * scale


def findings(
    found: Iterable[Finding], hidden: frozenset[SeriesKey] = frozenset()
) -> tuple[Finding, ...]:
    """Findings about the plan itself, and how many there are about data, stays and forecasts.

    Those name series, rows and days of few children, and what was not found tells as much; so do
    those on `hidden` series. That the data hardly carry a plan, or a budget the plan, is said all
    the same, without the numbers that follow from children.
    """
    every = tuple(found)
    away = {str(key) for key in hidden}
    kept = [f for f in every if f.wording in OF_THE_PLAN and f.series not in away]
    first = [warning(f.code, wording=SAID[f.wording]) for f in every if f.wording in SAID]
    rest = [f for f in every if f not in kept and f.wording not in SAID]
    models = sum("model" in each.values for each in rest)
    said = [warning(KEPT_INSIDE, findings=len(rest), models=models)] if rest else []
    over = OVER_BUDGET if hidden else frozenset[str]()
    return (*first, *(_without_cost(f) if f.wording in over else f for f in kept), *said)


def _without_cost(found: Finding) -> Finding:
    """That the plan costs more than the budget, which is no number of children."""
    return warning(found.code, wording="over_budget_told", budget=found.values["budget"])


def basis(made: Basis) -> Basis:
    """The basis with whole hundreds of rows, and without the name of the file.

    All rows less those of shown months would be those of hidden months; a name may say whose
    children they are.
    """
    return replace(made, data_rows=made.data_rows // ROWS * ROWS, data_name="")
