"""Scenarios as rows of a configuration: what is taken, what is refused, and in which words."""

from dataclasses import replace

import pytest

from forecasting.agency import NeedGroup
from forecasting.errors import InputError, UsageError
from forecasting.places import Form
from planning.scenario import CHANGES, Availability, Closed, Demand
from service.scenario_tables import change_row
from service.scenarios import chosen_scenarios, known_scenarios, regrouped, shipped_scenarios
from service.settings import load_settings, packaged_text, parse_text

OWN = """
[regions.left]
[need_groups.fast]
acute = true
[scenarios.mine]
why = "Because."
"""


def test_every_packaged_scenario_fits_the_packaged_agency_and_has_its_words() -> None:
    shipped = shipped_scenarios()
    assert list(known_scenarios(load_settings())) == [each.code for each in shipped]
    for each in shipped:
        assert set(each.labels) == {"nb", "nn", "en"}
        assert len(each.why) > 40
        assert bool(each.changes) != bool(each.need_groups)


def test_the_packaged_scenarios_use_every_kind_of_change_but_prices_and_level() -> None:
    used = {change.kind for each in shipped_scenarios() for change in each.changes}
    assert used == set(CHANGES) - {"price", "level"}


def test_a_scenario_of_ones_own_is_a_row_and_replaces_a_packaged_one() -> None:
    text = """
[scenarios.demand_10_more]
label = { nb = "Mitt" }
why = "Derfor."
changes = [
    { kind = "demand", factor = 1.2, need_group = "akutt", legal_basis = "4-4" },
    { kind = "availability", factor = 0.0 },
    { kind = "closed", need_group = "akutt", region = "ost", days = 30, houses = 2 },
]
"""
    known = known_scenarios(parse_text(text, name="own.toml"))
    mine = known["demand_10_more"]
    assert mine.label("nn") == "Mitt"
    assert mine.changes == (
        Demand(1.2, need_group="akutt", legal_basis="4-4"),
        Availability(0.0, Form.CALL_OFF),
        Closed("akutt", "ost", 30, houses=2),
    )
    assert change_row(mine.changes[2]) == {
        "kind": "closed",
        "need_group": "akutt",
        "region": "ost",
        "days": 30,
        "houses": 2,
    }
    assert change_row(Availability(0.5, Form.STANDBY))["form"] == "standby"


def test_packaged_scenarios_that_name_what_an_agency_lacks_are_left_out() -> None:
    known = known_scenarios(parse_text(OWN, name="own.toml"))
    assert {"demand_10_more", "stays_10_longer", "spot_half", "mine"} <= set(known)
    assert not {"house_burns", "nine_treatment_places", "three_kinds"} & set(known)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            'changes = [{ kind = "demands", factor = 2.0 }]',
            r"mine.changes.0: 'demands' .*mean demand\?",
        ),
        ('changes = [{ kind = "x" }]', "'x' is no kind of change.* Use one of: demand, stays"),
        ('changes = [{ kind = "stays", factor = 2.0, region = "left" }]', "does not take region"),
        ('changes = [{ kind = "demand" }]', "demand needs factor. demand takes: factor"),
        ('changes = [{ kind = "demand", factor = 1.0, need_group = "slow" }]', "'slow' is not"),
        ('changes = [{ kind = "demand", factor = 1.0, region = "up" }]', "'up' is not"),
        ('changes = [{ kind = "demand", faktor = 1.0 }]', "faktor is not a setting .*factor"),
        ('changes = [{ kind = "demand", factor = -1.0 }]', "must be 0 or more"),
        ('changes = [{ kind = "price", form = "rent", factor = 1.0 }]', "form is"),
        ("chances = []", "chances is not a setting .*changes"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(row: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        parse_text(f"{OWN}{row}\n", name="own.toml")
    assert "own.toml" in str(raised.value)


def test_a_scenario_needs_a_reason() -> None:
    with pytest.raises(InputError, match="why is missing"):
        parse_text("[scenarios.mine]\nchanges = []\n", name="own.toml")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("mine", "yours"), "'yours' is not known"),
        (("mine", "mine"), "'mine' is named twice"),
        (("base",), "'base' is not known"),
    ],
)
def test_only_known_scenarios_are_run_and_once(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        chosen_scenarios(names, parse_text(OWN, name="own.toml"))


def test_scenarios_change_nothing_that_a_plan_rests_on() -> None:
    with_one = parse_text(OWN, name="own.toml")
    without = parse_text(OWN.split("[scenarios", maxsplit=1)[0], name="own.toml")
    assert with_one.config_hash == without.config_hash


def test_three_kinds_is_the_packaged_configuration_with_other_need_groups() -> None:
    kinds, packaged = parse_text(packaged_text("three_kinds.toml"), name="k"), load_settings()
    assert len(kinds.agency.need_groups) == 3
    for part in ("price_list", "forecast", "mapping", "breaks"):
        assert getattr(kinds, part) == getattr(packaged, part)
    # Who may share is said of need groups, and so is the one thing of the policy that differs.
    assert kinds.policy.flexible
    assert replace(kinds.policy, flexible=packaged.policy.flexible) == packaged.policy
    assert kinds.agency.regions == packaged.agency.regions


def test_every_group_of_today_belongs_to_one_of_the_three_kinds() -> None:
    agency = load_settings().agency
    scenario = known_scenarios(load_settings())["three_kinds"]
    kinds, into = regrouped(scenario, agency)
    assert set(into) == {group.code for group in agency.need_groups}
    assert set(into.values()) == {group.code for group in kinds.need_groups}
    acute = [group.code for group in agency.need_groups if group.acute]
    assert all(kinds.need_group(into[code]).acute for code in acute)
    # Who feeds whom is as before.
    for group in agency.need_groups:
        if group.feeds:
            assert kinds.need_group(into[group.code]).feeds == into[group.feeds]
    more = replace(agency, need_groups=(*agency.need_groups, NeedGroup("tiende", {})))
    with pytest.raises(InputError, match="'tiende' belongs to none of"):
        regrouped(scenario, more)
