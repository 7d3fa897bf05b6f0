"""python -m tests.bench speed: seconds of the pool on made-up counts, and what they go to.

Three jobs (issue 3): the yearly run of 48 nodes (35 series, 13 totals), 30 monthly series from
stored weights, and 1 000 monthly series with the fast models. The program is loaded and its
processes are started before the clock is.
"""

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from forecasting.backtest import Forecast, ForecastTask
from forecasting.ensemble import PooledForecast, PoolSettings, fit_pool
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.samples import HUB_LEVELS, WHOLE_NATION, ForecastSamples
from forecasting.streams import Streams
from service.processes import mapper, one_thread_each
from service.registry import chosen_forecasters
from service.settings import load_settings
from tests.bench.made_up import made_up_panel

# Models that need at most about 20 ms a series; those of them that are registered are run.
FAST = (
    "seasonal_naive",
    "recent_mean_negbin",
    "negbin_glm",
    "negbin_levels",
    "national_share",
)


@dataclass(frozen=True)
class Job:
    """One measured job: what is forecast, and the seconds that issue 3 asks for."""

    name: str
    panel: Callable[[], CountPanel]
    steps: int
    draws: int
    weight_origins: int
    target: float
    floor: float
    models: tuple[str, ...] = ()


YEARLY = Job(
    "yearly run: 35 series and 13 totals by week, 10 years, 8 origins, 10 000 paths",
    partial(made_up_panel, Frequency.WEEK, regions=5, need_groups=7, periods=520, seed=1),
    steps=52,
    draws=10_000,
    weight_origins=8,
    target=15.0,
    floor=60.0,
)
# Stored weights spare the backtest that finds them, so no origins are run for them.
STORED = Job(
    "30 monthly series, 24 months ahead, from stored weights",
    partial(made_up_panel, Frequency.MONTH, regions=5, need_groups=6, periods=120, seed=2),
    steps=24,
    draws=2_000,
    weight_origins=0,
    target=5.0,
    floor=5.0,
)
MANY = Job(
    "1 000 monthly series with the fast models, 3 origins for the weights",
    partial(made_up_panel, Frequency.MONTH, regions=20, need_groups=50, periods=72, seed=3),
    steps=12,
    draws=2_000,
    weight_origins=3,
    target=60.0,
    floor=60.0,
    models=FAST,
)
JOBS = {"yearly": YEARLY, "stored": STORED, "many": MANY}


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock of one job, and what they went to.

    `by_model` are seconds within the processes; `outside` is what one process did alone after
    and between: tying, pooling, scores, sums; `quantiles` those of all nodes.
    """

    job: str
    seconds: float
    target: float
    floor: float
    models: int
    by_model: dict[str, float]
    outside: float
    quantiles: float
    failures: int


@dataclass
class Stopwatch:
    """Runs forecast tasks on several processes and keeps each model's seconds."""

    workers: int
    by_model: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    waited: float = 0.0

    def run(
        self, function: Callable[[ForecastTask], Forecast], tasks: Sequence[Any]
    ) -> Iterator[Forecast]:
        """The answers in the order of the tasks, as any `run` of fit_pool."""
        started = time.monotonic()
        for found, seconds in mapper(self.workers)(partial(_timed, function), tasks):
            self.by_model[found.model] += seconds
            yield found
        self.waited += time.monotonic() - started


def _timed(
    function: Callable[[ForecastTask], Forecast], task: ForecastTask
) -> tuple[Forecast, float]:
    started = time.monotonic()
    found = function(task)
    return found, time.monotonic() - started


def measure(job: Job, *, workers: int) -> Measured:
    """Run one job."""
    forecasters = chosen_forecasters((), load_settings())
    wanted = [each for each in forecasters if not job.models or each.name in job.models]
    panel, watch = job.panel(), Stopwatch(workers)
    started = time.monotonic()
    pooled = fit_pool(
        wanted,
        panel,
        settings=PoolSettings(job.steps, job.draws, weight_origins=job.weight_origins),
        streams=Streams(1),
        run=watch.run,
    )
    whole = time.monotonic() - started
    node_quantiles(pooled)
    seconds = time.monotonic() - started
    return Measured(
        job=job.name,
        seconds=round(seconds, 2),
        target=job.target,
        floor=job.floor,
        models=len(wanted),
        by_model=dict(sorted(watch.by_model.items(), key=lambda item: -item[1])),
        outside=round(whole - watch.waited, 2),
        quantiles=round(seconds - whole, 2),
        failures=len(pooled.failures),
    )


def node_quantiles(pooled: PooledForecast) -> int:
    """Quantiles of every series, and of the totals by region, by need group and of all."""
    samples = pooled.samples
    nodes = [
        samples,
        samples.total(by=lambda key: SeriesKey(key.region, WHOLE_NATION)),
        samples.total(by=lambda key: SeriesKey(WHOLE_NATION, key.need_group)),
        samples.total(),
    ]
    return sum(_quantiles(each) for each in nodes)


def _quantiles(samples: ForecastSamples) -> int:
    samples.over_horizon().quantile(HUB_LEVELS)
    return len(samples.quantile(HUB_LEVELS))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--jobs", nargs="+", choices=tuple(JOBS), default=tuple(JOBS))


def run(given: argparse.Namespace) -> None:
    """Measure, and print a table and a line of JSON."""
    one_thread_each()
    print(f"{os.cpu_count()} processors, {given.workers} processes")
    warm_up(given.workers)
    found = [measure(JOBS[name], workers=given.workers) for name in given.jobs]
    for each in found:
        print(_text(each))
    print(json.dumps([asdict(each) for each in found]))


def warm_up(workers: int) -> None:
    """Load the models' libraries and start the processes, on a few short series."""
    panel = made_up_panel(Frequency.MONTH, regions=2, need_groups=2, periods=48, seed=4)
    few = Job("warm-up", lambda: panel, 3, draws=10, weight_origins=workers, target=0, floor=0)
    measure(few, workers=workers)


def _text(found: Measured) -> str:
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in found.by_model.items())
    kept = "reached" if found.seconds <= found.target else "not reached"
    return (
        f"\n{found.job}\n"
        f"  {found.seconds:.1f} s with {found.models} models; target {found.target:g} s {kept}, "
        f"floor {found.floor:g} s; {found.failures} failed fits\n"
        f"  seconds within processes: {spent}\n"
        f"  in one process alone: {found.outside:.1f} (tying, pooling, weights), "
        f"quantiles of all nodes {found.quantiles:.1f}"
    )
