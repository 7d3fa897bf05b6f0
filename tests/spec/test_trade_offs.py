"""What stands against what: each sentence follows its numbers."""

from dataclasses import replace

import pytest

from forecasting.places import Form, Owner, Price
from forecasting.samples import WHOLE_NATION
from planning.plan import CostBound, OwnerShare, Plan
from planning.policy import Policy
from reports.document import Kind
from reports.sentences import Speaker
from reports.trade_offs import (
    bound_text,
    break_even,
    exchange_table,
    exchange_text,
    frontier_table,
    frontier_text,
    in_kroner,
    owner_table,
    owner_text,
    trade_offs,
)
from reports.words import LANGUAGES, words_of
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


def test_the_gap_to_the_bound_is_said_and_nothing_without_prices() -> None:
    plan = replace(example_plan(), bound=CostBound(5.0e8, 4.98e8))
    assert plain(bound_text(say(plan))) == (
        "Plassene koster 500 mill. kr i et år i snitt. Ingen fordeling av de samme plassene på "
        "former kan koste mindre enn 498 mill. kr: planen ligger høyst 0,40 % over."
    )
    assert owner_text(say(plan)) == ()
    assert bound_text(say(example_plan(prices=False))) == ()


def test_who_runs_the_places_stands_with_its_limits_and_its_price() -> None:
    shares = (OwnerShare(Owner.NONPROFIT, WHOLE_NATION, 0.31, 0.3, 1.0),)
    plan = replace(example_plan(), bound=CostBound(5e8, 4.9e8, 2.4e6), owner_shares=shares)
    assert "koster 2,4 mill. kr mer i året" in plain(owner_text(say(plan)))
    table = owner_table(say(plan))
    assert table.rows == (("Ideelle", "Hele landet", 0.31, 0.3, 1.0),)
    assert table in trade_offs(say(plan))
    assert not owner_table(say(example_plan())).rows


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_of_money_and_children_say_their_unit(language: str) -> None:
    """A table is read on its own: millions, and children a year."""
    plan, words = example_plan(), words_of(language)
    speaker = Speaker(plan, words)
    columns = [*frontier_table(speaker).columns, *exchange_table(speaker).columns]
    money = [column.title for column in columns if column.kind is Kind.MNOK]
    children = [column.title for column in columns if column.kind is Kind.NUMBER]
    assert money
    assert all(words["words.million"] in title for title in money)
    assert children
    a_year = {"nb": "per år", "nn": "per år", "en": "per year"}[language]
    assert all(a_year in title for title in children)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_says_kroner_over_kroner(language: str) -> None:
    words = words_of(language)
    table = frontier_table(Speaker(example_plan(), words))
    book = in_kroner(table, words)
    assert book.rows == table.rows
    (title,) = (column.title for column in book.columns if column.kind is Kind.MNOK)
    assert words["words.million"] not in title
    assert title.endswith("NOK" if language == "en" else ", kr")
