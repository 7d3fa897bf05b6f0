"""Runs that MLflow holds, as rows for the terminal, and MLflow's own pages."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from experiments.mlflow_store import SETTINGS
from experiments.tracking import (
    MlflowTracking,
    NoTracking,
    RunRow,
    Tracker,
    compare_runs,
    list_runs,
    show_run,
)
from forecasting.errors import UsageError
from service.home import ensure_home, home_path


def store_path(home: Path) -> Path:
    """MLflow's database."""
    return home / "mlflow" / "mlflow.sqlite"


def artifacts_path(home: Path) -> Path:
    """Folder of the runs' files."""
    return home / "mlflow" / "artifacts"


def tracker(*, on: bool, home: Path) -> Tracker:
    """Records runs in `home`, or nothing where tracking is off."""
    if not on:
        return NoTracking()
    ensure_home(home)
    return MlflowTracking(store_path(home), artifacts_path(home))


def listed(limit: int) -> list[dict[str, object]]:
    """The newest runs, one row each."""
    home = home_path()
    return [_row(run) for run in list_runs(store_path(home), artifacts_path(home), limit=limit)]


def shown(run_id: str) -> list[dict[str, object]]:
    """Settings and numbers of one run and of its children, one row each."""
    home = home_path()
    top = show_run(run_id, store=store_path(home), artifacts=artifacts_path(home))
    return [
        {"run": run.run_id, "name": run.name, "what": what, "value": value}
        for run in (top, *top.children)
        for what, value in (*run.params.items(), *run.metrics.items())
    ]


def compared(run_ids: tuple[str, ...]) -> list[dict[str, object]]:
    """What differs between the runs, one row per setting or number."""
    if len(set(run_ids)) < 2:
        raise UsageError(f"only {run_ids[0]} to compare.", fix="Name two runs or more.")
    home = home_path()
    found = compare_runs(run_ids, store=store_path(home), artifacts=artifacts_path(home))
    return [dict(row) for row in found]


def serve_ui(port: int) -> int:
    """Run MLflow's pages on this machine only, until they end. Returns their exit code."""
    home = ensure_home(home_path())
    arguments = [
        *(sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{store_path(home)}", "--workers", "1"),
        *("--default-artifact-root", artifacts_path(home).as_uri()),
    ]
    store_path(home).parent.mkdir(parents=True, exist_ok=True)
    # Jobs would start commands on behalf of a web page.
    quiet = {**SETTINGS, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # Our own interpreter; the arguments are a number and a path.
    return subprocess.run(arguments, env={**os.environ, **quiet}, check=False).returncode  # noqa: S603


def _row(run: RunRow) -> dict[str, object]:
    started = datetime.fromtimestamp(run.started_ms / 1000, tz=UTC)
    return {
        "run": run.run_id,
        "kind": run.experiment,
        "name": run.name,
        "status": run.status,
        "started": started.isoformat(sep=" ", timespec="seconds"),
        "model": run.params.get("model", ""),
        "as_of": run.params.get("as_of", ""),
    }
