"""The fewest places for a goal, by counting alone: no use of each place is kept, so it is fast."""

from collections.abc import Mapping, Sequence

from planning.fewest import EXACT, SharesAt, search
from planning.goal import Goal
from planning.walks import Side, Walks


def first_shares(walks: Walks, goal: Goal) -> SharesAt[int]:
    """What numbers of places of the first group give, at each number of the fed one."""

    def shares(asked: Mapping[int, Sequence[int]]) -> dict[int, list[float]]:
        choices = [(places, fed) for fed, tries in asked.items() for places in tries]
        flat = iter(walks.count(choices, group=0).shares(goal))
        return {fed: [next(flat) for _ in tries] for fed, tries in asked.items()}

    return shares


def least(side: Side, goal: Goal, *, near: int) -> int:
    """Fewest places of one side of a chain that reach the goal, looked for `near` a number."""

    def shares_on(part: Side) -> SharesAt[int]:
        return lambda asked: {q: part.count(tries).shares(goal) for q, tries in asked.items()}

    searches = [shares_on(part) for part in (side.coarse, side)]
    found = search(searches, goal.level, near={side.other: near})[side.other]
    # Where children take several places one more can be worse (planner.md, I9x): then the next so
    # that one place more reaches the goal too.
    while side.walks.several:
        if min(side.count((found, found + 1)).shares(goal)) >= goal.level - EXACT:
            break
        found += 1
    return found
