"""Plans side by side: what each scenario asks for, and what each choice of places then gives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.cheapest import asked
from planning.evidence import Pair, build_chain, chains
from planning.flow import Chain, Outcome
from planning.goal import Goal
from planning.mix import Mix, held_places
from planning.money import Market, year_cost
from planning.needed import Asked, Found, find_places, usual
from planning.scenario import Given
from planning.sizing import goal_of
from planning.walks import Walks


@dataclass(frozen=True)
class Bought:
    """Committed places of one series as bought: call-off counts at what can be had of it."""

    firm: int
    call_off: int = 0

    def places(self, availability: float) -> int:
        """Whole places that these are worth."""
        return self.firm + held_places(self.call_off, availability)


@dataclass(frozen=True)
class Result:
    """What a choice of places gives for one series under one scenario.

    `places` are committed places, `to_meet` and `not_offered` mean children a year;
    `cost_nok` is the year's cost on each path, in the cheapest forms that the scenario's
    prices allow (None without prices). [path]
    """

    places: int
    to_meet: float
    not_offered: float
    cost_nok: NDArray[np.float64] | None


_Of = TypeVar("_Of")
# By scenario, by the name of the choice, by series.
Results = Mapping[str, Mapping[str, Mapping[SeriesKey, Result]]]
Choices = Mapping[str, Mapping[SeriesKey, Bought]]


@dataclass(frozen=True)
class Comparison:
    """Choices of places under every scenario.

    `chosen[scenario]` is what it recommends; `results[scenario][choice]` what the places that
    `choice` names give under it: its own and those of the first scenario, and under the first
    those handed in. `few[scenario][choice]` is the same of every choice, on few paths: enough to
    tell choices apart. A choice is named by the scenario that recommends it, or as it was
    handed in.
    """

    chosen: Choices
    results: Results
    few: Results


@dataclass(frozen=True)
class _Task:
    """One region and one chain of groups under every scenario."""

    region: str
    pair: Pair
    worlds: Mapping[str, Given]

    @property
    def keys(self) -> tuple[SeriesKey, ...]:
        return tuple(SeriesKey(self.region, group.code) for group in self.pair if group)

    def chain(self, name: str) -> Chain:
        """The children under one scenario: the same draws, with its changes."""
        given = self.worlds[name]
        groups = tuple(None if g is None else given.agency.need_group(g.code) for g in self.pair)
        assert groups[0] is not None
        return build_chain(
            given.evidence,
            (groups[0], groups[1]),
            region=self.region,
            window=given.window,
            policy=given.policy,
            streams=given.streams,
        )

    def asked(self, name: str) -> tuple[Asked, ...]:
        """What is asked of each series."""
        given = self.worlds[name]
        market = given.market
        return tuple(
            asked(
                market,
                key,
                goal_of(key, agency=given.agency, policy=given.policy),
                fixed=given.given.get(key),
            )
            for key in self.keys
        )


def recommended(
    given: Given, *, workers: int = 1, progress: Callable[[int, int], None] = lambda *_: None
) -> dict[SeriesKey, int]:
    """The fewest places of every series that reach the level: what the plan recommends."""

    def size(task: _Task) -> dict[SeriesKey, int]:
        chain = task.chain("")
        found = find_places(Walks(chain), task.asked(""), near=_usual(chain))
        return dict(zip(task.keys, found.chosen, strict=True))

    found: dict[SeriesKey, int] = {}
    tasks = _tasks({"": given})
    with ThreadPoolExecutor(workers) as pool:
        for done, part in enumerate(pool.map(size, tasks), start=1):
            found |= part
            progress(done, len(tasks))
    return {key: found[key] for key in given.series()}


def compare(
    worlds: Mapping[str, Given],
    *,
    held: Choices | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Comparison:
    """Size every scenario, then try every choice of places under every scenario.

    The first of `worlds` has the others looked for near its own answer. `held` are choices to
    try beside those that the scenarios recommend. All worlds have the same need groups.
    """
    tasks = _tasks(worlds)
    parts = []
    with ThreadPoolExecutor(workers) as pool:
        for done, part in enumerate(pool.map(lambda t: _compared(t, held or {}), tasks), start=1):
            parts.append(part)
            progress(done, len(tasks))
    return Comparison(
        {name: _joined(part.chosen[name] for part in parts) for name in worlds},
        _joined_results([part.results for part in parts]),
        _joined_results([part.few for part in parts]),
    )


def _joined_results(parts: Sequence[Results]) -> Results:
    """The same choices under the same scenarios, for the series of all parts."""
    return {
        name: {choice: _joined(part[name][choice] for part in parts) for choice in choices}
        for name, choices in parts[0].items()
    }


def _joined(parts: Iterable[Mapping[SeriesKey, _Of]]) -> dict[SeriesKey, _Of]:
    return {key: value for part in parts for key, value in part.items()}


def _tasks(worlds: Mapping[str, Given]) -> list[_Task]:
    agency = next(iter(worlds.values())).agency
    return [
        _Task(region.code, pair, worlds)
        for region in agency.planned_regions()
        for pair in chains(agency)
    ]


def _compared(task: _Task, held: Choices) -> Comparison:
    """One task: first what each scenario needs, then every choice under each of them.

    The children of all scenarios are held until both are done: drawing them is dear. Those whom a
    scenario leaves as they were are held, and walked, once.
    """
    answers: dict[str, _Answer] = {}
    for name in task.worlds:
        base = next(iter(answers.values()), None)
        answers[name] = _answer(task, name, base=base)
    chosen = {name: _bought(task, name, answer=answer) for name, answer in answers.items()}
    tried, first = {**chosen, **held}, next(iter(answers))
    shown = {name: {c: tried[c] for c in (first, name)} for name in answers}
    shown[first] |= held
    return Comparison(
        chosen,
        {n: _tried(task, n, walks=a.walks, tried=shown[n]) for n, a in answers.items()},
        {n: _tried(task, n, walks=a.walks.few, tried=tried) for n, a in answers.items()},
    )


@dataclass(frozen=True)
class _Answer:
    """The children of one scenario, what is asked for them, and the fewest places for it."""

    given: Given
    walks: Walks
    market: Market
    goals: tuple[Goal, ...]
    found: Found


def _answer(task: _Task, name: str, *, base: _Answer | None) -> _Answer:
    """The places that a scenario needs, looked for near the base plan's."""
    given, wanted = task.worlds[name], task.asked(name)
    market, goals = given.market, tuple(each.goal for each in wanted)
    fixed = any(each.fixed is not None for each in wanted)
    walks = _walks(task, name, base=base)
    if base is None:
        near = _usual(walks.chain)
    else:
        if walks is base.walks and not fixed and (goals, market) == (base.goals, base.market):
            return base  # nothing changed here
        near = base.found.needed
    found = find_places(walks, wanted, near=near)
    return _Answer(given, walks, market, goals, found)


