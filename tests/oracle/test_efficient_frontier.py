"""The nation's frontier against all splits of places, tried one by one."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from planning.efficient import LEVELS, frontier, level_within
from planning.erlang import blocking
from planning.goal import Binds
from planning.plan import Curve


def erlang_curve(region: str, load: float, price: float) -> Curve:
    """Children of one day's stay at a load, and places at one price each."""
    refused = blocking(load, int(3 * load + 12))
    offered = 1 - refused
    places = np.arange(len(refused))
    return Curve(
        SeriesKey(region, "g"),
        offered,
        365 * load * refused,
        365 * load * refused,
        price * places.astype(float),
        chosen=0,
        existing=None,
        assured_share=offered,
    )


curves = st.lists(
    st.builds(erlang_curve, st.sampled_from("abc"), st.floats(0.5, 4), st.sampled_from([1.0, 2.0])),
    min_size=1,
    max_size=3,
)


@given(curves)
@settings(deadline=None, max_examples=25)
def test_no_split_of_the_same_money_leaves_fewer_children(found: list[Curve]) -> None:
    for point in frontier(found, binds=Binds.BOTH):
        assert point.not_offered_efficient <= point.not_offered + 1e-9
        best = min(
            sum(c.not_offered_mean[n] for c, n in zip(found, split, strict=True))
            for split in product(*(range(len(c.offered_share)) for c in found))
            if sum(n * c.cost_nok[1] for c, n in zip(found, split, strict=True))
            <= point.cost_nok + 1e-9
        )
        # The last step is bought in part, so the frontier is a bound that whole places near.
        assert point.not_offered_efficient <= best + 1e-9


@given(curves)
@settings(deadline=None, max_examples=25)
def test_a_higher_level_costs_more_and_leaves_fewer(found: list[Curve]) -> None:
    points = frontier(found, binds=Binds.BOTH)
    assert [point.level for point in points] == list(LEVELS)[: len(points)]
    for low, high in pairwise(points):
        assert high.places >= low.places
        assert high.cost_nok >= low.cost_nok
        assert high.not_offered <= low.not_offered + 1e-9
    # Even regions and prices leave nothing to be won by splitting otherwise.
    alike = [erlang_curve(region, 2.0, 1.0) for region in "ab"]
    for point in frontier(alike, binds=Binds.BOTH):
        assert point.not_offered_efficient == pytest.approx(point.not_offered)


@given(curves, st.floats(0.0, 60.0))
@settings(deadline=None, max_examples=25)
def test_a_budget_carries_its_level_and_none_higher(found: list[Curve], budget: float) -> None:
    def cost(level: float) -> float:
        return sum(
            float(c.cost_nok[int(np.argmax(c.offered_share >= level - 1e-12))]) for c in found
        )

    level = level_within(found, budget, binds=Binds.BOTH)
    assert level is not None, "a level of 0 costs nothing"
    assert cost(level) <= budget
    assert level == 0.999 or cost(level + 0.001) > budget


def test_numbers_that_cannot_be_had_are_passed_over() -> None:
    curve = erlang_curve("a", 2.0, 1.0)
    assert curve.cost_nok is not None
    curve.cost_nok[::2] = np.nan
    assert all(point.places % 2 == 1 for point in frontier([curve], binds=Binds.BOTH))


def with_own_level(region: str, level: float) -> tuple[list[Curve], dict[SeriesKey, float]]:
    found = [erlang_curve(name, 3.0, 2.0) for name in "abc"]
    return found, {SeriesKey(region, "g"): level}


def test_a_series_with_its_own_level_is_held_to_that_whatever_the_others_are() -> None:
    found, own = with_own_level("b", 0.6)
    alone = [curve for curve in found if curve.key not in own]
    kept = found[1].fewest(0.6, Binds.BOTH)
    assert kept is not None
    rest = {point.level: point for point in frontier(alone, binds=Binds.BOTH)}
    for point in frontier(found, binds=Binds.BOTH, own=own):
        assert point.places == rest[point.level].places + kept
        assert point.cost_nok == pytest.approx(rest[point.level].cost_nok + 2.0 * kept)


def test_what_a_budget_carries_leaves_a_level_of_ones_own_as_it_is() -> None:
    found, own = with_own_level("b", 0.9999)
    (point,) = (p for p in frontier(found, binds=Binds.BOTH, own=own) if p.level == 0.9)
    carried = level_within(found, point.cost_nok, binds=Binds.BOTH, own=own)
    assert carried is not None
    assert carried >= 0.9
    common = level_within(found, point.cost_nok, binds=Binds.BOTH)
    assert common is not None
    assert common > carried, "the money that the dearer level takes is not there for the others"
    kept = found[1].fewest(0.9999, Binds.BOTH)
    assert kept is not None
    assert level_within(found, 2.0 * kept - 1, binds=Binds.BOTH, own=own) is None


def test_the_fewest_places_keep_the_level_from_there_on_and_can_be_had() -> None:
    shares = np.array([0.0, 0.9, 0.85, 0.92, 0.95])
    missed = np.zeros(5)
    curve = Curve(SeriesKey("a", "g"), shares, missed, missed, np.arange(5.0), 0, None)
    assert curve.fewest(0.88, Binds.LEVEL) == 3, "one place more at two is worse"
    assert curve.fewest(0.0, Binds.LEVEL) == 0
    assert curve.fewest(0.96, Binds.LEVEL) is None
    cost = np.array([0, 1, 2, np.nan, 4])
    limited = Curve(SeriesKey("a", "g"), shares, missed, missed, cost, 0, None)
    assert limited.fewest(0.88, Binds.LEVEL, priced=True) == 4
