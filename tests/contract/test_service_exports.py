"""Kept plans as the pages and the API ask for them."""

from pathlib import Path

import pytest

from service.exports import StoreShelf
from service.shelf import UnknownPlanError
from service.store import StoredPlan, save_plan


def keep(home: Path, plan_id: str, *, made: str) -> None:
    save_plan(home, StoredPlan(plan_id, 2026, {}, made), {"plan.json": plan_id.encode()})


def test_the_shelf_holds_what_was_kept_newest_first(tmp_path: Path) -> None:
    keep(tmp_path, "first", made="2025-01-01T00:00:00")
    keep(tmp_path, "second", made="2025-02-01T00:00:00")
    shelf = StoreShelf(tmp_path)
    assert shelf.ids() == ("second", "first")
    assert shelf.read("first", "plan.json") == b"first"


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