def _walks(task: _Task, name: str, *, base: _Answer | None) -> Walks:
    """The children of a scenario: those of the base plan where it changes nothing for them."""
    if base is not None and _same_draws(task, task.worlds[name], base.given):
        return base.walks
    chain = task.chain(name)
    return base.walks if base is not None and _alike(chain, base.walks.chain) else Walks(chain)


def _same_draws(task: _Task, one: Given, other: Given) -> bool:
    """Whether the same children are drawn surely, so that none need be drawn to see it."""
    names = ("samples", "laws", "patterns", "residents", "history", "holidays", "as_of")
    same = all(getattr(one.evidence, n) is getattr(other.evidence, n) for n in names)
    shut = [[s for s in each.evidence.shut if s.key in task.keys] for each in (one, other)]
    # Houses that close by chance are those of the register.
    closes = any(g and one.agency.need_group(g.code).closings_a_year for g in task.pair)
    if closes and one.evidence.register is not other.evidence.register:
        return False
    chosen = [(each.agency, each.policy, each.year, each.streams) for each in (one, other)]
    return same and shut[0] == shut[1] and chosen[0] == chosen[1]


def _usual(chain: Chain) -> tuple[int, ...]:
    sides = (chain.wanted(),) if chain.fed_key is None else (chain.wanted(), chain.fed_wanted())
    return tuple(usual(wanted) for wanted in sides)


def _alike(one: Chain, other: Chain) -> bool:
    """Whether two chains are of the same children, places closed and rules."""

    def same(a: object, b: object) -> bool:
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            return np.array_equal(a, b)
        if hasattr(a, "__dict__") and type(a) is type(b):
            return all(same(value, vars(b)[name]) for name, value in vars(a).items())
        return type(a) is type(b) and bool(a == b)

    return same(one, other)


def _bought(task: _Task, name: str, *, answer: _Answer) -> dict[SeriesKey, Bought]:
    """The forms in which a scenario's places are cheapest: how much of them is call-off."""
    market, bought = task.worlds[name].market, {}
    for key, outcome in zip(task.keys, answer.walks.run(*answer.found.chosen), strict=False):
        contracts = _mix(key, outcome, market).contracts
        called = contracts.get(Form.CALL_OFF, 0)
        bought[key] = Bought(sum(contracts.values()) - called, called)
    return bought


def _tried(
    task: _Task, name: str, *, walks: Walks, tried: Choices
) -> dict[str, dict[SeriesKey, Result]]:
    """Every choice under one scenario; equal numbers of places are walked once."""
    given = task.worlds[name]
    market = given.market
    found: dict[tuple[int, ...], dict[SeriesKey, Result]] = {}
    results = {}
    for choice, bought in tried.items():
        places = tuple(bought[key].places(market.availability) for key in task.keys)
        if places not in found:
            outcomes = walks.run(*places)
            found[places] = {
                key: _result(key, outcome, market)
                for key, outcome in zip(task.keys, outcomes, strict=False)
            }
        results[choice] = found[places]
    return results


def _result(key: SeriesKey, outcome: Outcome, market: Market) -> Result:
    return Result(
        places=outcome.places,
        to_meet=float(outcome.to_meet.mean()),
        not_offered=float(outcome.missed_a_year.mean()),
        cost_nok=None if market.prices is None else _cost(key, outcome, market),
    )


def _cost(key: SeriesKey, outcome: Outcome, market: Market) -> NDArray[np.float64]:
    """Cost of the year on each path: places ready and used, and single purchases. [path]"""
    return year_cost(_mix(key, outcome, market), outcome, market)


def _mix(key: SeriesKey, outcome: Outcome, market: Market) -> Mix:
    """The forms of these places; as if nothing had to be kept where the limits leave others."""
    use_days = outcome.use.mean(axis=0)
    return market.mix(use_days, key) or market.free_mix(use_days, key)
