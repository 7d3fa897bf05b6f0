"""`plassplan report`: every report, from what the other commands wrote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from service import cli
from tests.agencies import write_agency

Run = Callable[..., tuple[int, str, str]]
SOURCE = ("referrals.csv", "--register", "register.csv", "--config", "own.toml", "--quiet")


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up agency, with a plan, scenarios, a backtest and a replay beside it."""
    folder = write_agency(tmp_path_factory.mktemp("agency"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLASSPLAN_HOME", str(folder / "home"))
        patch.chdir(folder)
        months = ("--freq", "MS", "--horizon", "2", "--origins", "2", "--config", "own.toml")
        for words in (
            ("plan", *SOURCE, "--no-tracking", "--out", "plan"),
            ("scenario", "run", *SOURCE, "--scenario", "demand_10_more", "--out", "what-if"),
            ("plan", *SOURCE, "--as-of", "2022-12-31", "--no-tracking", "--out", "begun"),
            ("load", "referrals.csv", "--config", "own.toml"),
            ("backtest", "--from-store", *months, "--no-tracking", "--quiet", "--out", "back"),
            (
                *("replay", *SOURCE, "--origins", "2022-12-31", "--months", "12"),
                *("--no-tracking", "--out", "again"),
            ),
        ):
            assert cli.run(list(words)) == 0, words
    return folder


@pytest.fixture
def run(agency: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("PLASSPLAN_HOME", str(agency / "home"))
    monkeypatch.chdir(agency)

    def one(*words: object) -> tuple[int, str, str]:
        code = cli.run(["report", *(str(word) for word in words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return one


def test_the_plan_again_has_the_bytes_that_it_had(run: Run, agency: Path, tmp_path: Path) -> None:
    code, told, _ = run("plan", "--format", "json,csv,html", "--out", tmp_path / "out")
    assert code == 0
    written = [Path(line) for line in told.split()]
    kept = [path for path in written if path.suffix in (".json", ".csv")]
    assert len(kept) > 10
    for path in kept:
        assert path.read_bytes() == (agency / "plan" / path.name).read_bytes(), path.name


def test_regions_stand_in_folders_of_their_own(run: Run, agency: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, told, _ = run(
        "plan", "--region", "left, right", "--format", "json,pdf,docx", "--out", out
    )
    assert code == 0
    names = {str(Path(line).relative_to(out)) for line in told.split()}
    stem = "kapasitetsplan_{}_2024_v1_2023-12-31"
    assert names == {
        f"{region}/{name}"
        for region in ("left", "right")
        for name in (
            *("plan.json", "SHA256SUMS"),
            *(f"{stem.format(region)}.{ending}" for ending in ("pdf", "docx")),
        )
    }
    whole = json.loads((agency / "plan" / "plan.json").read_bytes())
    chosen = sum(curve["chosen"] for curve in whole["curves"])
    parts = [json.loads((out / region / "plan.json").read_bytes()) for region in ("left", "right")]
    assert sum(curve["chosen"] for part in parts for curve in part["curves"]) == chosen
    # Drawn together before quantiles are taken: a region has its own band of all need groups.
    for part in parts:
        everything = [
            b for b in part["demand"] if (b["region"], b["need_group"]) == ("alle", "alle")
        ]
        assert len(everything) == 1


@pytest.mark.parametrize(
    ("words", "stem", "said"),
    [
        (("plan", "--report", "budget_brief"), "budget_brief", "Budsjettnotat"),
        (("what-if", "--report", "scenarios"), "scenarios", "10 % flere henvisninger"),
        (("back", "--report", "evaluation"), "evaluation", "hadde samlet prognose"),
        (("back", "--report", "evaluation", "--replay", "again"), "evaluation", "region-årene"),
        (
            ("begun", "--report", "tertial", "--extract", "referrals.csv", "--config", "own.toml"),
            "tertial",
            "er ikke kjent: plassregisteret er ikke tatt med",
        ),
        (
            (
                *("begun", "--report", "tertial", "--extract", "referrals.csv"),
                *("--register", "register.csv", "--config", "own.toml"),
            ),
            "tertial",
            "Plassregister: register.csv",
        ),
    ],
)
def test_other_reports_are_made_of_what_commands_wrote(
    run: Run, tmp_path: Path, words: tuple[str, ...], stem: str, said: str
) -> None:
    code, told, err = run(*words, "--format", "html,xlsx,pdf,docx,csv,json", "--out", tmp_path)
    assert (code, err) == (0, "")
    assert len(told.split()) >= 6
    page = (tmp_path / f"{stem}.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert said in page


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("plan", "--report", "poem"), 2, "'poem'. Use one of: capacity_plan, budget_brief"),
        (("plan", "--format", "odt"), 2, "'odt'"),
        (("plan", "--region", "north"), 2, "'north' is not in the plan. Use one of: left, right"),
        (("what-if", "--report", "scenarios", "--region", "left"), 2, "does not go with --report"),
        (("plan", "--replay", "again"), 2, "does not go with --report capacity_plan"),
        (("plan", "--report", "scenarios"), 3, "plan holds no scenarios that were run"),
        (("what-if", "--report", "evaluation"), 3, "what-if holds no backtest"),
        (("back", "--report", "evaluation", "--replay", "plan"), 3, "plan holds no replay"),
        (("plan", "--register", "register.csv"), 2, "It goes with --report tertial"),
        (("plan", "--as-of", "2024-01-31"), 2, "It goes with --report tertial"),
        (
            ("plan", "--report", "tertial", "--config", "own.toml"),
            2,
            "the plan for 2024 had not begun on 2023-12-31",
        ),
        (
            ("what-if", "--report", "scenarios", "--profile", "public"),
            2,
            "--profile public does not go with --report scenarios",
        ),
        (
            ("plan", "--region", "left", "--profile", "shared"),
            2,
            "--profile shared does not go with --region left",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_writes_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    found, _, err = run(*words, "--out", tmp_path / "out")
    assert found == code
    assert told in err
    assert not (tmp_path / "out").exists()


def test_a_brief_for_others_hides_what_the_plan_hides_and_says_so(run: Run, tmp_path: Path) -> None:
    words = ("plan", "--report", "budget_brief", "--format", "json,html", "--out", tmp_path)
    code, _, err = run(*words, "--profile", "shared")
    assert code == 0
    assert err == ""
    assert run(*words)[0] == 0
    assert run(*words, "--profile", "shared")[0] == 0
    found = json.loads((tmp_path / "budget_brief.json").read_bytes())
    assert found["profile"] == "shared"
    assert found["basis"] != json.loads((tmp_path / "budget_brief.json").read_bytes())["title"]
    page = (tmp_path / "budget_brief.html").read_text(encoding="utf-8")
    assert "1–4" in page or "1 til 4" in page
