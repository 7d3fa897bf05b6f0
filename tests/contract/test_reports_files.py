"""The files of a plan: names, columns, schema, determinism, and the one door they pass."""

import csv
import inspect
import io
import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import get_type_hints

import jsonschema
import pytest

from forecasting.errors import InputError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner, Price
from forecasting.samples import WHOLE_NATION
from planning.limits import OwnerLimit
from planning.plan import OwnerLine, OwnerShare, Plan
from planning.policy import FlexiblePlaces, FlexibleRule
from reports.capacity_plan import capacity_plan
from reports.disclosure import Profile, Released, Rules, parse_profile
from reports.files import WRITERS, plan_files, release
from reports.stored import plan_from_json, plan_to_json
from tests.plans import example_plan

FAST = ("json", "csv")
COLUMNS = {
    "demand.csv": [
        *("region", "need_group", "month", "mean"),
        *("0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99"),
    ],
    "occupancy.csv": ["region", "need_group", "day", "mean", "0.05", "0.5", "0.95", "0.99"],
    "places.csv": [
        *("region", "need_group", "form", "places", "used_share"),
        *("cost_nok_mean", "cost_nok_0.1", "cost_nok_0.9", "existing", "change"),
    ],
    "curve.csv": [
        *("region", "need_group", "committed", "offered_share"),
        *("children_not_offered_per_year_mean", "children_not_offered_per_year_0.9"),
        *("cost_nok", "chosen", "assured_share"),
    ],
    "sharing.csv": [
        *("need_group", "arrangement", "fewer_own_places", "region", "own_places"),
        *("shared_places", "offered_share", "children_not_offered_per_year_mean"),
        *("away_share", "children_away_per_year_mean", "cost_nok_mean"),
    ],
    "flexible.csv": [
        *("region", "need_groups", "rule", "flexible_places", "best", "need_group"),
        *("fixed_places_alone", "fixed_places", "offered_share_alone", "offered_share"),
        *("offered_share_all_open", "existing_flexible", "cost_nok_alone", "cost_nok"),
    ],
    "owners.csv": [
        *("region", "need_group", "form", "owner", "places", "share", "least", "most"),
    ],
    "assumptions.csv": ["name", "value", "unit", "source"],
}


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_all_files_of_the_contract_are_written() -> None:
    plan = example_plan(regions=2, groups=2)
    assert list(plan_files(plan)) == [
        *("plan.json", "demand.csv", "occupancy.csv", "places.csv", "curve.csv", "risk.csv"),
        *("exchange.csv", "frontier.csv", "sharing.csv", "flexible.csv", "owners.csv"),
        *(
            "waterfall.csv",
            "assumptions.csv",
            "findings.csv",
            "basis.json",
            "plan.xlsx",
            "plan.html",
            "plan.pdf",
        ),
    ]


def test_the_order_of_formats_does_not_matter() -> None:
    plan = example_plan(regions=1, groups=1)
    assert list(plan_files(plan, formats=["csv", "json"])) == list(plan_files(plan, formats=FAST))
    assert list(plan_files(plan, formats=["json"])) == ["plan.json"]


def test_every_writer_takes_only_what_the_door_has_released() -> None:
    for write in WRITERS.values():
        hints = get_type_hints(write)
        assert [hints[name] for name in inspect.signature(write).parameters] == [Released]


def test_nothing_unprotected_is_released_to_others() -> None:
    plan = replace(example_plan(regions=1, groups=1), assumptions=())
    with pytest.raises(ValueError, match="cannot be released as shared"):
        Released(plan, capacity_plan(plan), Profile.SHARED)
    shared = release(plan, rules=Rules(Profile.SHARED)).plan
    with pytest.raises(ValueError, match="cannot be released as public"):
        Released(shared, capacity_plan(shared), Profile.PUBLIC)
    with pytest.raises(ValueError, match="cannot be released as internal"):
        Released(shared, capacity_plan(shared), Profile.INTERNAL)


def test_unknown_words_are_refused_with_the_known_ones() -> None:
    plan = example_plan(regions=1, groups=1)
    with pytest.raises(UsageError, match="'odt' is not available"):
        plan_files(plan, formats=["odt"])
    with pytest.raises(UsageError, match="'secret'"):
        parse_profile("secret")
    with pytest.raises(UsageError, match=r"'se'.*Use one of: nb, nn, en"):
        plan_files(plan, language="se")


def test_columns_are_those_of_the_contract() -> None:
    found = plan_files(example_plan(), formats=["csv"])
    for name, columns in COLUMNS.items():
        assert found[name].decode().split("\n", 1)[0].split(",") == columns


def test_tidy_files_hold_single_series_only_but_risk_has_sums() -> None:
    found = plan_files(example_plan(), formats=["csv"])
    for name in ("demand.csv", "occupancy.csv", "places.csv", "curve.csv"):
        rows = rows_of(found[name])
        assert rows
        assert all(WHOLE_NATION not in (row["region"], row["need_group"]) for row in rows)
    assert any(row["region"] == WHOLE_NATION for row in rows_of(found["risk.csv"]))


