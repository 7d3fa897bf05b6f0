"""Our pool and its models on a set, by the very steps of the command `backtest`."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forecasting.backtest import Forecast
from service.processes import mapper
from service.registry import ENSEMBLE, chosen_forecasters
from service.requests import CountRequest
from service.run_backtest import OriginTask
from service.settings import load_settings
from tests.bench.answers import Answer, Answers, failed, from_paths, truth_of
from tests.bench.peers import cpu_seconds
from tests.bench.sets import BenchSet

ROOT = Path(__file__).parent.parent.parent
# Our forecasts follow from these; kept ones are used again only while none has changed.
_SOURCES = ("forecasting", "models", "config", "service")


@dataclass(frozen=True)
class Timed:
    """What one origin gave, and its processor seconds."""

    forecasts: tuple[Forecast, ...]
    seconds: float


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
    forecasters = tuple(chosen_forecasters((), request.settings))
    tasks = [OriginTask(forecasters, bench.panel.until(o), request) for o in bench.dates]
    found = list(mapper(workers)(_timed, tasks))
    names = dict.fromkeys(each.model for one in found for each in one.forecasts)
    return [
        Answers(
            name if name == ENSEMBLE else f"own/{name}",
            tuple(_answers(bench, found, name)),
            sum(one.seconds for one in found) if name == ENSEMBLE else float("nan"),
        )
        for name in names
    ]


def _timed(task: OriginTask) -> Timed:
    started = cpu_seconds()
    forecasts = tuple(task.run())
    return Timed(forecasts, cpu_seconds() - started)


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


def _answers(bench: BenchSet, found: list[Timed], name: str) -> Iterator[Answer]:
    for origin, one in zip(bench.dates, found, strict=True):
        forecast = next((each for each in one.forecasts if each.model == name), None)
        if forecast is None or not forecast.samples.series:
            yield failed(bench.panel, origin, "no forecast", steps=bench.horizon)
        else:
            yield _answer(bench, forecast)


def _answer(bench: BenchSet, forecast: Forecast) -> Answer:
    samples = forecast.samples
    rows = [bench.panel.series.index(key) for key in samples.series]
    steps, sums = from_paths(samples.counts, truth_of(bench, samples.origin)[rows])
    failures = {each.series: each.reason for each in forecast.failures}
    return Answer(samples.origin, samples.series, steps, sums, failures)
