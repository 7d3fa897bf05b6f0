"""What is loaded is kept whole, once, and without the pseudonyms it came with."""

import json
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from features.check import CheckedExtract, Outcome
from features.referrals import ReferralTable
from forecasting.errors import ComputationError, InputError
from forecasting.findings import Finding, Severity
from service.database import connection, database_path, transaction
from service.home import key_path, pseudonym_key
from service.store import (
    StoredPlan,
    datasets,
    load_extract,
    plan_file,
    plans,
    rekeyed,
    save_plan,
    stored_referrals,
)

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
CANARIES = ("KANARI-1", "KANARI-2")


def extract(**columns: list[object]) -> CheckedExtract:
    """An accepted extract of two referrals, with some columns replaced."""
    frame = pd.DataFrame(
        {
            "referral_id": ["H1", "H2"],
            "received_date": ["2024-01-02", "2024-02-03"],
            "region": ["here", "there"],
            "need_group": ["now", "later"],
            "child_pseudonym": list(CANARIES),
            "age": [14, None],
            "start_date": ["2024-01-02", None],
            **columns,
        }
    )
    note = Finding(Severity.WARNING, "unknown_column", "En kolonne er utelatt.", column="x")
    table = ReferralTable.of(frame)
    return CheckedExtract(
        name="a.csv",
        sha256="",
        outcome=Outcome.ACCEPT_WITH_WARNING,
        rows_read=len(frame),
        rows_stored=len(frame),
        findings=(note,),
        referrals=table,
    )


def many(rows: int) -> dict[str, list[object]]:
    """Columns of so many referrals."""
    return {
        "referral_id": [f"H{i:04d}" for i in range(rows)],
        "received_date": ["2024-01-02"] * rows,
        "region": ["here"] * rows,
        "need_group": ["now"] * rows,
        "child_pseudonym": [f"B{i}" for i in range(rows)],
        "age": [14] * rows,
        "start_date": [None] * rows,
    }


def load(home: Path, one: CheckedExtract, sha256: str = "a" * 64) -> bool:
    """Load it. Returns whether it was new."""
    return load_extract(home, one, sha256=sha256, now=NOW).new


def test_what_comes_back_is_what_was_loaded_but_for_pseudonyms(tmp_path: Path) -> None:
    one = extract()
    load(tmp_path, one)
    assert one.referrals is not None
    back, _ = stored_referrals(tmp_path)
    columns = [name for name in back.frame if name != "child_pseudonym"]
    pd.testing.assert_frame_equal(back.frame[columns], one.referrals.frame[columns])


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, extract())
    before = database_path(tmp_path).read_bytes()
    assert not load(tmp_path, extract())
    assert database_path(tmp_path).read_bytes() == before
    assert len(datasets(tmp_path)) == 1


def test_a_row_of_a_newer_file_wins(tmp_path: Path) -> None:
    load(tmp_path, extract(), "a" * 64)
    newer = extract(
        referral_id=["H2", "H3"],
        received_date=["2024-02-03", "2024-03-04"],
        age=[15, 16],
        start_date=["2024-02-20", None],
    )
    load(tmp_path, newer, "b" * 64)
    frame = stored_referrals(tmp_path)[0].frame.set_index("referral_id")
    assert list(frame.index) == ["H1", "H2", "H3"]
    assert frame["age"].tolist() == [14, 15, 16]
    assert frame.loc["H2", "start_date"] == pd.Timestamp("2024-02-20")


def test_the_stamp_tells_what_was_loaded(tmp_path: Path) -> None:
    load(tmp_path, extract(), "a" * 64)
    first = stored_referrals(tmp_path)[1]
    assert stored_referrals(tmp_path)[1] == first
    load(tmp_path, extract(referral_id=["H8", "H9"]), "b" * 64)
    assert stored_referrals(tmp_path)[1] != first


def test_no_pseudonym_of_the_source_is_in_the_home(tmp_path: Path) -> None:
    load(tmp_path, extract())
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [canary for canary in CANARIES if canary.encode() in kept]


def test_two_installations_make_other_pseudonyms(tmp_path: Path) -> None:
    source = pd.Series([*CANARIES, CANARIES[0], None], dtype=object)
    one, other = (
        rekeyed(source, pseudonym_key(tmp_path / name, make=True)) for name in ("one", "other")
    )
    assert not set(one.dropna()) & set(other.dropna())
    for made in (one, other):
        assert made[0] == made[2] != made[1]
        assert pd.isna(made[3])


def test_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, extract())
    for path in (home, *home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("00" * 32)])
