"""What stands beside a plan in its report: kept scenarios, and the version that it is."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.assumptions import CHOSEN
from planning.plan import Assumption, Plan
from planning.region_plan import region_plan
from planning.yearly import Horizon, Override, Person, Signature, Version
from reports.beside import Beside
from reports.capacity_plan import capacity_plan
from reports.disclosure import Profile, Rules
from reports.document import Depth, Document, Section, Table
from reports.files import plan_files, release
from reports.words import words_of
from service.database import connection
from service.exports import Beside as Asked
from service.exports import Wanted, export
from service.report_sources import MOST, kept_beside
from service.scenario_asked import OWN
from service.scenario_store import KeptScenarios, save_scenarios
from service.settings import load_settings
from tests.plans import example_plan
from tests.web_client import write_plan

NB = words_of("nb")
AT = datetime(2024, 10, 1, 9, tzinfo=UTC)
KARI = Person("Kari Nordmann", "planlegger")
COLUMNS = (
    *("scenario", "region", "need_group", "committed_places", "offered_share"),
    *("children_not_offered", "cost_nok_held", "places_recommended"),
    *("cost_nok", "cost_nok_low", "cost_nok_high"),
)


def kept(plan: Plan, codes: tuple[str, ...], *, minute: int = 0, **basis: object) -> KeptScenarios:
    """Scenarios of this plan, each asking for one place more in every series than the last."""
    rows: list[tuple[object, ...]] = []
    for more, code in enumerate(("base", *codes)):
        own = [
            (code, key.region, key.need_group, 5, 0.9, 1.5, 1e6, 5 + more, 2e6 + more, 1e6, 3e6)
            for key in plan.series()
        ]
        places, cost = (sum(float(row[i]) for row in own) for i in (7, 8))  # type: ignore[arg-type]
        total = (code, WHOLE_NATION, WHOLE_NATION, 5 * len(own), 0.9, 1.5 * len(own), 1e6)
        rows += [*own, (*total, int(places), cost, cost - 1e6, cost + 1e6)]
    rests_on = {
        **(plan.basis.to_dict() | basis),
        "agency": "Bufetat",
        "need_groups": {g.code: g.label("nb") for g in plan.agency.need_groups},
        "scenarios": [
            {
                "code": code,
                "label": {"nb": f"Scenario {code}", "en": f"What if {code}"},
                "why": f"fordi {code}",
            }
            for code in codes
        ],
    }
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    files = {
        "basis.json": json.dumps(rests_on).encode(),
        "scenarios.csv": out.getvalue().encode(),
    }
    at = AT.replace(minute=minute)
    return KeptScenarios.of(files, year=plan.year, reason=f"minutt {minute}", made_at=at)


def section(document: Document, key: str) -> Section:
    (found,) = (each for each in document.sections if each.key == key)
    return found


def tables(found: Section) -> list[Table]:
    return [block for block in found.blocks if isinstance(block, Table)]


def test_scenarios_of_the_same_plan_stand_beside_it_as_they_were_run_last(tmp_path: Path) -> None:
    plan = example_plan()
    for run in (
        kept(plan, ("a", "b")),
        kept(plan, ("b", "c"), minute=1),
        kept(plan, ("other",), minute=2, seed=99),
        kept(plan, ("other",), minute=3, as_of="2020-01-01"),
    ):
        save_scenarios(tmp_path, run)
    found = kept_beside(tmp_path, plan)
    assert found is not None
    assert found.scenarios == ("base", "b", "c", "a")
    assert "minutt 1" in found.reasons["b"]
    document = capacity_plan(plan, beside=Beside(scenarios=found))
    side, reasons = tables(section(document, "scenarios"))
    series = len(plan.series())
    assert [row[1] for row in side.rows] == [5 * series, 6 * series, 7 * series, 6 * series]
    assert [row[2] for row in side.rows] == [None, series, 2 * series, series]
    assert reasons.depth is Depth.FULL
    assert "scenarios" in {each.key for each in document.at(Depth.SHORT).sections}


def test_scenarios_have_their_names_in_the_language_of_the_report(tmp_path: Path) -> None:
    plan = example_plan()
    save_scenarios(tmp_path, kept(plan, ("a",)))
    beside = Beside(kept_beside(tmp_path, plan))
    for language, name in (("en", "What if a"), ("nn", "Scenario a")):
        document = capacity_plan(plan, language=language, beside=beside)
        (side, _) = tables(section(document, "scenarios"))
        assert [row[0] for row in side.rows][1:] == [name]


def test_own_assumptions_that_are_not_the_same_stand_beside_each_other(tmp_path: Path) -> None:
    plan = example_plan()
    for minute, percent in enumerate(("+10 %", "+20 %", "+10 %")):
        run = kept(plan, (OWN,), minute=minute)
        named = run.basis.replace(f"Scenario {OWN}", f"Egne: henvisninger {percent}")
        save_scenarios(tmp_path, replace(run, run_id=f"scenarios-{minute}", basis=named))
    found = kept_beside(tmp_path, plan)
    assert found is not None
    (side, _) = tables(section(capacity_plan(plan, beside=Beside(found)), "scenarios"))
    assert [row[0] for row in side.rows][1:] == [
        "Egne: henvisninger +10 %",
        "Egne: henvisninger +20 %",
    ]


def test_no_more_than_some_scenarios_stand_there(tmp_path: Path) -> None:
    plan = example_plan()
    save_scenarios(tmp_path, kept(plan, tuple("abcdefgh")))
    found = kept_beside(tmp_path, plan)
    assert found is not None
    assert len(found.scenarios) == 1 + MOST


def test_kept_scenarios_are_read_once_for_all_regions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path / "home"))
    plan = example_plan(regions=3)
    save_scenarios(tmp_path / "home", kept(plan, ("a",)))
    write_plan(tmp_path, "p", plan)
    settings = load_settings(None)
    read: list[str] = []

    def connected(home: Path, **given: Any) -> Any:
        read.append("read")
        return connection(home, **given)

    monkeypatch.setattr("service.scenario_store.connection", connected)
    regions = tuple(dict.fromkeys(curve.key.region for curve in plan.curves))
    assert len(regions) == 3
    wanted = Wanted(
        "capacity_plan",
        formats=("html",),
        rules=settings.rules("internal"),
        language="nb",
        regions=regions,
        beside=Asked(settings),
    )
    files = export(str(tmp_path / "p"), wanted, out=tmp_path / "out")
    assert read == ["read"]
    # And each region's report has the scenario.
    pages = [path.read_text("utf-8") for path in files if path.suffix == ".html"]
    assert ["Scenario a" in page for page in pages] == [True] * 3


def test_a_region_has_its_own_sums_and_no_range_of_cost(tmp_path: Path) -> None:
    plan = example_plan(regions=3)
    save_scenarios(tmp_path, kept(plan, ("a",)))
    region = plan.curves[0].key.region
    own = region_plan(plan, region)
    found = kept_beside(tmp_path, own)
    assert found is not None
    (side, _) = tables(section(capacity_plan(own, beside=Beside(found)), "scenarios"))
    groups = len(plan.agency.need_groups)
    assert [row[1] for row in side.rows] == [5 * groups, 6 * groups]
    assert [row[3] for row in side.rows] == pytest.approx([1.5 * groups] * 2)
    assert [row[5] for row in side.rows] == pytest.approx([2e6 * groups, (2e6 + 1) * groups])
    assert NB.column("cost_range") not in [column.title for column in side.columns]


def test_without_kept_scenarios_the_report_says_how_they_come_there(tmp_path: Path) -> None:
    plan = example_plan()
    assert kept_beside(tmp_path, plan) is None
    said = str(section(capacity_plan(plan), "scenarios"))
    assert "plassplan scenario run --reason" in said


def version(plan: Plan, places: int | None, *, locked: bool = True) -> Version:
    """The first series' base places set by the planner, or nothing set."""
    key = plan.curves[0].key
    held = () if places is None else (Override(key, Form.BASE, places, "Huset stenger", KARI, AT),)
    return Version(
        3,
        "plan-2025-x",
        Horizon.NEXT_YEAR,
        "Høstplan",
        KARI,
        AT,
        overrides=held,
        signature=Signature(Person("Ola Nordmann", "direktør"), AT) if locked else None,
    )