def test_csv_values_are_those_of_the_plan() -> None:
    plan = example_plan()
    found = plan_files(plan, formats=["csv"])
    places = rows_of(found["places.csv"])
    assert sum(int(row["places"]) for row in places) == sum(line.places for line in plan.lines)
    assert {row["form"] for row in places} == {form.value for form in Form}
    chosen = [row for row in rows_of(found["curve.csv"]) if row["chosen"] == "true"]
    assert [int(row["committed"]) for row in chosen] == [curve.chosen for curve in plan.curves]
    days = rows_of(found["occupancy.csv"])
    assert len(days) == 365 * len(plan.curves)
    assert (days[0]["day"], days[-1]["day"]) == ("2025-01-01", "2025-12-31")
    assert json.loads(found["basis.json"]) == plan.basis.to_dict()


def test_what_is_not_known_is_an_empty_cell() -> None:
    found = plan_files(example_plan(prices=False, register=False), formats=["csv"])
    row = rows_of(found["places.csv"])[0]
    assert row["cost_nok_mean"] == row["existing"] == row["change"] == ""
    assert b"nan" not in b"".join(found.values()).lower()
    assert b"None" not in b"".join(found.values())


def test_text_never_becomes_a_formula() -> None:
    found = plan_files(example_plan(), formats=["csv"])
    cells = [
        cell
        for name, content in found.items()
        if name.endswith(".csv")
        for row in csv.reader(io.StringIO(content.decode()))
        for cell in row
    ]
    assert "'=HYPERLINK(1) tynn historikk" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "\t", "\r"))]


