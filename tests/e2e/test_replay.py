"""replay as a person runs it: what it writes and prints, and that no plan sees what came after."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from service import cli
from tests.agencies import write_agency

Run = Callable[..., tuple[int, str, str]]
POLICIES = [
    "plassplan",
    "last_year_peak",
    "last_year_mean_plus_20pct",
    "existing_places",
    "hindsight",
    "last_year_peak_same_cost",
    "last_year_mean_same_cost",
]
CONTRACT = [
    "origin",
    "region",
    "need_group",
    "policy",
    "places",
    "offered_share",
    "children_not_offered",
    "place_days_idle",
    "spot_days",
    "cost_nok",
]
ORIGINS = ("--origins", "2021-12-31,2022-12-31", "--months", 12)
OWN = ("--register", "register.csv", "--config", "own.toml", "--no-tracking")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command beside the made-up agency, with an empty home."""
    write_agency(tmp_path)
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def one(*words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return one


def rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_replay_writes_its_files_and_prints_the_summary(run: Run) -> None:
    code, out, err = run(
        "replay", "referrals.csv", *ORIGINS, *OWN, "--out", "r", "--format", "json"
    )
    assert code == 0, err
    found = rows("r/replay.csv")
    assert list(found[0]) == CONTRACT
    assert len(found) == 2 * 4 * len(POLICIES)  # origins, series
    assert [row["policy"] for row in found[: len(POLICIES)]] == POLICIES
    for row in found:
        assert int(row["places"]) >= 0
        assert 0 <= float(row["offered_share"]) <= 1
        assert float(row["place_days_idle"]) >= 0
        assert float(row["cost_nok"]) > 0
        if row["policy"] == "hindsight":
            assert float(row["offered_share"]) >= 0.97
    printed = json.loads(out)
    assert {row["need_group"] for row in printed} == {"fast", "slow", "alle"}
    assert {row["policy"] for row in printed} == set(POLICIES)
    assert len(rows("r/summary.csv")) == len(printed)
    basis = json.loads(Path("r/basis.json").read_text(encoding="utf-8"))
    assert basis["settings"]["origins"] == "2021-12-31,2022-12-31"


def test_the_plan_at_an_origin_is_that_of_plan(run: Run) -> None:
    """A year from 31 December is the calendar year: replay and plan must agree on it."""
    run("replay", "referrals.csv", *ORIGINS, *OWN, "--out", "r")
    run("plan", "referrals.csv", "--as-of", "2022-12-31", *OWN, "--out", "p")
    planned = {
        (row["region"], row["need_group"]): int(row["committed"])
        for row in rows("p/curve.csv")
        if row["chosen"] in ("True", "true", "1")
    }
    assert len(planned) == 4
    replayed = {
        (row["region"], row["need_group"]): int(row["places"])
        for row in rows("r/replay.csv")
        if row["policy"] == "plassplan" and row["origin"] == "2022-12-31"
    }
    assert replayed == planned


def test_rows_after_the_origin_change_no_plan(run: Run) -> None:
    run("replay", "referrals.csv", *ORIGINS, *OWN, "--out", "whole")
    lines = Path("referrals.csv").read_text(encoding="utf-8").splitlines()
    day = "2022-12-31"

    def moved(line: str) -> str:
        """Rows of the year after come a third as often, and all of them leave after a day."""
        cells = line.split(",")
        if cells[1] > day:
            cells[-1] = cells[1]
        elif cells[-1] > day:  # who lived there on the origin stays for good
            cells[-1] = ""
        return ",".join(cells)

    kept = [line for n, line in enumerate(lines[1:]) if line.split(",")[1] <= day or n % 3 == 0]
    text = "\n".join([lines[0], *map(moved, kept), ""])
    Path("other.csv").write_text(text, encoding="utf-8")
    code, _, err = run("replay", "other.csv", *ORIGINS, *OWN, "--out", "other")
    assert code == 0, err
    known = {"plassplan", "last_year_peak", "last_year_mean_plus_20pct", "existing_places"}
    places = [
        {tuple(row[name] for name in CONTRACT[:5]) for row in rows(f"{out}/replay.csv")
         if row["policy"] in known}
        for out in ("whole", "other")
    ]  # fmt: skip
    assert places[0] == places[1]
    assert Path("whole/replay.csv").read_bytes() != Path("other/replay.csv").read_bytes()


def test_the_same_bytes_again_and_on_two_workers(run: Run) -> None:
    words = ("replay", "referrals.csv", *ORIGINS, *OWN)
    for out, workers in (("a", 1), ("b", 1), ("c", 2)):
        code, _, err = run(*words, "--workers", workers, "--out", out)
        assert code == 0, err
    for name in ("replay.csv", "summary.csv", "basis.json"):
        content = Path("a", name).read_bytes()
        assert Path("b", name).read_bytes() == content
        assert Path("c", name).read_bytes() == content


def test_from_the_store_without_register_or_prices(run: Run) -> None:
    text = Path("own.toml").read_text(encoding="utf-8")
    plain = text[: text.index("[prices]")] + text[text.index("[forecast]") :]
    Path("plain.toml").write_text(plain, encoding="utf-8")
    assert run("load", "referrals.csv", "--config", "plain.toml")[0] == 0
    code, _, err = run(
        "replay", "--from-store", "--config", "plain.toml", "--origins", "2022-12-31",
        "--months", 6, "--no-tracking", "--out", "r",
    )  # fmt: skip
    assert code == 0, err
    found = rows("r/replay.csv")
    assert {row["policy"] for row in found} == set(POLICIES) - {"existing_places"}
    assert {row["cost_nok"] for row in found} == {""}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--origins", "2023-06-30", "--months", 12), 2, "data end"),
        (("--origins", "2021-06-30", "--months", 12), 2, "less than half a year before"),
        (("--origins", "31.12.2022"), 2, "is no day"),
        (("--origins", "2021-12-31", "--months", 0), 2, "--months is 0"),
        (("--origins", "2021-06-30,2022-12-31", "--config", "nowhere.toml"), 3, "does not exist"),
    ],
)
def test_wrong_use_is_told(run: Run, words: tuple[object, ...], code: int, told: str) -> None:
    found, _, err = run("replay", "referrals.csv", "--config", "own.toml", *words, "--out", "r")
    assert found == code
    assert told in err
    assert not Path("r").exists()


def test_a_replay_is_recorded(run: Run) -> None:
    words = ("--origins", "2022-12-31", "--config", "own.toml")
    code, _, err = run("replay", "referrals.csv", *words, "--out", "r")
    assert code == 0, err
    listed = json.loads(run("runs", "list", "--format", "json")[1])
    assert [row["kind"] for row in listed] == ["replay"]
    shown = json.loads(run("runs", "show", listed[0]["run"], "--format", "json")[1])
    values = {row["what"]: row["value"] for row in shown}
    assert float(values["offered_share/hindsight/alle"]) >= 0.97
    assert values["origins"] == "2022-12-31"