def base_of(plan: Plan, key: SeriesKey) -> int:
    return next(x.places for x in plan.lines if (x.key, x.form) == (key, Form.BASE))


@pytest.mark.parametrize("change", [-3, 2])
def test_what_the_planner_set_stands_beside_the_model_with_what_it_does(change: int) -> None:
    plan = example_plan()
    key = plan.curves[0].key
    model = base_of(plan, key)
    asked = version(plan, model + change)
    document = capacity_plan(plan, beside=Beside(version=asked))
    found = section(document, "version")
    about, set_by = tables(found)
    assert ("Versjon", "3") in about.rows
    assert any("Ola Nordmann, direktør" in str(row[1]) for row in about.rows)
    (row,) = set_by.rows
    assert row[2:6] == (NB.form(Form.BASE), model, model + change, change)


def test_a_draft_has_no_signature_and_a_version_as_the_model_says_so() -> None:
    plan = example_plan()
    beside = Beside(version=version(plan, None, locked=False))
    found = section(capacity_plan(plan, beside=beside), "version")
    (about,) = tables(found)
    assert ("Status", "utkast") in about.rows
    assert "Låst av" not in [row[0] for row in about.rows]
    assert "alle er modellens" in str(found)


def test_assumptions_that_somebody_changed_stand_with_the_version_that_changed_them() -> None:
    before = with_assumptions(level="0.95", stays=40)
    now = with_assumptions(level="0.97", stays=50, assurance="0.8")
    beside = Beside(version=version(now, None), before=before)
    (_, changes) = tables(section(capacity_plan(now, beside=beside), "version"))
    rows = {row[0]: row[1:3] for row in changes.rows}
    assert rows == {
        "Tjenestenivå": ("0,95", "0,97"),
        "Enkeltår som skal nå nivået selv": (None, "0,8"),
    }
    same = Beside(version=version(now, None), before=now)
    assert len(tables(section(capacity_plan(now, beside=same), "version"))) == 1
    book = openpyxl.load_workbook(
        io.BytesIO(plan_files(now, formats=("xlsx",), beside=beside)["plan.xlsx"])
    )
    assert "Endrede forutsetninger" in book.sheetnames
    assert "Satt av planleggeren" not in book.sheetnames


