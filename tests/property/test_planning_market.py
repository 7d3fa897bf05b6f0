"""What exists counts towards the plan only as far as it can be had."""

from dataclasses import replace
from datetime import date

import pytest

from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Register
from planning.build import market_of
from planning.money import Market
from planning.policy import Prices
from tests.flows import made_up_agency, made_up_choices, made_up_evidence, made_up_prices

KEY = SeriesKey("r0", "haster")
AGENCY = made_up_agency(regions=1)


def market(prices: Prices | None, *, own: float | None = None) -> Market:
    """Four base and ten call-off places exist; `own` is the availability that their row says."""
    rows = tuple(
        PlaceSet(form, "r0", ("haster",), form, "state", n, 1, date(2020, 1, 1), availability=share)
        for form, n, share in ((Form.BASE, 4, None), (Form.CALL_OFF, 10, own))
    )
    rates = {"haster": 5.0, "lang": 2.0}
    known = made_up_evidence(AGENCY, rates=rates, means=rates, draws=2, register=Register(rows))
    return market_of(known, replace(made_up_choices(), prices=prices))


def without_call_off() -> Prices:
    prices = made_up_prices()
    kept = {form: price for form, price in prices.by_form.items() if form is not Form.CALL_OFF}
    return replace(prices, by_form=kept)


def test_call_off_counts_by_the_availability_of_its_price() -> None:
    assert market(made_up_prices()).existing_committed(KEY) == pytest.approx(4 + 0.8 * 10)


def test_call_off_without_a_price_is_not_counted_on() -> None:
    priced = market(without_call_off())
    assert priced.existing_committed(KEY) == 4
    assert Form.CALL_OFF not in priced.ranges(KEY)


def test_what_a_row_says_of_its_availability_holds_whatever_the_prices() -> None:
    for prices in (made_up_prices(), without_call_off(), None):
        assert market(prices, own=0.3).existing_committed(KEY) == pytest.approx(4 + 0.3 * 10)


def test_without_any_prices_existing_call_off_counts_as_it_stands() -> None:
    assert market(None).existing_committed(KEY) == 14
