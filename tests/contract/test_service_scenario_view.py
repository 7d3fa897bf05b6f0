"""Kept scenarios beside the base plan: aligned rows, signed differences, three at most."""

import json
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forecasting.errors import UsageError
from service.api import create_app
from service.database import database_path
from service.exports import StoreShelf
from service.scenario_store import (
    KeptScenarios,
    UnknownScenariosError,
    kept_run,
    kept_scenarios,
    save_scenarios,
)
from service.scenario_view import MOST, regions_of_run, side_by_side
from tests.web_client import Client, FakeCheck, Outline

NOW = datetime(2024, 10, 1, 9, tzinfo=UTC)
ATTACK = "<script>alert('x')</script>"
COLUMNS = (
    "scenario,region,need_group,committed_places,children_not_offered,places_recommended,cost_nok"
)
# Two regions, two need groups; in `more` the second group's cost is not known. The sums over
# the nation stand in the table, those of a region do not.
TABLE = f"""{COLUMNS}
base,nord,akutt,10,1.5,10,1000000
base,nord,rus,4,0.5,4,400000
base,sor,akutt,12,2,12,1200000
base,sor,rus,5,1,5,500000
base,alle,akutt,22,3.5,22,2200000
base,alle,rus,9,1.5,9,900000
base,alle,alle,31,5,31,3100000
more,nord,akutt,8,3,11,1100000
more,nord,rus,4,0.5,4,
more,sor,akutt,10,5,14,1400000
more,sor,rus,5,1,5,
more,alle,akutt,20,8,25,2500000
more,alle,rus,9,1.5,9,
more,alle,alle,29,9.5,34,
other,nord,samlet,13,1,13,1300000
other,sor,samlet,16,1,16,1600000
other,alle,samlet,29,2,29,2900000
other,alle,alle,31,2,29,2900000
"""


def run_of(*codes: str, table: str = TABLE, reason: str = "Budsjett") -> KeptScenarios:
    named = codes or ("more", "other")
    basis = {
        "data_stamp": {"synthetic": True},
        "need_groups": {"akutt": "Akutt", "rus": "Rus"},
        "scenarios": [
            {"code": c, "label": {"nb": ATTACK}, "why": "Fordi", "changes": [{"kind": "demand"}]}
            for c in named
        ],
    }
    files = {"basis.json": json.dumps(basis).encode(), "scenarios.csv": table.encode()}
    return KeptScenarios.of(files, year=2025, reason=reason, made_at=NOW)


def values(run: KeptScenarios, codes: list[str], measure: str, group: str, region: str = "alle"):  # type: ignore[no-untyped-def]
    found = side_by_side(run, codes, region=region)
    row = next(r for r in found.rows if (r.measure, r.need_group) == (measure, group))
    return [(cell.value, cell.change) for cell in row.cells]


def test_differences_are_against_the_base_plan() -> None:
    run = run_of()
    assert values(run, ["more"], "committed_places", "akutt") == [(22, 0), (20, -2)]
    found = values(run, ["more"], "places_recommended", "akutt")
    assert found == [(22, 0), (25, 3)]
    assert values(run, ["more"], "children_not_offered", "alle") == [(5, 0), (9.5, 4.5)]


def test_what_is_not_known_has_no_difference_and_is_no_zero() -> None:
    run = run_of()
    assert values(run, ["more"], "cost_nok", "alle") == [(3_100_000, 0), (None, None)]
    # Another scenario has other need groups: nothing of the base plan stands beside them.
    assert values(run, ["other"], "places_recommended", "samlet") == [(None, None), (29, None)]
    assert values(run, ["other"], "places_recommended", "akutt") == [(22, 0), (None, None)]


def test_a_region_is_the_sum_of_its_need_groups() -> None:
    run = run_of()
    assert regions_of_run(run) == ("nord", "sor")
    assert values(run, ["more"], "places_recommended", "alle", "sor") == [(17, 0), (19, 2)]
    assert values(run, ["more"], "cost_nok", "alle", "nord") == [(1_400_000, 0), (None, None)]


