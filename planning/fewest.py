"""The fewest places that reach a level."""

from collections.abc import Callable

from forecasting.errors import ComputationError, UsageError

# Comparisons with a level allow this much for rounding.
EXACT = 1e-12
# Beyond it no agency plans one set of places: the level cannot be reached.
_MOST = 1 << 20

LevelAt = Callable[[int], float]


def fewest(level_at: LevelAt, level: float, *, near: int = 0, least: int = 0) -> int:
    """Fewest places with `level_at(places)` >= level, looked for outwards from `near`.

    The level must not fall with the places; fewer than `least` are known not to reach it.
    Raises UsageError for a level that is no share
    below 1, ComputationError where no number of places reaches it.
    """
    if not 0 <= level < 1:
        raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")

    def reached(places: int) -> bool:
        return level_at(places) >= level - EXACT

    stride = 1
    near = max(near, least)
    if reached(near):
        high = near
        while (low := max(least - 1, high - stride)) >= least and reached(low):
            high, stride = low, 2 * stride
    else:
        low = near
        while not reached(high := low + stride):
            low, stride = high, 2 * stride
            if low > _MOST:
                raise ComputationError(
                    f"not even {low} places reach {level}.", fix="Ask for a lower level."
                )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def fewest_lasting(level_at: LevelAt, level: float) -> int:
    """Fewest places so that they and one more reach the level.

    For children who take several places, where one place more can be worse (planner.md, I9x).
    """
    if not 0 <= level < 1:
        raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")
    before = False
    for places in range(_MOST):
        reached = level_at(places) >= level - EXACT
        if before and reached:
            return places - 1
        before = reached
    raise ComputationError(f"not even {_MOST} places reach {level}.", fix="Ask for a lower level.")
