"""Plans side by side: what each scenario asks for, and what each choice of places then gives."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.evidence import Pair, build_chain, chains
from planning.fewest import EXACT, fewest
from planning.flow import Chain, Outcome
from planning.frontier import Throughput
from planning.money import Market
from planning.scenario import Given
from planning.sizing import ROUNDS, level_of


@dataclass(frozen=True)
class Bought:
    """Committed places of one series as bought: call-off counts at what can be had of it."""

    firm: int
    call_off: int = 0

    def places(self, availability: float) -> int:
        """Whole places that these are worth."""
        return self.firm + floor(self.call_off * availability + 1e-9)


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


# By scenario, by the name of the choice, by series.
Results = Mapping[str, Mapping[str, Mapping[SeriesKey, Result]]]
Choices = Mapping[str, Mapping[SeriesKey, Bought]]


@dataclass(frozen=True)
class Comparison:
    """Every choice of places under every scenario.

    `chosen[scenario]` is what it recommends; `results[scenario][choice]` what the places that
    `choice` names give under it. A choice is named by the scenario that recommends it, or as
    it was handed in.
    """

    chosen: Choices
    results: Results


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
            year=given.year,
            policy=given.policy,
            streams=given.streams,
        )

    def levels(self, name: str) -> tuple[float, ...]:
        given = self.worlds[name]
        return tuple(level_of(key, agency=given.agency, policy=given.policy) for key in self.keys)

    def fixed(self, name: str) -> tuple[int | None, ...]:
        return tuple(self.worlds[name].given.get(key) for key in self.keys)


def recommended(
    given: Given, *, workers: int = 1, progress: Callable[[int, int], None] = lambda *_: None
) -> dict[SeriesKey, int]:
    """The fewest places of every series that reach the level: what the plan recommends."""

    def size(task: _Task) -> dict[SeriesKey, int]:
        chain, fixed = task.chain(""), task.fixed("")
        places = least_places(chain, task.levels(""), near=_usual(chain), fixed=fixed)
        return dict(zip(task.keys, places, strict=True))

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

    def both(task: _Task) -> tuple[Choices, Results]:
        return _compared(task, held or {})

    names = list(worlds)
    chosen: dict[str, dict[SeriesKey, Bought]] = {name: {} for name in names}
    choices = list(dict.fromkeys([*names, *(held or {})]))
    results: dict[str, dict[str, dict[SeriesKey, Result]]] = {
        name: {choice: {} for choice in choices} for name in names
    }
    with ThreadPoolExecutor(workers) as pool:
        for done, (own, gives) in enumerate(pool.map(both, tasks), start=1):
            for name in names:
                chosen[name].update(own[name])
                for choice in choices:
                    results[name][choice].update(gives[name][choice])
            progress(done, len(tasks))
    return Comparison(chosen, results)


def _tasks(worlds: Mapping[str, Given]) -> list[_Task]:
    agency = next(iter(worlds.values())).agency
    return [
        _Task(region.code, pair, worlds)
        for region in agency.planned_regions()
        for pair in chains(agency)
    ]


def _compared(task: _Task, held: Choices) -> tuple[Choices, Results]:
    """One task: first what each scenario needs, then every choice under each of them.

    The children of all scenarios are held until both are done: drawing them is dear.
    """
    answers: dict[str, _Answer] = {}
    for name in task.worlds:
        base = next(iter(answers.values()), None)
        answers[name] = _answer(task, name, base=base)
    chosen = {name: _bought(task, name, answer=answer) for name, answer in answers.items()}
    tried = {**chosen, **held}
    results = {
        name: _tried(task, name, chain=answer.chain, tried=tried)
        for name, answer in answers.items()
    }
    return chosen, results


@dataclass(frozen=True)
class _Answer:
    """The children of one scenario, what is asked for them, and the fewest places for it."""

    chain: Chain
    levels: tuple[float, ...]
    fixed: tuple[int | None, ...]
    places: tuple[int, ...]


def _answer(task: _Task, name: str, *, base: _Answer | None) -> _Answer:
    """The places that a scenario needs, looked for near the base plan's."""
    chain, levels, fixed = task.chain(name), task.levels(name), task.fixed(name)
    asked = (levels, fixed)
    if base is not None and asked == (base.levels, base.fixed) and _alike(chain, base.chain):
        return base  # nothing changed here, and the children need not be held twice
    near = _usual(chain) if base is None else base.places
    places = least_places(chain, levels, near=near, fixed=fixed)
    return _Answer(chain, levels, fixed, places)


def least_places(
    chain: Chain,
    levels: Sequence[float],
    *,
    near: Sequence[int],
    fixed: Sequence[int | None],
) -> tuple[int, ...]:
    """The fewest places of the one or two series of a chain, as planning/sizing.py finds them.

    It walks only the few numbers that the search asks for, not the whole curve, so a
    scenario takes a tenth of a plan. `fixed` places are given and not looked for. Raises
    ComputationError where given places of the fed group let too few children through.
    """
    if chain.fed_key is None:
        own = fixed[0]
        return (own if own is not None else _search(chain, 0, levels[0], other=0, near=near[0]),)
    first, fed = fixed
    if fed is not None:
        _check_ceiling(chain, fed, levels[0])
        own = first if first is not None else _search(chain, 0, levels[0], other=fed, near=near[0])
        return own, fed
    if first is not None:
        return first, _search(chain, 1, levels[1], other=first, near=near[1])
    return _balanced(chain, levels, near=near)


