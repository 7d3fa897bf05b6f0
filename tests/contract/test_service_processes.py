"""Work on several processes gives the same answers in the same order as in one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import psutil
import pytest

from forecasting.ensemble import PoolSettings, fit_pool
from forecasting.history import History
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.streams import Streams
from models.recent_mean_negbin import RecentMean, RecentMeanNegBin
from service.processes import THREAD_SETTINGS, default_workers, mapper, one_thread_each


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def failing(number: int) -> int:
    raise ValueError(f"task {number}")


class Heard:
    """A talk that remembers."""

    def __init__(self) -> None:
        self.ticks: list[tuple[int, int]] = []

    def say(self, text: str) -> None:
        raise AssertionError(text)

    def tick(self, done: int, total: int) -> None:
        self.ticks.append((done, total))


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_the_order_of_the_tasks(workers: int) -> None:
    heard = Heard()
    answers = list(mapper(workers, talk=heard)(squared, range(9)))
    assert [answer for answer, _ in answers] == [n * n for n in range(9)]
    assert ({process for _, process in answers} == {os.getpid()}) == (workers == 1)
    assert heard.ticks == [(n, 9) for n in range(1, 10)]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_task_gives_no_answer(workers: int) -> None:
    assert list(mapper(workers)(squared, [])) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ValueError, match="task 3"):
        list(mapper(workers)(failing, [3]))


def test_numerical_libraries_are_kept_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_SETTINGS:
        monkeypatch.setenv(name, "4")
    one_thread_each()
    assert {os.environ[name] for name in THREAD_SETTINGS} == {"1"}


def test_there_is_at_least_one_processor() -> None:
    assert 1 <= default_workers() <= 8


# A parent that is killed

ENDLESS = """
import os, sys, time
from pathlib import Path
from service.processes import mapper

def endless(number: int) -> None:
    (Path(sys.argv[1]) / f"{number}.pid").write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    list(mapper(2)(endless, range(2)))
"""


def test_processes_end_within_seconds_of_the_program_in_the_midst_of_a_task(
    tmp_path: Path,
) -> None:
    program = tmp_path / "endless.py"
    program.write_text(ENDLESS.replace("sys.argv[1]", repr(str(tmp_path))))
    parent = subprocess.Popen([sys.executable, str(program)])
    try:
        _until(lambda: len(_pids(tmp_path)) == 2, seconds=60)
        working = [psutil.Process(pid) for pid in _pids(tmp_path)]
    finally:
        parent.kill()
        parent.wait()
    _until(lambda: all(map(_is_over, working)), seconds=10)


def _pids(folder: Path) -> list[int]:
    return [int(text) for path in folder.glob("*.pid") if (text := path.read_text())]


def _is_over(process: psutil.Process) -> bool:
    # Where nobody takes it away it stays as a zombie.
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _until(true: Callable[[], bool], *, seconds: float) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last
        time.sleep(0.05)


# A model that hangs

KEYS = tuple(SeriesKey(name, "x") for name in ("a", "b", "c"))


@dataclass(frozen=True)
class Hanging(RecentMeanNegBin):
    """A model that never comes back from series b."""

    def _fit_one(self, seen: History) -> RecentMean:
        while seen.key == KEYS[1]:
            time.sleep(0.01)
        return super()._fit_one(seen)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_series_that_a_model_hangs_on_is_a_failure_and_the_rest_goes_on(workers: int) -> None:
    periods = Frequency.MONTH.after(date(2014, 12, 1), 60)
    counts = Streams(1).rng("hang").poisson(9.0, (3, 60)).astype(np.float64)
    panel = CountPanel(
        Quantity.REFERRALS, Frequency.MONTH, date(2019, 12, 1), KEYS, periods, counts, counts >= 0
    )
    pooled = fit_pool(
        (Hanging(),),
        panel,
        settings=PoolSettings(3, 20, weight_origins=0),
        streams=Streams(1),
        run=mapper(workers, seconds_per_model=1.0),
    )
    (failure,) = pooled.failures
    assert failure.series == KEYS[1]
    assert "TimeoutError" in failure.reason
    assert pooled.samples.series == (KEYS[0], KEYS[2])
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
