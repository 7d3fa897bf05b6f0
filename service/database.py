"""One SQLite file, opened safely: whole, of a known version, readable by its owner only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from forecasting.errors import ComputationError, InputError, PlassplanError
from service.home import OWNER_ONLY_FILE, ensure_home

FILE_NAME = "plassplan.sqlite"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x506C6173  # "Plas": tells our files from other programs'

# Journal DELETE: WAL can corrupt a file in SQLite before 3.51.3 with two connections.
SETTINGS = """
PRAGMA busy_timeout = 10000;
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
"""

SCHEMA = f"""
CREATE TABLE datasets (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    key_id TEXT NOT NULL,
    rows_read INTEGER NOT NULL,
    rows_stored INTEGER NOT NULL,
    findings TEXT NOT NULL,
    loaded_at TEXT NOT NULL
) STRICT;
CREATE TABLE referrals (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    referral_id TEXT NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (dataset_id, referral_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    basis TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE TABLE plan_files (
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (plan_id, name)
) STRICT;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""


def database_path(home: Path) -> Path:
    """Where the store's file is."""
    return home / FILE_NAME


@contextmanager
def connection(home: Path, *, examine: bool = True) -> Iterator[sqlite3.Connection]:
    """An open store, made at first use. Raises InputError where it is damaged or newer.

    Nothing is committed by itself: use `transaction`. Without `examine` the pages of the file
    are not read through first, for those who ask many times a second.
    """
    path = database_path(ensure_home(home))
    with _plain_errors(path):
        _make_file(path)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as db:
            db.executescript(SETTINGS)
            _prepare(db, path)
            if examine:
                _examine(db)
            yield db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside, or nothing; other writers wait."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _make_file(path: Path) -> None:
    path.touch(mode=OWNER_ONLY_FILE)
    path.chmod(OWNER_ONLY_FILE)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        with transaction(db):
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise InputError(
            f"{path} was not made by Plassplan.", fix="Set PLASSPLAN_HOME to another folder."
        )
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{path} has version {version}, but this Plassplan knows {SCHEMA_VERSION} at most.",
            fix="Install the newer Plassplan that made it; the store was left untouched.",
        )


def _examine(db: sqlite3.Connection) -> None:
    fault = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise sqlite3.DatabaseError(fault)


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _told(path, error) from error
    except OSError as error:
        raise InputError(
            f"the store {path} cannot be used ({error.strerror}).",
            fix="Set PLASSPLAN_HOME to a folder that you may write in.",
        ) from error


def _told(path: Path, error: sqlite3.Error) -> PlassplanError:
    """SQLite's fault in a sentence that says what to do."""
    text = str(error)
    if "locked" in text:
        return ComputationError(
            f"the store {path} is in use by another process.", fix="Try again in a moment."
        )
    if "full" in text:
        return ComputationError(
            f"the store {path} was left as it was, because the disk is full.",
            fix="Free some space and run the same command again.",
        )
    if "readonly" in text or "unable to open" in text:
        return InputError(
            f"the store {path} cannot be written ({text}).",
            fix="Set PLASSPLAN_HOME to a folder that you may write in.",
        )
    return InputError(
        f"the store {path} is damaged ({text}).",
        fix="Put the file back from your backup; nothing was changed.",
    )
