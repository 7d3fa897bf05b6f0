"""What share of the referrals rests on which legal basis."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from features.asof import known_at
from features.build import planned_series
from features.referrals import ReferralTable
from forecasting.agency import Agency
from forecasting.panel import SeriesKey

# So many months before the data date: shares move with practice, so old ones mislead.
WINDOW_MONTHS = 12


def basis_shares(
    referrals: ReferralTable, *, agency: Agency, as_of: date
) -> dict[str, Mapping[SeriesKey, float]]:
    """Share of each series' referrals of the last year, by legal basis as stored ("4-4").

    Among referrals whose basis is known. A series without any takes its need group's share
    over all regions, and 0 where the group has none either.
    """
    frame = known_at(referrals, as_of).frame
    recent = frame["received_date"] > pd.Timestamp(as_of) - pd.DateOffset(months=WINDOW_MONTHS)
    planned = [region.code for region in agency.planned_regions()]
    frame = frame.loc[recent & frame["legal_basis"].notna() & frame["region"].isin(planned)]
    return {
        str(basis): _shares(frame, frame["legal_basis"].eq(basis), agency)
        for basis in sorted(frame["legal_basis"].unique())
    }


def _shares(
    frame: pd.DataFrame, rests: "pd.Series[bool]", agency: Agency
) -> Mapping[SeriesKey, float]:
    of_group = rests.groupby(frame["need_group"]).mean().to_dict()
    of_series = rests.groupby([frame["region"], frame["need_group"]]).mean().to_dict()
    return {
        key: float(of_series.get((key.region, key.need_group), of_group.get(key.need_group, 0.0)))
        for key in planned_series(agency)
    }
