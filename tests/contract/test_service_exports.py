"""Kept plans as the pages and the API ask for them."""

from pathlib import Path

import pytest

from forecasting.errors import InputError, UsageError
from reports.disclosure import Profile, Rules
from service import clock
from service.exports import StoreShelf, served_app
from service.jobs.queue import Jobs
from service.report_names import CHECKSUMS, checksums, listed_too
from service.settings import load_settings, parse_text
from service.shelf import UnknownPlanError
from service.store import StoredPlan, save_plan
from service.stored_plans import plan_id_of, plan_version
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
    jobs = Jobs(tmp_path / "home", now=clock.now)
    client = Client(served_app(load_settings(agency / "own.toml"), jobs=jobs))
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


def test_a_kept_plan_has_a_number_among_those_of_its_year(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path))
    for at, content in enumerate((b"a", b"b", b"c")):
        plan = StoredPlan(plan_id_of(2026, content), 2026, {}, f"2025-0{at + 1}-01T00:00:00")
        save_plan(tmp_path, plan, {"plan.json": content})
    other = StoredPlan(plan_id_of(2027, b"b"), 2027, {}, "2025-01-15T00:00:00")
    save_plan(tmp_path, other, {"plan.json": b"b"})
    assert plan_version(plan_id_of(2026, b"b"), 2026) == 2
    assert plan_version(other.plan_id, 2027) == 1
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "plan.json").write_bytes(b"c")
    assert plan_version(str(folder), 2026) == 3
    (folder / "plan.json").write_bytes(b"never kept")
    assert plan_version(str(folder), 2026) is None


def test_the_threshold_is_a_setting_of_each_profile_and_changes_no_plan() -> None:
    packaged = load_settings()
    assert packaged.rules("shared") == Rules(Profile.SHARED, 5)
    assert not packaged.rules("internal").protects
    own = parse_text("[disclosure]\npublic = 10\n", name="own.toml")
    assert own.rules("public") == Rules(Profile.PUBLIC, 10)
    assert own.rules("shared") == Rules(Profile.SHARED, 5)
    without = parse_text("", name="own.toml")
    assert own.config_hash == without.config_hash
    with pytest.raises(InputError, match="3"):
        parse_text("[disclosure]\nshared = 2\n", name="own.toml")
    with pytest.raises(UsageError, match="secret"):
        packaged.rules("secret")


def test_every_file_of_a_folder_stays_on_the_list_of_checksums(tmp_path: Path) -> None:
    first = checksums({"a.pdf": b"old", "b.pdf": b"b", "gone.pdf": b"x"})
    (tmp_path / CHECKSUMS).write_bytes(first)
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"any")
    both = listed_too(checksums({"a.pdf": b"new", "c.pdf": b"c"}), tmp_path)
    assert both == checksums({"b.pdf": b"b", "a.pdf": b"new", "c.pdf": b"c"})
    assert listed_too(first, tmp_path / "nowhere") == first
