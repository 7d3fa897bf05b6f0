"""Counts per series and period, as they were known on a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError


class Quantity(StrEnum):
    """What a count counts; planning refuses the wrong one."""

    REFERRALS = "referrals"
    OCCUPANCY = "occupancy"


class Frequency(StrEnum):
    """Length of a period, in the words of pandas; weeks start on Monday."""

    DAY = "D"
    WEEK = "W"
    MONTH = "MS"
    QUARTER = "QS"
    YEAR = "YS"

    @property
    def season(self) -> int:
        """Periods in one season: a week of days, else a year; 1 where there is none."""
        return {"D": 7, "W": 52, "MS": 12, "QS": 4, "YS": 1}[self.value]

    @property
    def per_year(self) -> int:
        """Periods in a year, rounded to whole periods."""
        return {"D": 365, "W": 52, "MS": 12, "QS": 4, "YS": 1}[self.value]

    def start(self, day: NDArray[np.datetime64] | date) -> NDArray[np.datetime64]:
        """First day of the period that holds `day`."""
        days = np.asarray(day, dtype="datetime64[D]")
        if self is Frequency.DAY:
            return days
        if self is Frequency.WEEK:
            # 1970-01-01 was a Thursday, the fourth day of its week.
            since_monday = (days.astype(np.int64) + 3) % 7
            return np.asarray(days - since_monday.astype("timedelta64[D]"))
        if self is Frequency.YEAR:
            return days.astype("datetime64[Y]").astype("datetime64[D]")
        months = days.astype("datetime64[M]").astype(np.int64)
        if self is Frequency.QUARTER:
            months = months - months % 3
        return months.astype("datetime64[M]").astype("datetime64[D]")

    def after(self, period: NDArray[np.datetime64] | date, steps: int) -> NDArray[np.datetime64]:
        """First days of the next `steps` periods after the one that holds `period`. [step]"""
        first = self.start(period)
        if self in (Frequency.DAY, Frequency.WEEK):
            length = 7 if self is Frequency.WEEK else 1
            return np.asarray(first + length * np.arange(1, steps + 1))
        months = {"MS": 1, "QS": 3, "YS": 12}[self.value]
        ahead = first.astype("datetime64[M]") + months * np.arange(1, steps + 1)
        return np.asarray(ahead.astype("datetime64[D]"))


@dataclass(frozen=True, order=True)
class SeriesKey:
    """Names one series: a region and a need group, or any `name` from a counts file."""

    region: str
    need_group: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.region}/{self.need_group}"


@dataclass(frozen=True)
class CountPanel:
    """Counts of one quantity for several series over the same unbroken periods.

    `periods[period]` are first days, as datetime64[D], one after the other without a gap;
    a period without a count has `observed` false and counts 0 there: missing is not zero.
    `known` holds named columns known ahead, [series, period + future]. Arrays are read-only.
    """

    quantity: Quantity
    freq: Frequency
    as_of: date
    series: tuple[SeriesKey, ...]
    periods: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    observed: NDArray[np.bool_]
    known: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.series), len(self.periods))
        if self.counts.shape != shape or self.observed.shape != shape:
            raise InputError(
                f"a panel of {shape[0]} series x {shape[1]} periods got counts "
                f"{self.counts.shape} and observed {self.observed.shape}."
            )
        if len(self.series) != len(set(self.series)):
            raise InputError(f"a series occurs twice among {', '.join(map(str, self.series))}.")
        if not np.isfinite(self.counts).all() or (self.counts < 0).any():
            worst = np.argwhere(~np.isfinite(self.counts) | (self.counts < 0))[0]
            raise InputError(
                f"{self.series[worst[0]]}: the count of {self.periods[worst[1]]} is "
                f"{self.counts[tuple(worst)]}.",
                fix="Counts are whole numbers from 0 up; leave a missing period out.",
            )
        for array in (self.periods, self.counts, self.observed, *self.known.values()):
            array.setflags(write=False)

    @cached_property
    def rows(self) -> Mapping[SeriesKey, int]:
        """Where each series stands."""
        return {key: row for row, key in enumerate(self.series)}

    @property
    def origin(self) -> date:
        """First day of the last period: the origin of a forecast from this panel."""
        last: date = self.periods[-1].astype("datetime64[D]").item()
        return last

    def until(self, origin: date) -> "CountPanel":
        """The panel as it was when the period `origin` was the last; later counts are gone."""
        keep = int(np.searchsorted(self.periods, np.datetime64(origin), side="right"))
        if keep == 0:
            raise InputError(
                f"origin {origin} lies before the first period {self.periods[0]}.",
                fix="Use fewer origins or a shorter horizon.",
            )
        return replace(
            self,
            as_of=min(self.as_of, origin),
            periods=self.periods[:keep],
            counts=self.counts[:, :keep],
            observed=self.observed[:, :keep],
        )

    def select(self, series: tuple[SeriesKey, ...]) -> "CountPanel":
        """The same panel with these series only, in this order."""
        rows = [self.rows[key] for key in series]
        return replace(
            self,
            series=series,
            counts=self.counts[rows],
            observed=self.observed[rows],
            known={name: column[rows] for name, column in self.known.items()},
        )
