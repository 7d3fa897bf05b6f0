"""Yearly plans in the store: what was locked never changes, by our code or by anyone's SQL."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from forecasting.errors import ComputationError, InputError, PlassplanError, UsageError
from planning.yearly import Horizon, Status
from service.database import connection, database_path
from service.planner_text import MOST_NAME, MOST_REASON, checked_text
from service.store import StoredPlan, plan_file, save_plan
from service.tertial import plan_in_force
from service.yearly import (
    Asked,
    By,
    UnknownYearlyError,
    compared,
    draft,
    existing,
    lock,
    override,
    restore,
)
from service.yearly_store import Named, add_version, yearly_plans
from tests.yearly import KARI, NOW, drafted_home, keep, made_plan

NATION = Named(2025)
BASE = Asked("nord", "akutt", "base", 9)


def locked_home(home: Path) -> str:
    """A home with a locked version that has an override."""
    plan_id = drafted_home(home)
    override(home, NATION, BASE, number=1, reason="Nytt hus", by=KARI)
    lock(home, NATION, number=1, by=KARI)
    return plan_id


def test_a_version_is_read_back_as_it_was_made(tmp_path: Path) -> None:
    plan_id = drafted_home(tmp_path)
    version, effect = override(tmp_path, NATION, BASE, number=1, reason="Nytt hus", by=KARI)
    assert effect is not None
    assert (version.plan_id, version.horizon, version.status) == (
        plan_id,
        Horizon.NEXT_YEAR,
        Status.DRAFT,
    )
    (made,) = version.overrides
    assert (made.places, made.reason, made.who, made.at) == (9, "Nytt hus", KARI.who, NOW)
    later = replace(KARI, at=NOW + timedelta(days=1))
    signed = lock(tmp_path, NATION, number=1, by=later)
    assert signed.signature is not None
    assert (signed.signature.who, signed.signature.at) == (KARI.who, later.at)
    assert replace(signed, signature=None) == version
    assert yearly_plans(tmp_path) == (existing(tmp_path, NATION),)


def test_a_locked_version_takes_nothing_more(tmp_path: Path) -> None:
    locked_home(tmp_path)
    before = existing(tmp_path, NATION)
    with pytest.raises(UsageError, match="locked and never changes"):
        override(tmp_path, NATION, BASE, number=1, reason="x", by=KARI)
    with pytest.raises(UsageError, match="locked and never changes"):
        lock(tmp_path, NATION, number=1, by=KARI)
    assert existing(tmp_path, NATION) == before


def test_going_back_is_a_new_version_and_leaves_the_old_ones(tmp_path: Path) -> None:
    plan_id = locked_home(tmp_path)
    other = keep(tmp_path, made_plan(level=0.99))
    draft(tmp_path, other, region="alle", reason="Høyere nivå", by=KARI)
    first, second = existing(tmp_path, NATION).versions
    again = restore(tmp_path, NATION, number=1, reason="Budsjettet", by=KARI)
    assert (again.number, again.plan_id, again.based_on) == (3, plan_id, 1)
    assert again.held == first.held
    assert existing(tmp_path, NATION).versions == (first, second, again)


def test_only_the_version_that_was_seen_is_signed(tmp_path: Path) -> None:
    plan_id = drafted_home(tmp_path)
    draft(tmp_path, plan_id, region="alle", reason="Ny", by=KARI)
    for number in (1, 3):
        with pytest.raises(UsageError, match=r"not the newest|no version 3"):
            lock(tmp_path, NATION, number=number, by=KARI)
        with pytest.raises(UsageError, match=r"not the newest|no version 3"):
            override(tmp_path, NATION, BASE, number=number, reason="x", by=KARI)
    assert lock(tmp_path, NATION, number=2, by=KARI).status is Status.LOCKED


def test_regions_and_the_nation_have_yearly_plans_of_their_own(tmp_path: Path) -> None:
    plan_id = drafted_home(tmp_path)
    draft(tmp_path, plan_id, region="nord", reason="Regionplan", by=KARI)
    assert [each.name for each in yearly_plans(tmp_path)] == ["2025/alle", "2025/nord"]
    outside = replace(BASE, region="midt")
    with pytest.raises(UsageError, match="no such region and need group"):
        override(tmp_path, Named(2025, "nord"), outside, number=1, reason="x", by=KARI)
    with pytest.raises(UnknownYearlyError):
        existing(tmp_path, Named(2025, "midt"))


def test_a_plan_that_was_changed_is_not_signed(tmp_path: Path) -> None:
    plan_id = drafted_home(tmp_path)
    with sqlite3.connect(database_path(tmp_path)) as db:
        db.execute("DROP TRIGGER decided_files_never_change")
        content = plan_file(tmp_path, plan_id, "plan.json")
        assert content is not None
        changed = content.replace(b'"level":0.97', b'"level":0.50')
        assert changed != content
        db.execute("UPDATE plan_files SET content = ?", (changed,))
    db.close()
    with pytest.raises(InputError, match="not as it was computed"):
        lock(tmp_path, NATION, number=1, by=KARI)
    assert existing(tmp_path, NATION).in_force is None


LOCKED = "a locked version never changes"
RESTS = "rests on this plan"
FIRST_FIELDS = "year, region, number, plan_id, horizon, reason, who_name, who_role, made_at"


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE yearly_versions SET reason = 'x'", "only the signature"),
        ("UPDATE yearly_versions SET signed_name = 'x'", LOCKED),
        (
            "UPDATE yearly_versions SET signed_name = NULL, signed_role = NULL, signed_at = NULL",
            LOCKED,
        ),
        ("UPDATE yearly_versions SET plan_id = 'x'", "only the signature"),
        ("UPDATE OR REPLACE yearly_versions SET number = 2", "only the signature"),
        ("DELETE FROM yearly_versions", "never deleted"),
        (
            f"INSERT OR REPLACE INTO yearly_versions ({FIRST_FIELDS}) SELECT year, region, number,"
            " plan_id, horizon, 'x', who_name, who_role, made_at FROM yearly_versions",
            "numbered one by one",
        ),
        (
            "INSERT INTO yearly_versions SELECT year, region, 2, plan_id, horizon, tertial,"
            " based_on, reason, who_name, who_role, made_at, 'x', 'x', 'x' FROM yearly_versions",
            "before it is signed",
        ),
        ("UPDATE yearly_overrides SET places = 1", "an override never changes"),
        ("DELETE FROM yearly_overrides", "never deleted"),
        (
            "INSERT INTO yearly_overrides SELECT year, region, number, 2, series_region,"
            " need_group, form, 1, reason, who_name, who_role, made_at FROM yearly_overrides",
            LOCKED,
        ),
        (
            "INSERT OR REPLACE INTO yearly_overrides SELECT year, region, number, nth,"
            " series_region, need_group, form, 1, reason, who_name, who_role, made_at"
            " FROM yearly_overrides",
            "overrides are numbered",
        ),
        ("UPDATE plan_files SET content = x'00'", RESTS),
        ("UPDATE plan_files SET name = 'other.json'", RESTS),
        ("DELETE FROM plan_files", RESTS),
        ("INSERT OR REPLACE INTO plan_files SELECT plan_id, name, x'00' FROM plan_files", RESTS),
        ("UPDATE plans SET id = 'x'", RESTS),
        ("UPDATE plans SET year = 2030", RESTS),
        ("DELETE FROM plans", RESTS),
    ],
)
def test_no_sql_changes_what_was_locked(
    tmp_path: Path, statement: str, told: str, foreign_keys: str
) -> None:
    locked_home(tmp_path)
    before = whole(tmp_path)
    with sqlite3.connect(database_path(tmp_path), isolation_level=None) as db:
        db.execute(f"PRAGMA foreign_keys = {foreign_keys}")
        with pytest.raises(sqlite3.IntegrityError, match=told):
            db.execute(statement)
    db.close()
    assert whole(tmp_path) == before


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_no_other_plan_takes_the_id_of_a_decided_one(tmp_path: Path, foreign_keys: str) -> None:
    """A REPLACE deletes the row that stands in its way without asking a DELETE trigger."""
    plan_id = locked_home(tmp_path)
    save_plan(tmp_path, StoredPlan("other", 2030, {}, "later"), {"plan.json": b"other"})
    before = whole(tmp_path)
    with sqlite3.connect(database_path(tmp_path), isolation_level=None) as db:
        db.execute(f"PRAGMA foreign_keys = {foreign_keys}")
        with pytest.raises(sqlite3.IntegrityError, match=RESTS):
            db.execute("UPDATE OR REPLACE plans SET id = ? WHERE id = 'other'", (plan_id,))
    db.close()
    assert whole(tmp_path) == before


def test_a_locked_plan_is_followed_from_its_first_day(tmp_path: Path) -> None:
    locked_home(tmp_path)
    first = date(NATION.year, 1, 1)
    plan = plan_in_force(tmp_path, NATION.year, as_of=first)
    assert plan is not None
    assert plan.first_day == first
    assert plan_in_force(tmp_path, NATION.year, as_of=first - timedelta(days=1)) is None
    assert plan_in_force(tmp_path, NATION.year + 1, as_of=first) is None


def whole(home: Path) -> list[tuple[object, ...]]:
    """Every row that a decision rests on."""
    with connection(home) as db:
        tables = ("yearly_versions", "yearly_overrides", "plans", "plan_files")
        return [row for name in tables for row in db.execute(f"SELECT * FROM {name}")]


def test_the_same_plan_again_is_no_fault_after_it_was_decided(tmp_path: Path) -> None:
    plan_id = locked_home(tmp_path)
    before = whole(tmp_path)
    stored = StoredPlan(plan_id, 2030, {}, "later")
    save_plan(tmp_path, stored, {"plan.json": b"other"})
    with sqlite3.connect(database_path(tmp_path), isolation_level=None) as db:
        db.execute("INSERT OR REPLACE INTO plans VALUES (?, 2030, '{}', 'later')", (plan_id,))
    db.close()
    assert whole(tmp_path) == before


def test_a_draft_left_behind_cannot_be_signed_by_sql_either(tmp_path: Path) -> None:
    plan_id = drafted_home(tmp_path)
    draft(tmp_path, plan_id, region="alle", reason="Ny", by=KARI)
    with (
        sqlite3.connect(database_path(tmp_path)) as db,
        pytest.raises(sqlite3.IntegrityError, match="only the newest"),
    ):
        db.execute(
            "UPDATE yearly_versions SET signed_name = 'x', signed_role = 'x', signed_at = 'x'"
            " WHERE number = 1"
        )
    db.close()


def test_what_the_database_refuses_is_told_and_not_called_damage(tmp_path: Path) -> None:
    drafted_home(tmp_path)
    version = existing(tmp_path, NATION).version(1)
    with pytest.raises(ComputationError, match="numbered one by one"):
        add_version(tmp_path, NATION, make=lambda _: version)
    assert existing(tmp_path, NATION).versions == (version,)


def test_planners_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    plan_id = keep(tmp_path, made_plan())

    def one(turn: int) -> int:
        return draft(tmp_path, plan_id, region="alle", reason=f"Nr. {turn}", by=KARI).number

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(one, range(8)))
    assert numbers == list(range(1, 9))
    reasons = {version.reason for version in existing(tmp_path, NATION).versions}
    assert reasons == {f"Nr. {turn}" for turn in range(8)}


def test_of_two_who_sign_at_once_one_does(tmp_path: Path) -> None:
    drafted_home(tmp_path)

    def sign(name: str) -> str | None:
        try:
            lock(tmp_path, NATION, number=1, by=By.of(name, "direktør", NOW))
        except PlassplanError:
            return None
        return name

    with ThreadPoolExecutor(4) as pool:
        done = [name for name in pool.map(sign, ("Ola", "Kari", "Per", "Mari")) if name]
    signature = existing(tmp_path, NATION).version(1).signature
    assert signature is not None
    assert [signature.who.name] == done


def test_the_difference_between_versions_is_of_what_holds_in_each(tmp_path: Path) -> None:
    locked_home(tmp_path)
    restore(tmp_path, NATION, number=1, reason="Ny runde", by=KARI)
    back = replace(BASE, places=None)
    _, effect = override(tmp_path, NATION, back, number=2, reason="Huset kom ikke", by=KARI)
    assert effect is None
    found = compared(tmp_path, NATION, 1, 2).diff
    (line,) = found.lines
    assert (line.before, line.now) == (9, line.model_now)
    assert len(found.overrides_gone) == 1
    assert found.overrides_new == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("a" * (MOST_NAME + 1), "81 characters"),
        ("Kari\nNordmann", "line breaks"),
        ("Kari\u202eannamdroN", "control characters"),
        ("Kari\x00", "control characters"),
        ("Kari\u2028", "line breaks"),
        ("01017012345", "may be a person's"),
        ("barnet 010170 12345", "may be a person's"),
        ("DUF 200012345678", "may be a person's"),
    ],
)
def test_text_that_is_not_kept(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        checked_text(text, what="name")
    digits = "".join(letter for letter in text if letter.isdigit())
    assert not digits or digits not in str(error.value)


@pytest.mark.parametrize(
    "text", ["Åse Ødegård-Ærlig", "Pål Ø. (vikar)", "§ 4-4 dobles i 2025", "Ráhkká Čáhppe"]
)
def test_text_of_people_is_kept_as_it_is(text: str) -> None:
    assert checked_text(f" {text} ", what="reason", most=MOST_REASON) == text
