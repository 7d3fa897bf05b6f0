"""One region's coming year, asked without rows: rates, stays and residents in, places out.

Season, an uncertain year, children who come together, today's residents and blocking by the
group that is fed, all at once, by simulation on a fine grid of steps.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from forecasting.streams import Streams
from planning.children import Children, Ticks
from planning.fewest import fewest
from planning.flow import offered_share, standard_error, years_meeting
from planning.pair import Pair
from planning.stay_shapes import Stay

# Departures come before referrals within a step, which flatters by some 0.4 percentage points
# with steps of a day (load 15, 20 places) and in proportion with finer ones.
_PER_DAY = 24
_CHUNK = 2000  # paths drawn at a time
_FEWEST = 200  # paths that still say something


@dataclass(frozen=True)
class RegionYear:
    """The question. Rates a day, stays and segments in days.

    Events of children come as Poisson with the rate of the segment times one Gamma factor a
    year (mean 1, `year_cv`); `event_sizes[j]` is the chance of j + 1 children. A share
    `onward_share` goes on to the fed group, waiting in its place; referrals straight there
    (`fed_rate`) are lost when it is full. Residents: days left, and whether they go on. The
    segments come again and again; `rounds_before` times before the days that count.
    """

    segments: tuple[tuple[float, float], ...]
    year_cv: float
    event_sizes: tuple[float, ...]
    stay: Stay
    onward_share: float
    fed_rate: float
    fed_stay: Stay
    residents: tuple[tuple[float, bool], ...]
    fed_residents: tuple[float, ...]
    days: int
    rounds_before: int = 0

    def __post_init__(self) -> None:
        rates = (*(rate for _days, rate in self.segments), self.fed_rate, self.year_cv)
        if not all(0 <= rate < np.inf for rate in rates):
            raise UsageError(f"rates and spread {rates}.", fix="Give numbers of 0 or more.")
        if self._round < self.days - 1e-6:
            raise UsageError(
                f"segments of {self._round:g} days for {self.days} days.",
                fix="Give a rate for every day.",
            )

    @property
    def _round(self) -> float:
        return sum(days for days, _rate in self.segments)

    @property
    def _before(self) -> int:
        """Steps before those that count."""
        return round(self.rounds_before * self._round * _PER_DAY)

    @property
    def _days(self) -> float:
        """Days in all."""
        return self._before / _PER_DAY + self.days

    def affordable(self, children: int) -> int:
        """Paths on which about so many children come in all."""
        mean = sum(size * chance for size, chance in enumerate(self.event_sizes, start=1))
        a_round = sum(days * (rate * mean + self.fed_rate) for days, rate in self.segments)
        here = len(self.residents) + len(self.fed_residents)
        return max(_FEWEST, int(children / max(1.0, here + a_round * (1 + self.rounds_before))))

    def draw(self, paths: int, streams: Streams) -> "Years":
        """The same question on drawn years."""
        sizes = [min(_CHUNK, paths - done) for done in range(0, paths, _CHUNK)]
        pairs = (self._pair(size, streams.rng(str(i))) for i, size in enumerate(sizes))
        return Years(tuple(pairs))

    def _pair(self, paths: int, rng: np.random.Generator) -> Pair:
        factor = np.ones(paths)
        if self.year_cv > 0:
            factor = rng.gamma(1 / self.year_cv**2, self.year_cv**2, paths)
        path, step = self._events(self.segments * (1 + self.rounds_before), factor, rng)
        sizes = np.arange(1, len(self.event_sizes) + 1)
        children = rng.choice(sizes, size=len(path), p=self.event_sizes)
        path, step = np.repeat(path, children), np.repeat(step, children)
        nights = _steps(self.stay.drawn(len(path), rng))
        after = _steps(self.fed_stay.drawn(len(path), rng))
        after = np.where(rng.random(len(path)) < self.onward_share, after, 0)
        there = np.array([left for left, _on in self.residents])
        goes = np.array([on for _left, on in self.residents], np.bool_)
        later = np.where(
            goes, _steps(self.fed_stay.drawn(paths * len(goes), rng)).reshape(paths, -1), 0
        )
        fed_path, fed_step = self._events(((self._days, self.fed_rate),), np.ones(paths), rng)
        fed_nights = _steps(self.fed_stay.drawn(len(fed_path), rng))
        first = _Arrivals(path, step, nights, after).listed(paths, there, later)
        fed = _Arrivals(fed_path, fed_step, fed_nights, 0 * fed_nights)
        grid = Ticks(self.days * _PER_DAY, before=self._before)
        return Pair(first, fed.listed(paths, np.array(self.fed_residents)), grid)

    def _events(
        self,
        segments: tuple[tuple[float, float], ...],
        factor: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Path and step of every Poisson event, in order. [event]"""
        days = np.concatenate([[0.0], np.cumsum([days for days, _rate in segments])])
        until = np.concatenate([[0.0], np.cumsum([d * rate for d, rate in segments])])
        path = np.repeat(np.arange(len(factor)), rng.poisson(factor * until[-1]))
        when = np.interp(rng.random(len(path)) * until[-1], until, days)
        inside = when < self._days
        path, step = path[inside], (when[inside] * _PER_DAY).astype(np.int64)
        order = np.lexsort((step, path))
        return path[order], step[order]


