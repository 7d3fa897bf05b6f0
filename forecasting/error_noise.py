"""Noise of forecasts from the errors that the same forecasts would have made in the past.

An error has three parts: single periods scatter (variance d x mean), the level was not known
(a x mean squared) and wandered off since (b x mean squared a step). Errors of single steps
alone cannot tell them apart; errors of sums over many steps can, since scatter averages out
and a wrong level does not. So both are used, and the year's sum becomes as uncertain as years
have been.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from forecasting.noise import CountNoise

Array = NDArray[np.float64]

# The belief where a series has no history: Poisson; a level known to 13 %, drifting 20 % a year.
_DISPERSION, _LEVEL, _YEAR = 1.0, 0.018, 0.04
_MOST_LEVEL, _MOST_STEP = 1.0, 0.5
# Squared errors beyond this many times the 90 % point count as that.
_CAP = 4.0


@dataclass(frozen=True)
class Errors:
    """Past forecasts and what came, [series, origin, step]; 0 where `observed` is 0.

    `weight` [origin] is how much each origin counts.
    """

    came: Array
    mean: Array
    observed: Array
    weight: Array


def noise_from_errors(
    errors: Errors, anchors: NDArray[np.int64], *, per_year: int, panel_evidence: float
) -> list[CountNoise]:
    """Noise of every series, pulled to the panel's as if by `panel_evidence` horizons.

    Few horizons that overlap little understate the noise, so the level's part is raised by
    (1 + 3 / horizons seen).
    """
    share, square, evidence = _moments(errors, anchors)
    belief = np.array([_DISPERSION, _LEVEL, _YEAR / per_year])
    panel = _solve(*_together(share, square, evidence), belief=belief, trust=panel_evidence)
    panel = np.maximum(panel, belief / 20)
    horizon = anchors[-1]
    seen = errors.observed[:, :, 0].sum(axis=1) + 1
    parts = [
        _solve(share[row], square[row], evidence[row], belief=panel, trust=panel_evidence)
        for row in range(len(share))
    ]
    return [
        _noise(part, raised=1 + 3 * horizon / seen[row], per_year=per_year)
        for row, part in enumerate(parts)
    ]


def _noise(part: Array, *, raised: float, per_year: int) -> CountNoise:
    scatter, level, step = part
    return CountNoise(
        dispersion=max(float(scatter), 0.02),
        level_now=float(np.sqrt(min(level, _MOST_LEVEL) * raised)),
        level_year=float(np.sqrt(min(step, _MOST_STEP) * raised * per_year)),
    )


def _moments(errors: Errors, anchors: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Mean square errors and what each part of the noise would add to them.

    [series, equation, part], [series, equation] and the equation's evidence in whole horizons
    [series, equation]: one equation for each anchor alone, one for each sum up to an anchor.
    """
    rows = [_one_step(errors, int(step)) for step in anchors]
    rows += [_sum_to(errors, int(step)) for step in anchors if step > 1]
    share, square, evidence = zip(*rows, strict=True)
    return np.stack(share, axis=1), np.stack(square, axis=1), np.stack(evidence, axis=1)


def _one_step(errors: Errors, step: int) -> tuple[Array, Array, Array]:
    mean = errors.mean[:, :, step - 1]
    gap = errors.came[:, :, step - 1] - mean
    return _row(
        gap, mean, mean**2 * step, weight=errors.observed[:, :, step - 1] * errors.weight, step=step
    )


def _sum_to(errors: Errors, step: int) -> tuple[Array, Array, Array]:
    whole = (errors.observed[:, :, :step] > 0).all(axis=2)
    mean = errors.mean[:, :, :step]
    gap = (errors.came[:, :, :step] - mean).sum(axis=2)
    # A level that wanders one step's worth at step j moves all means from j on.
    after = np.cumsum(mean[:, :, ::-1], axis=2)
    return _row(
        gap, mean.sum(axis=2), (after**2).sum(axis=2), weight=whole * errors.weight, step=step
    )


def _row(
    gap: Array, mean: Array, wander: Array, *, weight: Array, step: int
) -> tuple[Array, Array, Array]:
    """One equation: E gap^2 = d mean + a mean^2 + b wander, averaged over origins."""
    total = weight.sum(axis=1)
    size = np.maximum(mean, 0.3)
    square = gap**2 / size
    high = [
        np.quantile(row[used], 0.9) if used.any() else 0.0
        for row, used in zip(square, weight > 0, strict=True)
    ]
    square = np.minimum(square, _CAP * np.array(high)[:, None]) * size
    weight = weight / np.maximum(total, 1e-9)[:, None]
    share = [(weight * part).sum(axis=1) for part in (mean, mean**2, wander)]
    return np.stack(share, axis=1), (weight * square).sum(axis=1), total / step


def _together(share: Array, square: Array, evidence: Array) -> tuple[Array, Array, Array]:
    """The panel's equations: what single series say in relative terms, on average.

    Series of one panel have their good and bad years together, so many of them are no more
    evidence of drift than one.
    """
    scale = np.maximum(square, 1e-9)
    weight = evidence / np.maximum(evidence.sum(axis=0), 1e-9)  # [series, equation]
    relative = np.einsum("se,sep->ep", weight, share / scale[:, :, None])
    return relative, np.ones(share.shape[1]), evidence.mean(axis=0)


def _solve(share: Array, square: Array, weight: Array, *, belief: Array, trust: float) -> Array:
    """Parts >= 0 that explain the squares best, relative errors alike. [part]

    The belief stands beside the equations, so that what they do not tell stays as believed.
    """
    root = np.sqrt(weight)
    scale = np.maximum(square, 1e-9)
    rows = share / scale[:, None] * root[:, None]
    pull = np.diag(1 / belief) * np.sqrt(trust)
    target = np.concatenate([np.where(square > 0, root, 0.0), np.full(3, np.sqrt(trust))])
    found, _ = nnls(np.vstack([rows, pull]), target)
    return np.asarray(found)
