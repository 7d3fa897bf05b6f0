"""Scenario commands as a person runs them, on a made-up agency and on the demonstration extract."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forecasting.samples import WHOLE_NATION
from service import cli
from service.run_scenario import steps_of
from service.scenario_store import kept_scenarios
from service.scenario_view import side_by_side
from service.settings import load_settings
from tests.agencies import CONFIG, write_agency

Run = Callable[..., tuple[int, str, str]]
OWN = """
[scenarios.nothing]
label = { nb = "Ingenting" }
why = "For å se at ingenting endrer ingenting."
[scenarios.pooled]
why = "Alt i én målgruppe."
need_groups = "pooled.toml"
changes = [{ kind = "places", need_group = "all", places = 2 }]
[scenarios.together]
why = "Alt i én målgruppe, og ikke mer."
need_groups = "pooled.toml"
[scenarios.burnt]
why = "Et hus brenner."
changes = [{ kind = "closed", need_group = "fast", region = "left", days = 365 }]
"""
POOLED = """
[regions.left]
[need_groups.all]
aliases = ["fast", "slow"]
"""


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_agency(tmp_path_factory.mktemp("agency"))
    (folder / "own.toml").write_text(CONFIG + OWN, encoding="utf-8")
    (folder / "pooled.toml").write_text(POOLED, encoding="utf-8")
    return folder


@pytest.fixture
def run(
    agency: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(agency)

    def one(*words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return one


SOURCE = ("referrals.csv", "--register", "register.csv", "--config", "own.toml", "--quiet")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_scenarios_are_listed_with_their_reasons(run: Run) -> None:
    code, out, _ = run("scenario", "list", "--config", "own.toml", "--format", "json")
    found = {row["Kode"]: row for row in json.loads(out)}
    assert code == 0
    assert found["nothing"]["Hvorfor"] == "For å se at ingenting endrer ingenting."
    assert found["demand_10_more"]["Endrer"] == "demand"
    assert found["pooled"]["Endrer"] == "places, need_groups"
    assert "house_burns" not in found


@pytest.mark.parametrize("names", ["nothing", "nothing,pooled", "together,pooled"])
def test_every_step_of_a_run_tells_how_far_it_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    heard: list[tuple[str, list[tuple[int, int]]]] = []

    class Heard:
        """Remembers the ticks of each step."""

        def say(self, text: str) -> None:
            heard.append((text, []))

        def tick(self, done: int, total: int) -> None:
            heard[-1][1].append((done, total))

    monkeypatch.setattr("service.talk.Silent", Heard)
    settings = load_settings(Path("own.toml"))
    assert run("scenario", "run", *SOURCE, "--scenario", names, "--out", tmp_path / "o")[0] == 0
    assert len(heard) == steps_of(tuple(names.split(",")), settings)
    for text, ticks in heard:
        # To the last part; and forward only, but for a forecast, which goes over its series anew
        # for the weights of the models.
        assert ticks[-1][0] == ticks[-1][1]
        assert text.startswith("Forecasting") or ticks == sorted(set(ticks))


def test_scenarios_run_beside_the_base_plan(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "what-if"
    names = "nothing,demand_10_more,burnt,pooled"
    code, table, err = run("scenario", "run", *SOURCE, "--scenario", names, "--out", out)
    assert (code, err) == (0, "")
    assert "Basisplanen" in table
    assert "Ingenting" in table
    assert "Robuste" in table
    assert sorted(path.name for path in out.iterdir()) == [
        *("basis.json", "regrets.csv", "robust.csv", "run.json", "scenarios.csv")
    ]
    found = rows(out / "scenarios.csv")
    by_name = {
        name: [list(row.values())[1:] for row in found if row["scenario"] == name]
        for name in ("base", "nothing")
    }
    assert by_name["base"] == by_name["nothing"]
    total = {
        row["scenario"]: row for row in found if row["region"] == row["need_group"] == WHOLE_NATION
    }
    assert list(total) == ["base", "nothing", "demand_10_more", "burnt", "pooled"]
    needed = {name: int(row["places_recommended"]) for name, row in total.items()}
    assert needed["demand_10_more"] >= needed["base"]
    assert needed["burnt"] == needed["base"] + 4
    # Two places were given beyond what the pooled group needs, so it offers more.
    assert float(total["pooled"]["committed_places"]) >= needed["base"]
    # The plan of the same input has the same base.
    plan = tmp_path / "plan"
    assert run("plan", *SOURCE, "--no-tracking", "--out", plan)[0] == 0
    chosen = [row for row in rows(plan / "curve.csv") if row["chosen"] == "true"]
    assert sum(int(row["committed"]) for row in chosen) == needed["base"]
    cost = json.loads((plan / "plan.json").read_text())["total_cost"]["mean"]
    # The plan tells its cost on other paths than those that its places were chosen on.
    assert float(total["base"]["cost_nok"]) == pytest.approx(cost, rel=0.02)
    basis = json.loads((out / "basis.json").read_text())
    assert [each["code"] for each in basis["scenarios"]] == names.split(",")
    assert basis["scenarios"][2]["why"] == "Et hus brenner."

    code, table, _ = run("scenario", "diff", out, "--format", "json")
    told = [row for row in json.loads(table) if row["Scenario"] == "burnt"]
    assert code == 0
    assert [row["Målgruppe"] for row in told] == ["Rask", "Langsom", "Alle målgrupper"]
    assert [row["Endring i plasser"] for row in told] == [4, 0, 4]


def test_the_same_again_gives_the_same_bytes_with_two_workers(run: Run, tmp_path: Path) -> None:
    words = ("scenario", "run", *SOURCE, "--scenario", "demand_10_more,spot_half", "--draws", 40)
    for name, workers in (("one", 1), ("two", 2)):
        assert run(*words, "--workers", workers, "--out", tmp_path / name)[0] == 0
    for name in ("scenarios.csv", "robust.csv", "regrets.csv", "basis.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--scenario", "demand_10_mor"), 2, "'demand_10_mor' is not known"),
        (("--scenario", " , "), 2, "no scenario was named"),
        (("--scenario", "urgent_orders_double"), 3, "legal basis '4-4'"),
        ((), 2, "--scenario"),
    ],
)
def test_wrong_use_is_one_sentence(
    run: Run, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    found, _, err = run("scenario", "run", *SOURCE, *words, "--draws", 20, "--out", tmp_path / "x")
    assert found == code
    assert told in err
    assert not (tmp_path / "x").exists()


def test_a_folder_without_scenarios_has_no_difference(run: Run, tmp_path: Path) -> None:
    code, _, err = run("scenario", "diff", tmp_path)
    assert code == 3
    assert "holds no scenarios" in err


def test_a_plan_says_what_changed_since_an_earlier_one(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    words = ("plan", *SOURCE, "--no-tracking")
    assert run(*words, "--level", 0.9, "--out", first)[0] == 0
    code, table, _ = run(*words, "--compare", first, "--out", second)
    assert code == 0
    assert "Forrige plan" in table
    found = rows(second / "since.csv")
    for group in ("fast", "slow"):
        steps = {r["step"]: int(r["places"]) for r in found if r["need_group"] == group}
        assert steps["choices"] == steps["now"] - steps["before"] >= 0
        assert steps["demand"] == steps["prices"] == steps["rest"] == 0
    code, _, err = run(*words, "--compare", "nothing", "--out", second)
    assert code == 3
    assert "nothing is neither a folder nor the id" in err


def test_three_kinds_of_institution_plan_the_demonstration_extract_as_it_is(
    run: Run, tmp_path: Path
) -> None:
    demo, out = tmp_path / "demo", tmp_path / "out"
    assert run("demo", demo, "--quiet")[0] == 0
    kinds = Path(__file__).parents[2] / "config" / "three_kinds.toml"
    fast = kinds.read_text(encoding="utf-8").split("\nmodels = ")
    own = tmp_path / "kinds.toml"
    own.write_text(
        fast[0] + '\nmodels = ["recent_mean_negbin"]\n' + fast[1].split("\n", 1)[1],
        encoding="utf-8",
    )
    words = ("--register", demo / "register.csv", "--config", own, "--draws", 40, "--no-tracking")
    code, _, err = run("plan", demo / "referrals.csv", *words, "--out", out)
    assert code == 0, err
    held = {row["need_group"] for row in rows(out / "places.csv")}
    assert held == {"akutt_utredning", "forsterket", "omsorg_utvikling"}
    # Every place of the register is there, under one of the kinds.
    existing = sum(int(row["existing"]) for row in rows(out / "places.csv"))
    assert existing == sum(int(row["places"]) for row in rows(demo / "register.csv"))
    # Two of the kinds may share: every region has its answer, none but the best one marked.
    best = [row for row in rows(out / "flexible.csv") if row["best"] == "true"]
    sets = [row for row in best if row["need_group"] == "alle"]
    assert {row["need_groups"] for row in sets} == {"forsterket;omsorg_utvikling"}
    assert len({row["region"] for row in sets}) == len(sets) == 5


def test_scenarios_that_have_a_reason_are_kept_for_the_pages(run: Run, tmp_path: Path) -> None:
    out, home = tmp_path / "what-if", tmp_path / "home"
    words = ("scenario", "run", *SOURCE, "--scenario", "nothing", "--out", out)
    assert run(*words)[0] == 0
    assert kept_scenarios(home) == ()
    assert run(*words, "--reason", "barnet 010170 12345")[0] == 2
    code, _, err = run(*words[:-1], tmp_path / "again", "--reason", "Budsjettmøtet")
    assert (code, err) == (0, "")
    (kept,) = kept_scenarios(home)
    assert kept.reason == "Budsjettmøtet"
    assert kept.table.encode() == (tmp_path / "again" / "scenarios.csv").read_bytes()
    both = side_by_side(kept, ["nothing"])
    assert both.rows
    assert {row.cells[1].change for row in both.rows} == {0}
