"""The chain behind backtest: every model, the pool and the benchmark from past origins."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from forecasting.backtest import (
    BacktestResult,
    Forecast,
    ForecastTask,
    collect,
    last_origins,
    summarise,
)
from forecasting.ensemble import PooledForecast, fit_pools, forecast_whole
from forecasting.errors import InputError
from forecasting.panel import CountPanel
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams
from forecasting.weights import Weights
from models import FORECASTERS
from service import clock
from service.counted import read_panel
from service.files import require_writable, write_folder
from service.home import home_path
from service.known_changes import known_changes
from service.outcomes import count_basis, failed_fits, pool_settings, run_json
from service.processes import mapper
from service.recorded import tracker
from service.registry import BENCHMARK, ENSEMBLE, chosen_forecasters
from service.requests import CountOutcome, CountRequest
from service.tables import (
    by_model_and_origin,
    csv_bytes,
    json_bytes,
    quantile_table,
    score_rows,
    total_table,
)
from service.talk import SILENT, Talk

# What the printed summary shows; summary.csv has every score.
SHOWN_SCORES = ("crps", "crps_scaled", "coverage_90")


def run_backtest(request: CountRequest, *, talk: Talk = SILENT) -> CountOutcome:
    """Forecast from past origins with every model, the pool and the benchmark, and score them."""
    started = time.monotonic()
    forecasters = chosen_forecasters(request.models, request.settings)
    require_writable(request.out)
    found = read_panel(request, home=home_path(), today=clock.today())
    origins = _origins(found.panel, request)
    with tracker(on=request.tracking, home=home_path()) as track:
        talk.say(f"Forecasting {len(found.panel.series)} series from {len(origins)} origins")
        done = _forecasts(request, forecasters, found.panel, origins=origins, talk=talk)
        talk.say("Scoring")
        panels = {origin: found.panel.until(origin) for origin in origins}
        result = collect(done, panels, truth=found.panel, streams=Streams(request.seed))
        scores, summary = score_rows(result.scores), summarise(result.scores)
        basis = count_basis(
            request,
            found,
            weights=Weights({}),
            origins=str(request.origins),
            stride=str(request.stride),
        )
        tracked = track.record_backtest(
            scores,
            summary=summary,
            settings={**basis.settings, "models": [each.name for each in forecasters]},
            basis=basis,
            seconds=time.monotonic() - started,
        )
    files = {
        "quantiles.csv": csv_bytes(_by_model(result, quantile_table)),
        "totals.csv": csv_bytes(_by_model(result, total_table)),
        "scores.csv": csv_bytes(scores),
        "summary.csv": csv_bytes(summary),
        "basis.json": json_bytes(basis.to_dict()),
        "run.json": run_json(started, tracked),
    }
    write_folder(request.out, files)
    findings = (
        *found.findings,
        *tracked.findings,
        *failed_fits(result.failures),
    )
    shown = summary[summary["metric"].isin(SHOWN_SCORES)]
    rows = tuple(shown.to_dict("records"))
    return CountOutcome(request.out, tuple(files), findings, rows, tracked.run_id)


def _forecasts(
    request: CountRequest,
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    *,
    origins: Sequence[date],
    talk: Talk,
) -> list[Forecast]:
    """Every model of the pool, the pool itself, and the benchmark, from every origin."""
    streams, run = (
        Streams(request.seed),
        mapper(
            request.workers,
            talk=talk,
            seconds_per_model=request.settings.forecast.seconds_per_model,
        ),
    )
    pools = fit_pools(
        forecasters,
        panel,
        origins,
        settings=pool_settings(
            request.settings.forecast, forecasters, steps=request.horizon, draws=request.draws
        ),
        streams=streams,
        run=run,
        changes=known_changes(request.settings),
    )
    found = [each for pooled in pools.values() for each in _of_pool(pooled)]
    if BENCHMARK in {each.name for each in forecasters}:
        return found
    model = FORECASTERS[BENCHMARK]()
    tasks = [
        ForecastTask(model, panel.until(origin), request.horizon, request.draws, streams)
        for origin in origins
    ]
    return [*found, *run(forecast_whole, tasks)]


def _of_pool(pooled: PooledForecast) -> list[Forecast]:
    failures: defaultdict[str, list[FitFailure]] = defaultdict(list)
    for each in pooled.failures:
        failures[each.model].append(each)
    singles = [
        Forecast(name, samples, tuple(failures[name])) for name, samples in pooled.by_model.items()
    ]
    return [*singles, Forecast(ENSEMBLE, pooled.samples, ())]


def _origins(panel: CountPanel, request: CountRequest) -> tuple[date, ...]:
    origins = last_origins(
        panel, steps=request.horizon, count=request.origins, stride=request.stride, least=2
    )
    if len(origins) < request.origins:
        raise InputError(
            f"{len(panel.periods)} periods have room for {len(origins)} origins with horizon "
            f"{request.horizon} and stride {request.stride}, not for {request.origins}.",
            fix="Use fewer origins, a shorter horizon or a longer history.",
        )
    return origins


def _by_model(
    result: BacktestResult, table: Callable[[ForecastSamples], pd.DataFrame]
) -> pd.DataFrame:
    made = [
        (model, table(samples))
        for (model, _), samples in result.forecasts.items()
        if samples.series  # a model that failed everywhere has no rows
    ]
    return by_model_and_origin(made)