def test_columns_are_in_the_order_asked_for() -> None:
    found = side_by_side(run_of(), ["other", "more"])
    assert [head.code for head in found.heads] == ["other", "more"]
    assert all(len(row.cells) == 3 for row in found.rows)


@pytest.mark.parametrize(
    ("codes", "region"),
    [(["x"], "alle"), (["more", "more"], "alle"), (["a", "b", "c", "d"], "alle"), (["more"], "x")],
)
def test_more_than_three_or_unknown_ones_are_refused(codes: list[str], region: str) -> None:
    run = run_of("a", "b", "c", "d", "more")
    with pytest.raises(UsageError):
        side_by_side(run, codes, region=region)
    assert MOST == 3


def test_a_run_is_kept_once_with_its_first_reason(tmp_path: Path) -> None:
    save_scenarios(tmp_path, run_of())
    save_scenarios(tmp_path, run_of(reason="Noe annet"))
    (kept,) = kept_scenarios(tmp_path)
    assert kept == run_of()
    assert kept_run(tmp_path, kept.run_id) == kept
    with pytest.raises(UnknownScenariosError):
        kept_run(tmp_path, "scenarios-2025-none")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scenario_runs SET reason = 'en annen'",
        "UPDATE OR REPLACE scenario_runs SET id = 'x'",
        "DELETE FROM scenario_runs",
        "REPLACE INTO scenario_runs"
        " SELECT id, 9, 'x', basis, rows, made_at, who FROM scenario_runs",
    ],
)
def test_no_sql_changes_a_run_that_reports_quote(tmp_path: Path, statement: str) -> None:
    run = run_of()
    save_scenarios(tmp_path, run)
    store = sqlite3.connect(database_path(tmp_path), isolation_level=None)
    with store as db, suppress(sqlite3.IntegrityError):  # the last one is ignored, not refused
        db.execute(statement)
    assert kept_scenarios(tmp_path) == (run,)


def test_its_page_and_its_answer_say_the_same(tmp_path: Path) -> None:
    run = run_of()
    save_scenarios(tmp_path, run)
    client = Client(create_app(StoreShelf(tmp_path), check=FakeCheck(), home=tmp_path))
    listed = client.get("/api/v1/scenarios").json()
    assert [row["id"] for row in listed] == [run.run_id]
    answer = client.get(f"/api/v1/scenarios/{run.run_id}", params={"scenario": "more"})
    assert answer.json()["rows"][0]["cells"][1] == {"value": 34, "change": 3}
    for address in ("/scenarioer", f"/scenarioer/{run.run_id}?a=more"):
        text = client.get(address).text
        page = Outline(text)
        assert page.open == []
        assert ATTACK not in text
        assert "Syntetiske tall" in text
        assert {t["id"] for t in page.all("input", "select")} == {
            t["for"] for t in page.all("label")
        }
    assert '<td class="n">34</td><td class="n">+3</td>' in text
    assert f"mill. kr i prisnivå {run.year}" in text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/scenarioer/none", 404),
        ("/api/v1/scenarios/none?scenario=more", 404),
        ("/scenarioer/{run}?a=KANARI", 422),
        ("/scenarioer/{run}?region=KANARI", 422),
        ("/api/v1/scenarios/{run}?scenario=KANARI", 422),
        ("/api/v1/scenarios/{run}?scenario=more&region=KANARI", 422),
        ("/api/v1/scenarios/{run}", 422),
    ],
)
def test_what_is_not_there_is_told_and_not_repeated(
    tmp_path: Path, address: str, status: int
) -> None:
    run = run_of()
    save_scenarios(tmp_path, run)
    client = Client(create_app(StoreShelf(tmp_path), check=FakeCheck(), home=tmp_path))
    answer = client.get(address.format(run=run.run_id))
    assert answer.status_code == status
    assert "KANARI" not in answer.text
