"""Forms and owners of several series at once: against every choice there is, and mix.py alone."""

from collections.abc import Iterator
from itertools import product
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import ComputationError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner, Price
from planning.coupled_mix import CoupledMix, Offer, Share, Split, Wanted
from planning.limits import OwnerLimit, Range
from planning.mix import cheapest_mix

DAYS = 365
FORMS = (Form.BASE, Form.STANDBY, Form.CALL_OFF)
NONPROFIT, COMMERCIAL = Owner.NONPROFIT, Owner.COMMERCIAL


@st.composite
def uses(draw: st.DrawFn, least: int = 1, most: int = 6) -> np.ndarray:  # type: ignore[type-arg]
    """Days in use, the lowest place most."""
    days = draw(st.lists(st.floats(0, DAYS), min_size=least, max_size=most))
    return np.array(sorted(days, reverse=True))


@st.composite
def prices(draw: st.DrawFn) -> dict[Form, Price]:
    amounts = st.integers(0, 30).map(lambda n: 1000.0 * n)
    worth = {Form.CALL_OFF: draw(st.sampled_from([0.5, 0.8, 1.0]))}
    return {form: Price(draw(amounts), draw(amounts), worth.get(form, 1.0)) for form in FORMS}


houses = st.integers(1, 2)


@st.composite
def ranges(draw: st.DrawFn) -> dict[Form, Range]:
    """Base in any number from its least, so that there is always a choice; others as drawn."""
    existing = draw(st.integers(0, 4))
    return {
        Form.BASE: Range(),
        Form.STANDBY: Range(most=draw(st.integers(0, 3))),
        Form.CALL_OFF: Range(
            0, existing + draw(st.integers(0, 2)), existing, draw(st.integers(1, 2))
        ),
    }


def alone(use: np.ndarray, price: dict[Form, Price], within: dict[Form, Range]) -> Wanted:  # type: ignore[type-arg]
    offers = tuple(Offer(form, None, each) for form, each in price.items())
    return Wanted(SeriesKey("r", "g"), use, offers, within)


@given(st.lists(st.tuples(uses(), ranges()), min_size=1, max_size=3), prices())
@settings(deadline=None)
def test_where_nothing_couples_it_is_the_dynamic_programme_series_by_series(
    given_series: list[tuple[np.ndarray, dict[Form, Range]]],  # type: ignore[type-arg]
    price: dict[Form, Price],
) -> None:
    question = CoupledMix(tuple(alone(use, price, w) for use, w in given_series), (), DAYS)
    splits = question.best()
    assert splits is not None
    total = 0.0
    for split, (use, within) in zip(splits, given_series, strict=True):
        mix = cheapest_mix(use, price, wanted=len(use), ranges=within, days=DAYS)
        assert mix is not None
        assert mix.places == len(use) == sum(split.held)
        assert split.cost_nok(DAYS) == pytest.approx(mix.cost_nok, rel=1e-9, abs=1e-3)
        total += mix.cost_nok
        for offer, contracts in zip(split.wanted.offers, split.contracts, strict=True):
            assert contracts in within[offer.form].numbers(99)
    assert question.bound <= total + 1e-6 * max(total, 1)


def test_a_whole_house_beyond_what_is_needed_can_be_the_cheapest() -> None:
    """One place; call-off in houses of two beside one that exists: 1 holds none, 3 hold it free."""
    within = {Form.BASE: Range(), Form.CALL_OFF: Range(0, 3, 1, 2)}
    price = {Form.BASE: Price(1000, 0), Form.CALL_OFF: Price(0, 0, 0.5)}
    mix = cheapest_mix(np.zeros(1), price, wanted=1, ranges=within, days=DAYS)
    assert mix is not None
    assert (mix.contracts[Form.CALL_OFF], mix.cost_nok) == (3, 0.0)


# Two owners of agreements beside the state, told by trying everything.

PRICES = {
    (Form.BASE, Owner.STATE): Price(9000, 1000),
    (Form.GUARANTEED, NONPROFIT): Price(8500, 500),
    (Form.GUARANTEED, COMMERCIAL): Price(7000, 500),
    (Form.CALL_OFF, NONPROFIT): Price(0, 14000, 0.5),
    (Form.CALL_OFF, COMMERCIAL): Price(0, 12500, 0.5),
}


def owned(region: str, use: np.ndarray, within: dict[Form, Range], bound: int = 0) -> Wanted:  # type: ignore[type-arg]
    offers = tuple(
        Offer(form, owner, price, bound if (form, owner) == (Form.GUARANTEED, COMMERCIAL) else 0)
        for (form, owner), price in PRICES.items()
    )
    return Wanted(SeriesKey(region, "g"), use, offers, within)


def everything(wanted: Wanted) -> Iterator[Split]:
    """All choices of one series: contracts of each offer, and places they hold as forms do."""
    places = len(wanted.use_days)
    for contracts in product(range(2 * places + 1), repeat=len(wanted.offers)):
        pairs = list(zip(wanted.offers, contracts, strict=True))
        if any(n < offer.bound for offer, n in pairs):
            continue
        worth = dict.fromkeys(wanted.forms, 0)
        for offer, n in pairs:
            worth[offer.form] += n
        if any(worth[f] not in set(wanted.ranges[f].numbers(2 * places)) for f in wanted.forms):
            continue
        called = floor(worth[Form.CALL_OFF] * 0.5 + 1e-9)
        state, mine, theirs, *calls = contracts
        if state + mine + theirs + called != places:
            continue
        for first in range(min(called, calls[0]) + 1):
            if called - first <= calls[1]:
                yield Split(wanted, contracts, (state, mine, theirs, first, called - first))


