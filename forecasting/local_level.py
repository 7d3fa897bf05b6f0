"""A wandering level beside regressors, by the Kalman filter, for many series at once.

    y[t] = level[t] + x[t] b + e[t],  level[t] = level[t - 1] + w[t]

Only the ratio of the variances of w and e has no closed form. For a given ratio the filter's
gains do not depend on the data, so one pass filters y and every column of x alike, and the
coefficients and the variance of e follow by least squares on what it leaves (Rosenberg 1973;
de Jong 1988): a likelihood of one number, looked for on a grid that is then made finer. All
series and all ratios go through the same pass as arrays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Log ratios of the variances (wander over scatter): from a level that stays to one that jumps.
_LOWEST, _HIGHEST = -14.0, 6.0
_POINTS, _PASSES = 21, 3
# A level that nobody knows: its variance before the first observation, in those of the scatter.
_DIFFUSE = 1e7


@dataclass(frozen=True)
class LocalLevels:
    """What maximises the likelihood of each series.

    `level` and `level_variance` [series] are the level's after the last period, `wander` and
    `scatter` [series] the variances of its step and of the observations, `effects`
    [series, column] the regressors' coefficients, `likelihood` [series] the log likelihood
    without its constant, of all observations but the first.
    """

    level: Array
    level_variance: Array
    wander: Array
    scatter: Array
    effects: Array
    likelihood: Array


def local_levels(values: Array, observed: NDArray[np.bool_], regressors: Array) -> LocalLevels:
    """Fit every series by maximum likelihood.

    `values` and `observed` are [series, period], `regressors` [series, period, column]; what
    stands in `values` where nothing was observed is not used.
    """
    low = np.full(len(values), _LOWEST)
    high = np.full(len(values), _HIGHEST)
    for _ in range(_PASSES):
        logs = np.linspace(low, high, _POINTS, axis=1)  # [series, point]
        likelihood = _Filtered.of(values, observed, regressors, ratio=np.exp(logs)).likelihood
        best = likelihood.argmax(axis=1)
        step = (high - low) / (_POINTS - 1)
        middle = logs[np.arange(len(values)), best]
        low = np.maximum(middle - step, _LOWEST)
        high = np.minimum(middle + step, _HIGHEST)
    ratio = np.exp(middle)
    found = _Filtered.of(values, observed, regressors, ratio=ratio[:, None])
    effects, scatter = found.effects[:, 0], found.scatter[:, 0]
    states = found.states[:, 0]  # [series, 1 + column]
    return LocalLevels(
        level=states[:, 0] - np.einsum("sk,sk->s", states[:, 1:], effects),
        level_variance=found.variance[:, 0] * scatter,
        wander=ratio * scatter,
        scatter=scatter,
        effects=effects,
        likelihood=found.likelihood[:, 0],
    )


@dataclass(frozen=True)
class _Filtered:
    """One pass for given ratios: last states of y and of the regressors, and what they leave."""

    states: Array  # [series, ratio, 1 + column]
    variance: Array  # of the level over that of the scatter [series, ratio]
    effects: Array  # [series, ratio, column]
    scatter: Array  # [series, ratio]
    likelihood: Array  # [series, ratio]

    @staticmethod
    def of(
        values: Array, observed: NDArray[np.bool_], regressors: Array, *, ratio: Array
    ) -> "_Filtered":
        together = np.concatenate([values[..., None], regressors], axis=2)
        columns = together.shape[2]
        states = np.zeros((*ratio.shape, columns))
        variance = np.full(ratio.shape, _DIFFUSE)
        squares = np.zeros((*ratio.shape, columns, columns))
        logs = np.zeros(ratio.shape)
        begun = np.zeros(len(values), dtype=np.bool_)
        for period in range(values.shape[1]):
            seen = observed[:, period, None]
            left = np.where(seen[..., None], together[:, period, None] - states, 0.0)
            total = variance + 1.0
            # The first observation only says where the level starts.
            counts = (observed[:, period] & begun)[:, None]
            squares += np.where(counts, 1 / total, 0.0)[..., None, None] * (
                left[..., :, None] * left[..., None, :]
            )
            logs += np.where(counts, np.log(total), 0.0)
            gain = np.where(seen, variance / total, 0.0)
            states = states + gain[..., None] * left
            variance = np.where(seen, gain, variance)
            begun |= observed[:, period]
            if period < values.shape[1] - 1:
                variance = variance + ratio
        return _Filtered._solved(
            states, variance, squares=squares, logs=logs, number=observed.sum(axis=1) - 1
        )

    @staticmethod
    def _solved(
        states: Array, variance: Array, *, squares: Array, logs: Array, number: NDArray[np.int64]
    ) -> "_Filtered":
        """Least squares of what is left of y on what is left of the regressors."""
        normal, cross = squares[..., 1:, 1:], squares[..., 1:, 0]
        # A trace of a ridge, for columns that a short history cannot tell apart.
        ridge = 1e-9 * (1 + np.trace(normal, axis1=-2, axis2=-1))[..., None, None]
        effects = np.linalg.solve(normal + ridge * np.eye(normal.shape[-1]), cross[..., None])
        effects = effects[..., 0]
        rest = squares[..., 0, 0] - np.einsum("srk,srk->sr", effects, cross)
        free = np.maximum(number, 1)[:, None]
        scatter = np.maximum(rest / free, 1e-12)
        return _Filtered(
            states=states,
            variance=variance,
            effects=effects,
            scatter=scatter,
            likelihood=-(free * np.log(scatter) + logs) / 2,
        )
