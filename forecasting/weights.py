"""Shares of models in the pool, learnt from what each forecast from past origins."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.scores import crps, judged, quantile_loss, truth_of

# Weight ~ loss ** -SHARPNESS: a model that is 10 % worse gets about half the weight.
_SHARPNESS = 8.0
# The evidence of this many origins weighs as much as the prior weights.
_PRIOR_ORIGINS = 2.0
# A family's own forecasts count as much as this many of the whole panel's.
_FAMILY_FORECASTS = 20.0
# What a loss is made of: single periods, the horizon sum, and the sum's upper tail.
_PARTS = {"periods": 0.5, "sum": 0.25, "sum_above": 0.25}
_COLUMNS = ["model", "family", "series", "origin", "part", "value"]


@dataclass(frozen=True)
class Weights:
    """Shares of models by family of series (the need group); those of a family sum to 1.

    `spread` is by how much the pool is stretched (forecasting/spread.py).
    """

    by_family: Mapping[str, Mapping[str, float]]
    spread: float = 1.0

    @staticmethod
    def before_evidence(
        models: Sequence[str], families: Iterable[str] = ("",), *, prior: Mapping[str, float]
    ) -> "Weights":
        """Shares by the prior alone (a model that it does not name counts 1)."""
        total = sum(prior.get(name, 1.0) for name in models)
        share = {name: prior.get(name, 1.0) / total for name in models}
        return Weights(dict.fromkeys(families, share))

    def of(self, key: SeriesKey) -> Mapping[str, float]:
        """Shares for one series; a family that is not here has the mean of all."""
        return self.by_family.get(key.need_group, self.overall)

    @property
    def overall(self) -> dict[str, float]:
        """Mean shares over families."""
        names = dict.fromkeys(name for shares in self.by_family.values() for name in shares)
        return {
            name: float(np.mean([shares.get(name, 0.0) for shares in self.by_family.values()]))
            for name in names
        }


def trial_losses(
    model: str, samples: ForecastSamples, *, past: CountPanel, truth: CountPanel
) -> pd.DataFrame:
    """What one model's forecast from one past origin cost, per series.

    Columns model, family, series, origin, part (see learn_weights), value: scaled losses.
    Parts that cannot be told, since a period was not observed, are left out.
    """
    came = truth_of(samples, truth)
    single = judged(samples, came, past=past)
    total = judged(samples.over_horizon(), came.sum(axis=1, keepdims=True), past=past)
    scale = single.scale
    seen = np.isfinite(came)
    loss = np.where(seen, crps(single), 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    steps = came.shape[1]
    parts = {
        "periods": np.where(seen.any(axis=1), loss, np.nan) / scale,
        "sum": crps(total)[:, 0] / scale / steps,
        "sum_above": quantile_loss(total, 0.95)[:, 0] / scale / steps,
    }
    rows = [
        (model, key.need_group, str(key), samples.origin, part, float(value[row]))
        for part, value in parts.items()
        for row, key in enumerate(samples.series)
        if np.isfinite(value[row])
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def learn_weights(
    losses: pd.DataFrame,
    models: Sequence[str],
    families: Sequence[str],
    *,
    prior: Mapping[str, float],
) -> Weights:
    """Weights from the losses of past forecasts, shrunk to `prior` (1 where not named).

    Each model's loss is its scaled CRPS of periods and of horizon sums, and the 95 % quantile
    loss of the sums (which punishes a missed upper tail), relative to the mean of all models on
    the same forecasts. A family's loss is shrunk to the panel's. A model without a loss keeps its
    prior share. Fitting the weights to the pool's own loss (stacking) did worse in backtests:
    there are too few origins to tell so much.
    """
    before = Weights.before_evidence(models, families, prior=prior)
    known = losses[losses["model"].isin(list(models))]
    if known["model"].nunique() < 2:
        return before
    panel, _ = _relative(known)
    trust = known["origin"].nunique() / (known["origin"].nunique() + _PRIOR_ORIGINS)
    found = {}
    for family in dict.fromkeys(families):
        own, count = _relative(known[known["family"] == family])
        joined = {
            name: (own.get(name, loss) * count + loss * _FAMILY_FORECASTS)
            / (count + _FAMILY_FORECASTS)
            for name, loss in panel.items()
        }
        found[family] = _shares(joined, before.by_family[family], trust=trust)
    return Weights(found)


def _shares(
    loss: Mapping[str, float], before: Mapping[str, float], *, trust: float
) -> dict[str, float]:
    """Prior shares times a power of the losses, which `trust` (0 to 1) brings down.

    Shrinking the power and not the shares lets a model that is hopeless here (a national
    forecast of shelters that share nothing) fall to nothing, however high it stood before.
    """
    best = min(loss.values())
    raw = {
        name: before[name] * (value / best) ** (-_SHARPNESS * trust) for name, value in loss.items()
    }
    # Models that were never scored keep their share; the others divide the rest.
    rest, total = sum(before[name] for name in loss), sum(raw.values())
    shares = {
        name: raw[name] / total * rest if name in raw else share for name, share in before.items()
    }
    # As many digits as basis.json keeps, so that stored weights draw the same.
    return {name: round(share, 6) for name, share in shares.items()}


def _relative(losses: pd.DataFrame) -> tuple[dict[str, float], int]:
    """Each model's loss over the mean of all models, and how many forecasts tell it.

    Every origin counts alike, whatever it cost: else one shock, in which a model that knows
    nothing is as good as any, would choose the models for the calm years after it.
    """
    table = losses.pivot_table(
        index=["part", "series", "origin"], columns="model", values="value", sort=True
    )
    # Only forecasts that most models made can be compared.
    table = table[table.notna().mean(axis=1) > 0.5]
    parts = {
        part: _mean_log_ratio(rows)
        for part, rows in table.groupby(level="part")
        if rows.to_numpy(na_value=0.0).any()
    }
    relative: dict[str, float] = {}
    weight: dict[str, float] = {}
    for part, share in _PARTS.items():
        for name, value in parts.get(part, {}).items():
            relative[name] = relative.get(name, 0.0) + share * math.exp(value)
            weight[name] = weight.get(name, 0.0) + share
    periods = table.index.get_level_values("part") == "periods"
    return {name: value / weight[name] for name, value in relative.items()}, int(periods.sum())


def _mean_log_ratio(rows: pd.DataFrame) -> dict[str, float]:
    """Mean over origins of the log of each model's loss over that of the mean model."""
    middle = rows.mean(axis=1)
    due = rows.notna().mul(middle, axis=0).groupby(level="origin").sum()
    ratios = rows.groupby(level="origin").sum() / due
    logs = np.log(ratios.where(ratios > 0)).mean().dropna()
    return {str(name): float(value) for name, value in logs.items()}
