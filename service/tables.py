"""Forecasts as the tidy files of the contract: sorted, and equal to the last byte."""

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forecasting.panel import SeriesKey
from forecasting.protocol import FitFailure
from forecasting.samples import HUB_LEVELS, WHOLE_NATION, ForecastSamples
from forecasting.weights import Weights

Models = Mapping[str, ForecastSamples]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """CSV with six significant digits and Unix line ends."""
    text: str = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return text.encode()


def json_bytes(value: object) -> bytes:
    """Indented JSON with a last line end."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def quantile_table(samples: ForecastSamples) -> pd.DataFrame:
    """unique_id, origin, ds, step, level, value: one row per series, step and level."""
    values = samples.quantile(HUB_LEVELS).astype(np.int64)  # [series, step, level]
    names, steps = _names(samples.series), len(samples.periods)
    row, step, level = (grid.ravel() for grid in np.indices(values.shape))
    table = pd.DataFrame(
        {
            "unique_id": names[row],
            "origin": samples.origin.isoformat(),
            "ds": samples.periods.astype("datetime64[D]").astype(str)[step],
            "step": np.arange(1, steps + 1)[step],
            "level": np.array(HUB_LEVELS)[level],
            "value": values.ravel(),
        }
    )
    return table.sort_values(["unique_id", "step", "level"], ignore_index=True)


def total_table(samples: ForecastSamples) -> pd.DataFrame:
    """unique_id, origin, level, value of the sum over the horizon; "alle" for all series."""
    summed = samples.over_horizon()
    parts = [quantile_table(summed), quantile_table(summed.total())]
    table = pd.concat(parts, ignore_index=True)
    return table[["unique_id", "origin", "level", "value"]]


def by_model_and_origin(
    tables: Iterable[tuple[str, pd.DataFrame]],
) -> pd.DataFrame:
    """Tables of several models and origins as one, with the column `model` first."""
    named = [table.assign(model=model) for model, table in tables]
    whole = pd.concat(named, ignore_index=True)
    order = [name for name in ("model", "unique_id", "origin", "step", "level") if name in whole]
    front = ["model", *(name for name in whole if name != "model")]
    return whole.sort_values(order, ignore_index=True)[front]


def draws_bytes(samples: ForecastSamples) -> bytes:
    """Parquet with unique_id, ds, draw (from 1) and value; joint draws share their number."""
    ordered = sorted(range(len(samples.series)), key=lambda row: _name(samples.series[row]))
    names = _names(samples.series)[ordered]
    values = samples.counts[ordered].transpose(0, 2, 1)  # [series, step, draw]
    series, step, draw = (grid.ravel().astype(np.int32) for grid in np.indices(values.shape))
    days = pa.array(samples.periods.astype("datetime64[D]"))
    table = pa.table(
        {
            "unique_id": pa.DictionaryArray.from_arrays(pa.array(series), pa.array(list(names))),
            "ds": days.take(pa.array(step)),
            "draw": pa.array(draw + 1),
            "value": pa.array(values.ravel()),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", version="2.6", store_schema=False)
    return out.getvalue()


def fits_table(models: Models, weights: Weights, failures: Iterable[FitFailure]) -> pd.DataFrame:
    """unique_id, model, weight, status (ok or failed) and message, per series and model.

    A series that a model failed has no weight for it: its draws come from the others.
    """
    failed = {(each.model, _name(each.series)): each.reason for each in failures}
    done = {(model, _name(key)) for model, samples in models.items() for key in samples.series}
    keys = {_name(key): key for samples in models.values() for key in samples.series}
    keys |= {_name(each.series): each.series for each in failures}
    rows = [
        {
            "unique_id": name,
            "model": model,
            "weight": weights.of(keys[name]).get(model, 0.0) if (model, name) in done else 0.0,
            "status": "failed" if (model, name) in failed else "ok",
            "message": " ".join(failed.get((model, name), "").split()),
        }
        for model, name in sorted({*done, *failed}, key=lambda pair: (pair[1], pair[0]))
    ]
    return pd.DataFrame(rows, columns=["unique_id", "model", "weight", "status", "message"])


def score_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """model, unique_id, origin, step, metric, value; step 0 is the sum over the horizon."""
    table = scores.rename(columns={"series": "unique_id"})
    table["origin"] = [day.isoformat() if isinstance(day, date) else day for day in table["origin"]]
    order = ["model", "unique_id", "origin", "step", "metric"]
    return table[[*order, "value"]].sort_values(order, ignore_index=True)


def _names(series: tuple[SeriesKey, ...]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([_name(key) for key in series], dtype=object)


def _name(key: SeriesKey) -> str:
    if key == SeriesKey(WHOLE_NATION, WHOLE_NATION):
        return WHOLE_NATION
    return str(key)
