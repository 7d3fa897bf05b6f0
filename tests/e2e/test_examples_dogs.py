"""The dogs' shelter, from the file to every file of a plan; and held against what came."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from service.cli import app

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "shelter-dogs"
CASES, CONFIG = EXAMPLE / "cases.csv", EXAMPLE / "plassplan.toml"
YEAR = 2024
PLAN_FILES = (
    "plan.json",
    "plan.xlsx",
    "plan.pdf",
    "plan.html",
    "demand.csv",
    "occupancy.csv",
    "places.csv",
    "curve.csv",
    "risk.csv",
    "exchange.csv",
    "frontier.csv",
    "sharing.csv",
    "flexible.csv",
    "owners.csv",
    "waterfall.csv",
    "assumptions.csv",
    "findings.csv",
    "basis.json",
)
REGIONS = {
    "Long Beach": "long_beach",
    "Cerritos": "contract_cities",
    "Los Alamitos": "contract_cities",
    "Seal Beach": "contract_cities",
    "Signal Hill": "contract_cities",
}
GROUPS = {
    "stray": "stray",
    "wildlife": "stray",
    "owner_surrender": "surrendered",
    "return": "surrendered",
    "adopted_animal_return": "surrendered",
    "euthenasia_required": "surrendered",
    "confiscate": "held",
    "welfare_seized": "held",
    "quarantine": "held",
    "safe_keep": "held",
}


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def plan_folder(tmp_path_factory):
    """A plan for 2024 made on what was known at the end of 2023."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLASSPLAN_HOME", str(tmp_path_factory.mktemp("home")))
        out = tmp_path_factory.mktemp("dogs") / "plan"
        run("plan", CASES, "--config", CONFIG, "--as-of", "2023-12-31", "--draws", 500,
            "--seed", 1, "--out", out)  # fmt: skip
        yield out


def actual_present() -> dict[tuple[str, str], np.ndarray]:
    """Dogs present each day of the year, straight from the file; a stay of 0 nights counts 1."""
    days = np.arange(date(YEAR, 1, 1), date(YEAR + 1, 1, 1), dtype="datetime64[D]")
    present: dict[tuple[str, str], np.ndarray] = {}
    with CASES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["region"] not in REGIONS:
                continue
            key = REGIONS[row["region"]], GROUPS[row["need_group"]]
            start = date.fromisoformat(row["admission_date"])
            end = date.fromisoformat(row["exit_date"] or "2099-01-01")
            last = max(end, start + timedelta(days=1))
            there = (days >= np.datetime64(start)) & (days < np.datetime64(last))
            present[key] = present.get(key, np.zeros(len(days), dtype=int)) + there
    return present


def test_the_plan_writes_every_file(plan_folder):
    for name in PLAN_FILES:
        assert (plan_folder / name).stat().st_size > 0, name


def test_the_plan_is_for_the_planned_regions_and_all_groups(plan_folder):
    places = pd.read_csv(plan_folder / "places.csv")
    assert set(REGIONS.values()) <= set(places["region"])
    assert "elsewhere" not in set(places["region"])  # not planned
    assert set(GROUPS.values()) <= set(places["need_group"])
    assert places.groupby(["region", "need_group"])["places"].sum()["long_beach", "stray"] > 50


def test_without_prices_the_cost_is_not_known(plan_folder):
    places = pd.read_csv(plan_folder / "places.csv")
    cost = places[[name for name in places.columns if name.startswith("cost_nok")]]
    assert cost.isna().all(axis=None)


def test_the_actual_year_lies_within_what_was_simulated(plan_folder, capsys):
    """Mean number present in 2024 against the simulated one, per series.

    The band is the yearly mean of the daily 5 % and 99 % quantiles. Days of one path go up
    and down together, but not wholly, so it is no narrower than that of a path's yearly mean.
    """
    simulated = pd.read_csv(plan_folder / "occupancy.csv")
    simulated = simulated[simulated["region"].isin(REGIONS.values())]
    actual = actual_present()
    for (region, need_group), rows in simulated.groupby(["region", "need_group"]):
        assert len(rows) == 366
        low, high = rows["0.05"].mean(), rows["0.99"].mean()
        came = actual[region, need_group].mean()
        with capsys.disabled():
            print(  # noqa: T201 - the comparison is what the example is for
                f"\n{region}/{need_group}: simulated mean {rows['mean'].mean():.1f} "
                f"({low:.1f} to {high:.1f}), actual mean {came:.1f}"
            )
        assert low <= came <= high, (region, need_group)


def test_the_day_after_the_data_starts_from_the_dogs_that_are_there(plan_folder):
    """Residents are carried forward: the first day is near the number known on 31 December."""
    simulated = pd.read_csv(plan_folder / "occupancy.csv")
    first = simulated.sort_values("day").groupby(["region", "need_group"]).first()
    came = {key: days[0] for key, days in actual_present().items()}
    strays = first.loc[("long_beach", "stray")]
    assert strays["0.05"] - 1 <= came["long_beach", "stray"] <= strays["0.99"] + 1


def test_check_names_the_columns_that_are_left_out():
    result = CliRunner().invoke(app, ["check", str(CASES), "--config", str(CONFIG),
                                      "--format", "json"])  # fmt: skip
    assert result.exit_code == 0, result.output
    for column in ("los_days", "exit_type"):
        assert column in result.stdout
