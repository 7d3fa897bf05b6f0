"""The fewest places that reach a level."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from forecasting.errors import ComputationError, UsageError

# Comparisons with a level allow this much for rounding.
EXACT = 1e-12
# Beyond it no agency plans one set of places: the level cannot be reached.
_MOST = 1 << 20
# Numbers of places tried at once for a question: from four below to three above a guess.
_WIDTH = 4

LevelAt = Callable[[int], float]
Question = TypeVar("Question")
# What each of some numbers of places gives, for each question.
SharesAt = Callable[[Mapping[Question, Sequence[int]]], Mapping[Question, Sequence[float]]]


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


def fewest_of_each(
    shares_at: SharesAt[Question], level: float, *, near: Mapping[Question, int]
) -> dict[Question, int]:
    """Fewest places that reach the level for each question, all asked together.

    As `fewest`, but several numbers of places a question are tried in every round, which one
    walk may answer.
    """
    if not 0 <= level < 1:
        raise UsageError(f"a level of {level}.", fix="Use a share from 0 to below 1.")
    hunts = {question: _Hunt(at) for question, at in near.items()}
    while asked := {question: hunt.tries for question, hunt in hunts.items() if not hunt.done}:
        for question, shares in shares_at(asked).items():
            reached = [share >= level - EXACT for share in shares]
            hunts[question] = hunts[question].told(asked[question], reached)
    return {question: hunt.high for question, hunt in hunts.items()}


def search(
    searches: Sequence[SharesAt[Question]], level: float, *, near: Mapping[Question, int]
) -> dict[Question, int]:
    """Fewest places for each question: found on few paths first, and on all paths at last.

    The last of `searches` decides; each starts at what the one before it found.
    """
    for shares_at in searches:
        near = fewest_of_each(shares_at, level, near=near)
    return dict(near)


@dataclass(frozen=True)
class _Hunt:
    """Between which numbers of places the answer lies: `low` does not reach, `high` does."""

    near: int
    low: int = -1
    high: int = _MOST + 1
    stride: int = 1

    @property
    def done(self) -> bool:
        return self.high - self.low == 1

    @property
    def tries(self) -> tuple[int, ...]:
        """Around `near` first, then in strides towards the answer, at last in between."""
        steps = range(_WIDTH)
        if self.high <= _MOST and self.low >= 0:
            gap = self.high - self.low
            between = (self.low + gap * (step + 1) // (_WIDTH + 1) for step in steps)
            found = {c for c in between if self.low < c < self.high}
            return tuple(sorted(found or {self.low + 1}))
        if self.high <= _MOST:
            return tuple(sorted({max(0, self.high - self.stride * (step + 1)) for step in steps}))
        first = self.low + self.stride if self.low >= 0 else max(0, self.near - _WIDTH // 2)
        return tuple(first + self.stride * step for step in steps)

    def told(self, tries: Sequence[int], reached: Sequence[bool]) -> "_Hunt":
        failed = [c for c, met in zip(tries, reached, strict=True) if not met]
        met = [c for c, met in zip(tries, reached, strict=True) if met]
        if tries[0] > _MOST:
            raise ComputationError(
                f"not even {tries[0]} places reach the level.", fix="Ask for a lower level."
            )
        return replace(
            self,
            low=max([self.low, *failed]),
            high=min([self.high, *met]),
            stride=2 * self.stride,
        )
