"""Same as in the last seasons: whole seasons drawn again, with the noise of single periods."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History, LocalFitted, fit_each
from forecasting.noise import dispersion, whole_counts
from forecasting.panel import CountPanel
from forecasting.protocol import Ability


@dataclass(frozen=True)
class SeasonalNaive:
    """The benchmark: one of the last seasons comes again.

    A whole season is drawn for each season ahead, so that good and bad years stay whole and
    the year's sum is as uncertain as years are. `halving` is the factor by which a season's
    weight falls for each season of age. Under one full season, single periods are drawn.
    """

    name: str = "seasonal_naive"
    ability: ClassVar[Ability] = Ability()
    seasons: int = 4
    halving: float = 0.5

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Collect the last seasons of every series."""
        return fit_each(self, panel, self._fit_one)

    def _fit_one(self, seen: History) -> "SeasonBootstrap":
        season = seen.freq.season
        if len(seen.counts) < season:
            season = 1
        blocks = _blocks(seen, season=season, most=self.seasons if season > 1 else 12)
        halving = self.halving if season > 1 else self.halving ** (1 / 4)
        weights = halving ** np.arange(len(blocks), dtype=np.float64)
        return SeasonBootstrap(
            blocks=blocks,
            weights=weights / weights.sum(),
            scatter=_scatter(seen, season=season),
        )


@dataclass(frozen=True)
class SeasonBootstrap:
    """The last seasons, latest first [block, step], their weights, and single-period noise."""

    blocks: NDArray[np.float64]
    weights: NDArray[np.float64]
    scatter: float

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Seasons drawn whole, then counts round them. [draw, step]"""
        season = self.blocks.shape[1]
        ahead = -(-steps // season)
        chosen = rng.choice(len(self.blocks), size=(draws, ahead), p=self.weights)
        mean = self.blocks[chosen].reshape(draws, ahead * season)[:, :steps]
        if self.scatter == 0:
            return np.asarray(np.rint(mean), dtype=np.int64)
        return whole_counts(rng, mean, self.scatter)


def _blocks(seen: History, *, season: int, most: int) -> NDArray[np.float64]:
    """Last whole seasons, latest first; a missing count is the mean of its season's place."""
    whole = len(seen.counts) // season
    counts = seen.counts[-whole * season :].reshape(whole, season)
    observed = seen.observed[-whole * season :].reshape(whole, season)
    with np.errstate(invalid="ignore"):
        place = (counts * observed).sum(axis=0) / observed.sum(axis=0)  # [season]
    place = np.where(np.isfinite(place), place, seen.values.mean())
    # A season that was hardly observed says nothing of its own.
    told = observed.mean(axis=1) >= 0.5
    filled = np.where(observed, counts, place)
    kept = filled[told] if told.any() else place[None, :]
    return np.asarray(kept[::-1][:most])


def _scatter(seen: History, *, season: int) -> float:
    """Variance / mean of a single period: half the mean square of seasonal differences."""
    if season == 1:
        return 0.0  # single periods are drawn as they came, noise and all
    both = seen.observed[season:] & seen.observed[:-season]
    if not both.any():
        return 1.0
    new, old = seen.counts[season:][both], seen.counts[:-season][both]
    middle = (new + old) / 2
    # (new - old)^2 has mean 2 x variance; the helper wants squares round a mean.
    return dispersion(middle + (new - old) / np.sqrt(2), middle)
