"""Records plans and backtests as runs; says so when it cannot, and never stops the job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import pandas as pd

from experiments.entries import EXPERIMENTS, RunEntry, backtest_entry, plan_entry, replay_entry
from experiments.recorder import PATIENCE_SECONDS, Recorder
from forecasting.basis import Basis
from forecasting.errors import InputError, PlassplanError
from forecasting.findings import Finding, warning
from planning.plan import Plan


@dataclass(frozen=True)
class Tracked:
    """What became of recording one run: its id, or None and a finding that says why."""

    run_id: str | None
    findings: tuple[Finding, ...] = ()


class Tracker(Protocol):
    """Records runs. Enter it before the work, so that it can get ready meanwhile."""

    def __enter__(self) -> Self:
        """Start getting ready; does not wait."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of everything."""
        ...

    def record_plan(
        self, plan: Plan, *, seconds: float, scores: Mapping[str, float] | None = None
    ) -> Tracked:
        """Record a finished plan; `scores` are the models' mean scores behind the weights."""
        ...

    def record_backtest(
        self,
        scores: pd.DataFrame,
        *,
        summary: pd.DataFrame,
        settings: Mapping[str, object],
        basis: Basis,
        seconds: float,
    ) -> Tracked:
        """Record a finished backtest, with one child run per model."""
        ...

    def record_replay(self, summary: pd.DataFrame, *, basis: Basis, seconds: float) -> Tracked:
        """Record a finished replay: what each policy would have given."""
        ...


class NoTracking:
    """Tracking is off: nothing is recorded and nothing is said."""

    def __enter__(self) -> Self:
        """Nothing to get ready."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to let go of."""

    def record_plan(
        self, plan: Plan, *, seconds: float, scores: Mapping[str, float] | None = None
    ) -> Tracked:
        """Record nothing."""
        del plan, seconds, scores
        return Tracked(None)

    def record_backtest(
        self,
        scores: pd.DataFrame,
        *,
        summary: pd.DataFrame,
        settings: Mapping[str, object],
        basis: Basis,
        seconds: float,
    ) -> Tracked:
        """Record nothing."""
        del scores, summary, settings, basis, seconds
        return Tracked(None)

    def record_replay(self, summary: pd.DataFrame, *, basis: Basis, seconds: float) -> Tracked:
        """Record nothing."""
        del summary, basis, seconds
        return Tracked(None)


class MlflowTracking:
    """Records into an MLflow store in SQLite, through a recorder process of its own.

    `store` is the database file, `artifacts` the folder of the runs' files. The process
    starts on entering and gets ready while the main job computes.
    """

    def __init__(self, store: Path, artifacts: Path, *, patience: float = PATIENCE_SECONDS) -> None:
        self._recorder = Recorder(store, artifacts, patience=patience)
        self._fault = ""

    def __enter__(self) -> Self:
        """Start the recorder; a fault is kept for the first record."""
        try:
            self._recorder.__enter__()
        except OSError as error:
            self._fault = str(error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the recorder; what it has answered is stored."""
        self._recorder.__exit__(kind, error, trace)

    def record_plan(
        self, plan: Plan, *, seconds: float, scores: Mapping[str, float] | None = None
    ) -> Tracked:
        """Record a finished plan. A fault is a finding."""
        return self._record(lambda: plan_entry(plan, seconds=seconds, scores=scores))

    def record_backtest(
        self,
        scores: pd.DataFrame,
        *,
        summary: pd.DataFrame,
        settings: Mapping[str, object],
        basis: Basis,
        seconds: float,
    ) -> Tracked:
        """Record a finished backtest. A fault is a finding."""
        return self._record(
            lambda: backtest_entry(
                scores, summary=summary, settings=settings, basis=basis, seconds=seconds
            )
        )

    def record_replay(self, summary: pd.DataFrame, *, basis: Basis, seconds: float) -> Tracked:
        """Record a finished replay. A fault is a finding."""
        return self._record(lambda: replay_entry(summary, basis=basis, seconds=seconds))

    def _record(self, make: Callable[[], RunEntry]) -> Tracked:
        if self._fault:
            return _failed(self._fault)
        try:
            return Tracked(self._recorder.ask(verb="record", entry=make().to_dict()))
        except (PlassplanError, OSError, ValueError) as error:
            return _failed(str(error))


@dataclass(frozen=True)
class RunRow:
    """One recorded run, for lists and comparisons. `started_ms` is UTC, since 1970."""

    run_id: str
    experiment: str
    name: str
    status: str
    started_ms: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    files: tuple[str, ...] = ()
    children: tuple["RunRow", ...] = ()


def list_runs(store: Path, artifacts: Path, *, limit: int = 20) -> tuple[RunRow, ...]:
    """The newest runs, newest first; none where no run was ever recorded."""
    if not store.exists():
        return ()
    with Recorder(store, artifacts) as recorder:
        rows = recorder.ask(verb="list", experiments=EXPERIMENTS, limit=limit)
    return tuple(_row(row) for row in rows)


def show_runs(run_ids: tuple[str, ...], *, store: Path, artifacts: Path) -> tuple[RunRow, ...]:
    """Runs with their files and child runs. Raises InputError for one that is not there."""
    if not store.exists():
        raise _unknown(", ".join(run_ids))
    with Recorder(store, artifacts) as recorder:
        found = [(run_id, recorder.ask(verb="show", run_id=run_id)) for run_id in run_ids]
    missing = [run_id for run_id, row in found if row is None]
    if missing:
        raise _unknown(", ".join(missing))
    return tuple(_row(row) for _, row in found)


def show_run(run_id: str, *, store: Path, artifacts: Path) -> RunRow:
    """One run with its files and child runs. Raises InputError where there is none."""
    return show_runs((run_id,), store=store, artifacts=artifacts)[0]


def compare_runs(
    run_ids: tuple[str, ...], *, store: Path, artifacts: Path
) -> tuple[dict[str, str], ...]:
    """What differs between runs: one row per setting or number, one column per run id."""
    rows = show_runs(run_ids, store=store, artifacts=artifacts)
    values = [
        dict(row.params) | {name: f"{value:g}" for name, value in row.metrics.items()}
        for row in rows
    ]
    names = dict.fromkeys(name for one in values for name in one)
    table = [
        {"name": name}
        | {row.run_id: one.get(name, "") for row, one in zip(rows, values, strict=True)}
        for name in names
    ]
    return tuple(line for line in table if len({line[row.run_id] for row in rows}) > 1)


def _row(plain: Mapping[str, Any]) -> RunRow:
    given = dict(plain)
    children = tuple(_row(child) for child in given.pop("children", ()))
    return RunRow(**given | {"files": tuple(given.get("files", ())), "children": children})


def _unknown(run_id: str) -> InputError:
    return InputError(
        f"run {run_id!r} is not in the run store.", fix="See `plassplan runs list` for the ids."
    )


def _failed(reason: str) -> Tracked:
    return Tracked(None, (warning("tracking_failed", reason=reason),))
