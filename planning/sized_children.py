"""Exact service levels when children take one, two or three places of the same house."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from planning.checks import require_counts
from planning.fewest import EXACT


class Fairness(StrEnum):
    """Whose level must be reached: that of all referrals together, or each class's own."""

    OVERALL = "overall"
    WORST_CLASS = "worst_class"


@dataclass(frozen=True)
class SizedChildren:
    """Classes of children who share the places; one that needs w free places takes w.

    `rates` referrals a day, `mean_stays` days (any law), `sizes` places a child; else lost.
    """

    rates: tuple[float, ...]
    mean_stays: tuple[float, ...]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.rates) == len(self.mean_stays) == len(self.sizes) > 0:
            raise UsageError("classes of different lengths.", fix="Give a rate, stay, size each.")
        if not all(isfinite(v) and v >= 0 for v in (*self.rates, *self.mean_stays)):
            raise UsageError(f"{self.rates}, {self.mean_stays}.", fix="Give 0 or more.")
        if min(self.sizes) < 1:
            raise UsageError(f"sizes {self.sizes}.", fix="A child takes one place or more.")

    def blocking(self, most: int) -> NDArray[np.float64]:
        """Share of each class refused with 0, 1, .. `most` places. [c, class]

        Recursion of Kaufman (1981) and Roberts (1981): c q(c) = sum of a_k w_k q(c - w_k).
        """
        require_counts(most=most)
        loads = np.multiply(self.rates, self.mean_stays)
        weight = np.zeros(most + 1)
        weight[0] = 1.0
        total, refused = np.zeros(most + 1), np.ones((most + 1, len(loads)))
        for c in range(most + 1):
            for load, size in zip(loads, self.sizes, strict=True):
                weight[c] += load * size * weight[c - size] / c if c >= size else 0.0
            total[c] = weight[: c + 1].sum()
            if total[c] > 1e200:  # only ratios matter
                weight, total = weight / total[c], total / total[c]
            for k, size in enumerate(self.sizes):
                refused[c, k] = weight[max(0, c - size + 1) : c + 1].sum() / total[c]
        return refused

    def service_levels(
        self, most: int, fairness: Fairness = Fairness.OVERALL
    ) -> NDArray[np.float64]:
        """Level with 0, 1, .. `most` places: by referral, or that of the worst class. [c]"""
        refused, asked = self.blocking(most), np.array(self.rates) > 0
        if not asked.any():
            return np.ones(most + 1)
        if fairness is Fairness.WORST_CLASS:
            return np.asarray(1 - refused[:, asked].max(axis=1))
        return np.asarray(1 - refused @ np.array(self.rates) / sum(self.rates))

    def required_if_one_each(self, level: float) -> int:
        """Fewest places that reach the level if each child took one place."""
        return replace(self, sizes=(1,) * len(self.sizes)).required(level)

    def required(self, level: float, fairness: Fairness = Fairness.OVERALL) -> int:
        """Fewest places c so that c and c + 1 both reach the level (more can be worse)."""
        if not 0 <= level < 1:
            raise UsageError(f"level {level}.", fix="Give a share from 0 to below 1.")
        most = 16
        while True:
            reached = self.service_levels(most, fairness) >= level - EXACT
            both = np.flatnonzero(reached[:-1] & reached[1:])
            if len(both):
                return int(both[0])
            most *= 2
