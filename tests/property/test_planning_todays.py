"""Today's places: what a year of them costs, by hand and against the plan."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Register
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from planning.build import make_plan
from planning.limits import Limits
from planning.money import Market
from planning.plan import Plan
from planning.region_plan import region_plan
from planning.sizing import Sized
from planning.todays import existing_costs, todays_mix
from planning.window import Window
from reports.facts import Part, groups_of, regions_of
from reports.stored import as_stored
from tests.flows import (
    YEAR,
    made_up_agency,
    made_up_basis,
    made_up_choices,
    made_up_evidence,
    made_up_prices,
    made_up_register,
)

KEY = SeriesKey("r1", "lang")


def places(form: Form, count: int, *, key: SeriesKey = KEY) -> PlaceSet:
    return PlaceSet(
        f"{key.region}-{key.need_group}-{form.value}",
        key.region,
        (key.need_group,),
        form,
        "state",
        count,
        1,
        date(2020, 1, 1),
    )


def market(*rows: PlaceSet, without: Form | None = None) -> Market:
    prices = made_up_prices()
    by_form = {form: price for form, price in prices.by_form.items() if form is not without}
    window = Window.of_year(YEAR)
    return Market(window, replace(prices, by_form=by_form), Register(rows), Limits())


def series(*use_days: float, elsewhere: float) -> Sized:
    """One series that has been swept: so many days in use with all of these places."""
    step = SimpleNamespace(use_days=np.array(use_days), elsewhere_days=elsewhere)
    return cast("Sized", SimpleNamespace(key=KEY, steps=[None] * len(use_days) + [step]))


def plan_of(register: Register, *forms: Form) -> Plan:
    """A plan of two regions; `forms` are those with a price, else all."""
    agency = made_up_agency(regions=2)
    prices = made_up_prices()
    by_form = {form: prices.by_form[form] for form in forms or Form}
    return make_plan(
        made_up_evidence(
            agency,
            rates={"haster": 6.0, "lang": 1.0},
            means={"haster": 20.0, "lang": 60.0},
            register=register,
        ),
        replace(made_up_choices(), prices=replace(prices, by_form=by_form)),
        agency=agency,
        basis=made_up_basis(),
        streams=Streams(3),
    )


def test_the_cost_is_the_sum_by_hand() -> None:
    """Guaranteed is cheapest in use, so it is used most; 3 call-off at 0.8 hold 2 places."""
    seen = market(places(Form.BASE, 1), places(Form.GUARANTEED, 2), places(Form.CALL_OFF, 3))
    days = seen.window.days
    cost = existing_costs([series(300, 200, 100, 50, 10, elsewhere=7)], seen)
    ready = (1000 + 2 * 900) * days  # call-off costs nothing until it is called
    used = 0 * (300 + 200) + 200 * 100 + 1300 * (50 + 10)
    assert cost == {KEY: pytest.approx(ready + used + 2500 * 7)}


def test_no_places_today_is_a_cost_of_single_purchase_alone() -> None:
    assert existing_costs([series(elsewhere=40)], market()) == {KEY: 40 * 2500}


def test_places_of_a_form_without_a_price_leave_the_cost_unknown() -> None:
    """They are paid for, and nobody knows how much: nothing would be too little."""
    rows = (places(Form.BASE, 1), places(Form.GUARANTEED, 1))
    swept = [series(300, 200, elsewhere=0)]
    assert existing_costs(swept, market(*rows, without=Form.GUARANTEED)) == {}
    assert existing_costs(swept, market(*rows, without=Form.STANDBY)) != {}


def test_without_prices_or_register_nothing_is_said() -> None:
    with_register = market(places(Form.BASE, 1))
    swept = [series(300, elsewhere=0)]
    assert existing_costs(swept, replace(with_register, prices=None)) == {}
    assert existing_costs(swept, replace(with_register, register=None)) == {}
    assert todays_mix(replace(with_register, register=None), KEY) is None


def test_regions_and_need_groups_add_up_to_the_nation() -> None:
    plan = plan_of(made_up_register(made_up_agency(regions=2), places=3))
    nation = Part(plan).cost_today
    assert nation is not None
    assert nation > 0
    assert sum(part.cost_today or 0 for part in regions_of(plan)) == pytest.approx(nation)
    assert sum(part.cost_today or 0 for part in groups_of(plan)) == pytest.approx(nation)
    for part in regions_of(plan):
        alone = Part(region_plan(plan, part.key.region))
        assert alone.cost_today == pytest.approx(part.cost_today)
    assert WHOLE_NATION not in {key.region for key in plan.existing_cost}


def test_today_costs_what_the_plan_does_where_both_are_the_same_places() -> None:
    """All base, and exactly the recommended number: on the same paths, the same money."""
    forms = (Form.BASE, Form.SPOT)
    first = plan_of(Register(), *forms)
    rows = tuple(places(Form.BASE, curve.chosen, key=curve.key) for curve in first.curves)
    plan = plan_of(Register(rows), *forms)
    for curve in plan.curves:
        assert curve.existing == curve.chosen
        assert plan.existing_cost[curve.key] == pytest.approx(plan.costs[curve.key].mean)


def test_a_stored_plan_keeps_it_and_an_old_one_has_none() -> None:
    plan = plan_of(made_up_register(made_up_agency(regions=2), places=3))
    kept = as_stored(plan)
    assert kept.existing_cost == pytest.approx(dict(plan.existing_cost))
    assert Part(replace(plan, existing_cost={})).cost_today is None
