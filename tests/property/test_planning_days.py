"""The days that children come on: by weekday, in groups, and each by its own random numbers."""

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import InputError
from forecasting.panel import Frequency
from forecasting.streams import Streams
from planning.children import Children, DayGrid, spread_over_days
from planning.evidence import build_chain, chains
from planning.window import Window
from tests.flows import made_up_agency, made_up_choices, made_up_evidence, pattern

PERIODS = np.array(["2031-01-01", "2031-02-01", "2031-03-01"], "datetime64[D]")
HOLIDAY = np.array(["2031-01-01"], "datetime64[D]")
GRID = DayGrid(date(2031, 1, 1), Window(date(2031, 1, 1), date(2031, 3, 31)), HOLIDAY)


def spread(
    counts: np.ndarray,  # type: ignore[type-arg]
    *,
    key: int = 5,
    share: float = 1.0,
    grid: DayGrid = GRID,
    **how: object,
) -> np.ndarray:  # type: ignore[type-arg]
    return spread_over_days(
        counts.astype(np.int64),
        PERIODS,
        freq=Frequency.MONTH,
        pattern=pattern("g", **how),
        grid=grid,
        key=key,
        share=share,
    )


few = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=4)
keys = st.integers(0, 2**64 - 1)
BATCHES = st.sampled_from([np.ones(1), np.array([0.6, 0.3, 0.1])])


@given(few, keys, BATCHES)
@settings(deadline=None)
def test_every_referral_falls_on_a_day_of_its_own_month(
    counts: list[list[int]],
    key: int,
    batch: np.ndarray,  # type: ignore[type-arg]
) -> None:
    daily = spread(np.array(counts), key=key, batch=batch)
    for step, (first, last) in enumerate(((0, 31), (31, 59), (59, 90))):
        assert daily[:, first:last].sum(axis=1).tolist() == np.array(counts)[:, step].tolist()


@given(few, keys, BATCHES, st.sampled_from([0.4, 1.0]), st.integers(0, 2))
@settings(deadline=None)
def test_one_referral_more_adds_at_most_one_child_and_moves_no_other(
    counts: list[list[int]],
    key: int,
    batch: np.ndarray,  # type: ignore[type-arg]
    share: float,
    step: int,
) -> None:
    more = np.array(counts)
    more[0, step] += 1
    before, after = (spread(np.array(c), key=key, batch=batch, share=share) for c in (counts, more))
    added = after - before
    assert added.min() >= 0
    assert added.sum() in ({1} if share == 1 else {0, 1})
    assert added[1:].sum() == 0


@given(few, keys)
@settings(deadline=None)
def test_a_path_is_the_same_whatever_others_there_are(counts: list[list[int]], key: int) -> None:
    daily = spread(np.array(counts), key=key)
    assert (spread(np.array(counts)[:1], key=key) == daily[:1]).all()


def test_days_outside_the_grid_are_left_out_and_a_short_forecast_is_refused() -> None:
    late = DayGrid(date(2031, 2, 10), GRID.window, HOLIDAY)
    counts = np.full((50, 3), 8)
    assert (spread(counts, grid=late) == spread(counts)[:, 40:]).all()
    long = DayGrid(date(2031, 1, 1), Window(date(2031, 1, 1), date(2031, 4, 1)), HOLIDAY)
    with pytest.raises(InputError, match="2031-03-31, before 2031-04-01"):
        spread(counts, grid=long)


MANY = np.full((4000, 3), 20)


def test_weekdays_and_holidays_have_their_weights() -> None:
    week = np.array([1.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0])
    daily = spread(MANY, weekday=week, holiday=0.25).sum(axis=0)
    weekday = np.array([day.weekday() for day in GRID.days.tolist()])
    weight = np.where(np.isin(GRID.days, HOLIDAY), 0.25, 1.0) * week[weekday]
    for first, last in ((0, 31), (31, 59), (59, 90)):
        chance = weight[first:last] / weight[first:last].sum()
        total = MANY.shape[0] * 20
        error = np.sqrt(total * chance * (1 - chance))
        assert (np.abs(daily[first:last] - total * chance) <= 4 * error).all()


def test_a_share_of_the_referrals_demands_a_place() -> None:
    total = MANY.sum()
    kept = spread(MANY, share=0.3).sum()
    assert abs(kept - 0.3 * total) <= 4 * np.sqrt(total * 0.3 * 0.7)
    assert spread(MANY, share=0.0).sum() == 0


def test_groups_have_the_sizes_of_their_law() -> None:
    """Where a month has one event at most, the children of a day are its size, cut by the month."""
    batch = np.array([0.5, 0.3, 0.2])
    daily = spread(np.full((6000, 3), 3), batch=batch, weekday=np.ones(7))
    sizes = Counter(daily[daily > 0].tolist())
    # Events of 3 children in a month: 3; 2 + 1; 1 + 2; 1 + 1 + 1 - on days that seldom meet.
    whole = sizes[3] / (3 * 6000)
    assert whole == pytest.approx(0.2 + (0.3 + 0.5 * 0.5 + 0.5 * 0.5) / 30, abs=0.02)


def test_series_differ_by_their_key() -> None:
    one, other = (spread(MANY[:200], key=Streams(1).key("days", name)) for name in "ab")
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.05


def rows(children: Children) -> Counter[tuple[int, ...]]:
    """Each child by path, day, nights and what becomes of it."""
    fields = (children.path(), children.day, children.nights, children.lost, children.onward)
    return Counter(zip(*(field.tolist() for field in fields), strict=True))


def test_in_a_scenario_one_child_more_changes_no_other_child() -> None:
    agency = made_up_agency(regions=1)
    known = made_up_evidence(
        agency, rates={"haster": 6.0, "lang": 2.0}, means={"haster": 20.0, "lang": 50.0}
    )
    (pair,) = chains(agency)
    choices = made_up_choices()
    counts = known.samples.counts.copy()
    counts[:, 7, 4] += 1
    more = replace(known, samples=replace(known.samples, counts=counts))
    one, other = (
        build_chain(
            each,
            pair,
            region="r0",
            window=choices.window,
            policy=choices.policy,
            streams=Streams(2),
        )
        for each in (known, more)
    )
    for before, after in ((one.children, other.children), (one.fed, other.fed)):
        assert before is not None
        assert after is not None
        assert not rows(before) - rows(after), "nobody left or changed"
        assert (rows(after) - rows(before)).total() == 1
