"""The Kalman filter over many series at once, against statsmodels one series at a time."""

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from forecasting.local_level import local_levels
from forecasting.streams import Streams

PERIODS = 120


def wandering(row, *, step):
    rng = Streams(1).rng("level", str(row))
    waves = np.stack([np.sin(np.arange(PERIODS) / 2), np.cos(np.arange(PERIODS) / 2)], axis=1)
    level = 5 + np.cumsum(rng.normal(0, step, PERIODS))
    return level + waves @ [0.8, -0.4] + rng.normal(0, 0.5, PERIODS), waves


def cases():
    made = [wandering(row, step=step) for row, step in enumerate((0.0, 0.05, 0.2, 1.0))]
    values, waves = (np.stack(part) for part in zip(*made, strict=True))
    observed = np.ones(values.shape, dtype=bool)
    observed[1, 40:60] = observed[2, :7] = observed[3, -5:] = False
    return values, observed, waves


def library(values, observed, waves):
    return UnobservedComponents(
        np.where(observed, values, np.nan), level="local level", exog=waves
    )  # fmt: skip


def test_no_other_parameters_are_likelier_by_the_library():
    values, observed, waves = cases()
    found = local_levels(values, observed, waves)
    for row in range(len(values)):
        model = library(values[row], observed[row], waves[row])
        best = model.fit(disp=0, cov_type="none", maxiter=200).llf
        ours = [found.scatter[row], found.wander[row], *found.effects[row]]
        assert model.loglike(np.array(ours)) > best - 0.02


def test_the_last_level_is_the_librarys():
    values, observed, waves = cases()
    found = local_levels(values, observed, waves)
    for row in range(len(values)):
        ours = np.array([found.scatter[row], found.wander[row], *found.effects[row]])
        filtered = library(values[row], observed[row], waves[row]).filter(ours)
        level, variance = filtered.filtered_state[0, -1], filtered.filtered_state_cov[0, 0, -1]
        assert found.level[row] == pytest.approx(level, abs=1e-3)
        assert found.level_variance[row] == pytest.approx(variance, rel=1e-3)


def test_what_was_not_observed_is_not_used_and_series_do_not_meet():
    values, observed, waves = cases()
    found = local_levels(values, observed, waves)
    other = local_levels(np.where(observed, values, 99.0)[::-1], observed[::-1], waves[::-1])
    assert other.level[::-1] == pytest.approx(found.level)
    assert other.scatter[::-1] == pytest.approx(found.scatter)


def test_a_series_that_never_changed_has_no_noise():
    found = local_levels(np.full((1, 30), 2.0), np.ones((1, 30), bool), np.zeros((1, 30, 0)))
    assert found.level[0] == pytest.approx(2.0)
    assert found.scatter[0] < 1e-9
    assert found.wander[0] < 1e-6
