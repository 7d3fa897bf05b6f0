"""Stay laws by name, mean and spread, for questions that come without rows."""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log1p, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from forecasting.errors import UsageError
from planning.checks import require_counts, require_law


class Shape(StrEnum):
    """Families of stay laws. GEOMETRIC counts whole nights from 1; the rest are continuous."""

    EXPONENTIAL = "exponential"
    DETERMINISTIC = "deterministic"
    GAMMA = "gamma"
    LOGNORMAL = "lognormal"
    ERLANG2 = "erlang2"
    HYPEREXPONENTIAL = "hyperexponential"
    GEOMETRIC = "geometric"


# Those that exponential phases make up exactly (see phases.py).
PHASED = (Shape.EXPONENTIAL, Shape.ERLANG2, Shape.HYPEREXPONENTIAL)


@dataclass(frozen=True)
class Stay:
    """A stay law in days: `mean`, `cv` of the stay itself (gamma, lognormal), or a mixture.

    A hyperexponential stay is, with the chances `shares`, exponential with one of `means`.
    """

    shape: Shape
    mean: float
    cv: float = 1.0
    shares: tuple[float, ...] = ()
    means: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for value, what in (
            (self.mean, "mean"),
            (self.cv, "cv"),
            *((m, "mean") for m in self.means),
        ):
            if not (isfinite(value) and value > 0):
                raise UsageError(
                    f"a {self.shape} stay with {what} {value}.", fix="Give a number above 0."
                )
        if self.shape is Shape.GEOMETRIC and self.mean < 1:
            raise UsageError(f"a mean of {self.mean} whole nights.", fix="Give 1 or more.")
        mixed = self.shape is Shape.HYPEREXPONENTIAL
        if len(self.shares) != len(self.means) or mixed != bool(self.shares):
            raise UsageError(
                f"shares {self.shares} of means {self.means}.",
                fix="Give a mixture one share for each mean, and no other law any.",
            )
        if mixed:
            require_law("each mean", self.shares)

    @classmethod
    def mixture(cls, shares: tuple[float, ...], means: tuple[float, ...]) -> "Stay":
        """A hyperexponential stay."""
        mean = float(np.dot(shares, means)) if len(shares) == len(means) else 1.0
        return cls(Shape.HYPEREXPONENTIAL, mean, shares=shares, means=means)

    def survival(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(stay > d days). [d]"""
        if self.shape is Shape.HYPEREXPONENTIAL:
            parts = [stats.expon.sf(days, scale=mean) for mean in self.means]
            return np.asarray(np.dot(self.shares, parts))
        return np.asarray(self._law.sf(days))

    def settled_after(self, share: float) -> float:
        """Days until all but this share of the load in the long run has had time to come.

        The part of the mean stay that lies beyond so many days: long for a long tail, where
        a number of mean stays would not do.
        """
        days = self.mean * np.concatenate([[0.0], np.geomspace(0.01, 1000, 4000)])
        there = self.survival(days)
        steps = np.diff(days) * (there[1:] + there[:-1]) / 2
        beyond = np.cumsum(steps[::-1])[::-1]
        return float(days[int(np.argmax(np.append(beyond, 0.0) <= share * self.mean))])

    def drawn(self, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Stays, in days. [stay]"""
        require_counts(size=size)
        if self.shape is Shape.HYPEREXPONENTIAL:
            return rng.exponential(rng.choice(self.means, size=size, p=self.shares))
        return np.asarray(self._law.rvs(size=size, random_state=rng), dtype=np.float64)

    @property
    def _law(self) -> Any:
        match self.shape:
            case Shape.EXPONENTIAL:
                return stats.expon(scale=self.mean)
            case Shape.DETERMINISTIC:
                return stats.uniform(self.mean, 1e-9)
            case Shape.GAMMA:
                return stats.gamma(1 / self.cv**2, scale=self.mean * self.cv**2)
            case Shape.LOGNORMAL:
                spread = sqrt(log1p(self.cv**2))
                return stats.lognorm(spread, scale=self.mean * np.exp(-(spread**2) / 2))
            case Shape.ERLANG2:
                return stats.gamma(2, scale=self.mean / 2)
            case Shape.GEOMETRIC:
                return stats.geom(1 / self.mean)
            case Shape.HYPEREXPONENTIAL:
                raise AssertionError("a mixture has no law of its own")
