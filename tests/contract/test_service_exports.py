"""Kept plans as the pages and the API ask for them."""

from pathlib import Path

import pytest

from service.exports import StoreShelf, served_app
from service.settings import load_settings
from service.shelf import UnknownPlanError
from service.store import StoredPlan, save_plan
from tests.agencies import write_agency
from tests.web_client import HERE, Client


def keep(home: Path, plan_id: str, *, made: str) -> None:
    save_plan(home, StoredPlan(plan_id, 2026, {}, made), {"plan.json": plan_id.encode()})


def test_the_shelf_holds_what_was_kept_newest_first(tmp_path: Path) -> None:
    keep(tmp_path, "first", made="2025-01-01T00:00:00")
    keep(tmp_path, "second", made="2025-02-01T00:00:00")
    shelf = StoreShelf(tmp_path)
    assert shelf.ids() == ("second", "first")
    assert shelf.read("first", "plan.json") == b"first"


def test_the_served_app_checks_files_by_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    agency = write_agency(tmp_path)
    client = Client(served_app(load_settings(agency / "own.toml")))
    assert client.get("/api/v1/plans").json() == []
    content = (agency / "referrals.csv").read_bytes()
    sent = {"files": {"file": ("referrals.csv", content)}, "headers": {"Origin": HERE}}
    answer = client.send("POST", "/api/v1/extracts/check", **sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows_stored"] > 300


@pytest.mark.parametrize(
    ("plan_id", "name"),
    [
        ("nobody", "plan.json"),
        ("first", "plan.pdf"),
        ("first", "run.json"),
        ("first", "../plan.json"),
        ("' OR 1=1 --", "plan.json"),
    ],
)
def test_what_is_not_there_is_unknown(tmp_path: Path, plan_id: str, name: str) -> None:
    keep(tmp_path, "first", made="2025-01-01T00:00:00")
    with pytest.raises(UnknownPlanError):
        StoreShelf(tmp_path).read(plan_id, name)
