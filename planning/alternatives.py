"""What sharing places between regions would give: alternatives beside the recommendation.

The recommendation is that each region has places for its own children. Beside it stand, for
each need group, the fewest places under other arrangements with which *every* region reaches
the same level (planner.md, section 6: a national average hides the worst region), how many
children would be placed away from home, and what it would cost. All on the children of the
plan: draw d is one scenario in all regions.

Of two coupled groups each is taken alone, at what the recommendation makes of the other: to
the fed group children come as if the first had a place for each, and in the first they wait
for the fed group as long as they do with its recommended places. So the first group's figures
hold the blocking of the plan, and what sharing of one does to the other is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.streams import Streams
from planning.children import Children
from planning.evidence import Evidence, Pair, build_chain, chains
from planning.fewest import EXACT, fewest
from planning.flow import Chain
from planning.goal import Goal
from planning.money import Market
from planning.plan import SharedRegion, Sharing
from planning.policy import Arrangement, Policy
from planning.sharing import Places, Shared, Together
from planning.sizing import Sized
from planning.transfers import all_who_ask, staying_on
from planning.whole import proportional

Closed = NDArray[np.int16] | None  # places closed [path, day]; None: none
# A region gives up so many of its own places for national standby.
FEWER = (1, 2, 3)
# What only stands beside the plan is walked on so many paths at most: more would tell alternatives
# apart no better, and take longer than the plan itself.
PATHS = 2000
# A search begins on so many paths, and ends on all of them.
COARSE = 500


@dataclass(frozen=True)
class Group:
    """Series that may share: their children, their goals, and the places recommended.

    One need group in all regions, or several of one region (planning/flexible.py).
    """

    keys: tuple[SeriesKey, ...]  # [series]
    together: Together
    goals: tuple[Goal, ...]  # [series]
    recommended: tuple[int, ...]  # [series]

    def least(self, make: Callable[[int], Places], *, near: int) -> Places:
        """The fewest places of a kind with which every series reaches its goal."""

        def worst(together: Together) -> Callable[[int], float]:
            return lambda n: float(together.run(make(n)).slack(self.goals).min())

        near = fewest(worst(self.some), 0.0, near=near)
        return make(fewest(worst(self.together), 0.0, near=near))

    @cached_property
    def some(self) -> Together:
        """The children of a part of the paths, for a search."""
        return self.together.head(COARSE)

    def least_alone(self) -> tuple[int, ...]:
        """Fewest own places of each region, all regions looked for at once. [region]

        Nobody is helped, so that each region's answer is its own; the recommendation is near.
        """
        places = np.array(self.recommended)
        short = ~self._reached(places)
        fewer = ~short
        while short.any():
            places[short] += 1
            short &= ~self._reached(places)
        while (fewer := fewer & (places > 0)).any():
            places[fewer] -= 1
            reached = self._reached(places)
            places[fewer & ~reached] += 1
            fewer &= reached
        return tuple(places.tolist())

    def _reached(self, own: NDArray[np.int64]) -> NDArray[np.bool_]:
        found = self.together.run(Places(Arrangement.OWN_PLACES, tuple(own.tolist())))
        return np.asarray(found.slack(self.goals) >= -EXACT)


def all_sharing(
    evidence: Evidence,
    sized: Sequence[Sized],
    *,
    agency: Agency,
    market: Market,
    policy: Policy,
    streams: Streams,
    workers: int,
) -> tuple[Sharing, ...]:
    """The alternatives of every need group, in the agency's order; none for a single region."""
    if len(agency.planned_regions()) < 2:
        return ()
    evidence = evidence.head(PATHS)
    chosen = {part.key: part for part in sized}

    def answers(pair: Pair) -> tuple[tuple[str, tuple[Sharing, ...]], ...]:
        of_regions = {
            region.code: build_chain(
                evidence,
                pair,
                region=region.code,
                window=market.window,
                policy=policy,
                streams=streams,
            )
            for region in agency.planned_regions()
        }
        groups = together(of_regions, chosen, streams=streams)
        return tuple((group.keys[0].need_group, alternatives(group, market)) for group in groups)

    # The first chain of groups has most children: it must not be begun last.
    with ThreadPoolExecutor(workers) as pool:
        found = {name: rows for each in pool.map(answers, chains(agency)) for name, rows in each}
    return tuple(row for group in agency.need_groups for row in found[group.code])