@st.composite
def small_questions(draw: st.DrawFn) -> CoupledMix:
    series = []
    for region in ("a", "b"):
        within = {
            Form.BASE: Range(most=draw(st.integers(1, 3))),
            Form.GUARANTEED: Range(draw(st.integers(0, 1)), draw(st.integers(1, 2))),
            Form.CALL_OFF: Range(most=draw(st.integers(0, 2))),
        }
        series.append(owned(region, draw(uses(2, 3)), within, draw(st.integers(0, 1))))
    # Shares as a person writes them: the solver cannot tell 1e-192 from 0.
    share = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
    least, most = sorted(draw(st.tuples(share, share)))
    shares = (
        Share(NONPROFIT, None, least, most),
        Share(COMMERCIAL, draw(st.sampled_from(["a", "b"])), 0.0, draw(share)),
    )
    return CoupledMix(tuple(series), shares, DAYS)


def keeps(reached: float, share: Share) -> bool:
    return share.least - 1e-9 <= reached <= share.most + 1e-9


@given(small_questions())
@settings(deadline=None, max_examples=30)
def test_the_cheapest_choice_within_the_shares_is_found_or_that_there_is_none(
    question: CoupledMix,
) -> None:
    first, second = (list(everything(wanted)) for wanted in question.series)
    kept = [
        pair
        for pair in product(first, second)
        if all(
            s.least - 1e-9 <= question.reached(pair, s) <= s.most + 1e-9 for s in question.shares
        )
    ]
    found = question.best()
    if not kept:
        assert found is None
        return
    cheapest = min(sum(split.cost_nok(DAYS) for split in pair) for pair in kept)
    assert found is not None
    cost = sum(split.cost_nok(DAYS) for split in found)
    assert cost == pytest.approx(cheapest, rel=1e-9)
    assert question.bound <= cost * (1 + 1e-9)
    assert all(keeps(question.reached(found, share), share) for share in question.shares)


@given(small_questions())
@settings(deadline=None, max_examples=20)
def test_the_nearest_shares_can_be_kept_and_nothing_that_could_be_is_given_up(
    question: CoupledMix,
) -> None:
    pairs = list(product(*(everything(wanted) for wanted in question.series)))
    if not pairs:  # the ranges alone leave no choice
        return
    nearest = question.nearest()
    assert nearest.best() is not None
    if question.best() is not None:
        assert nearest.shares == question.shares
        return
    places = [len(question.series[0].use_days), len(question.series[1].use_days)]
    size = [sum(places), places[0] if question.shares[1].region == "a" else places[1]]

    def missed(reached: list[float]) -> float:
        """Places outside the limits, summed over shares."""
        each = zip(question.shares, reached, size, strict=True)
        return sum(n * max(s.least - at, at - s.most, 0.0) for s, at, n in each)

    fewest = min(missed([question.reached(pair, s) for s in question.shares]) for pair in pairs)
    found = nearest.best()
    assert found is not None
    here = missed([question.reached(found, s) for s in question.shares])
    assert here == pytest.approx(fewest, abs=1e-4)


def test_a_stricter_share_never_costs_less_and_the_bound_stays_below() -> None:
    use = np.linspace(365, 60, 12)
    within = {Form.BASE: Range(), Form.GUARANTEED: Range(most=6), Form.CALL_OFF: Range(most=4)}
    series = tuple(owned(region, use, within) for region in ("a", "b"))
    costs, bounds = [], []
    for least in (0.0, 0.1, 0.25, 0.4):
        question = CoupledMix(series, (Share(NONPROFIT, None, least),), DAYS)
        found = question.best()
        assert found is not None
        costs.append(sum(split.cost_nok(DAYS) for split in found))
        bounds.append(question.bound)
    assert costs == sorted(costs)
    assert costs[-1] > costs[0], "the dearer owner is asked for"
    assert all(low <= cost for low, cost in zip(bounds, costs, strict=True))


def test_permuting_the_series_permutes_the_answer() -> None:
    within = {Form.BASE: Range(), Form.GUARANTEED: Range(most=3), Form.CALL_OFF: Range(most=2)}
    series = [owned(name, np.linspace(360, 20 * n, 8), within) for n, name in enumerate("abc", 1)]
    shares = (Share(NONPROFIT, None, 0.2),)
    one, other = (CoupledMix(tuple(each), shares, DAYS).best() for each in (series, series[::-1]))
    assert one is not None
    assert other is not None
    costs = [sum(split.cost_nok(DAYS) for split in each) for each in (one, other)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)


def test_shares_out_of_order_are_refused_and_an_impossible_bound_says_so() -> None:
    with pytest.raises(UsageError, match="share"):
        CoupledMix((), (Share(NONPROFIT, None, 0.5, 0.4),), DAYS)
    with pytest.raises(UsageError, match=r"0\.5 to 0\.4"):
        OwnerLimit(least=0.5, most=0.4)
    with pytest.raises(UsageError, match=r"1\.5"):
        OwnerLimit(region_most=1.5)
    within = {Form.BASE: Range(), Form.GUARANTEED: Range(most=1), Form.CALL_OFF: Range(most=0)}
    question = CoupledMix((owned("a", np.ones(4), within),), (Share(NONPROFIT, None, 0.9),), DAYS)
    assert question.best() is None
    with pytest.raises(ComputationError, match="no choice"):
        _ = question.bound
