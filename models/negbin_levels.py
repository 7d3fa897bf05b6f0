"""Levels of many half-lives, weighed by how they would have forecast, with honest noise."""

from dataclasses import dataclass
from typing import ClassVar

from forecasting.history import LocalFitted, fit_each
from forecasting.level_laws import LEAST_OBSERVED, USUAL, LevelSettings, level_laws
from forecasting.panel import CountPanel
from forecasting.protocol import Ability


@dataclass(frozen=True)
class NegBinLevels:
    """Negative binomial counts round an average of many smoothed levels, for a whole panel."""

    name: str = "negbin_levels"
    ability: ClassVar[Ability] = Ability(least_observed=LEAST_OBSERVED)
    settings: LevelSettings = USUAL

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Levels, weights and noise of every series, all at once."""
        laws = level_laws(panel, self.settings)
        return fit_each(self, panel, lambda seen: laws[seen.key])
