"""A coupled chain in its steady state: flows balance, Little's law, and a level that holds."""

from datetime import date
from functools import cache
from math import hypot

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from planning.children import DayGrid
from planning.draws import Care, draw_children
from planning.flow import Chain, standard_error
from planning.goal import Binds, Goal
from planning.needed import Asked
from planning.sizing import size_chain
from planning.walks import Walks
from planning.window import Window
from tests.flows import NO_DAYS, geometric_law

NOBODY = np.zeros(0, dtype=np.int64)
RATE, DIRECT, ONWARD = 0.5, 0.05, 0.3  # children a day, and the share that goes on
STAY, NEXT_STAY = 30.0, 60.0
FED_RATE = RATE * ONWARD + DIRECT
LEVELS = (0.95, 0.95)
GOALS = (Asked(Goal(0.95, binds=Binds.LEVEL)),) * 2


@cache
def chain(seed: int, paths: int) -> Chain:
    """Two years to fill up, then the plan year."""
    grid = DayGrid(date(2029, 1, 1), Window.of_year(2031), NO_DAYS)
    rng = np.random.default_rng(seed)
    law, next_law = (geometric_law("g", mean).survival for mean in (STAY, NEXT_STAY))
    rest = (NOBODY, NOBODY == 1, NOBODY, 1.0)
    own = Care(law, next_law, ONWARD, 0, 0.5, *rest)
    fed = Care(next_law, np.zeros(0), 0.0, 14, 0.5, *rest)
    days = len(grid.days)
    return Chain(
        SeriesKey("r", "g"),
        draw_children(rng.poisson(RATE, (paths, days)), own, key=seed),
        grid,
        fed_key=SeriesKey("r", "h"),
        fed=draw_children(rng.poisson(DIRECT, (paths, days)), fed, key=seed + 1000),
        fed_within_days=14,
    )


def agrees(values: NDArray[np.float64], expected: float) -> bool:
    """Whether the mean over paths lies within four of its standard errors."""
    error = float(values.std(ddof=1)) / np.sqrt(len(values))
    return bool(abs(values.mean() - expected) <= 4 * error)


def test_with_places_for_all_places_in_use_are_rate_times_stay() -> None:
    first, fed = chain(1, 600).run(60, 60)
    assert agrees(first.use.sum(axis=1) / 365, RATE * STAY)
    assert agrees(fed.use.sum(axis=1) / 365, FED_RATE * NEXT_STAY)
    assert agrees(first.to_meet, RATE * 365)
    assert agrees(fed.to_meet, FED_RATE * 365)


def test_waiting_moves_days_but_loses_no_child() -> None:
    waits = chain(1, 600).with_lost(0)
    first, fed = waits.run(20, 15)
    assert agrees(fed.to_meet, FED_RATE * 365)
    assert agrees(fed.use.sum(axis=1) / 365, FED_RATE * NEXT_STAY)
    blocked = first.use.sum(axis=1) / 365
    assert blocked.mean() > RATE * STAY
    assert not agrees(blocked, RATE * STAY), "who waits for the fed group holds a place"


def test_the_level_that_was_planned_holds_on_fresh_paths() -> None:
    sized = size_chain(Walks(chain(1, 600)), asked=GOALS)
    fresh = chain(2, 1500).run(sized[0].chosen, sized[1].chosen)
    for part, new, level in zip(sized, fresh, LEVELS, strict=True):
        planned, found = (
            standard_error(outcome.to_meet, outcome.missed_a_year)
            for outcome in (part.outcome, new)
        )
        error = hypot(planned, found)
        assert new.offered_share >= level - 4 * error
        assert abs(new.offered_share - part.outcome.offered_share) <= 4 * error
