"""Our pool and its models on a set, by the very steps of the command `backtest`."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from forecasting.ensemble import PooledForecast, fit_pools
from forecasting.streams import Streams
from service.outcomes import pool_settings
from service.processes import mapper
from service.registry import ENSEMBLE, chosen_forecasters
from service.requests import CountRequest
from service.settings import load_settings
from tests.bench.answers import Answer, Answers, failed, from_paths, truth_of
from tests.bench.peers import cpu_seconds
from tests.bench.sets import BenchSet

ROOT = Path(__file__).parent.parent.parent
# Our forecasts follow from these; kept ones are used again only while none has changed.
_SOURCES = ("forecasting", "models", "config", "service")


def code_digest() -> str:
    """A short name for the state of the code and the packaged configuration."""
    digest = hashlib.sha256()
    for room in _SOURCES:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in (".py", ".toml"):
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def run_own(bench: BenchSet, *, workers: int) -> list[Answers]:
    """The pool (`ensemble`) and each model's draws as they enter it (`own/...`)."""
    request = _request(bench)
    forecasters = chosen_forecasters((), request.settings)
    started = cpu_seconds()
    pools = fit_pools(
        forecasters,
        bench.panel,
        bench.dates,
        settings=pool_settings(
            request.settings.forecast, forecasters, steps=request.horizon, draws=request.draws
        ),
        streams=Streams(request.seed),
        run=mapper(workers),
    )
    seconds = cpu_seconds() - started
    singles = [
        Answers(f"own/{each.name}", tuple(_answers(bench, pools, each.name)), float("nan"))
        for each in forecasters
    ]
    return [Answers(ENSEMBLE, tuple(_answers(bench, pools, ENSEMBLE)), seconds), *singles]


def _request(bench: BenchSet) -> CountRequest:
    """What a user who sets nothing would ask of `backtest`."""
    settings = load_settings()
    return CountRequest(
        counts=Path(bench.name),
        from_store=False,
        horizon=bench.horizon,
        freq=bench.panel.freq,
        quantity=bench.panel.quantity,
        models=(),
        settings=settings,
        draws=settings.forecast.draws,
        seed=settings.forecast.seed,
        out=Path(bench.name),
        tracking=False,
        origins=bench.origins,
        stride=bench.stride,
    )


def _answers(bench: BenchSet, pools: Mapping[date, PooledForecast], name: str) -> Iterator[Answer]:
    for origin, pooled in pools.items():
        samples = pooled.samples if name == ENSEMBLE else pooled.by_model[name]
        if not samples.series:
            yield failed(bench.panel, origin, "no forecast", steps=bench.horizon)
            continue
        rows = [bench.panel.series.index(key) for key in samples.series]
        steps, sums = from_paths(samples.counts, truth_of(bench, origin)[rows])
        failures = {each.series: each.reason for each in pooled.failures if each.model == name}
        yield Answer(origin, samples.series, steps, sums, failures)
