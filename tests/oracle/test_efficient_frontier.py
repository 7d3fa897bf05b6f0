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
