"""The run store itself: the only place that imports MLflow, and only when it is used.

Started as a module (`python -m experiments.mlflow_store STORE ARTIFACTS`), it is the
recorder: a process that makes the store ready, then answers each line of JSON on stdin with
one on stdout. So the main job neither waits for MLflow's imports nor holds its memory, and a
fault in MLflow cannot take the plan with it.
"""

import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

# No usage data leaves the machine, nothing is unpickled, and only faults are logged.
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_DO_NOT_TRACK": "true",
    "DO_NOT_TRACK": "true",
}
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}


def open_store(store: Path, artifacts: Path) -> Any:
    """A client of the SQLite store, made ready if it is new (which takes seconds)."""
    os.environ.update(SETTINGS)
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - seconds, so only when used

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    store.parent.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    if not store.exists():
        _make(store, MlflowClient)
    return MlflowClient(tracking_uri=_address(store), registry_uri=_address(store))


def _address(store: Path) -> str:
    return f"sqlite:///{store}"


def _make(store: Path, client: Any) -> None:
    # Made aside, then put in place whole: neither a kill nor two first runs at once can
    # leave half a store.
    with tempfile.TemporaryDirectory(prefix=".mlflow-", dir=store.parent) as aside:
        new = Path(aside) / store.name
        client(tracking_uri=_address(new), registry_uri=_address(new)).search_experiments()
        with suppress(FileExistsError):
            os.link(new, store)


def record(client: Any, entry: Mapping[str, Any], *, artifacts: Path) -> str:
    """Store one entry with its children. Returns the run id."""
    experiment = _experiment(client, entry["experiment"], artifacts)
    return _record(client, entry, experiment=experiment, parent=None)


def runs(client: Any, *, experiments: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """The newest runs without a parent, as plain values."""
    found = [client.get_experiment_by_name(name) for name in experiments]
    ids = [one.experiment_id for one in found if one is not None]
    if not ids:
        return []
    rows = client.search_runs(ids, order_by=["attributes.start_time DESC"], max_results=5 * limit)
    names = {one.experiment_id: one.name for one in found if one is not None}
    top = [row for row in rows if "mlflow.parentRunId" not in row.data.tags]
    return [_plain(row, names[row.info.experiment_id]) for row in top[:limit]]


def run(client: Any, run_id: str) -> dict[str, Any] | None:
    """One run as plain values, with the names of its files and its children; None if unknown."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        row = client.get_run(run_id)
    except MlflowException:
        return None
    name = client.get_experiment(row.info.experiment_id).name
    children = client.search_runs(
        [row.info.experiment_id], filter_string=f"tags.`mlflow.parentRunId` = '{row.info.run_id}'"
    )
    return _plain(row, name) | {
        "files": sorted(item.path for item in client.list_artifacts(run_id)),
        "children": [_plain(child, name) for child in children],
    }


def _experiment(client: Any, name: str, artifacts: Path) -> str:
    known = client.get_experiment_by_name(name)
    if known is None:
        place = (artifacts / name).as_uri()
        # Another first run may have been quicker.
        with suppress(Exception):
            return str(
                client.create_experiment(name, artifact_location=place, tags=EXPERIMENT_TAGS)
            )
        known = client.get_experiment_by_name(name)
    return str(known.experiment_id)


def _record(client: Any, entry: Mapping[str, Any], *, experiment: str, parent: str | None) -> str:
    now = int(time.time() * 1000)
    tags = {"mlflow.parentRunId": parent} if parent else {}
    start = now - int(1000 * entry["seconds"])
    made = client.create_run(experiment, start_time=start, tags=tags, run_name=entry["name"])
    run_id = str(made.info.run_id)
    _log_numbers(client, run_id, entry=entry, now=now)
    _log_data(client, run_id, params=entry["params"])
    for name, text in entry["files"].items():
        client.log_text(run_id, text, name)
    for child in entry["children"]:
        _record(client, child, experiment=experiment, parent=run_id)
    client.set_terminated(run_id)
    return run_id


def _log_numbers(client: Any, run_id: str, *, entry: Mapping[str, Any], now: int) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    params = [Param(name, value) for name, value in entry["params"].items()]
    metrics = [Metric(name, value, now, step) for name, value, step in entry["metrics"]]
    client.log_batch(run_id, params=params)
    for first in range(0, len(metrics), 1000):  # the store takes 1000 at a time
        client.log_batch(run_id, metrics=metrics[first : first + 1000])


def _log_data(client: Any, run_id: str, *, params: Mapping[str, str]) -> None:
    if "data_sha256" not in params:
        return
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415

    # A digest holds at most 36 characters; the whole stamp stands among the parameters.
    stamp = json.dumps({"rows": params.get("data_rows", "")})
    data = Dataset("input", params["data_sha256"][:36] or "none", "local", "{}", profile=stamp)
    client.log_inputs(run_id, datasets=[DatasetInput(data, tags=[])])


def _plain(row: Any, experiment: str) -> dict[str, Any]:
    return {
        "run_id": row.info.run_id,
        "experiment": experiment,
        "name": row.info.run_name,
        "status": row.info.status,
        "started_ms": row.info.start_time,
        "params": dict(sorted(row.data.params.items())),
        "metrics": dict(sorted(row.data.metrics.items())),
    }


def answer(client: Any, request: Mapping[str, Any], *, artifacts: Path) -> object:
    """What one request asks for: record an entry, list the runs, or show one run."""
    match request["verb"]:
        case "record":
            return record(client, request["entry"], artifacts=artifacts)
        case "list":
            return runs(client, experiments=request["experiments"], limit=request["limit"])
        case "show":
            return run(client, request["run_id"])
        case verb:
            raise ValueError(f"no such verb: {verb}")


def answer_lines(lines: TextIO, *, out: TextIO, store: Path, artifacts: Path) -> None:
    """Answer each line; a fault is an answer too, so that the caller can say why."""
    client: Any = None
    fault = ""
    try:
        client = open_store(store, artifacts)
    except Exception as error:
        fault = _reason(error)
    for line in lines:
        try:
            done = (
                {"error": fault}
                if fault
                else {"answer": answer(client, json.loads(line), artifacts=artifacts)}
            )
        except Exception as error:
            done = {"error": _reason(error)}
        print(json.dumps(done), file=out, flush=True)


def _reason(error: Exception) -> str:
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first[:200]}"


def main(arguments: Sequence[str]) -> None:
    """Run the recorder on stdin and stdout until stdin ends."""
    # The terminal's Ctrl-C is for the main job, whose end closes our stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Leaving in order removes a store that is half made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.umask(0o077)
    if hasattr(os, "nice"):
        os.nice(5)  # the main job goes first
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand among the answers
    answer_lines(sys.stdin, out=answers, store=Path(arguments[0]), artifacts=Path(arguments[1]))


if __name__ == "__main__":
    with suppress(SystemExit):
        main(sys.argv[1:])
    # Every answer is out, and nothing is half made: taking MLflow down in order costs a second.
    os._exit(0)