def with_assumptions(*, stays: int, **chosen: str) -> Plan:
    """A plan with these choices, and an estimate that moves with the data."""
    rows = tuple(Assumption(name, value, "share", CHOSEN, {}) for name, value in chosen.items())
    estimate = Assumption(
        "stay", str(stays), "nights", "stays_own", {"group": "akutt", "stays": stays, "asked": 30}
    )
    return replace(example_plan(), assumptions=(*rows, estimate))


@pytest.mark.parametrize("profile", [Profile.SHARED, Profile.PUBLIC])
def test_readers_outside_get_nothing_of_what_stands_beside(
    profile: Profile, tmp_path: Path
) -> None:
    plan = replace(example_plan(findings=False), assumptions=())
    save_scenarios(tmp_path, kept(plan, ("a",)))
    beside = Beside(kept_beside(tmp_path, plan), version(plan, 0))
    document = release(plan, rules=Rules(profile), beside=beside).document
    assert not {"version", "scenarios"} & {each.key for each in document.sections}
    assert "Huset stenger" not in str(document)


def test_every_format_can_be_written_with_all_of_it(tmp_path: Path) -> None:
    plan = example_plan()
    save_scenarios(tmp_path, kept(plan, ("a", "b")))
    beside = Beside(kept_beside(tmp_path, plan), version(plan, 0))
    made = plan_files(plan, formats=("xlsx", "html", "pdf", "docx"), beside=beside)
    assert set(made) == {"plan.xlsx", "plan.html", "plan.pdf", "plan.docx"}
    assert "Huset stenger" in made["plan.html"].decode()
    assert "Scenario b" in made["plan.html"].decode()


def test_the_plan_itself_is_the_same_whatever_stands_beside_it(tmp_path: Path) -> None:
    plan = example_plan()
    beside = Beside(version=version(plan, 0))
    alone, with_it = (
        plan_files(plan, formats=("json", "csv"), beside=b) for b in (Beside(), beside)
    )
    assert alone == with_it
    assert replace(beside, version=None) == Beside()
