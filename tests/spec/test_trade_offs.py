"""What stands against what: each sentence follows its numbers."""

from dataclasses import replace

import pytest

from forecasting.places import Form, Price
from planning.plan import Plan
from planning.policy import Policy
from reports.sentences import Speaker
from reports.trade_offs import break_even, exchange_text, frontier_text, trade_offs
from reports.words import words_of
from tests.plans import example_plan


def say(plan: Plan) -> Speaker:
    return Speaker(plan, words_of("nb"))


def plain(texts: tuple[str, ...]) -> str:
    return " ".join(texts).replace("\u00a0", " ")


def test_the_next_step_up_says_its_price_for_each_child() -> None:
    plan = replace(example_plan(), policy=Policy(level=0.97))
    low, high = (row for row in plan.frontier if row.level in (0.97, 0.98))
    dearer = replace(high, cost_nok=low.cost_nok + 120e6, not_offered=0.0)
    low_now = replace(low, not_offered=4.0)
    rows = tuple({0.97: low_now, 0.98: dearer}.get(row.level, row) for row in plan.frontier)
    said = plain(frontier_text(say(replace(plan, frontier=rows))))
    assert "koster det 120 mill. kr mer i året å la 4 barn færre" in said
    assert "30 mill. kr per barn" in said or "30,0 mill. kr per barn" in said


def test_without_prices_there_is_no_frontier_and_no_break_even() -> None:
    plan = example_plan(prices=False)
    assert frontier_text(say(plan)) == ()
    assert break_even(say(plan)) == ()


def test_one_place_fewer_and_one_more_are_added_over_regions() -> None:
    plan = example_plan(regions=3, groups=2, load_scale=4.0)
    said = plain(exchange_text(say(plan)))
    assert "trengs 6 plasser til i Akutt" in said
    assert "Med én plass mer trengs 6 plasser færre." in said


def test_where_no_number_of_places_suffices_the_region_is_named() -> None:
    plan = example_plan(regions=2, groups=2, load_scale=4.0)
    first = plan.curves[1]
    below = tuple(
        replace(row, places=None)
        if row.key.region == first.key.region and row.fed_places == first.chosen - 1
        else row
        for row in plan.exchanges
    )
    said = plain(exchange_text(say(replace(plan, exchanges=below))))
    name = plan.agency.region(first.key.region).label("nb")
    assert f"I {name} når Akutt med én plass færre ikke nivået" in said


@pytest.mark.parametrize(
    ("guaranteed", "call_off", "said"),
    [
        (Price(12_749, 0), Price(0, 16_071), "79,3 %"),
        (Price(12_749, 0), Price(0, 28_900), "44,1 %"),
        (Price(12_749, 0), Price(0, 12_000), ""),
    ],
)
def test_a_guaranteed_place_pays_from_its_own_use(
    guaranteed: Price, call_off: Price, said: str
) -> None:
    plan = example_plan()
    assert plan.prices is not None
    prices = {**plan.prices.by_form, Form.GUARANTEED: guaranteed, Form.CALL_OFF: call_off}
    text = plain(break_even(say(replace(plan, prices=replace(plan.prices, by_form=prices)))))
    assert said in text
    assert bool(said) == bool(text)


def test_a_plan_with_nothing_to_trade_has_no_section() -> None:
    plan = replace(example_plan(prices=False), exchanges=(), frontier=())
    assert trade_offs(say(plan)) == ()
