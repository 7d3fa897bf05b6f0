"""Who of today's residents is still here later: exact, from the stay law."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.checks import require_counts


@dataclass(frozen=True)
class StillHere:
    """Residents by the nights they have stayed, and P(stay > k nights) for k = 0, 1, .."""

    stayed: NDArray[np.int64]  # [resident]
    survival: NDArray[np.float64]  # [night]

    def __post_init__(self) -> None:
        oldest = int(self.stayed.max(initial=0))
        if self.stayed.min(initial=0) < 0 or oldest >= len(self.survival):
            raise UsageError(
                f"a resident of {oldest} nights; the law covers {len(self.survival)}.",
                fix="Give nights from 0 up to the end of the law.",
            )
        if not (np.diff(self.survival) <= 1e-12).all():
            raise UsageError("a stay law that rises.", fix="Give P(stay > k nights), falling.")
        if not (self.survival[self.stayed] > 0).all():
            raise UsageError("by the law nobody stays as long as a resident has.", fix="Refit it.")

    def chances(self, nights: int) -> NDArray[np.float64]:
        """Chance that each is here in so many nights: S(stayed + n) / S(stayed). [resident]"""
        require_counts(nights=nights)
        later = np.minimum(self.stayed + nights, len(self.survival) - 1)
        return np.asarray(self.survival[later] / self.survival[self.stayed])

    def expected(self, nights: int) -> float:
        """Mean number still here."""
        return float(self.chances(nights).sum())

    def law(self, nights: int) -> NDArray[np.float64]:
        """Chance of 0, 1, .. still here (a Poisson-binomial law). [number]"""
        law = np.ones(1)
        for chance in self.chances(nights):
            law = np.convolve(law, [1 - chance, chance])
        return law
