"""The chain behind backtest: every model, the pool and the benchmark from past origins."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from forecasting.backtest import (
    BacktestResult,
    Forecast,
    ForecastTask,
    collect,
    forecast,
    last_origins,
    summarise,
)
from forecasting.ensemble import PooledForecast, fit_pool
from forecasting.errors import ComputationError, InputError
from forecasting.panel import CountPanel
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams
from models import FORECASTERS
from service import clock
from service.counted import read_panel
from service.files import require_writable, write_folder
from service.home import home_path
from service.outcomes import count_basis, failed_fits, run_json, settings_findings, weight_origins
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
    panels = _panels(found.panel, request)
    with tracker(on=request.tracking, home=home_path()) as track:
        talk.say(f"Forecasting {len(found.panel.series)} series from {len(panels)} origins")
        done = _forecasts(request, forecasters, panels, talk=talk)
        talk.say("Scoring")
        streams = Streams(request.seed)
        result = collect(done, panels, truth=found.panel, streams=streams)
        scores, summary = score_rows(result.scores), summarise(result.scores)
        basis = count_basis(
            request,
            found,
            weights={},
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
        *settings_findings(request.settings),
        *tracked.findings,
        *failed_fits(result.failures),
    )
    shown = summary[summary["metric"].isin(SHOWN_SCORES)]
    rows = tuple(shown.to_dict("records"))
    return CountOutcome(request.out, tuple(files), findings, rows, tracked.run_id)


@dataclass(frozen=True)
class OriginTask:
    """The forecasts of all models from one origin; can be sent to another process."""

    forecasters: tuple[Forecaster, ...]
    panel: CountPanel
    request: CountRequest

    def run(self) -> list[Forecast]:
        """Every model of the pool, the pool itself, and the benchmark."""
        streams = Streams(self.request.seed).child("origin", self.panel.origin.isoformat())
        pooled = self._pool(streams)
        failures: defaultdict[str, list[FitFailure]] = defaultdict(list)
        for each in pooled.failures:
            failures[each.model].append(each)
        singles = [
            Forecast(name, samples, tuple(failures[name]))
            for name, samples in pooled.by_model.items()
        ]
        rest = [] if BENCHMARK in pooled.by_model else [self._benchmark(streams)]
        return [*singles, *rest, Forecast(ENSEMBLE, pooled.samples, ())]

    def _pool(self, streams: Streams) -> PooledForecast:
        request = self.request
        try:
            return fit_pool(
                self.forecasters,
                self.panel,
                steps=request.horizon,
                draws=request.draws,
                streams=streams,
                weight_origins=weight_origins(request, self.forecasters),
            )
        except ComputationError as error:
            message = f"origin {self.panel.origin}: {error.message}"
            raise ComputationError(message, fix="Use fewer origins or other models.") from error

    def _benchmark(self, streams: Streams) -> Forecast:
        model = FORECASTERS[BENCHMARK]()
        request = self.request
        return forecast(ForecastTask(model, self.panel, request.horizon, request.draws, streams))


def _forecasts(
    request: CountRequest,
    forecasters: Sequence[Forecaster],
    panels: Mapping[date, CountPanel],
    *,
    talk: Talk,
) -> list[Forecast]:
    tasks = [OriginTask(tuple(forecasters), panel, request) for panel in panels.values()]
    found = mapper(request.workers, talk=talk)(OriginTask.run, tasks)
    return [each for one in found for each in one]


def _panels(panel: CountPanel, request: CountRequest) -> dict[date, CountPanel]:
    origins = last_origins(
        panel, steps=request.horizon, count=request.origins, stride=request.stride, least=2
    )
    if len(origins) < request.origins:
        raise InputError(
            f"{len(panel.periods)} periods have room for {len(origins)} origins with horizon "
            f"{request.horizon} and stride {request.stride}, not for {request.origins}.",
            fix="Use fewer origins, a shorter horizon or a longer history.",
        )
    return {origin: panel.until(origin) for origin in origins}


def _by_model(
    result: BacktestResult, table: Callable[[ForecastSamples], pd.DataFrame]
) -> pd.DataFrame:
    made = [
        (model, table(samples))
        for (model, _), samples in result.forecasts.items()
        if samples.series  # a model that failed everywhere has no rows
    ]
    return by_model_and_origin(made)
