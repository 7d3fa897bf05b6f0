"""The proof: what an attacker can work out of finished exports, alone or held together.

It reads protected plans only, never the counts behind them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from forecasting.errors import ComputationError
from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan, Protection
from reports.disclosure.linear import Label, Narrow, Seen, Sums, narrowed, together
from reports.disclosure.months import sums_of
from reports.disclosure.revised import corrected, one_account
from reports.document import missing

MOST_NAMED = 3
NOT_BOTH = "Nothing was written. Readers who have the --earlier ones cannot have this one too."

# Lowest and highest value.
Range = tuple[float, float]


def narrowed_cells(plans: Sequence[Plan]) -> tuple[Narrow, ...]:
    """Hidden cells that someone with all of these exports can place within less than the threshold.

    The lowest threshold among the exports counts. None is hidden in a plan without protection.
    """
    protected = [(plan, plan.protection) for plan in plans if plan.protection is not None]
    exports = [tuple(_seen(plan, done)) for plan, done in protected]
    if not any(exports):
        return ()
    width = float(min(done.threshold for _, done in protected))
    # Of children in places today the export is proved when it is made (today.py); what is left
    # to see in it is whether a sum that is told leaves one of its parts alone.
    found = (
        *corrected(exports, width),
        *(n for plan, done in protected for n in _alone(plan, done)),
    )
    if found:
        return found
    known = together([part for seen in one_account(exports) for part in seen])
    return tuple(narrowed(known, width))


def require_protected(plans: Sequence[Plan]) -> None:
    """Raises ComputationError, naming the cells, where hidden counts can be worked out."""
    _require_one_plan(plans)
    try:
        found = narrowed_cells(plans)
    except ValueError as error:
        raise ComputationError(
            f"what these exports show cannot all be true: {error}", fix=NOT_BOTH
        ) from error
    if found:
        named = ", ".join(
            f"{_named(cell.label)} ({cell.low:g} to {cell.high:g})" for cell in found[:MOST_NAMED]
        )
        raise ComputationError(
            f"{len(found)} hidden counts could be worked out from what is shown: {named}.",
            fix=NOT_BOTH if len(plans) > 1 else "Nothing was written. Report this.",
        )


def _named(label: Label) -> str:
    """A cell in words: whose count, and of when."""
    if isinstance(label, tuple) and isinstance(label[0], date):
        return f"{label[1]} in {label[0]:%Y-%m}"
    return str(label)


def _alone(plan: Plan, done: Protection) -> Iterator[Narrow]:
    """Hidden series or sums that are the only hidden part of a sum that is told."""
    for total, parts in sums_of(plan.series()).lines:
        hidden = [part for part in parts if part in done.today]
        if total not in done.today and len(hidden) == 1:
            yield Narrow(f"{hidden[0]} today", 0.0, 0.0)


def _require_one_plan(plans: Sequence[Plan]) -> None:
    """Of the same day's children another plan's costs are other sums, with other weights."""
    known: dict[date, Plan] = {}
    for plan in plans:
        if plan.protection is None or not plan.protection.today:
            continue
        first = known.setdefault(plan.basis.as_of, plan)
        if _weighing(plan) != _weighing(first):
            raise ComputationError(
                f"two plans of {plan.basis.as_of}, of other years, data, settings, prices or "
                "thresholds, weigh the same hidden children differently: together their sums "
                "could tell them.",
                fix=NOT_BOTH,
            )


def _seen(plan: Plan, done: Protection) -> Iterator[Seen]:
    """All tables of observed children in one export."""
    yield from (_month(plan.history, done, at) for at in range(len(plan.history.periods)))
    yield from (
        _year(plan, done, key) for key, n in plan.same_as_last_year.items() if not missing(n)
    )


def _month(panel: CountPanel, done: Protection, at: int) -> Seen:
    """The table of one month, as published."""
    day: date = panel.periods[at].astype("datetime64[D]").item()
    cells = {
        (day, key): _hidden() if day in done.months.get(key, ()) else _shown(count, done)
        for key, count, seen in zip(
            panel.series, panel.counts[:, at], panel.observed[:, at], strict=True
        )
        if seen or day in done.months.get(key, ())
    }
    single = [key for key in panel.series if WHOLE_NATION not in (key.region, key.need_group)]
    of = sums_of(single)
    lines = tuple(((day, t), tuple((day, part) for part in parts)) for t, parts in of.lines)
    return _table(cells, Sums(tuple(cells), lines))


def _year(plan: Plan, done: Protection, key: SeriesKey) -> Seen:
    """A sum over the last year, with its months."""
    panel = plan.history
    months = [(day, key) for day in panel.periods[-12:].astype("datetime64[D]").tolist()]
    year = (months[-1], "year")
    cells = dict.fromkeys(months, _hidden()) | {year: _shown(plan.same_as_last_year[key], done)}
    return _table(cells, Sums((*months, year), ((year, tuple(months)),)))


def _weighing(plan: Plan) -> tuple[object, ...]:
    """All that decides how the children of a day show in a plan, and which of them are hidden."""
    assert plan.protection is not None
    return plan.year, plan.begins, plan.basis, plan.protection.threshold


def _hidden() -> Range:
    """What is known of a hidden number by itself."""
    return (0.0, np.inf)


def _shown(value: float, done: Protection) -> Range:
    """A shown number; a rounded one stands for a range, a zero for itself."""
    below = done.rounded_to // 2 if value else 0
    return (value - below, value + below)


def _table(cells: Mapping[Label, Range], sums: Sums[Label]) -> Seen:
    low, high = np.array(list(cells.values()), dtype=np.float64).reshape(-1, 2).T
    return Seen(tuple(cells), low, high, np.isinf(high), sums.among(cells).matrix)
