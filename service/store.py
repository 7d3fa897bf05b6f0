"""Loaded extracts and issued plans, kept in one SQLite file of the user's own."""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from features.check import CheckedExtract
from features.referrals import ReferralTable
from forecasting.errors import InputError
from forecasting.findings import Finding
from service.database import connection, transaction
from service.home import ensure_home, pseudonym_key

PSEUDONYM = "child_pseudonym"


@dataclass(frozen=True)
class Dataset:
    """One loaded extract. The file's name is not kept: it may name a person."""

    number: int
    sha256: str
    rows_read: int
    rows_stored: int
    loaded_at: str
    new: bool = True


@dataclass(frozen=True)
class StoredPlan:
    """One plan as it was issued."""

    plan_id: str
    year: int
    basis: Mapping[str, object]
    created_at: str


def rekeyed(pseudonyms: "pd.Series[str]", key: bytes) -> "pd.Series[str]":
    """HMAC-SHA-256 of each pseudonym under this installation's key; empty stays empty.

    A plain hash could be undone by trying every pseudonym.
    """
    made = {
        text: hmac.new(key, str(text).encode(), hashlib.sha256).hexdigest()
        for text in pseudonyms.dropna().unique()
    }
    return pseudonyms.map(made)


def load_extract(home: Path, checked: CheckedExtract, *, sha256: str, now: datetime) -> Dataset:
    """Store an accepted extract in one transaction; the same file again changes nothing.

    Raises InputError for a rejected one, and where the key for pseudonyms is lost.
    """
    if checked.referrals is None:
        raise InputError("the extract was rejected.", fix="Mend the findings and load it again.")
    with connection(home) as db, transaction(db):
        known = _dataset(db, sha256, new=False)
        if known is not None:
            return known
        key = _key(db, home)
        frame = checked.referrals.frame
        if PSEUDONYM in frame:
            frame = frame.assign(**{PSEUDONYM: rekeyed(frame[PSEUDONYM], key)})
        dataset = Dataset(
            number=db.execute("SELECT coalesce(max(id), 0) + 1 FROM datasets").fetchone()[0],
            sha256=sha256,
            rows_read=checked.rows_read,
            rows_stored=checked.rows_stored,
            loaded_at=now.isoformat("T", "seconds"),
        )
        _insert(db, dataset, findings=checked.findings, key=key)
        db.executemany("INSERT INTO referrals VALUES (?, ?, ?)", _rows(dataset.number, frame))
    return dataset


def stored_referrals(home: Path) -> tuple[ReferralTable, str]:
    """Every loaded row, and a stamp of the extracts (sha256 of their sha256s).

    Of rows with the same referral_id the one loaded last holds. Raises InputError where
    nothing was loaded.
    """
    with connection(home) as db:
        loaded = db.execute("SELECT id, sha256 FROM datasets ORDER BY id").fetchall()
        if not loaded:
            raise InputError("the store is empty.", fix="Load an extract: plassplan load FILE.")
        # The columns of one row, by referral_id: the extract loaded last comes last and holds.
        rows = dict(db.execute("SELECT referral_id, columns FROM referrals ORDER BY dataset_id"))
    stamp = _stamp([sha256 for _, sha256 in loaded])
    return ReferralTable.of(pd.DataFrame(map(json.loads, rows.values()))), stamp


def store_stamp(home: Path) -> str:
    """The stamp that `stored_referrals` would give; no row is read."""
    return _stamp([dataset.sha256 for dataset in datasets(home)])


def _stamp(hashes: Sequence[str]) -> str:
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def datasets(home: Path) -> tuple[Dataset, ...]:
    """The loaded extracts, oldest first."""
    with connection(home) as db:
        numbers = db.execute("SELECT sha256 FROM datasets ORDER BY id").fetchall()
        found = [_dataset(db, sha256, new=False) for (sha256,) in numbers]
    return tuple(one for one in found if one is not None)


def save_plan(home: Path, plan: StoredPlan, files: Mapping[str, bytes]) -> None:
    """Keep a plan and its files; the same plan again changes nothing."""
    with connection(home) as db, transaction(db):
        values = (plan.plan_id, plan.year, json.dumps(plan.basis), plan.created_at)
        added = db.execute("INSERT OR IGNORE INTO plans VALUES (?, ?, ?, ?)", values).rowcount
        if added:
            rows = [(plan.plan_id, name, content) for name, content in files.items()]
            db.executemany("INSERT INTO plan_files VALUES (?, ?, ?)", rows)


def plans(home: Path) -> tuple[StoredPlan, ...]:
    """The kept plans, newest first."""
    with connection(home) as db:
        rows = db.execute(
            "SELECT id, year, basis, created_at FROM plans ORDER BY created_at DESC, id"
        ).fetchall()
    return tuple(StoredPlan(i, year, json.loads(basis), made) for i, year, basis, made in rows)


def plan_file(home: Path, plan_id: str, name: str) -> bytes | None:
    """One file of one kept plan, or None where there is no such plan or file."""
    with connection(home, examine=False) as db:
        query = "SELECT content FROM plan_files WHERE plan_id = ? AND name = ?"
        row = db.execute(query, (plan_id, name)).fetchone()
    return None if row is None else bytes(row[0])


def _dataset(db: sqlite3.Connection, sha256: str, *, new: bool) -> Dataset | None:
    row = db.execute(
        "SELECT id, sha256, rows_read, rows_stored, loaded_at FROM datasets WHERE sha256 = ?",
        (sha256,),
    ).fetchone()
    return None if row is None else replace(Dataset(*row), new=new)


def _key(db: sqlite3.Connection, home: Path) -> bytes:
    """The key; a new one only into an empty store, else children would not be recognised."""
    last = db.execute("SELECT key_id FROM datasets ORDER BY id DESC LIMIT 1").fetchone()
    key = pseudonym_key(ensure_home(home), make=last is None)
    if last is not None and last[0] != _key_id(key):
        raise InputError(
            f"the key for pseudonyms ({_key_id(key)}) is not the one that the loaded extracts "
            f"were made with ({last[0]}).",
            fix="Put that key back from your backup.",
        )
    return key


def _insert(
    db: sqlite3.Connection, dataset: Dataset, *, findings: Sequence[Finding], key: bytes
) -> None:
    listed = json.dumps([vars(finding) for finding in findings], ensure_ascii=False)
    db.execute(
        "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            dataset.number,
            dataset.sha256,
            _key_id(key),
            dataset.rows_read,
            dataset.rows_stored,
            listed,
            dataset.loaded_at,
        ),
    )


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"plassplan key id" + key).hexdigest()[:16]


def _rows(number: int, frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    """One JSON object a row, so that a new allowed column needs no new table."""
    text = frame.to_json(orient="records", lines=True, date_format="iso", force_ascii=False)
    ids = frame["referral_id"].astype(str)
    return [(number, one, row) for one, row in zip(ids, text.splitlines(), strict=True)]
