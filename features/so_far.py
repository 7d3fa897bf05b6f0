"""What has come in a year that has begun: counts, places in use, children who had to be met."""

from datetime import date

import numpy as np

from features.arrivals import demands_place
from features.asof import known_at
from features.build import days_of, needed_by, planned_rows, planned_series, referral_panel
from features.came import daily_occupancy
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.errors import UsageError
from forecasting.panel import Frequency, SeriesKey
from forecasting.places import Form
from forecasting.so_far import Met, SoFar


def so_far(referrals: ReferralTable, *, agency: Agency, first: date, as_of: date) -> SoFar:
    """What has come from `first` to `as_of`, by what was known on `as_of`."""
    if as_of < first:
        raise UsageError(
            f"nothing has come: {as_of} lies before {first}.", fix="Use a later --as-of."
        )
    return SoFar(
        first=first,
        as_of=as_of,
        referrals=referral_panel(referrals, agency=agency, as_of=as_of, freq=Frequency.MONTH),
        occupancy=daily_occupancy(referrals, agency=agency, first=first, last=as_of),
        met=children_met(referrals, agency=agency, first=first, as_of=as_of),
    )


def children_met(
    referrals: ReferralTable, *, agency: Agency, first: date, as_of: date
) -> dict[SeriesKey, Met]:
    """Children who were to be met from `first` to `as_of`, and who had no committed place.

    In time is an offer (else, where its day is unknown, a start) by `needed_by_date`, else
    the need group's own limit. A child still undecided whose day has passed counts as not offered.
    """
    frame, code = planned_rows(known_at(referrals, as_of), agency)
    due = np.maximum(needed_by(frame, agency), days_of(frame, "received_date"))
    offered, start = days_of(frame, "offered_date"), days_of(frame, "start_date")
    answered = np.where(np.isnat(offered), start, offered)
    undecided = (frame["outcome"].isna() & frame["withdrawn_date"].isna()).to_numpy()
    demands = demands_place(frame.assign(needed_by=due)) | undecided | ~np.isnat(start)
    due_now = demands & (due >= np.datetime64(first)) & (due <= np.datetime64(as_of))
    in_time = answered <= due  # NaT: never
    bought = frame["provider_type"].eq(Form.SPOT.value).to_numpy()
    return {
        key: Met(
            to_meet=int((due_now & (code == i)).sum()),
            not_offered=int((due_now & ~in_time & (code == i)).sum()),
            single_purchase=int((due_now & in_time & bought & (code == i)).sum()),
        )
        for i, key in enumerate(planned_series(agency))
    }