@pytest.mark.parametrize(
    "recipe",
    [{}, {"load_scale": 0.0}, {"prices": False, "register": False}, {"groups": 30, "regions": 1}],
)
def test_plan_json_keeps_its_schema_and_comes_back_whole(recipe: dict[str, float]) -> None:
    content = plan_to_json(example_plan(**recipe))
    schema = json.loads(files("reports").joinpath("schema/plan-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(content))
    assert plan_to_json(plan_from_json(content)) == content


def test_the_schema_is_closed() -> None:
    """A field that the plan has and the schema does not know is found here."""
    plain = json.loads(plan_to_json(example_plan(regions=1, groups=1)))
    schema = json.loads(files("reports").joinpath("schema/plan-1.schema.json").read_text())
    plain["curves"][0]["invented"] = 1
    with pytest.raises(jsonschema.ValidationError, match="invented"):
        jsonschema.validate(plain, schema)


def test_reports_from_a_stored_plan_are_the_same_reports() -> None:
    plan = example_plan(regions=2, groups=2)
    again = plan_from_json(plan_to_json(plan))
    # Curves and costs of this plan have more digits than plan.json keeps.
    assert any(float(f"{x:.10g}") != x for c in plan.curves for x in c.offered_share.tolist())
    first, second = (plan_files(p) for p in (plan, again))
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_a_plan_stored_before_weights_had_families_still_opens() -> None:
    plain = json.loads(plan_to_json(example_plan()))
    del plain["basis"]["weights_by_family"], plain["basis"]["spread"]
    again = plan_from_json(json.dumps(plain).encode())
    assert again.basis.spread == 1
    assert again.basis.weights == example_plan().basis.weights


def test_a_plan_stored_before_sharing_was_computed_still_opens() -> None:
    plan = example_plan(regions=2, groups=2)
    plain = json.loads(plan_to_json(plan))
    del plain["sharing"]
    again = plan_from_json(json.dumps(plain).encode())
    assert again.sharing == ()
    found = plan_files(again, formats=["csv", "html"])
    assert found["sharing.csv"].count(b"\n") == 1, "the header alone"
    kept = plan_from_json(plan_to_json(plan)).sharing
    assert [row.arrangement for row in kept] == [row.arrangement for row in plan.sharing]
    assert [row.regions for row in kept] == [row.regions for row in plan.sharing]


def test_sharing_csv_holds_every_region_and_the_nation() -> None:
    plan = example_plan(regions=3, groups=2)
    found = rows_of(plan_files(plan, formats=["csv"])["sharing.csv"])
    assert len(found) == 4 * len(plan.sharing)
    nation = [row for row in found if row["region"] == WHOLE_NATION]
    own = [row for row in found if row["region"] != WHOLE_NATION]
    for row, said in zip(plan.sharing, nation, strict=True):
        assert said["arrangement"] == row.arrangement.value
        assert int(said["own_places"]) + int(said["shared_places"]) == row.places
        assert float(said["away_share"]) == row.away_share
    assert {row["cost_nok_mean"] for row in own} == {""}


def test_flexible_csv_holds_every_group_and_the_set_with_its_cost() -> None:
    plan = example_plan(regions=2, groups=2)
    found = rows_of(plan_files(plan, formats=["csv"])["flexible.csv"])
    sets = [row for row in found if row["need_group"] == WHOLE_NATION]
    assert len(found) == 3 * len(sets) == 3 * len(plan.flexible)
    for row, said in zip(plan.flexible, sets, strict=True):
        same = (row.region, said["flexible_places"])
        own = [r for r in found if (r["region"], r["flexible_places"]) == same]
        places = [int(r["fixed_places"]) for r in own if r is not said]
        assert int(said["fixed_places"]) == sum(places) == row.fixed_places
        assert float(said["cost_nok"]) == pytest.approx(row.cost_nok)
        assert {r["cost_nok"] for r in own if r is not said} == {""}
    assert [row["best"] for row in sets] == ["false", "true"] * 2


def test_flexible_places_and_their_rule_are_read_back_and_older_plans_have_none() -> None:
    plan = example_plan(regions=2, groups=2)
    sets = (
        FlexiblePlaces(("akutt", "behandling_hoy"), ("nord",), date(2025, 1, 1), dearer=0.1),
        FlexiblePlaces(("akutt", "behandling_hoy"), valid_to=date(2025, 6, 30)),
    )
    policy = replace(plan.policy, flexible=sets, flexible_rule=FlexibleRule.ACUTE_FIRST)
    again = plan_from_json(plan_to_json(replace(plan, policy=policy)))
    assert again.policy == policy
    assert [row.groups for row in again.flexible] == [row.groups for row in plan.flexible]
    plain = json.loads(plan_to_json(plan))
    del plain["flexible"], plain["policy"]["flexible"], plain["policy"]["flexible_rule"]
    older = plan_from_json(json.dumps(plain).encode())
    assert older.flexible == older.policy.flexible == ()
    assert plan_files(older, formats=["csv", "html"])["flexible.csv"].count(b"\n") == 1


def owned_plan() -> Plan:
    """An example in which shares of owners are limited, and one is not kept."""
    plan = example_plan(regions=1, groups=2)
    assert plan.prices is not None
    assert plan.bound is not None
    limits = replace(plan.policy.limits, by_owner={Owner.NONPROFIT: OwnerLimit(0.3, 0.9, 0.1)})
    dearer = {(Form.CALL_OFF, Owner.NONPROFIT): Price(0, 19000, 0.8)}
    key = SeriesKey("nord", "akutt")
    return replace(
        plan,
        policy=replace(plan.policy, limits=limits),
        prices=replace(plan.prices, by_owner=dearer),
        bound=replace(plan.bound, shares_nok=2.4e6),
        owner_lines=(OwnerLine(key, Form.CALL_OFF, Owner.NONPROFIT, 4),),
        owner_shares=(OwnerShare(Owner.NONPROFIT, WHOLE_NATION, 0.25, 0.3, 0.9),),
    )


def test_owners_their_prices_and_the_bound_are_read_back_and_older_plans_have_none() -> None:
    plan = owned_plan()
    again = plan_from_json(plan_to_json(plan))
    assert again.policy == plan.policy
    assert again.prices == plan.prices
    assert again.owner_lines == plan.owner_lines
    assert again.owner_shares == plan.owner_shares
    assert again.bound is not None
    assert again.bound.gap == pytest.approx(0.0036, abs=1e-9)
    plain = json.loads(plan_to_json(plan))
    for name in ("bound", "owner_lines", "owner_shares"):
        del plain[name]
    del plain["prices"]["by_owner"], plain["policy"]["limits"]["by_owner"]
    older = plan_from_json(json.dumps(plain).encode())
    assert older.bound is None
    assert older.owner_lines == older.owner_shares == ()


def test_owners_csv_holds_each_line_and_then_the_shares_with_their_limits() -> None:
    line, share = rows_of(plan_files(owned_plan(), formats=["csv"])["owners.csv"])
    assert (line["form"], line["owner"], line["places"], line["share"]) == (
        *("call_off", "nonprofit"),
        *("4", ""),
    )
    assert (share["region"], share["need_group"], share["share"]) == ("alle", "alle", "0.25")
    assert not OwnerShare(Owner.NONPROFIT, WHOLE_NATION, 0.25, 0.3, 0.9).kept


def test_a_stored_plan_keeps_fields_of_configuration() -> None:
    plan = example_plan(regions=1, groups=2)
    first, second = plan.agency.need_groups
    agency = replace(
        plan.agency, need_groups=(replace(first, feeds=second.code, level=0.99), second)
    )
    again = plan_from_json(plan_to_json(replace(plan, agency=agency)))
    assert again.agency == agency
    assert again.policy == plan.policy
    assert again.prices == plan.prices
    assert again.findings == plan.findings
    assert again.created_for == plan.created_for


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a plan of version 1"),
        (b'{"format": "plassplan-plan", "version": 2}', "not a plan of version 1"),
        (b'{"format": "plassplan-plan", "version": 1}', "damaged"),
    ],
)
def test_a_broken_plan_is_one_clear_error(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        plan_from_json(content)


def test_the_same_plan_gives_the_same_bytes() -> None:
    first, second = (plan_files(example_plan(regions=2, groups=2)) for _ in range(2))
    assert first == second
