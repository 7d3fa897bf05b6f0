"""From counts of a finer grain to counts of whole periods."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.errors import InputError
from forecasting.panel import Frequency, Quantity

_A_DAY = timedelta(days=1)
# Shortest and longest distance, in days, between neighbours of each grain.
_STEP_DAYS = {"D": (1, 6), "W": (7, 13), "MS": (28, 31), "QS": (89, 92), "YS": (365, 366)}
_ORDER = list(_STEP_DAYS)


def grain_of(frame: pd.DataFrame, freq: Frequency) -> Frequency:
    """The period that the rows of a file count, from the shortest step between them.

    Raises InputError where it is longer than `freq`, or where it does not divide it.
    """
    ordered = frame.sort_values(["unique_id", "ds"])
    steps = ordered.groupby("unique_id")["ds"].diff().dt.days.dropna()
    if steps.empty:
        return freq
    shortest, longest = int(steps.min()), int(steps.max())
    grain = next((g for g, (_, most) in _STEP_DAYS.items() if shortest <= most), "YS")
    # Steps that are long but unlike are gaps; long and alike, they are another period.
    alike = len(steps) > 1 and longest <= 1.1 * shortest
    if alike and shortest > _STEP_DAYS[freq.value][1]:
        raise InputError(
            f"filen har et tall for hver {shortest}. dag, men --freq er {freq.value}.",
            fix="Velg en --freq som er minst like lang som filens perioder.",
        )
    if _ORDER.index(grain) >= _ORDER.index(freq.value):
        return freq
    if grain == Frequency.WEEK.value:
        raise InputError(
            f"filen har uker, som ikke går opp i {freq.value}.",
            fix="Bruk --freq W, eller lag filen med dager.",
        )
    return Frequency(grain)


def complete_periods(
    counted: pd.DataFrame,
    freq: Frequency,
    *,
    grain: Frequency,
    quantity: Quantity,
    fill_zero: bool,
) -> pd.DataFrame:
    """Count per series and period, only where the rows cover the whole period.

    Referrals are added, occupancy is averaged; both come out as whole numbers. With
    `fill_zero` a day without a row between a series' first and last counts as 0.
    Columns: unique_id, period, y.
    """
    days = counted["ds"].to_numpy().astype("datetime64[D]")
    lines = counted[["unique_id", "y"]].assign(period=freq.start(days))
    cells = lines.groupby(["unique_id", "period"])["y"].agg(["sum", "mean", "size"]).reset_index()
    starts = cells["period"].to_numpy().astype("datetime64[D]")
    parts = _parts(starts, freq, grain)
    have = cells["size"].to_numpy()
    if fill_zero and grain is not freq:
        have = np.maximum(have, _covered(counted, cells, freq=freq, grain=grain))
    if quantity is Quantity.REFERRALS:
        y = cells["sum"].to_numpy()
    else:
        y = np.rint(cells["sum"].to_numpy() / have)
    whole = cells.assign(y=y).loc[have >= parts, ["unique_id", "period", "y"]]
    return whole.reset_index(drop=True)


def _parts(starts: NDArray[np.datetime64], freq: Frequency, grain: Frequency) -> NDArray[np.int64]:
    """How many periods of the grain each period has. [period]"""
    if grain is freq:
        return np.ones(len(starts), dtype=np.int64)
    ends = np.array([freq.after(_date(s), 1)[0] for s in starts], dtype="datetime64[D]")
    if grain is Frequency.DAY:
        return (ends - starts).astype(np.int64)
    months = (ends.astype("datetime64[M]") - starts.astype("datetime64[M]")).astype(np.int64)
    return np.asarray(months // {"MS": 1, "QS": 3}[grain.value])


def _covered(
    counted: pd.DataFrame, cells: pd.DataFrame, *, freq: Frequency, grain: Frequency
) -> NDArray[np.int64]:
    """Parts of each period that lie between the series' first and last row. [cell]"""
    spans = counted.groupby("unique_id")["ds"].agg(["min", "max"])
    covered = []
    for name, period in zip(cells["unique_id"], cells["period"], strict=True):
        first = _date(grain.start(max(spans.at[name, "min"], period).date()))
        last = min(spans.at[name, "max"].date(), _date(freq.after(period.date(), 1)[0]) - _A_DAY)
        parts = grain.after(first - _A_DAY, (last - first).days + 1)
        covered.append(int((parts <= np.datetime64(last)).sum()))
    return np.array(covered, dtype=np.int64)


def _date(day: NDArray[np.datetime64]) -> date:
    found: date = np.asarray(day).astype("datetime64[D]").item()
    return found
