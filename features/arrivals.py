"""How referrals come: weekdays, batches, and what share of them demands a place."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.asof import known_at
from features.build import needed_by
from features.calendar import public_holidays
from features.referrals import ReferralTable
from features.transfers import TRANSFER_DAYS, next_of, targets_by_child
from forecasting.agency import Agency, NeedGroup
from forecasting.arrivals import ArrivalPattern

WINDOW_MONTHS = 36  # decided referrals of this long back say what share demands a place
DECIDED_DAYS = 90  # younger referrals are not yet decided
MAX_BATCH = 12
# Referrals' worth of belief that every day is like every other.
_PRIOR = 30.0


def arrival_patterns(
    referrals: ReferralTable, *, agency: Agency, as_of: date
) -> dict[str, ArrivalPattern]:
    """The pattern of every need group, from rows of planned regions known on `as_of`.

    A group without rows gets the neutral pattern: all days alike, one child at a time, every
    referral demands a place, none comes out of another group.
    """
    planned = [region.code for region in agency.planned_regions()]
    frame = known_at(referrals, as_of).frame
    groups = [group.code for group in agency.need_groups]
    mine = frame["region"].isin(planned) & frame["need_group"].isin(groups)
    frame = frame.loc[mine].reset_index(drop=True)
    if frame.empty:
        return {code: neutral_pattern(code) for code in groups}
    frame = frame.assign(
        needed_by=needed_by(frame, agency), recent=_decided(frame["received_date"], as_of)
    )
    onward = {group.code: _transfers(frame, group, as_of) for group in agency.need_groups}
    into = {group.feeds: onward[group.code].via for group in agency.need_groups if group.feeds}
    return {
        group.code: _pattern(
            frame.loc[frame["need_group"] == group.code],
            group.code,
            via=into.get(group.code, frozenset()),
            onward_share=onward[group.code].share,
        )
        for group in agency.need_groups
    }


def neutral_pattern(need_group: str) -> ArrivalPattern:
    """The pattern that says nothing: for a need group that has no rows."""
    return ArrivalPattern(need_group, np.ones(7), 1.0, np.ones(1), 1.0, 1.0, 0.0)


def _decided(received: "pd.Series[pd.Timestamp]", as_of: date) -> NDArray[np.bool_]:
    day = pd.Timestamp(as_of)
    newest = day - pd.Timedelta(days=DECIDED_DAYS)
    oldest = day - pd.DateOffset(months=WINDOW_MONTHS)
    return np.asarray((received > oldest) & (received <= newest))


def _pattern(
    rows: pd.DataFrame, need_group: str, *, via: frozenset[str], onward_share: float
) -> ArrivalPattern:
    if rows.empty:
        return neutral_pattern(need_group)
    weekday, holiday = day_weights(rows["received_date"].to_numpy().astype("datetime64[D]"))
    demands = demands_place(rows)
    recent = rows["recent"].to_numpy()
    decided = recent & rows["outcome"].notna().to_numpy()
    came_via = rows["referral_id"].isin(via).to_numpy()
    return ArrivalPattern(
        need_group,
        weekday,
        holiday,
        batch_law(rows),
        demand_share=_share(demands[decided], empty=1.0),
        direct_share=1.0 - _share(came_via[decided & demands], empty=0.0),
        onward_share=onward_share,
    )


def _share(flags: NDArray[np.bool_], *, empty: float) -> float:
    return float(flags.mean()) if len(flags) else empty


def demands_place(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which referrals demand a place: placed, not offered, or withdrawn too late. [row]

    Withdrawn after the day the child should have been met counts; withdrawn on an unknown
    day is taken as early.
    """
    outcome = rows["outcome"]
    late = outcome.eq("withdrawn") & (rows["withdrawn_date"] > rows["needed_by"])
    return np.asarray(outcome.isin(["placed", "not_offered"]) | late, dtype=np.bool_)


def day_weights(received: NDArray[np.datetime64]) -> tuple[NDArray[np.float64], float]:
    """Relative weights of Monday..Sunday (mean 1) and of a public holiday, shrunk to 1.

    Each weight is (seen + k) / (expected + k) with k = 30 referrals, so that a group with
    few rows has nearly equal days.
    """
    days = np.arange(received.min(), received.max() + 1)
    per_day = np.bincount((received - days[0]).astype(np.int64), minlength=len(days))
    free = np.isin(days, public_holidays(days[0].item(), days[-1].item()))
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    usual = ~free
    rate = per_day[usual].mean() if usual.any() else per_day.mean()
    seen = np.bincount(weekday[usual], weights=per_day[usual], minlength=7)
    expected = rate * np.bincount(weekday[usual], minlength=7)
    weights = (seen + _PRIOR) / (expected + _PRIOR)
    holiday = (per_day[free].sum() + _PRIOR) / (rate * free.sum() + _PRIOR)
    return weights / weights.mean(), float(holiday / weights.mean())


def batch_law(rows: pd.DataFrame) -> NDArray[np.float64]:
    """P(an event brings k + 1 children) at k. Together: the same event_id and day, else the
    same region, municipality and day; without either, a referral stands alone.
    """
    place = rows["municipality_no"].where(rows["municipality_no"].notna(), rows["referral_id"])
    event = "m:" + rows["region"].astype(str) + ":" + place.astype(str)
    event = event.mask(rows["event_id"].notna(), "e:" + rows["event_id"].astype(str))
    sizes = rows.groupby([event.rename("event"), "received_date"]).size().to_numpy()
    counts = np.bincount(np.minimum(sizes, MAX_BATCH) - 1).astype(np.float64)
    return np.asarray(counts / counts.sum())


@dataclass(frozen=True)
class _Transfers:
    """Referrals that came out of the feeding group, and the share of its children who did so."""

    via: frozenset[str]
    share: float


def _transfers(frame: pd.DataFrame, group: NeedGroup, as_of: date) -> _Transfers:
    """Children who went on from this group to the one that it feeds."""
    if group.feeds is None or frame["child_pseudonym"].isna().all():
        return _Transfers(frozenset(), 0.0)
    recent = pd.Timestamp(as_of) - pd.DateOffset(months=WINDOW_MONTHS)
    known = frame["start_date"].notna() & frame["child_pseudonym"].notna()
    stays = frame.loc[(frame["need_group"] == group.code) & known]
    into = frame.loc[frame["need_group"] == group.feeds]
    targets = targets_by_child(into)
    via: set[str] = set()
    left = went = 0
    for child, start, end, ready in zip(
        *(stays[n] for n in ("child_pseudonym", "start_date", "end_date", "ready_date")),
        strict=True,
    ):
        found = next_of(targets.get(child, ()), start, end)
        via.update(found)
        done = end if pd.isna(ready) else ready
        # Who is ready but has not left may still go on: nothing is known of such a child yet.
        settled = found or end <= pd.Timestamp(as_of) - pd.Timedelta(days=TRANSFER_DAYS)
        if not pd.isna(done) and done > recent and settled:
            left, went = left + 1, went + bool(found)
    return _Transfers(frozenset(via), went / left if left else 0.0)
