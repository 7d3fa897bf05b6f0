"""The compiled walk against closed forms, hand-made days and a plain re-telling of the rules."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from planning.children import Children, DayGrid
from planning.draws import Care, draw_children
from planning.erlang import SteadyState
from planning.flow import Chain, standard_error
from planning.policy import Discipline
from planning.window import Window
from tests.flows import NO_DAYS

KEY, NEXT = SeriesKey("r", "g"), SeriesKey("r", "h")
NOBODY = np.zeros(0, dtype=np.int64)


def grid(days: int, *, warm_up: int = 0) -> DayGrid:
    """A grid of which the last `days` lie in the plan year."""
    window = Window(date(2031, 1, 1), date(2031, 1, 1) + timedelta(days=days - 1))
    return DayGrid(window.first - timedelta(days=warm_up), window, NO_DAYS)


def children(
    rows: list[tuple[int, ...]], *, within: int = 0, lost: bool = True, residents: int = 0
) -> Children:
    """One path; rows are (day, nights) or (day, nights, next_nights), next 0: goes nowhere."""
    table = np.array([(*row, 0)[:3] for row in rows], dtype=np.int32).reshape(-1, 3)
    return Children.listed(
        table[:, 0],
        table[:, 1],
        next_nights=table[:, 2],
        within_days=within,
        lost=lost,
        residents=residents,
    )


def steady(discipline: Discipline, *, lost_share: float) -> tuple[float, float]:
    """Unmet share and its error at 12 places, load 9, ticks of a 40th of a stay."""
    rng = np.random.default_rng(11)
    mean, paths, days, warm_up = 40, 1500, 365, 800
    survival = np.append((1 - 1 / mean) ** np.arange(1200), 0.0)
    care = Care(survival, np.zeros(0), 0.0, 0, lost_share, NOBODY, NOBODY == 1, NOBODY, 1.0)
    daily = rng.poisson(9 / mean, (paths, warm_up + days))
    drawn = draw_children(daily, care, key=11)
    overfill = discipline is Discipline.OVERFILL
    outcome, _ = Chain(KEY, drawn, grid(days, warm_up=warm_up), overfill=overfill).run(12)
    return 1 - outcome.offered_share, standard_error(outcome.to_meet, outcome.missed_a_year)


@pytest.mark.parametrize(
    ("discipline", "lost_share"),
    [
        (Discipline.LOST, 1.0),
        (Discipline.MIXED, 0.5),
        (Discipline.WAIT, 0.0),
        (Discipline.OVERFILL, 0.0),
    ],
)
def test_steady_state_agrees_with_the_closed_form(
    discipline: Discipline, lost_share: float
) -> None:
    exact = SteadyState(9 / 40, 40, discipline, spot_found=lost_share).unmet(12)
    found, error = steady(discipline, lost_share=lost_share)
    # Departures come before referrals on a day: half a referral-day optimistic (planner.md).
    assert found == pytest.approx(exact, abs=4 * error + 0.06 * exact)


def plain_loss(rows: list[tuple[int, int]], places: int) -> tuple[int, list[int]]:
    """The rules of the day for `lost`, told again without any cleverness."""
    free_from = [0] * places
    use = [0] * places
    missed = 0
    for day, nights in rows:
        free = [place for place in range(places) if free_from[place] <= day]
        if not free:
            missed += 1
            continue
        free_from[free[0]] = day + nights
        use[free[0]] += min(day + nights, 60) - day
    return missed, use


traces = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 30)), max_size=60).map(sorted)


@given(traces, st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_lost_children_as_told_plainly(rows: list[tuple[int, int]], places: int) -> None:
    outcome, _ = Chain(KEY, children(rows), grid(60)).run(places)
    missed, use = plain_loss(rows, places)
    assert outcome.missed_a_year.tolist() == [missed]
    assert outcome.use[0].tolist() == use
    assert outcome.to_meet.tolist() == [len(rows)]


@given(traces, st.integers(0, 5), st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_child_is_offered_or_missed_and_places_hold_one_each(
    rows: list[tuple[int, int]], within: int, lost: bool
) -> None:
    chain = Chain(KEY, children(rows, within=within, lost=lost), grid(60))
    for places in range(6):
        outcome, _ = chain.run(places)
        counted = sum(day + within < 60 for day, _nights in rows)
        assert outcome.to_meet.tolist() == [counted]
        assert 0 <= outcome.missed_a_year[0] <= counted
        assert (outcome.use <= 60).all()
        assert outcome.full_days[0] <= 60
        assert outcome.longest_full[0] <= outcome.full_days[0]


@given(traces)
@settings(max_examples=100, deadline=None)
def test_with_places_for_all_nobody_is_missed_and_use_is_the_occupancy(
    rows: list[tuple[int, int]],
) -> None:
    chain = Chain(KEY, children(rows), grid(60))
    wanted = chain.wanted()
    outcome, _ = chain.run(int(wanted.max(initial=0)))
    assert outcome.missed_a_year.sum() == 0
    assert outcome.use.sum() == wanted.sum()


@given(traces)
@settings(max_examples=100, deadline=None)
def test_one_more_place_never_misses_more_when_children_are_lost(
    rows: list[tuple[int, int]],
) -> None:
    chain = Chain(KEY, children(rows), grid(60))
    missed = [int(chain.run(c)[0].missed_a_year[0]) for c in range(8)]
    assert missed == sorted(missed, reverse=True)


def test_a_child_within_its_days_is_in_time() -> None:
    # One place, taken on days 0-4. The second child asks on day 2.
    rows = [(0, 5), (2, 3)]
    for within, missed in ((2, 1), (3, 0)):
        outcome, _ = Chain(KEY, children(rows, within=within), grid(60)).run(1)
        assert outcome.missed_a_year.tolist() == [missed]


def test_a_missed_child_that_waits_takes_its_whole_stay_later() -> None:
    outcome, _ = Chain(KEY, children([(0, 5), (2, 3)], lost=False), grid(60)).run(1)
    assert outcome.missed_a_year.tolist() == [1]
    assert outcome.use.tolist() == [[8]]
    assert outcome.elsewhere_days.tolist() == [0]


def test_a_missed_child_that_is_helped_elsewhere_is_counted_there() -> None:
    outcome, _ = Chain(KEY, children([(0, 5), (2, 3)], lost=True), grid(60)).run(1)
    assert outcome.use.tolist() == [[5]]
    assert outcome.elsewhere_days.tolist() == [3]


def test_overfill_counts_the_extra_child_as_present() -> None:
    # The second child is taken in beyond the one place until day 12; the third finds the
    # place free on day 6 but the house still full.
    rows = [(0, 5), (2, 10), (6, 1)]
    outcome, _ = Chain(KEY, children(rows, lost=False), grid(60), overfill=True).run(1)
    assert outcome.missed_a_year.tolist() == [2]


def test_children_wait_in_the_first_group_until_the_fed_one_has_a_place() -> None:
    # Both are ready on day 3; one treatment place, ten nights each.
    chain = Chain(
        KEY,
        children([(0, 3, 10), (0, 3, 10), (5, 2)], lost=False),
        grid(60),
        fed_key=NEXT,
        fed_within_days=28,
    )
    first, fed = chain.run(2, 1)
    # The second child keeps its place until day 13, so the third gets the other one.
    assert first.missed_a_year.tolist() == [0]
    assert first.use.tolist() == [[3 + 2, 13]]
    assert fed.use.tolist() == [[20]]
    assert (fed.to_meet.tolist(), fed.missed_a_year.tolist()) == ([2], [0])
    blocked, _ = chain.run(1, 0)
    assert blocked.missed_a_year.tolist() == [2]


def test_nights_in_both_groups_together_keep_to_the_cap() -> None:
    chain = Chain(KEY, children([(0, 4, 50)]), grid(60), fed_key=NEXT, fed_within_days=0, cap=10)
    _, fed = chain.run(1, 1)
    assert fed.use.tolist() == [[6]]


def test_residents_beyond_the_places_keep_others_out_until_as_many_have_left() -> None:
    # Three residents, two places. On day 3 the second place is free, but two are still there.
    rows = [(-1, 9), (-1, 2), (-1, 9), (3, 1), (9, 1)]
    outcome, _ = Chain(KEY, children(rows, residents=3), grid(60)).run(2)
    assert outcome.to_meet.tolist() == [2]
    assert outcome.missed_a_year.tolist() == [1]
    assert outcome.use.tolist() == [[10, 2]]


def test_a_child_whose_day_had_passed_before_the_plan_is_none_of_its_children() -> None:
    queue = np.array([-3, 0, 1, 2], dtype=np.int64)  # days left on the data date
    survival = np.array([1.0, 1.0, 0.0])
    care = Care(survival, np.zeros(0), 0.0, 1, 1.0, NOBODY, NOBODY == 1, queue, 1.0)
    drawn = draw_children(np.zeros((1, 9), dtype=np.int64), care, key=1)
    for places, missed in ((0, 2), (2, 2), (3, 1), (4, 0)):
        outcome, _ = Chain(KEY, drawn, grid(9)).run(places)
        assert outcome.to_meet.tolist() == [2]
        assert outcome.missed_a_year.tolist() == [missed]
