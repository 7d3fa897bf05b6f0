"""A year of a planner at the command line: draft, override, lock, follow, update, compare."""

import csv
import html
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from service import cli
from tests.agencies import write_agency

Run = Callable[..., tuple[int, str, str]]
SOURCE = ("referrals.csv", "--config", "own.toml")
WHO = ("--name", "Kari Nordmann", "--role", "planlegger")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command beside a made-up agency, with a home of its own."""
    write_agency(tmp_path)
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def one(*words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return one


def planned(run: Run, as_of: str, year: int, out: str) -> tuple[str, str]:
    """Make a plan. Returns its id and what was printed."""
    days = ("--as-of", as_of, "--year", year, "--out", out)
    code, told, err = run("plan", *SOURCE, "--register", "register.csv", *days, "--no-tracking")
    assert code == 0, err
    return err.split("Kept as ")[1].strip(), told


def answer(told: tuple[int, str, str]) -> dict:  # type: ignore[type-arg]
    code, out, err = told
    assert code == 0, err
    return json.loads(out)


def test_a_year_from_draft_to_tertial_update(run: Run, tmp_path: Path) -> None:
    first, _ = planned(run, "2022-12-31", 2023, "autumn")
    made = answer(run("yearly", "draft", first, *WHO, "--reason", "Høstplan", "--format", "json"))
    assert (made["version"]["number"], made["version"]["horizon"]) == (1, "next_year")
    base = next(
        line["places"]
        for line in made["lines"]
        if (line["region"], line["need_group"], line["form"]) == ("left", "fast", "base")
    )
    one = ("yearly", "override", 2023, "--version", 1, "--series", "left/fast", "--form", "base")
    code, said, _ = run(*one, "--places", 0, *WHO, "--reason", "Huset stenger")
    assert code == 0
    assert "Venstre, rask: " in said
    assert "Bistandsplikten gjelder like fullt" in said
    assert (
        "Den siste linjen for hver form gjelder." in run("yearly", "show", 2023, "--version", 1)[1]
    )
    code, said, _ = run(*one, "--take-back", *WHO, "--reason", "Stenger ikke")
    assert (code, said) == (0, "Overstyringen er tatt tilbake: modellens tall gjelder.\n")
    assert run(*one, "--places", 0, *WHO, "--reason", "Stenger likevel")[0] == 0
    locked = answer(run("yearly", "lock", 2023, "--version", 1, *WHO, "--format", "json"))
    assert locked["version"]["status"] == "locked"
    assert locked["overrides"][-1]["model_places"] == base
    assert run(*one, "--places", 1, *WHO, "--reason", "x")[0] == 2
    # Neither a number nor the word for none is no decision, and both are two.
    for unclear in ((), ("--places", 1, "--take-back")):
        code, _, err = run(*one, *unclear, *WHO, "--reason", "x")
        assert code == 2
        assert "--take-back" in err

    # Nobody named the locked plan: it is found, and held against what came.
    update, told = planned(run, "2023-04-30", 2023, "tertial")
    assert "Planen gjelder 01.05.2023 til 31.12.2023, ikke hele året" in told
    assert "Vurdering" in told
    with (tmp_path / "tertial" / "followed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    came = [float(row["came"]) for row in rows if row["what"] == "referrals"]
    received = [
        line.split(",")[1]
        for line in (tmp_path / "referrals.csv").read_text().splitlines()[1:]
        if "2023-01-01" <= line.split(",")[1] <= "2023-04-30"
    ]
    # The nation, two need groups over it, and four series: every child stands three times.
    assert sum(came) == 3 * len(received)
    assert json.loads((tmp_path / "tertial" / "plan.json").read_text())["begins"] == "2023-05-01"

    after = answer(run("yearly", "draft", update, *WHO, "--reason", "T1", "--format", "json"))
    assert (after["version"]["horizon"], after["version"]["tertial"]) == ("tertial_update", 1)
    found = answer(run("yearly", "diff", 2023, "--versions", "1,2", "--format", "json"))
    assert found["same_days"] is False
    assert len(found["overrides_gone"]) == 1
    changes = [sum(group["causes"].values()) for group in found["groups"]]
    assert changes == [group["now"] - group["before"] for group in found["groups"]]
    code, listed, _ = run("yearly", "diff", 2023, "--versions", "1,2")
    assert code == 0
    assert "kan ikke sammenlignes" in listed

    again = answer(
        run("yearly", "restore", 2023, "--version", 1, *WHO, "--reason", "Nei", "--format", "json")
    )
    assert (again["version"]["number"], again["version"]["based_on"]) == (3, 1)
    code, shown, _ = run("yearly", "show", 2023)
    assert "låst" in shown  # the one in force, though a draft is newer
    code, every, _ = run("yearly", "list")
    assert (code, every.count("plan-2023-")) == (0, 3)


def test_a_plan_that_cannot_be_followed_is_refused_before_anything_is_computed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(run, "2021-12-31", 2022, "last")
    monkeypatch.setattr("service.run_plan.evidence_of", None)
    days = ("--as-of", "2023-04-30", "--year", 2023, "--compare", "last", "--out", "rest")
    code, _, err = run("plan", *SOURCE, *days, "--no-tracking")
    assert code == 2, err
    assert "the plan begins 2022-01-01" in err


def test_the_report_of_a_version_says_what_was_decided_and_by_whom(
    run: Run, tmp_path: Path
) -> None:
    first, _ = planned(run, "2022-12-31", 2023, "autumn")
    assert run("yearly", "draft", first, *WHO, "--reason", "Høstplan", "--region", "left")[0] == 0
    one = ("--version", 1, "--region", "left", *WHO)
    base = ("--series", "left/fast", "--form", "base", "--places", 0, "--reason", "=Huset stenger")
    assert run("yearly", "override", 2023, *one, *base)[0] == 0
    assert run("yearly", "lock", 2023, *one)[0] == 0
    to = ("--region", "left", "--out", "given", "--format", "html,xlsx,json,csv")
    code, said, err = run("yearly", "export", 2023, *to)
    assert code == 0, err
    names = {Path(line).name for line in said.splitlines()}
    stem = "kapasitetsplan_left_2023_v1_2022-12-31"
    assert {f"{stem}.html", f"{stem}.xlsx", "plan.json", "decided.csv", "SHA256SUMS"} <= names
    page = (tmp_path / "given" / f"{stem}.html").read_text("utf-8")
    for told in ("Høstplan", "=Huset stenger", "Kari Nordmann, planlegger", "låst"):
        assert told in page
    book = openpyxl.load_workbook(tmp_path / "given" / f"{stem}.xlsx")
    row = [cell.value for cell in book["Satt av planleggeren"][2]]
    assert (row[4], row[6]) == (0, "'=Huset stenger")
    assert book["Satt av planleggeren"]["G2"].data_type == "s"
    assert run("yearly", "export", 2023, "--version", 7, *to)[0] == 2

    # What is shown is what the report says, in numbers and in words.
    shown = answer(run("yearly", "show", 2023, "--region", "left", "--format", "json"))
    with (tmp_path / "given" / "decided.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["form"] == "alle"]
    (whole,) = (row for row in shown["decided"] if row["need_group"] == "alle")
    for side in ("model", "decided"):
        assert sum(int(row[f"{side}_places"]) for row in rows) == whole[side]["places"]
        children = f"{side}_children_not_offered_per_year_mean"
        assert sum(float(row[children]) for row in rows) == pytest.approx(
            whole[side]["children_not_offered"]
        )
    first = book["Vedtatt"]
    cells = {str(cell.value) for row in first.iter_rows() for cell in row}
    assert whole["decided"]["places"] < whole["model"]["places"]
    for sentence in shown["sentences"]:
        assert sentence in cells
        assert sentence in html.unescape(page)
    assert "Vedtatt: forpliktet" in run("yearly", "show", 2023, "--region", "left")[1]


def test_a_locked_plan_is_followed_without_a_new_one(run: Run) -> None:
    first, _ = planned(run, "2022-12-31", 2023, "autumn")
    assert run("yearly", "draft", first, *WHO, "--reason", "Høstplan")[0] == 0
    told = run("yearly", "follow", 2023, *SOURCE, "--as-of", "2023-02-10", "--format", "json")
    rows = json.loads(told[1])
    assert {row["Region"] for row in rows} >= {"Hele landet"}
    early = run("yearly", "follow", 2023, *SOURCE, "--as-of", "2023-01-10")
    assert "For tidlig å si" in early[1]
    code, _, err = run("yearly", "follow", 2023, *SOURCE, "--as-of", "2022-10-10")
    assert code == 2
    assert "had not begun" in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("yearly show 2023", 2, "no yearly plan"),
        ("yearly draft plan-2023-x --reason x --name x --role x", 3, "no kept plan"),
        ("yearly draft plan-2023-x --reason x --name 01017012345 --role x", 2, "the name holds"),
        ("yearly draft plan-2023-x --reason x --role x", 2, "--name"),
        ("yearly diff 2023 --versions 1", 2, "no two versions"),
        ("yearly lock 2023 --version 1 --name x --role x", 2, "no yearly plan"),
        ("yearly follow 2023", 2, "no data were named"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(run: Run, words: str, code: int, told: str) -> None:
    found, out, err = run(*words.split())
    assert (found, out) == (code, "")
    assert told in err
    assert "01017012345" not in err
    assert err.count("\n") == 1
