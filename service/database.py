"""One SQLite file, opened safely: whole, of a known version, readable by its owner only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from forecasting.errors import ComputationError, InputError, PlassplanError
from service.home import OWNER_ONLY_FILE, ensure_home
from service.schema import APPLICATION_ID, SCHEMA_VERSION, STEPS, statements

FILE_NAME = "plassplan.sqlite"

# Journal DELETE: WAL can corrupt a file in SQLite before 3.51.3 with two connections.
SETTINGS = """
PRAGMA busy_timeout = 10000;
PRAGMA foreign_keys = ON;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
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
def transaction(
    db: sqlite3.Connection, kind: Literal["IMMEDIATE", "DEFERRED"] = "IMMEDIATE"
) -> Iterator[None]:
    """All that is written inside, or nothing; other writers wait (DEFERRED: for who only reads)."""
    db.execute(f"BEGIN {kind}")
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
    """Make the tables of a new store, or those that an older one lacks; refuse any other."""
    # Seen at one moment: the three answers of `_known` are of no use from either side of
    # another process's commit.
    with transaction(db, "DEFERRED"):
        known = _known(db, path)
    if known == SCHEMA_VERSION:
        return
    with transaction(db):
        # Another process may have done it while this one waited for its turn.
        for step in range(_known(db, path), SCHEMA_VERSION):
            for statement in statements(STEPS[step]):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {step + 1}")


def _known(db: sqlite3.Connection, path: Path) -> int:
    """Version of the tables; 0 for an empty file. Raises InputError for another's, or a newer."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    empty = version == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and not empty:
        raise InputError(
            f"{path} was not made by Plassplan.", fix="Set PLASSPLAN_HOME to another folder."
        )
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{path} has version {version}, but this Plassplan knows {SCHEMA_VERSION} at most.",
            fix="Install the newer Plassplan that made it; the store was left untouched.",
        )
    return version


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
    if isinstance(error, sqlite3.IntegrityError):
        return ComputationError(
            f"the store {path} refused to write this: {text}.", fix="Nothing was changed."
        )
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