def _steps(days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Days in steps, to the nearest, at least one."""
    return np.maximum(np.rint(days * _PER_DAY), 1).astype(np.int64)


class _Arrivals(NamedTuple):
    """Children who are referred, in order: path, step, steps until ready and after it (0: none)."""

    path: NDArray[np.int64]
    step: NDArray[np.int64]
    nights: NDArray[np.int64]
    after: NDArray[np.int64]

    def listed(
        self, paths: int, there: NDArray[np.float64], later: NDArray[np.int64] | None = None
    ) -> Children:
        """With residents on every path: `there` days left, then `later` steps [path, resident]."""
        count = len(there)
        order = np.argsort(
            np.concatenate([np.repeat(np.arange(paths), count), self.path]), kind="stable"
        )
        left = np.tile(_steps(there), paths)
        onward = np.zeros(paths * count, np.int64) if later is None else later.ravel()
        size = count + np.bincount(self.path, minlength=paths)
        return Children.listed(
            np.concatenate([np.full(paths * count, -1), self.step])[order],
            np.concatenate([left, self.nights])[order],
            start=np.concatenate([[0], np.cumsum(size)]),
            residents=count,
            next_nights=np.concatenate([onward, self.after])[order],
        )


@dataclass(frozen=True)
class Given:
    """What a number of places gives over the drawn years."""

    to_meet: NDArray[np.int64]  # [path]
    missed: NDArray[np.int64]  # [path]

    @property
    def offered_share(self) -> float:
        """Share of referrals that got a place at once, by referral."""
        return offered_share(self.to_meet, self.missed)

    @property
    def standard_error(self) -> float:
        """Monte-Carlo standard error of the offered share."""
        return standard_error(self.to_meet, self.missed)

    @property
    def missed_a_year(self) -> float:
        """Mean number of referrals without a place."""
        return float(self.missed.mean())

    @property
    def years_without_breach(self) -> float:
        """Share of years in which every referral got a place."""
        return float((self.missed == 0).mean())

    def years_meeting(self, level: float) -> float:
        """Share of years whose own offered share reaches the level."""
        return years_meeting(self.to_meet, self.missed, level=level)

    def largest_error(self, level: float) -> float:
        """Largest standard error of the shares above: that of a share of years, as a rule."""
        years = len(self.missed)
        shares = (self.years_without_breach, self.years_meeting(level))
        return max(self.standard_error, *(sqrt(p * (1 - p) / years) for p in shares))


@dataclass(frozen=True)
class Years:
    """Drawn years of one question; the same years for every number of places."""

    pairs: tuple[Pair, ...]

    def given(self, places: int, fed_places: int) -> Given:
        """What so many places of both groups give."""
        missed = [pair.missed(places, fed_places)[0] for pair in self.pairs]
        return Given(self._to_meet, np.concatenate(missed))

    def required(self, level: float, *, fed_places: int) -> int:
        """Fewest places of the first group that reach the level."""
        some = self.pairs[0]  # place the search roughly; all years then decide
        near = fewest(
            lambda places: some.offered_share(places, fed_places), level, near=self._usual
        )
        return fewest(lambda places: self.given(places, fed_places).offered_share, level, near=near)

    @cached_property
    def _to_meet(self) -> NDArray[np.int64]:
        return np.concatenate([pair.to_meet for pair in self.pairs])

    @cached_property
    def _usual(self) -> int:
        """Children there at once in the mean: where to start looking."""
        first = self.pairs[0].first
        return int(first.nights.sum() / first.paths / len(self.pairs[0].grid.month))
