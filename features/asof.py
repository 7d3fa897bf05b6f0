"""What was known on a day: later rows are gone, later dates and what they imply are blank."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.referrals import ReferralTable
from forecasting.errors import InputError
from forecasting.panel import Frequency

# Dates of things that happened; `needed_by_date` is a wish and known from the start.
EVENTS = ("offered_date", "start_date", "ready_date", "end_date", "withdrawn_date")
# Fewer referrals than this expected in a gap: the gap is a quiet time, not missing data
# (P(none | 3 expected) = 5 %).
_QUIET = 3.0


def known_at(referrals: ReferralTable, as_of: date) -> ReferralTable:
    """The referrals as they were known at the end of `as_of`.

    An outcome is blanked with the date it rests on: placed with start_date (then also where
    and how the child was placed), withdrawn with withdrawn_date. An outcome without a date
    of its own (not offered, withdrawn on an unknown day) cannot be dated and is kept.
    """
    day = pd.Timestamp(as_of)
    frame = referrals.frame
    frame = frame.loc[frame["received_date"] <= day].reset_index(drop=True)
    later = {name: frame[name] > day for name in EVENTS}
    dates = {name: frame[name].mask(late) for name, late in later.items()}
    undone = (frame["outcome"].eq("placed") & later["start_date"]) | (
        frame["outcome"].eq("withdrawn") & later["withdrawn_date"]
    )
    blanked = {
        "outcome": frame["outcome"].mask(undone, None),
        "provider_type": frame["provider_type"].mask(later["start_date"], None),
        "institution_id": frame["institution_id"].mask(later["start_date"], None),
        "owner": frame["owner"].mask(later["start_date"], None),
        "places_used": frame["places_used"].mask(later["start_date"], 1),
    }
    return ReferralTable(frame.assign(**dates, **blanked))


def data_date(referrals: ReferralTable) -> date:
    """The last day on which something happened. Raises InputError for no referrals."""
    if not len(referrals):
        raise InputError("uttrekket har ingen henvisninger.", fix="Last et uttrekk med rader.")
    last = referrals.frame[["received_date", *EVENTS]].max().max()
    day: date = last.date()
    return day


def first_period(referrals: ReferralTable, freq: Frequency) -> date:
    """First day of the first period that the file covers in full.

    A file that begins within a period begins too late for it, unless the days before its
    first row are so few that no referral was to be expected in them.
    """
    if not len(referrals):
        raise InputError("uttrekket har ingen henvisninger.", fix="Last et uttrekk med rader.")
    first: date = referrals.frame["received_date"].min().date()
    start = _day(freq.start(first))
    if is_quiet(referrals, (first - start).days):
        return start
    return _day(freq.after(first, 1)[0])


def last_period(referrals: ReferralTable, as_of: date, *, freq: Frequency) -> date:
    """First day of the last period that is known in full on `as_of`.

    The period of `as_of` itself counts only if `as_of` is its last day. Where the file ends
    before `as_of`, its own last day decides, unless the gap is a quiet time.
    """
    last = min(as_of, data_date(referrals))
    if is_quiet(referrals, (as_of - last).days):
        last = as_of
    start = _day(freq.start(last))
    if _day(freq.after(last, 1)[0]) == last + timedelta(days=1):
        return start
    return _day(freq.start(start - timedelta(days=1)))


def last_complete_month(referrals: ReferralTable, as_of: date) -> date:
    """First day of the last month known in full on `as_of`; see `last_period`."""
    return last_period(referrals, as_of, freq=Frequency.MONTH)


def is_quiet(referrals: ReferralTable, days: int) -> bool:
    """Whether so many days without a row are no sign of missing data."""
    received = referrals.frame["received_date"]
    span = (received.max() - received.min()).days + 1
    return days <= 1 or days * len(referrals) / span <= _QUIET


def _day(period: NDArray[np.datetime64]) -> date:
    day: date = np.asarray(period).astype("datetime64[D]").item()
    return day
