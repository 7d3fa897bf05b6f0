"""Forecast and backtest of the two real files of counts under docs/examples."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from forecasting.samples import HUB_LEVELS
from service.cli import app

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FAST = "seasonal_naive,ets"
SETS = {
    "asylum-minors": ("applications.csv", 3, ["--freq", "MS"]),
    "calgary-shelters": ("occupancy.csv", 11, ["--freq", "W", "--quantity", "occupancy"]),
}


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))


def run(command: str, example: str, *words: object) -> None:
    folder = EXAMPLES / example
    name, _, flags = SETS[example]
    line = [command, folder / name, "--config", folder / "plassplan.toml", *flags, *words]
    result = CliRunner().invoke(app, [str(word) for word in line])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("example", SETS)
def test_forecast_gives_quantiles_of_every_series(example, tmp_path):
    out = tmp_path / "forecast"
    run("forecast", example, "--horizon", 6, "--model", "seasonal_naive", "--draws", 200,
        "--out", out)  # fmt: skip
    table = pd.read_csv(out / "quantiles.csv", parse_dates=["ds"])
    assert table["unique_id"].nunique() == SETS[example][1]
    assert set(table["level"].round(3)) == set(HUB_LEVELS)
    assert table.groupby("unique_id")["step"].max().eq(6).all()
    in_order = table.sort_values(["unique_id", "step", "level"])
    assert in_order.groupby(["unique_id", "step"])["value"].is_monotonic_increasing.all()
    assert (table["value"] >= 0).all()
    for name in ("draws.parquet", "totals.csv", "fits.csv", "basis.json"):
        assert (out / name).stat().st_size > 0, name
    assert json.loads((out / "basis.json").read_text("utf-8"))


def test_monthly_forecasts_begin_the_month_after_the_file_ends(tmp_path):
    out = tmp_path / "forecast"
    run("forecast", "asylum-minors", "--horizon", 12, "--model", "seasonal_naive", "--draws", 200,
        "--out", out)  # fmt: skip
    table = pd.read_csv(out / "quantiles.csv")
    assert table["ds"].min() == "2017-06-01"
    assert table["ds"].max() == "2018-05-01"


def test_weekly_forecasts_begin_on_a_monday_and_are_of_one_day_not_of_seven(tmp_path):
    """Occupancy of a week is a number of places, so it may not add up over its days."""
    out = tmp_path / "forecast"
    run("forecast", "calgary-shelters", "--horizon", 4, "--model", "seasonal_naive",
        "--draws", 200, "--out", out)  # fmt: skip
    table = pd.read_csv(out / "quantiles.csv", parse_dates=["ds"])
    assert (table["ds"].dt.dayofweek == 0).all()
    daily = pd.read_csv(EXAMPLES / "calgary-shelters" / "occupancy.csv")
    peak = daily.groupby("series_id")["occupied"].max()
    middle = table[table["level"] == 0.5].set_index("unique_id")["value"]
    assert (middle <= 1.2 * peak.loc[middle.index]).all()


@pytest.mark.parametrize("example", SETS)
def test_backtest_scores_every_model_at_every_origin(example, tmp_path):
    out = tmp_path / "backtest"
    run("backtest", example, "--horizon", 3, "--origins", 2, "--stride", 3, "--models", FAST,
        "--draws", 200, "--out", out)  # fmt: skip
    table = pd.read_csv(out / "quantiles.csv")
    assert {"seasonal_naive", "ets", "ensemble"} <= set(table["model"])
    assert table["origin"].nunique() == 2
    scores = pd.read_csv(out / "scores.csv")
    assert {"model", "unique_id", "origin", "step", "metric", "value"} <= set(scores.columns)
    assert scores["value"].notna().all()
    assert len(pd.read_csv(out / "summary.csv")) > 0
