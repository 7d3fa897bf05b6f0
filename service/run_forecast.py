"""The chain behind forecast: every series with the pool, or with one model."""

import time

import pandas as pd

from experiments.tracking import Tracked
from forecasting.ensemble import fit_pool
from forecasting.streams import Streams
from service import clock
from service.counted import read_panel
from service.files import require_writable, write_folder
from service.home import home_path
from service.known_changes import known_changes
from service.outcomes import (
    count_basis,
    failed_fits,
    pool_settings,
    run_json,
    stored_weights,
)
from service.processes import mapper
from service.registry import chosen_forecasters
from service.requests import CountOutcome, CountRequest
from service.tables import (
    csv_bytes,
    draws_bytes,
    fits_table,
    json_bytes,
    quantile_table,
    total_table,
)
from service.talk import SILENT, Talk


def run_forecast(request: CountRequest, *, talk: Talk = SILENT) -> CountOutcome:
    """Forecast every series with the pool, or with one model, and write the files."""
    started = time.monotonic()
    forecasters = chosen_forecasters(request.models, request.settings)
    require_writable(request.out)
    found = read_panel(request, home=home_path(), today=clock.today())
    talk.say(f"Forecasting {len(found.panel.series)} series with {len(forecasters)} models")
    pooled = fit_pool(
        forecasters,
        found.panel,
        settings=pool_settings(
            request.settings.forecast,
            forecasters,
            steps=request.horizon,
            draws=request.draws,
            weights=stored_weights(request.weights) if request.weights else None,
        ),
        streams=Streams(request.seed),
        run=mapper(
            request.workers,
            talk=talk,
            seconds_per_model=request.settings.forecast.seconds_per_model,
        ),
        changes=known_changes(request.settings),
    )
    totals = total_table(pooled.samples)
    files = {
        "quantiles.csv": csv_bytes(quantile_table(pooled.samples)),
        "draws.parquet": draws_bytes(pooled.samples),
        "totals.csv": csv_bytes(totals),
        "fits.csv": csv_bytes(fits_table(pooled.by_model, pooled.weights, pooled.failures)),
        "basis.json": json_bytes(count_basis(request, found, weights=pooled.weights).to_dict()),
        "run.json": run_json(started, Tracked(None)),
    }
    write_folder(request.out, files)
    findings = (
        *found.findings,
        *pooled.findings,
        *failed_fits(pooled.failures),
    )
    return CountOutcome(request.out, tuple(files), findings, _totals_shown(totals))


def _totals_shown(totals: pd.DataFrame) -> tuple[dict[str, object], ...]:
    """Per series the sum over the horizon: low, middle and high."""
    wide = totals.pivot_table(index="unique_id", columns="level", values="value", sort=False)
    shown = wide[[0.05, 0.5, 0.95]].astype(int).reset_index()
    shown.columns = pd.Index(["series", "5 %", "50 %", "95 %"])
    return tuple(shown.to_dict("records"))
