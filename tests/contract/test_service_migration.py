"""An older store becomes a newer one whole, or stays as it was: whenever the power goes."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forecasting.errors import InputError
from service.database import connection, database_path
from service.home import ensure_home
from service.schema import FIRST, SCHEMA_VERSION, STEPS, statements
from service.store import StoredPlan, plan_file, plans, save_plan

PLAN = ("plan-2025-ab", 2025, "{}", "2024-10-01T00:00:00+00:00")


def shape(path: Path) -> tuple[int, Sequence[object]]:
    """Version and every table, trigger and index of a file."""
    with sqlite3.connect(path) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        things = db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return version, things


def old_store(home: Path) -> Path:
    """A store of version 1 with a plan in it."""
    path = database_path(ensure_home(home))
    with sqlite3.connect(path) as db:
        for statement in statements(FIRST):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO plans VALUES (?, ?, ?, ?)", PLAN)
        db.execute("INSERT INTO plan_files VALUES (?, 'plan.json', ?)", (PLAN[0], b"{}"))
    db.close()
    return path


def test_an_old_store_keeps_what_it_held(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    assert [plan.plan_id for plan in plans(tmp_path)] == [PLAN[0]]
    assert plan_file(tmp_path, PLAN[0], "plan.json") == b"{}"
    assert shape(path)[0] == SCHEMA_VERSION


def test_an_old_store_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    path = old_store(tmp_path / "old")
    for home in (tmp_path / "old", tmp_path / "new"):
        plans(home)
    assert shape(path) == shape(database_path(tmp_path / "new"))


def test_no_statement_of_a_step_is_lost() -> None:
    for step in STEPS:
        parts = list(statements(step))
        assert "".join("".join(parts).split()) == "".join(step.split())
        assert all(part.endswith(";") for part in parts)


# Opens one store after the other, each in a child that dies before its n-th statement.
KILLED = """
import os, signal, sys
from pathlib import Path
import service.database as database
from service.schema import statements

def dying(turn):
    seen = [0]
    def each(script):
        for statement in (*statements(script), None):
            if seen[0] == turn:
                os.kill(os.getpid(), signal.SIGKILL)
            seen[0] += statement is not None
            if statement is not None:
                yield statement
    return each

for home in map(Path, sys.argv[1:]):
    child = os.fork()
    if child == 0:
        database.statements = dying(int(home.name))
        with database.connection(home):
            os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_killed_before_any_statement_it_is_the_old_store_whole(tmp_path: Path) -> None:
    was = shape(old_store(tmp_path / "old"))
    turns = range(sum(len(list(statements(step))) for step in STEPS[1:]) + 1)
    homes = [tmp_path / str(turn) for turn in turns]
    for home in homes:
        shutil.copytree(tmp_path / "old", home)
    command = [sys.executable, "-c", KILLED, *map(str, homes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["-9"] * len(homes)
    for home in homes:
        assert shape(database_path(home)) == was
    # And the next one that opens it goes on where nothing was done.
    assert [plan.plan_id for plan in plans(homes[-1])] == [PLAN[0]]
    assert shape(database_path(homes[-1]))[0] == SCHEMA_VERSION


def test_two_that_open_an_old_store_at_once_migrate_it_once(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: len(plans(tmp_path)), range(6)))
    assert found == [1] * 6
    assert shape(path)[0] == SCHEMA_VERSION


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION, SCHEMA_VERSION + 1])
def test_another_programs_file_is_not_migrated_whatever_its_version(
    tmp_path: Path, version: int
) -> None:
    path = database_path(ensure_home(tmp_path))
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match="not made by Plassplan"):
        plans(tmp_path)
    assert path.read_bytes() == before


def test_a_newer_store_is_refused_untouched(tmp_path: Path) -> None:
    save_plan(tmp_path, StoredPlan(PLAN[0], 2025, {}, PLAN[3]), {"plan.json": b"{}"})
    with connection(tmp_path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = database_path(tmp_path).read_bytes()
    with pytest.raises(InputError, match=f"version {SCHEMA_VERSION + 1}"):
        plans(tmp_path)
    assert database_path(tmp_path).read_bytes() == before
