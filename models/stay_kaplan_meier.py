"""Kaplan-Meier on the night grid: open stays count, late entry counts, recent years count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError
from forecasting.stays import Lent, StayLaw, StayTable
from models.stay_drift import drift

_MONTH_DAYS = 30.4375
_NEGLIGIBLE = 1e-6
_MOST_NIGHTS = 7305  # twenty years: beyond it nobody is a child


@dataclass(frozen=True)
class KaplanMeier:
    """Survival of stays per need group, from the risk time of the last months only.

    `window_months` is the period view: nights and ends before it say nothing, so the law
    follows drift without the bias of looking at completed stays. Under `least_ended` ended
    stays in the window, the whole past is used; under it again, all groups together.
    From `least_at_risk` residents on, the tail goes on with a constant (geometric) hazard.
    """

    name: str = "kaplan_meier"
    window_months: int = 36
    least_ended: int = 20
    least_at_risk: int = 10

    def fit(self, stays: StayTable) -> Mapping[str, StayLaw]:
        """One law per need group of the table. Raises InputError where no stay has ended."""
        groups = np.array([key.need_group for key in stays.series], dtype=object)
        own = {
            group: np.isin(stays.code, np.flatnonzero(groups == group))
            for group in sorted(set(groups))
        }
        recent = self._recent(stays)
        return {
            group: self._law(group, stays=stays, recent=recent, mine=mine)
            for group, mine in own.items()
        }

    def _recent(self, stays: StayTable) -> StayTable:
        """Only risk time within the window: earlier nights count as delayed entry."""
        opens = np.datetime64(stays.as_of) - int(self.window_months * _MONTH_DAYS)
        lived = (opens - stays.started.astype("datetime64[D]")).astype(np.int64)
        entry = np.maximum(stays.entry, lived)
        return _pick(
            replace(stays, entry=np.minimum(entry, stays.nights - 1)), entry < stays.nights
        )

    def _law(
        self, group: str, *, stays: StayTable, recent: StayTable, mine: NDArray[np.bool_]
    ) -> StayLaw:
        codes = np.unique(stays.code[mine])
        own_recent = _pick(recent, np.isin(recent.code, codes))
        own_all = _pick(stays, mine)
        tables = {Lent.OWN: own_recent, Lent.ALL_YEARS: own_all, Lent.ALL_GROUPS: stays}
        for lent, table in tables.items():
            if table.ended.sum() >= self.least_ended:
                return self._fitted(group, table=table, past=own_all, lent=lent)
        if not stays.ended.any():
            raise InputError(
                f"need group {group!r}: no stay in the whole extract has ended, so nobody can "
                "say how long stays last.",
                fix="Check that end_date is mapped, or give an extract over more years.",
            )
        return self._fitted(group, table=stays, past=own_all, lent=lent)

    def _fitted(self, group: str, *, table: StayTable, past: StayTable, lent: Lent) -> StayLaw:
        curve = survival(table, least_at_risk=self.least_at_risk)
        change = drift(past)
        borrowed = len({table.series[code].need_group for code in np.unique(table.code)}) > 1
        return StayLaw(
            need_group=group,
            survival=curve,
            by_region={} if borrowed else _by_region(table, curve),
            stays=int(table.ended.sum()),
            lent=lent,
            asked=self.least_ended,
            drift=change.slope,
            drift_error=change.error,
            centre_years=_years_back(table),
        )


@dataclass(frozen=True)
class ProductLimit:
    """The plain product-limit estimate: nights on which stays ended, and how many could have.

    `survival[i]` = P(stay > `nights[i]`), a step function between them.
    """

    nights: NDArray[np.int64]
    at_risk: NDArray[np.float64]
    ended: NDArray[np.float64]
    survival: NDArray[np.float64]

    def after(self, nights: float) -> float:
        """P(stay > so many nights); after the last known end the curve goes on level."""
        at = int(np.searchsorted(self.nights, nights, side="right"))
        return float(self.survival[at - 1]) if at else 1.0

    def restricted_mean(self, nights: int) -> float:
        """Mean nights among the first so many: the area under the curve."""
        steps = np.append(self.nights[self.nights < nights], nights)
        heights = np.append(1.0, self.survival[: len(steps) - 1])
        return float(np.diff(steps, prepend=0) @ heights)


def product_limit(stays: StayTable) -> ProductLimit:
    """Kaplan & Meier 1958 with open stays and delayed entry (statsmodels' SurvfuncRight).

    A stay is at risk on night d if entry < d <= nights.
    """
    from statsmodels.duration.survfunc import SurvfuncRight  # slow to import

    found = SurvfuncRight(stays.nights, stays.ended.astype(np.int64), entry=stays.entry)
    return ProductLimit(
        nights=np.asarray(found.surv_times, dtype=np.int64),
        at_risk=np.asarray(found.n_risk, dtype=np.float64),
        ended=np.asarray(found.n_events, dtype=np.float64),
        survival=np.asarray(found.surv_prob, dtype=np.float64),
    )


def survival(stays: StayTable, *, least_at_risk: int = 10) -> NDArray[np.float64]:
    """P(stay > k nights) for k = 0, 1, ..., from 1 down to 0. [night]

    Product-limit estimate with delayed entry (statsmodels' SurvfuncRight); from the night on
    where fewer than `least_at_risk` stays are at risk, the constant hazard of the long stays.
    """
    found = product_limit(stays)
    nights, at_risk = found.nights, found.at_risk
    hazard = found.ended / at_risk
    enough = at_risk >= least_at_risk
    # With late entry the first nights too can have few at risk: no single stay may end all.
    usual = stays.ended.sum() / (stays.nights - stays.entry).sum()
    by_night = np.zeros(int(nights[enough].max(initial=0)) + 1)
    kept = nights < len(by_night)
    by_night[nights[kept]] = np.where(enough, hazard, usual)[kept]
    curve = np.asarray(np.cumprod(1 - by_night), dtype=np.float64)
    return _closed(curve, hazard=_tail_hazard(stays))


def _years_back(stays: StayTable) -> float:
    """How long before the data date the nights at risk were, in the mean."""
    lived = (np.datetime64(stays.as_of) - stays.started.astype("datetime64[D]")).astype(np.int64)
    nights = stays.nights - stays.entry
    back = lived - (stays.entry + stays.nights) / 2
    return float(np.maximum(back, 0) @ nights / nights.sum() / 365)


def _tail_hazard(stays: StayTable) -> float:
    """Ends per night at risk among the longer half of stays."""
    start = int(np.median(stays.nights[stays.ended]))
    at_risk = np.maximum(stays.nights - np.maximum(stays.entry, start), 0).sum()
    ends = (stays.ended & (stays.nights > start)).sum()
    if ends == 0:  # all ended stays are equally long: as likely to end as any night
        ends, at_risk = stays.ended.sum(), (stays.nights - stays.entry).sum()
    return float(ends / at_risk)


def _closed(curve: NDArray[np.float64], *, hazard: float) -> NDArray[np.float64]:
    """The curve continued with a constant hazard until hardly anybody is left, then 0.

    After twenty years it ends in any case.
    """
    left = curve[-1]
    if left <= _NEGLIGIBLE:
        return np.append(curve[curve > _NEGLIGIBLE], 0.0)
    need = np.log(_NEGLIGIBLE / left) / np.log1p(-hazard) if hazard < 1 else 0
    more = int(min(np.ceil(need), max(_MOST_NIGHTS - len(curve), 1)))
    tail = left * (1 - hazard) ** np.arange(1, more + 1)
    return np.concatenate([curve, tail[:-1], [0.0]])


def _by_region(stays: StayTable, curve: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Regional curves: the national hazard times a factor shrunk to 1.

    The factor is ends / ends expected under the national law, with a gamma prior whose
    variance is what the regions differ by beyond chance; none where they do not.
    """
    came: dict[str, float] = {}
    expected: dict[str, float] = {}
    cumulative = -np.log(np.maximum(curve, _NEGLIGIBLE / 10))
    for code in np.unique(stays.code):
        region = stays.series[code].region
        rows = stays.code == code
        top = len(curve) - 1
        risk = cumulative[np.minimum(stays.nights[rows], top)]
        risk = risk - cumulative[np.minimum(stays.entry[rows], top)]
        came[region] = came.get(region, 0.0) + float(stays.ended[rows].sum())
        expected[region] = expected.get(region, 0.0) + float(risk.sum())
    ends, law = np.array(list(came.values())), np.array(list(expected.values()))
    variance = float(np.sum((ends - law) ** 2 - law) / np.sum(law**2))
    if len(came) < 2 or variance <= 1e-6:
        return {}
    factors = (ends + 1 / variance) / (law + 1 / variance)
    tail = _tail_hazard(stays)
    return {
        region: _power(curve, float(factor), tail=tail)
        for region, factor in zip(came, factors, strict=True)
    }


def _power(curve: NDArray[np.float64], factor: float, *, tail: float) -> NDArray[np.float64]:
    """The curve with every night's hazard times `factor`: S ** factor, closed at 0."""
    return _closed(curve[:-1] ** factor, hazard=1 - (1 - tail) ** factor)


def _pick(stays: StayTable, rows: NDArray[np.bool_]) -> StayTable:
    return replace(
        stays,
        code=stays.code[rows],
        started=stays.started[rows],
        entry=stays.entry[rows],
        nights=stays.nights[rows],
        ended=stays.ended[rows],
    )