def together(
    of_regions: Mapping[str, Chain], chosen: Mapping[SeriesKey, Sized], *, streams: Streams
) -> tuple[Group, ...]:
    """The one or two need groups of a chain, with the same chain of every region."""
    first = {region: chain.key for region, chain in of_regions.items()}
    some = next(iter(of_regions.values()))
    turn = {region: streams.key("turn", str(key)) for region, key in first.items()}

    def group(keys: Mapping[str, SeriesKey], joined: Together) -> Group:
        parts = [chosen[key] for key in keys.values()]
        places = tuple(part.chosen for part in parts)
        return Group(tuple(keys.values()), joined, tuple(part.goal for part in parts), places)

    def join(children: Mapping[str, Children], closed: Mapping[str, Closed]) -> Together:
        overfill = some.overfill
        return Together.of(children, some.grid, keys=turn, overfill=overfill, closed=closed)

    closed = {region: chain.closed for region, chain in of_regions.items()}
    if some.fed_key is None:
        return (group(first, join({r: c.children for r, c in of_regions.items()}, closed)),)
    asks = {region: all_who_ask(chain) for region, chain in of_regions.items()}
    fed = group(
        {r: SeriesKey(r, some.fed_key.need_group) for r in of_regions},
        join(
            {region: children for region, (children, _) in asks.items()},
            {region: chain.fed_closed for region, chain in of_regions.items()},
        ),
    )
    alone = fed.together.run(Places(Arrangement.OWN_PLACES, fed.recommended), left=True)
    left = np.empty_like(alone.left)
    left[fed.together.source] = alone.left
    stays = staying_on(of_regions, {region: who for region, (_, who) in asks.items()}, left)
    return group(first, join(stays, closed)), fed


def alternatives(group: Group, market: Market) -> tuple[Sharing, ...]:
    """Every arrangement of one need group, own places only first and one pool last."""
    answer = _Answers(group, market)
    own = group.least_alone()
    standby = [answer.standby(own, fewer) for fewer in FEWER if fewer <= max(own)]
    helped, pooled = answer.pooled(own)
    return (answer.row(Places(Arrangement.OWN_PLACES, own)), *standby, helped, pooled)


@dataclass(frozen=True)
class _Answers:
    """Searches, and prices what is found."""

    group: Group
    market: Market

    def standby(self, own: tuple[int, ...], fewer: int) -> Sharing:
        """So many own places fewer in each region, and the national standby this takes."""
        left = tuple(max(0, places - fewer) for places in own)

        def with_standby(shared: int) -> Places:
            return Places(Arrangement.NATIONAL_STANDBY, left, shared)

        return self.row(self.group.least(with_standby, near=fewer), fewer=fewer)

    def pooled(self, own: tuple[int, ...]) -> tuple[Sharing, Sharing]:
        """All places for all children: those at home first, and without regard to home.

        With mutual help the places lie in the regions in proportion to what each needs alone.
        Both take in a child whenever any place is free, so they need the same places, but for
        closed houses, sized children and overfill.
        """

        def spread(total: int) -> Places:
            return Places(Arrangement.MUTUAL_HELP, proportional(total, own))

        nobody = (0,) * len(own)
        pool = self.group.least(
            lambda shared: Places(Arrangement.NATIONAL_POOL, nobody, shared), near=sum(own)
        )
        helped = self.group.least(spread, near=pool.shared)
        row = self.row(pool, spread=proportional(pool.shared, own))
        return self.row(helped), row

    def row(
        self, places: Places, *, fewer: int = 0, spread: tuple[int, ...] | None = None
    ) -> Sharing:
        """What the places give and cost; `spread` says in which regions shared places lie."""
        found = self.group.together.run(places, use=True)
        shares = found.offered_shares
        away = found.away_share if spread is None else blind_away_share(found, spread)
        paths = len(found.to_meet)
        return Sharing(
            need_group=self.group.keys[0].need_group,
            arrangement=places.arrangement,
            fewer=fewer,
            shared_places=places.shared,
            regions=tuple(
                SharedRegion(key.region, own, float(share))
                for key, own, share in zip(self.group.keys, places.own, shares, strict=True)
            ),
            offered_share=found.offered_share,
            not_offered_mean=int(found.missed.sum()) / paths,
            away_share=away,
            away_mean=away * int(found.placed.sum()) / paths,
            cost_nok=self._cost(places, found),
        )

    def _cost(self, places: Places, found: Shared) -> float | None:
        """Mean cost of a year at the plan's prices, wherever a place lies; None without prices.

        A place costs the same in every region, and journeys are not counted. Own places have
        their region's forms, pooled ones the forms of all regions, national standby is standby;
        all as if nothing that exists had to be kept, for arrangements are compared for years to
        come, not for the year in which one turns into another.
        """
        market, keys = self.market, self.group.keys
        spot = market.price(Form.SPOT)
        if market.prices is None or spot is None:
            return None
        *own, shared = found.use_days
        elsewhere = float(found.elsewhere_days.mean()) * (spot.ready + spot.used)
        if places.arrangement is Arrangement.NATIONAL_POOL:
            return elsewhere + market.free_mix(shared, *keys).cost_nok
        standby = market.price(Form.STANDBY) or market.price(Form.BASE)
        assert standby is not None  # every plan with prices has one of base
        held = standby.ready * market.window.days * places.shared
        ready = held + standby.used * float(shared.sum())
        costs = (market.free_mix(use, key).cost_nok for use, key in zip(own, keys, strict=True))
        return elsewhere + ready + sum(costs)


def blind_away_share(found: Shared, spread: tuple[int, ...]) -> float:
    """Share placed away where nobody asks where a child lives: places lie in the regions so.

    A child then gets a place in a region as often as the region has places.
    """
    placed, total = found.placed.sum(axis=0), sum(spread)  # [region]
    if total == 0 or placed.sum() == 0:
        return 0.0
    return float(1 - (placed / placed.sum()) @ (np.array(spread) / total))