def test_a_lost_key_stops_the_next_load(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    load(tmp_path, extract())
    spoil(key_path(tmp_path))
    before = database_path(tmp_path).read_bytes()
    with pytest.raises(InputError, match="key for pseudonyms"):
        load(tmp_path, extract(), "b" * 64)
    assert database_path(tmp_path).read_bytes() == before


def test_a_rejected_extract_is_not_stored(tmp_path: Path) -> None:
    rejected = CheckedExtract("a.csv", "", Outcome.REJECT, 2, 0, ())
    with pytest.raises(InputError, match="rejected"):
        load(tmp_path, rejected)
    assert list(tmp_path.iterdir()) == []


def test_two_loads_at_once_make_one_data_set(tmp_path: Path) -> None:
    with ThreadPoolExecutor(5) as pool:
        new = list(pool.map(lambda _: load(tmp_path, extract()), range(5)))
    assert sum(new) == 1
    assert len(datasets(tmp_path)) == 1


def test_a_store_is_new_or_whole_to_who_opens_it_meanwhile(tmp_path: Path) -> None:
    """Many open the same new home at once: none may see half of what the first is making."""
    for round_ in range(40):
        home = tmp_path / str(round_)
        with ThreadPoolExecutor(8) as pool:
            assert not any(pool.map(datasets, [home] * 8))


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="plassplan load"):
        stored_referrals(tmp_path)


def test_a_store_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    load(tmp_path, extract())
    with sqlite3.connect(database_path(tmp_path)) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = database_path(tmp_path).read_bytes()
    with pytest.raises(InputError, match="version 99"):
        datasets(tmp_path)
    assert database_path(tmp_path).read_bytes() == before


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(database_path(tmp_path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = database_path(tmp_path).read_bytes()
    with pytest.raises(InputError, match="not made by Plassplan"):
        datasets(tmp_path)
    assert database_path(tmp_path).read_bytes() == before


def test_a_damaged_store_is_refused_and_never_repaired(tmp_path: Path) -> None:
    load(tmp_path, extract(**many(400)))
    path = database_path(tmp_path)
    whole = path.read_bytes()
    page = 4096
    assert len(whole) > 5 * page
    for number in (0, len(whole) // page // 2):
        torn = whole[: number * page] + bytes([255]) * page + whole[(number + 1) * page :]
        path.write_bytes(torn)
        with pytest.raises(InputError, match=r"damaged|not made by") as told:
            datasets(tmp_path)
        assert told.value.fix
        assert path.read_bytes() == torn


def test_a_store_in_use_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path, extract())
    monkeypatch.setattr("service.database.SETTINGS", "PRAGMA busy_timeout = 50;")
    newer = extract(referral_id=["H8", "H9"])
    with (
        connection(tmp_path) as db,
        transaction(db),
        pytest.raises(ComputationError, match="in use"),
    ):
        load(tmp_path, newer, "b" * 64)
    assert load(tmp_path, newer, "b" * 64)


def test_a_failure_within_a_load_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, extract())

    def fail(_number: int, _frame: pd.DataFrame) -> list[tuple[int, str, str]]:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.store._rows", fail)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path, extract(), "b" * 64)
    assert [one.sha256 for one in datasets(tmp_path)] == ["a" * 64]


LOAD_FOREVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from service.store import load_extract
from tests.contract.test_service_store import extract, many
print("ready", flush=True)
for turn in range(10**9):
    load_extract(Path(sys.argv[1]), extract(**many(50)), sha256=f"{turn}", now=datetime.now(UTC))
"""


@pytest.mark.parametrize("wait", [0.02, 0.05, 0.09])
def test_a_kill_within_a_load_leaves_whole_extracts(tmp_path: Path, wait: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LOAD_FOREVER, tmp_path],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.kill()
    loaded = datasets(tmp_path)
    with connection(tmp_path) as db:
        query = "SELECT count(*) FROM referrals GROUP BY dataset_id"
        sizes = [size for (size,) in db.execute(query)]
    assert sizes == [50] * len(loaded)


def test_findings_are_kept_with_the_extract(tmp_path: Path) -> None:
    load(tmp_path, extract())
    with connection(tmp_path) as db:
        (text,) = db.execute("SELECT findings FROM datasets").fetchone()
    assert [finding["code"] for finding in json.loads(text)] == ["unknown_column"]


def test_a_plan_is_kept_once_and_read_back(tmp_path: Path) -> None:
    plan = StoredPlan("plan-2026-ab", 2026, {"seed": 1}, "2025-10-01T00:00:00+00:00")
    save_plan(tmp_path, plan, {"plan.json": b"{}", "places.csv": b"a\n"})
    save_plan(tmp_path, plan, {"plan.json": b"other"})
    assert plans(tmp_path) == (plan,)
    assert plan_file(tmp_path, plan.plan_id, "plan.json") == b"{}"
    assert plan_file(tmp_path, plan.plan_id, "missing.csv") is None
    assert plan_file(tmp_path, "none", "plan.json") is None
