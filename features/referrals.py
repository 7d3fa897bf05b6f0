"""The referrals of one checked extract: exactly the stored columns, codes and dates."""

from dataclasses import dataclass

import pandas as pd

from features.schema import BY_NAME, DATES, REQUIRED, STORED, Kind
from forecasting.errors import InputError


@dataclass(frozen=True)
class ReferralTable:
    """Referrals, one row each, sorted by received_date and referral_id.

    `frame` has the columns `features.schema.STORED`: dates as datetime64[ns] (NaT where
    there is none), `age` and `places_used` as Int64, all else as text or None. Use
    `ReferralTable.of` for a frame that came from elsewhere; treat `frame` as read-only.
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        if tuple(self.frame.columns) != STORED:
            raise InputError(f"a referral table got the columns {list(self.frame.columns)}.")
        for name in REQUIRED:
            if self.frame[name].isna().any():
                raise InputError(f"a referral table got rows without {name}.")

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "ReferralTable":
        """A table from a frame with some of the columns; the others are empty."""
        typed = {name: _typed(name, frame) for name in STORED}
        whole = pd.DataFrame(typed, columns=list(STORED))
        order = ["received_date", "referral_id"]
        return cls(whole.sort_values(order, kind="stable", ignore_index=True))

    def __len__(self) -> int:
        return len(self.frame)


def _typed(name: str, frame: pd.DataFrame) -> "pd.Series[object]":
    if name not in frame:
        values = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    else:
        values = frame[name]
    if name in DATES:
        return pd.to_datetime(values).astype("datetime64[ns]")
    if BY_NAME[name].kind is Kind.NUMBER:
        whole = values.astype("Int64")
        return whole.fillna(1) if name == "places_used" else whole
    return values.astype(object).where(values.notna(), None)
