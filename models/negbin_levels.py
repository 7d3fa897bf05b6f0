"""Levels of many half-lives, weighed by how they would have forecast, with honest noise."""

from dataclasses import dataclass

from forecasting.history import History, LocalFitted, fit_each
from forecasting.level_laws import LEAST_OBSERVED, USUAL, LevelLaw, LevelSettings, level_laws
from forecasting.panel import CountPanel


@dataclass(frozen=True)
class NegBinLevels:
    """Negative binomial counts round an average of many smoothed levels, for a whole panel."""

    name: str = "negbin_levels"
    settings: LevelSettings = USUAL

    def fit(self, panel: CountPanel) -> LocalFitted:
        """Levels, weights and noise of every series, all at once."""
        laws = level_laws(panel, self.settings)

        def law(seen: History) -> LevelLaw:
            if seen.key not in laws:
                raise ValueError(
                    f"{len(seen.values)} observed periods, but levels need {LEAST_OBSERVED}"
                )
            return laws[seen.key]

        return fit_each(self.name, panel, law)