def _balanced(chain: Chain, levels: Sequence[float], *, near: Sequence[int]) -> tuple[int, int]:
    """Both groups in turn, first the fed one as if the first had places for all."""
    room = int(np.diff(chain.children.start).max(initial=0))
    places, fed = near[0], _search(chain, 1, levels[1], other=room, near=near[1])
    for _ in range(ROUNDS):
        places = _search(chain, 0, levels[0], other=fed, near=places)
        again = _search(chain, 1, levels[1], other=places, near=fed)
        if again == fed:
            return places, fed
        fed = again
    places = _search(chain, 0, levels[0], other=fed, near=places)
    # Never below the number that the first group was sized with.
    return places, max(fed, _search(chain, 1, levels[1], other=places, near=fed))


def _search(chain: Chain, side: int, level: float, *, other: int, near: int) -> int:
    def share(places: int) -> float:
        sides = (other, places) if side else (places, other)
        return chain.run(*sides)[side].offered_share

    return fewest(share, level, near=near)


def _check_ceiling(chain: Chain, fed: int, level: float) -> None:
    """No number of places of the first group makes good for too few of the fed one for long."""
    ceiling = Throughput.of(chain.children, len(chain.grid.month)).ceiling(fed)
    if ceiling < level - EXACT:
        raise ComputationError(
            f"{chain.key}: with {fed} places, {chain.fed_key} lets so few children through that "
            f"no number of places offers more than {ceiling:.3f} of the children one in time.",
            fix=f"Give {chain.fed_key} more places, or ask for a level below that.",
        )


def _usual(chain: Chain) -> tuple[int, ...]:
    """Places wanted at the end on nine paths in ten: where to start looking."""
    sides = (chain.wanted(),) if chain.fed_key is None else (chain.wanted(), chain.fed_wanted())
    return tuple(int(np.quantile(wanted[:, -1], 0.9)) if wanted.size else 0 for wanted in sides)


def _alike(one: Chain, other: Chain) -> bool:
    """Whether two chains are of the same children, places closed and rules."""

    def same(a: object, b: object) -> bool:
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            return np.array_equal(a, b)
        if hasattr(a, "__dict__") and type(a) is type(b):
            return all(same(value, vars(b)[name]) for name, value in vars(a).items())
        return type(a) is type(b) and bool(a == b)

    return same(one, other)


def _market(given: Given) -> Market:
    return Market(given.year, given.prices, given.evidence.register, given.policy.limits)


def _bought(task: _Task, name: str, *, answer: _Answer) -> dict[SeriesKey, Bought]:
    """The forms in which a scenario's places are cheapest: how much of them is call-off."""
    market, bought = _market(task.worlds[name]), {}
    for key, outcome in zip(task.keys, answer.chain.run(*answer.places), strict=False):
        contracts = market.mix(outcome.use.mean(axis=0), key).contracts
        called = contracts.get(Form.CALL_OFF, 0)
        bought[key] = Bought(sum(contracts.values()) - called, called)
    return bought


def _tried(
    task: _Task, name: str, *, chain: Chain, tried: Choices
) -> dict[str, dict[SeriesKey, Result]]:
    """Every choice under one scenario; equal numbers of places are walked once."""
    given = task.worlds[name]
    market = _market(given)
    found: dict[tuple[int, ...], dict[SeriesKey, Result]] = {}
    results = {}
    for choice, bought in tried.items():
        places = tuple(bought[key].places(_availability(market)) for key in task.keys)
        if places not in found:
            outcomes = chain.run(*places)
            found[places] = {
                key: _result(key, outcome, market)
                for key, outcome in zip(task.keys, outcomes, strict=False)
            }
        results[choice] = found[places]
    return results


def _availability(market: Market) -> float:
    """What a call-off place is worth under these prices; nothing where the form is gone."""
    if market.prices is None:
        return 0.0
    price = market.price(Form.CALL_OFF)
    return 0.0 if price is None else price.availability


def _result(key: SeriesKey, outcome: Outcome, market: Market) -> Result:
    return Result(
        places=outcome.places,
        to_meet=float(outcome.to_meet.mean()),
        not_offered=float(outcome.missed_a_year.mean()),
        cost_nok=None if market.prices is None else _cost(key, outcome, market),
    )


def _cost(key: SeriesKey, outcome: Outcome, market: Market) -> NDArray[np.float64]:
    """Cost of the year on each path: places ready and used, and single purchases. [path]"""
    mix = market.mix(outcome.use.mean(axis=0), key)
    spot = market.price(Form.SPOT)
    cost = np.zeros(len(outcome.to_meet))
    if spot is not None:
        cost += (spot.ready + spot.used) * outcome.elsewhere_days
    for form, contracts in mix.contracts.items():
        price, held = market.price(form), [each is form for each in mix.form]
        if price is not None:
            cost += price.ready * contracts * market.days
            cost += price.used * outcome.use[:, held].sum(axis=1)
    return cost
