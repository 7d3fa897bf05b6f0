"""Counts, stays and today's residents from referrals, as known on a day."""

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.asof import first_period, known_at, last_period
from features.calendar import calendar_columns
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.errors import InputError
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.stays import Residents, StayTable

# A child referred longer ago than this and still undecided is not waiting for a place.
QUEUE_DAYS = 90


def planned_series(agency: Agency) -> tuple[SeriesKey, ...]:
    """Every planned region with every need group, also those without rows."""
    return tuple(
        SeriesKey(region.code, group.code)
        for region in agency.planned_regions()
        for group in agency.need_groups
    )


def planned_rows(
    referrals: ReferralTable, agency: Agency
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Rows of planned series, and the place of each row's series among them. [row]"""
    place = {(k.region, k.need_group): i for i, k in enumerate(planned_series(agency))}
    frame = referrals.frame
    pairs = zip(frame["region"], frame["need_group"], strict=True)
    code = np.fromiter((place.get(pair, -1) for pair in pairs), np.int64, len(frame))
    return frame.loc[code >= 0].reset_index(drop=True), code[code >= 0]


def referral_panel(
    referrals: ReferralTable, *, agency: Agency, as_of: date, freq: Frequency
) -> CountPanel:
    """Referrals received per planned region, need group and period, as known on `as_of`.

    Every referral counts, whatever became of it. The periods run from the first to the last
    that the file covers in full; one without a row counts 0, but a period that is silent in
    every series is missing. Raises InputError where the file covers no whole period.
    """
    known = known_at(referrals, as_of)
    first, last = first_period(known, freq), last_period(known, as_of, freq=freq)
    if last < first:
        raise InputError(
            f"uttrekket dekker ingen hel periode ({freq.value}) fram til {as_of}.",
            fix="Bruk et lengre uttrekk eller en senere --as-of.",
        )
    periods = _periods(first, last, freq)
    frame, code = planned_rows(known, agency)
    series = planned_series(agency)
    received = freq.start(frame["received_date"].to_numpy().astype("datetime64[D]"))
    step = np.searchsorted(periods, received)
    inside = (received >= periods[0]) & (received <= periods[-1])
    counts = np.zeros((len(series), len(periods)))
    np.add.at(counts, (code[inside], step[inside]), 1)
    return CountPanel(
        quantity=Quantity.REFERRALS,
        freq=freq,
        as_of=as_of,
        series=series,
        periods=periods,
        counts=counts,
        observed=np.ones(counts.shape, dtype=np.bool_) & ~silent_periods(counts),
        known=calendar_columns(periods, freq, series=len(series)),
    )


def silent_periods(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Periods without a single row where many were to be expected: missing, not zero. [period]

    `counts` is [series, period]. A period is silent if all series together have none although
    half of all periods have five or more.
    """
    total = counts.sum(axis=0)
    return np.asarray((total == 0) & (np.median(total) >= 5))


def _periods(first: date, last: date, freq: Frequency) -> NDArray[np.datetime64]:
    steps = (last - first).days + 1
    ahead = freq.after(first, steps)
    start = np.atleast_1d(freq.start(first))
    return np.concatenate([start, ahead[ahead <= np.datetime64(last)]]).astype("datetime64[D]")


def stay_table(referrals: ReferralTable, *, agency: Agency, as_of: date) -> StayTable:
    """Stays until ready, as known on `as_of`, in planned regions.

    A stay ends on `ready_date`, else on `end_date`: waiting for the next place is no part of
    the stay itself. One that ends the day it starts lasts one night; one still open is
    right-censored at `as_of`; one that began before the first month of the file comes under
    watch with the nights it had then (delayed entry). Stays without a whole night under
    watch say nothing and are left out.
    """
    known = known_at(referrals, as_of)
    frame, code = planned_rows(known, agency)
    start, end = days_of(frame, "start_date"), stay_end(frame)
    ended = ~np.isnat(end)
    until = np.where(ended, end, np.datetime64(as_of))
    nights = _nights(start, until)
    nights = np.where(ended, np.maximum(nights, 1), nights)
    entry = np.maximum(_nights(start, np.full_like(start, _watch_begins(known, as_of))), 0)
    use = ~np.isnat(start) & (nights > entry)
    return StayTable(
        as_of,
        planned_series(agency),
        code[use],
        start[use],
        entry[use],
        nights[use],
        ended[use],
    )


def stay_end(frame: pd.DataFrame) -> NDArray[np.datetime64]:
    """The day each child was ready to leave, else left; NaT where neither is known. [row]"""
    ready, left = days_of(frame, "ready_date"), days_of(frame, "end_date")
    return np.where(np.isnat(ready) | (ready > left), left, ready)


def days_of(frame: pd.DataFrame, name: str) -> NDArray[np.datetime64]:
    """A column of dates. [row]"""
    return np.asarray(frame[name].to_numpy().astype("datetime64[D]"))


def _nights(start: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Whole nights between two days; 0 where one is not known. [row]"""
    nights = (end - start).astype(np.int64)
    return np.where(np.isnat(start) | np.isnat(end), 0, nights)


def _watch_begins(referrals: ReferralTable, as_of: date) -> np.datetime64:
    first = referrals.frame["received_date"].min()
    day = as_of if pd.isna(first) else first.date()
    return np.datetime64(day.replace(day=1))


def residents(referrals: ReferralTable, *, agency: Agency, as_of: date) -> Residents:
    """Children in a place at the end of `as_of`, and those who wait for one, per series.

    In a place: started by `as_of` and not ended. Waiting: ready by `as_of`, in a need group
    that feeds another. In the queue: referred within the last 90 days and neither placed,
    withdrawn nor turned down; counted in days left until the day the child must be met
    (`needed_by_date`, else received_date + within_days).
    """
    frame, code = planned_rows(known_at(referrals, as_of), agency)
    day = np.datetime64(as_of)
    start = days_of(frame, "start_date")
    present = ~np.isnat(start) & np.isnat(days_of(frame, "end_date"))
    nights = _nights(start, np.full_like(start, day))
    ready = ~np.isnat(days_of(frame, "ready_date"))
    received = days_of(frame, "received_date")
    undecided = frame["outcome"].isna().to_numpy() & np.isnat(start)
    queued = undecided & np.isnat(days_of(frame, "withdrawn_date"))
    queued &= received > day - np.timedelta64(QUEUE_DAYS, "D")
    left = (needed_by(frame, agency) - day).astype(np.int64)
    keys = planned_series(agency)
    feeds = [agency.need_group(key.need_group).feeds is not None for key in keys]
    return Residents(
        as_of,
        nights={key: nights[present & (code == i)] for i, key in enumerate(keys)},
        waiting={key: ready[present & (code == i)] & feeds[i] for i, key in enumerate(keys)},
        queue={key: left[queued & (code == i)] for i, key in enumerate(keys)},
    )


def needed_by(frame: pd.DataFrame, agency: Agency) -> NDArray[np.datetime64]:
    """The day by which each child must be met: needed_by_date, else as the group says. [row]"""
    within = {group.code: group.within_days for group in agency.need_groups}
    days = frame["need_group"].map(within).to_numpy(dtype=np.int64).astype("timedelta64[D]")
    asked = days_of(frame, "needed_by_date")
    return np.where(np.isnat(asked), days_of(frame, "received_date") + days, asked)
