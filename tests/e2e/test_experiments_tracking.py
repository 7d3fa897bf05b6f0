"""Runs are recorded without a child in them; a store that is broken stops nothing."""

import ast
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.tracking import (
    MlflowTracking,
    NoTracking,
    RunRow,
    Tracked,
    compare_runs,
    list_runs,
    show_run,
    show_runs,
)
from forecasting.errors import InputError
from forecasting.findings import Finding, Severity
from planning.plan import Assumption, Plan
from tests.plans import example_plan

CANARY = "KANARI-9081"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Recorded:
    """A store with two plans and one backtest in it."""

    folder: Path
    first: Tracked
    second: Tracked
    backtest: Tracked

    @property
    def place(self) -> dict[str, Path]:
        return {"store": self.folder / "mlflow.db", "artifacts": self.folder / "mlflow"}


def with_canaries(plan: Plan) -> Plan:
    """The plan with text that must not reach the run store wherever text can stand."""
    finding = Finding(Severity.WARNING, "x", f"{CANARY} flyttet", value=CANARY, column=CANARY)
    basis = replace(plan.basis, data_name=f"/home/{CANARY}/a.csv", settings={"note": CANARY})
    return replace(
        plan,
        findings=(finding,),
        assumptions=(Assumption(CANARY, CANARY, CANARY, CANARY),),
        agency=replace(plan.agency, name=CANARY),
        basis=basis,
    )


def scores() -> pd.DataFrame:
    rows = [
        (model, "ost/akutt", "2024-01-01", step, "crps", value + step)
        for model, value in (("ets", 1.0), ("seasonal_naive", 2.0))
        for step in (1, 2)
    ]
    return pd.DataFrame(rows, columns=["model", "unique_id", "origin", "step", "metric", "value"])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("home")
    plan = with_canaries(example_plan())
    tight = replace(plan, policy=replace(plan.policy, level=0.9))
    summary = pd.DataFrame({"model": ["ets"], "metric": ["crps"], "value": [2.5]})
    settings = {"horizon": 2, "models": ("ets", "seasonal_naive"), "counts": f"/{CANARY}.csv"}
    with MlflowTracking(folder / "mlflow.db", folder / "mlflow") as tracker:
        return Recorded(
            folder,
            tracker.record_plan(plan, seconds=2.0, scores={"ets": 1.5}),
            tracker.record_plan(tight, seconds=1.0),
            tracker.record_backtest(
                scores(), summary=summary, settings=settings, basis=plan.basis, seconds=3.0
            ),
        )


@pytest.fixture(scope="module")
def rows(recorded: Recorded) -> dict[str, RunRow]:
    runs = {"first": recorded.first, "second": recorded.second, "backtest": recorded.backtest}
    found = show_runs(tuple(str(run.run_id) for run in runs.values()), **recorded.place)
    return dict(zip(runs, found, strict=True))


def test_every_run_gets_an_id_of_its_own(recorded: Recorded) -> None:
    runs = (recorded.first, recorded.second, recorded.backtest)
    assert [run.findings for run in runs] == [(), (), ()]
    assert len({run.run_id for run in runs} - {None}) == 3


def test_a_plan_run_holds_its_policy_stamp_and_answer(rows: dict[str, RunRow]) -> None:
    plan, run = example_plan(), rows["first"]
    assert run.status == "FINISHED"
    assert run.params["level"] == "0.97"
    assert run.params["data_sha256"] == plan.basis.data_sha256
    assert run.metrics["committed_places"] == sum(curve.chosen for curve in plan.curves)
    assert run.metrics["score.ets"] == 1.5
    assert run.files == ("basis.json",)


def test_a_backtest_has_one_child_run_per_model_with_scores_by_step(
    recorded: Recorded, rows: dict[str, RunRow]
) -> None:
    run = rows["backtest"]
    assert {child.name for child in run.children} == {"ets", "seasonal_naive"}
    assert run.metrics["score.crps/ets"] == 2.5
    assert set(run.files) == {"basis.json", "scores.csv", "summary.csv"}
    with sqlite3.connect(recorded.place["store"]) as store:
        steps = store.execute("select distinct step from metrics where key = 'score.crps'")
        assert {row[0] for row in steps} == {1, 2}
    store.close()


def test_no_text_of_the_input_reaches_the_store(recorded: Recorded) -> None:
    files = [path for path in recorded.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib"}] == []


def test_only_the_owner_can_read_the_store(recorded: Recorded) -> None:
    modes = {path.stat().st_mode & 0o077 for path in recorded.folder.rglob("*")}
    assert modes == {0}


def test_lists_hold_the_newest_runs_and_not_their_children(recorded: Recorded) -> None:
    found = list_runs(**recorded.place, limit=2)
    known = {recorded.first.run_id, recorded.second.run_id, recorded.backtest.run_id}
    assert len(found) == 2
    assert {run.run_id for run in found} <= known
    assert found[0].started_ms >= found[1].started_ms


def test_a_comparison_shows_what_differs_only(recorded: Recorded) -> None:
    ids = (str(recorded.first.run_id), str(recorded.second.run_id))
    rows = {row["name"]: row for row in compare_runs(ids, **recorded.place)}
    assert (rows["level"][ids[0]], rows["level"][ids[1]]) == ("0.97", "0.9")
    assert "year" not in rows


def test_an_unknown_run_is_named(recorded: Recorded) -> None:
    with pytest.raises(InputError, match="nowhere"):
        show_run("nowhere", **recorded.place)


def test_a_store_that_never_was_has_no_runs_and_is_not_made(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "mlflow.db", tmp_path / "mlflow") == ()
    assert list(tmp_path.iterdir()) == []


def broken_stores(folder: Path) -> Iterator[tuple[str, Path]]:
    damaged = folder / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    yield "damaged", damaged
    (folder / "file").write_text("x")
    yield "below a file", folder / "file" / "mlflow.db"


def test_a_broken_store_is_a_finding_and_no_fault(tmp_path: Path) -> None:
    for _, store in broken_stores(tmp_path):
        with MlflowTracking(store, tmp_path / "mlflow") as tracker:
            done = tracker.record_plan(example_plan(), seconds=1.0)
        assert done.run_id is None
        assert [finding.code for finding in done.findings] == ["tracking_failed"]
        assert done.findings[0].severity is Severity.WARNING
        assert done.findings[0].values["reason"]


def test_a_recorder_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with MlflowTracking(tmp_path / "mlflow.db", tmp_path / "mlflow", patience=0.01) as tracker:
        done = tracker.record_plan(example_plan(), seconds=1.0)
    assert [finding.code for finding in done.findings] == ["tracking_failed"]
    assert not (tmp_path / "mlflow.db").exists()


def test_tracking_that_is_off_records_nothing(tmp_path: Path) -> None:
    with NoTracking() as tracker:
        assert tracker.record_plan(example_plan(), seconds=1.0) == Tracked(None)
    assert list(tmp_path.iterdir()) == []


def test_mlflow_is_imported_in_one_file_and_logs_nothing_by_itself() -> None:
    rooms = ("forecasting", "features", "models", "planning", "reports", "experiments", "service")
    importing = set()
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert ".autolog" not in text
        assert "log_model(" not in text
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            if any(name.split(".")[0] == "mlflow" for name in [*names, module]):
                importing.add(path.relative_to(ROOT).as_posix())
    assert importing == {"experiments/mlflow_store.py"}


def test_leaving_while_the_store_is_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with MlflowTracking(tmp_path / "mlflow.db", tmp_path / "mlflow"):
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".mlflow-*/mlflow.db")) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert [path for path in tmp_path.iterdir() if path.name != "mlflow"] == []
