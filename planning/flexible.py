"""What places that may serve several need groups of a region would give.

The recommendation is fixed places for each need group. Beside it stand, for every set of groups
that may share in a region, some numbers of flexible places, with the fewest fixed places found
with which each group still reaches its own level. A child asks its own fixed places first, then
the flexible ones; nobody moves from one to the other later. It is the walk of
planning/sharing.py, where the need groups of one region stand in the place of regions and
flexible places in that of national standby.

Of two coupled groups each is taken alone, at what the recommendation makes of the other, as
where regions share (planning/alternatives.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from forecasting.places import PlaceSet
from forecasting.streams import Streams
from planning.alternatives import PATHS, Closed, Group
from planning.children import Children, DayGrid
from planning.evidence import Evidence, build_chain, chains
from planning.fewest import EXACT
from planning.flow import Chain
from planning.goal import Goal
from planning.money import Market
from planning.plan import Flexible, FlexibleGroup
from planning.policy import Arrangement, FlexiblePlaces, FlexibleRule, Policy
from planning.sharing import Places, Shared, Together
from planning.sizing import Sized
from planning.transfers import all_who_ask, staying_on
from planning.window import Window

# Numbers of flexible places that are tried in a region, beside those that exist.
TRIED = (0, 1, 2, 3, 4, 6, 8)


def all_flexible(
    evidence: Evidence,
    sized: Sequence[Sized],
    *,
    agency: Agency,
    market: Market,
    policy: Policy,
    streams: Streams,
    workers: int,
) -> tuple[Flexible, ...]:
    """Every number of flexible places tried, region by region and set by set of need groups."""
    sets, evidence = may_share(agency, policy, market), evidence.head(PATHS)
    chosen = {part.key: part for part in sized}

    def answers(region: str) -> list[Flexible]:
        own = [places for places in sets if not places.regions or region in places.regions]
        codes = {code for places in own for code in places.need_groups}
        members: dict[str, _Member] = {}
        for pair in chains(agency):
            if codes & {group.code for group in pair if group is not None}:
                chain = build_chain(
                    evidence,
                    pair,
                    region=region,
                    window=market.window,
                    policy=policy,
                    streams=streams,
                )
                members |= _taken_alone(chain, chosen)
        draw = _Draw(members, chosen, policy.flexible_rule, agency, streams)
        return [row for places in own for row in _Answer(draw, places, market).rows(region)]

    with ThreadPoolExecutor(workers) as pool:
        regions = pool.map(answers, [region.code for region in agency.planned_regions()])
        return tuple(row for rows in regions for row in rows)


def may_share(agency: Agency, policy: Policy, market: Market) -> tuple[FlexiblePlaces, ...]:
    """The sets of need groups that may share places: configured, then others in the register."""
    found, window = list(policy.flexible), market.window
    rows = () if market.register is None else market.register.place_sets
    for row in rows:
        if len(row.need_groups) > 1 and row.form.committed and _exists(row, window):
            own = FlexiblePlaces(_in_order(row, agency), (row.region,))
            if not any(_covers(places, own) for places in found):
                found.append(own)
    return tuple(found)


def _exists(row: PlaceSet, window: Window) -> bool:
    return row.valid_from <= window.last and (row.valid_to is None or row.valid_to >= window.first)


def _in_order(row: PlaceSet, agency: Agency) -> tuple[str, ...]:
    return tuple(group.code for group in agency.need_groups if group.code in row.need_groups)


def _covers(places: FlexiblePlaces, own: FlexiblePlaces) -> bool:
    """Whether the same groups may share in the same region already."""
    same = set(places.need_groups) == set(own.need_groups)
    return same and (not places.regions or set(own.regions) <= set(places.regions))


@dataclass(frozen=True)
class _Member:
    """One need group of a region, taken alone."""

    children: Children
    closed: Closed
    grid: DayGrid
    overfill: bool


def _taken_alone(chain: Chain, chosen: Mapping[SeriesKey, Sized]) -> dict[str, _Member]:
    """The one or two groups of a chain, each at what the recommendation makes of the other."""
    grid, overfill, group = chain.grid, chain.overfill, chain.key.need_group
    assert isinstance(grid, DayGrid)  # a plan has dates
    if chain.fed_key is None:
        return {group: _Member(chain.children, chain.closed, grid, overfill)}
    fed, who = all_who_ask(chain)
    place = chain.key.region
    alone = Together.of({place: fed}, grid, closed={place: chain.fed_closed}, overfill=overfill)
    recommended = Places(Arrangement.OWN_PLACES, (chosen[chain.fed_key].chosen,))
    left = np.empty_like(fed.day)
    left[alone.source] = alone.run(recommended, left=True).left
    stays = staying_on({place: chain}, {place: who}, left)[place]
    return {
        group: _Member(stays, chain.closed, grid, overfill),
        chain.fed_key.need_group: _Member(fed, chain.fed_closed, grid, overfill),
    }


@dataclass(frozen=True)
class _Draw:
    """The children of one region, by need group, and who comes first among them."""

    members: Mapping[str, _Member]
    chosen: Mapping[SeriesKey, Sized]
    rule: FlexibleRule
    agency: Agency
    streams: Streams

    def group(self, region: str, places: FlexiblePlaces) -> Group:
        """The children of the groups that may share, ready to be walked together."""
        members = {code: self.members[code] for code in places.need_groups}
        keys = {code: SeriesKey(region, code) for code in members}
        some = next(iter(members.values()))
        joined = Together.of(
            {code: member.children for code, member in members.items()},
            some.grid,
            keys={code: self.streams.key("turn", str(key)) for code, key in keys.items()},
            overfill=some.overfill,
            closed={code: member.closed for code, member in members.items()},
            rank={code: self._rank(code) for code in members},
            shut=~_open(places, some.grid),
        )
        parts = [self.chosen[key] for key in keys.values()]
        return Group(
            tuple(keys.values()),
            joined,
            tuple(part.goal for part in parts),
            tuple(part.chosen for part in parts),
        )

    def _rank(self, code: str) -> int:
        match self.rule:
            case FlexibleRule.FIRST_COME:
                return 0
            case FlexibleRule.ACUTE_FIRST:
                return 0 if self.agency.need_group(code).acute else 1


def _open(places: FlexiblePlaces, grid: DayGrid) -> NDArray[np.bool_]:
    """Days on which the places may be shared. [day]"""
    found = np.ones(len(grid.days), np.bool_)
    if places.valid_from is not None:
        found &= grid.days >= np.datetime64(places.valid_from)
    if places.valid_to is not None:
        found &= grid.days <= np.datetime64(places.valid_to)
    return found


@dataclass(frozen=True)
class _Answer:
    """One set of need groups that may share: numbers of flexible places tried and priced."""

    draw: _Draw
    places: FlexiblePlaces
    market: Market

    def rows(self, region: str) -> list[Flexible]:
        """One row a number of flexible places, none first; the best one is marked."""
        group = self.draw.group(region, self.places)
        alone, existing = group.least_alone(), self._existing(region)
        most = max(sum(alone), existing or 0)
        numbers = sorted({n for n in (*TRIED, existing or 0) if n <= most})
        walk = group.together.run
        without, crowded = walk(_beside(alone, 0), use=True), walk(_open_to_all(alone))
        rows, fixed = [], alone
        for flexible in numbers:
            if flexible:
                fixed = beside(group, flexible, start=fixed)
            found = walk(_beside(fixed, flexible), use=True)
            rows.append(
                Flexible(
                    region=region,
                    rule=self.draw.rule,
                    flexible_places=flexible,
                    groups=tuple(_groups(group, (alone, fixed), (without, found, crowded))),
                    existing=existing,
                    alone_cost_nok=self._cost(without, group.keys),
                    cost_nok=self._cost(found, group.keys),
                )
            )
        best = min(rows, key=_worth)
        return [replace(row, best=row is best) for row in rows]

    def _existing(self, region: str) -> int | None:
        register, day = self.market.register, self.market.window.first
        if register is None:
            return None
        return register.flexible(region, self.places.need_groups, day=day)

    def _cost(self, found: Shared, keys: Sequence[SeriesKey]) -> float | None:
        """Mean cost of a year: fixed places in their cheapest forms, flexible ones in the state's.

        As if nothing that exists had to be kept, like the arrangements of sharing.
        """
        market = self.market
        if market.prices is None:
            return None
        *own, flexible = found.use_days
        elsewhere = market.spot_nok_per_day * float(found.elsewhere_days.mean())
        fixed = sum(market.free_mix(use, key).cost_nok for use, key in zip(own, keys, strict=True))
        return elsewhere + fixed + market.state_mix(flexible).cost_nok * (1 + self.places.dearer)


def beside(group: Group, flexible: int, *, start: tuple[int, ...]) -> tuple[int, ...]:
    """The fewest fixed places found with which all reach their goals beside so many flexible.

    `start` are fixed places that are enough. They are taken away one by one, always the one whose
    loss leaves the worst group best, on a part of the paths; then all paths are asked, which may
    give some back. So none of the places found can be spared, but another split might be smaller.
    """
    some = _Search(group.some, group.goals, flexible)
    everyone = _Search(group.together, group.goals, flexible)
    return everyone.spared(everyone.enough(some.spared(start)))


@dataclass(frozen=True)
class _Search:
    """Fixed places beside some flexible ones, on the same paths."""

    together: Together
    goals: tuple[Goal, ...]
    flexible: int

    def slack(self, fixed: tuple[int, ...]) -> NDArray[np.float64]:
        """How far above its level each group is. [group]"""
        return self.together.run(_beside(fixed, self.flexible)).slack(self.goals)

    def enough(self, fixed: tuple[int, ...]) -> tuple[int, ...]:
        """The same, and more where a group misses its goal."""
        while (slack := self.slack(fixed)).min() < -EXACT:
            worst = int(slack.argmin())
            fixed = (*fixed[:worst], fixed[worst] + 1, *fixed[worst + 1 :])
        return fixed

    def spared(self, fixed: tuple[int, ...]) -> tuple[int, ...]:
        """The same without the places that can be spared."""
        while True:
            fewer = [(*fixed[:at], n - 1, *fixed[at + 1 :]) for at, n in enumerate(fixed) if n > 0]
            worst = [float(self.slack(each).min()) for each in fewer]
            if max(worst, default=-1.0) < -EXACT:
                return fixed
            fixed = fewer[int(np.argmax(worst))]


def _beside(fixed: tuple[int, ...], flexible: int) -> Places:
    """Own places first, then those that all share: to the walk that is national standby."""
    return Places(Arrangement.NATIONAL_STANDBY, fixed, flexible)


def _open_to_all(places: tuple[int, ...]) -> Places:
    return Places(Arrangement.NATIONAL_POOL, (0,) * len(places), sum(places))


def _groups(
    group: Group, places: tuple[tuple[int, ...], ...], found: Sequence[Shared]
) -> Iterator[FlexibleGroup]:
    """Each need group: places alone and beside, and what alone, beside and all in one give."""
    shares = (each.offered_shares.tolist() for each in found)
    for key, alone, fixed, *offered in zip(group.keys, *places, *shares, strict=True):
        yield FlexibleGroup(key.need_group, alone, fixed, *offered)


def _worth(row: Flexible) -> tuple[float, int]:
    """What a number of flexible places is judged by; of equals the fewest flexible ones."""
    return (row.places if row.cost_nok is None else row.cost_nok, row.flexible_places)
