"""Why this number: each source of need for places, switched on one after the other."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from forecasting.agency import Agency, NeedGroup
from forecasting.arrivals import ArrivalPattern
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.stays import StayLaw
from forecasting.streams import Streams
from planning.counted import least
from planning.evidence import Evidence, Pair, build_chain, chains
from planning.flow import Chain
from planning.goal import Binds, Goal
from planning.plan import Source, Waterfall
from planning.poisson import poisson_counts
from planning.policy import Policy
from planning.sizing import Sized
from planning.walks import Side, Walks
from planning.window import Window

# Paths behind the steps in between; the last step closes exactly on what all paths gave.
PATHS = 500
# One decimal: the mean load is no whole number, and everything printed must add up.
DECIMALS = 1


def _summed(group: str, series: Sequence[Waterfall]) -> Waterfall:
    """The steps of one need group, added over regions."""
    parts = [dict(each.steps) for each in series if each.key.need_group == group]
    steps = tuple(
        (source, round(sum(part[source] for part in parts), DECIMALS)) for source in Source
    )
    return Waterfall(SeriesKey(WHOLE_NATION, group), steps)


@dataclass(frozen=True)
class Ladder:
    """Makes the same children with ever more sources of variation, and counts the places."""

    evidence: Evidence
    policy: Policy
    window: Window
    streams: Streams

    def waterfalls(
        self, sized: Sequence[Sized], agency: Agency, *, workers: int = 1
    ) -> tuple[Waterfall, ...]:
        """The waterfall of every sized series, then of every need group over the nation.

        The same whatever the number of `workers` (threads).
        """
        by_key = {part.key: part for part in sized}
        tasks = [(r.code, pair) for r in agency.planned_regions() for pair in chains(agency)]

        def explain(task: tuple[str, Pair]) -> tuple[Waterfall, ...]:
            region, pair = task
            return self._of(pair, [by_key[SeriesKey(region, g.code)] for g in pair if g])

        with ThreadPoolExecutor(workers) as pool:
            found = {each.key: each for each in (w for ws in pool.map(explain, tasks) for w in ws)}
        series = tuple(found[part.key] for part in sized)
        groups = dict.fromkeys(part.key.need_group for part in sized)
        return (*series, *(_summed(group, series) for group in groups))

    def _of(self, pair: Pair, parts: Sequence[Sized]) -> tuple[Waterfall, ...]:
        """The waterfalls of the one or two series of a chain of groups.

        A source that is not there adds nothing, and the last one that is there closes on the
        recommendation: so noise of the fewer paths never looks like a source.
        """
        asked = self._few(parts)
        there = [self._sources(pair, part) for part in parts]
        every = [s for s in _SIMULATED if any(s in sources[:-1] for sources in there)]
        found: list[dict[Source, float]] = [{} for _ in parts]
        near = [part.chosen for part in parts]
        for source in every:
            chain = self._chain(asked, pair, parts[0].key.region, upto=source)
            for side, part in enumerate(parts):
                if source is Source.CHANCE:
                    found[side][Source.LOAD] = _load(chain, side)
                if source in there[side][:-1]:
                    near[side] = _places(chain, side, level=part.goal.level, near=near[side])
                    found[side][source] = near[side]
        return tuple(
            _waterfall(part, found[side], last=there[side][-1]) for side, part in enumerate(parts)
        )

    def _few(self, parts: Sequence[Sized]) -> Evidence:
        """The evidence of these series on few paths, which stand for all: every so many by rank."""
        samples = self.evidence.samples
        keys = tuple(part.key for part in parts)
        counts = np.stack([samples.of(key) for key in keys])  # [series, draw, step]
        rank = np.argsort(counts.sum(axis=(0, 2)), kind="stable")
        paths = min(PATHS, samples.draws)
        middle = (np.arange(paths) + 0.5) * samples.draws / paths
        few = replace(samples, series=keys, counts=counts[:, rank[middle.astype(np.int64)]])
        return replace(self.evidence, samples=few)

    def _sources(self, pair: Pair, part: Sized) -> list[Source]:
        """What there is for this series, beside the mean load, assurance and limits.

        Children of the feeding group wait for places of the fed one; fewer come to that one
        where the first has no place for all: the same step, with its own sign.
        """
        group = next(each for each in pair if each and each.code == part.key.need_group)
        batch = self.evidence.patterns[group.code].batch
        closes = group.closings_a_year > 0 and self.evidence.register is not None
        shut = any(each.key == part.key for each in self.evidence.shut)
        return [
            Source.CHANCE,
            Source.SEASON,
            Source.YEAR,
            *([Source.GROUPS] if batch[0] < 1 else []),
            *([Source.CLOSURES] if closes or shut or len(group.takes_places) > 1 else []),
            *([Source.WAITING] if pair[1] is not None else []),
        ]

    def _chain(self, evidence: Evidence, pair: Pair, region: str, *, upto: Source) -> Chain:
        """The children with all sources up to this one."""
        on = set(_SIMULATED[: _SIMULATED.index(upto) + 1])
        patterns = {code: _pattern(each, on) for code, each in evidence.patterns.items()}
        changed = replace(evidence, patterns=patterns)
        policy = self.policy
        if Source.YEAR not in on:
            changed = replace(
                changed,
                samples=self._certain(evidence.samples, season=Source.SEASON in on),
                laws={code: self._known(law) for code, law in evidence.laws.items()},
            )
            # The share of need that is never referred is in the means already.
            policy = replace(policy, latent_share=0.0)
        if Source.CLOSURES not in on:
            changed = replace(changed, shut=())
            pair = (_open(pair[0]), None if pair[1] is None else _open(pair[1]))
        return build_chain(
            changed, pair, region=region, window=self.window, policy=policy, streams=self.streams
        )

    def _certain(self, few: ForecastSamples, *, season: bool) -> ForecastSamples:
        """Poisson counts round the mean of each month, or of an average day of the plan year.

        The same uniform numbers serve both, by the inverse of the distribution function.
        """
        after = self.evidence.history.freq.after(few.periods[-1].item(), 1)
        ends = np.append(few.periods[1:], after)
        days = (ends - few.periods).astype(np.int64)  # [step]
        first, last = np.datetime64(self.window.first), np.datetime64(self.window.last)
        in_year = (few.periods >= first) & (few.periods <= last)
        counts = []
        for key in few.series:
            mean = self.evidence.samples.of(key).mean(axis=0) / (1 - self.policy.latent_share)
            if not season:
                mean = days * mean[in_year].sum() / days[in_year].sum()
            chance = self.streams.rng("waterfall", str(key)).random((few.draws, len(mean)))
            counts.append(poisson_counts(chance, mean))
        return replace(few, counts=np.stack(counts))

    def _known(self, law: StayLaw) -> StayLaw:
        """The law as it will be in the mean of the plan year, and nothing uncertain about it."""
        years = (self.window.middle - self.evidence.as_of).days / 365
        rng = self.streams.rng("waterfall", law.need_group)
        hazard = float(law.hazard_draws(PATHS, years_ahead=years, rng=rng).mean())
        regions = {code: curve**hazard for code, curve in law.by_region.items()}
        return replace(law, survival=law.survival**hazard, by_region=regions, stays=0)


_SIMULATED = (
    Source.CHANCE,
    Source.SEASON,
    Source.YEAR,
    Source.GROUPS,
    Source.CLOSURES,
    Source.WAITING,
)


def _waterfall(part: Sized, found: dict[Source, float], *, last: Source) -> Waterfall:
    """Differences between one step and the one before; sources that are not there add 0."""
    before, steps = 0.0, []
    reached = {
        **found,
        last: float(part.by_level),
        Source.ASSURANCE: float(part.needed),
        Source.LIMITS: float(part.chosen),
    }
    for source in Source:
        now = reached.get(source, before)
        steps.append((source, round(now - before, DECIMALS)))
        before = now
    return Waterfall(part.key, tuple(steps))


def _load(chain: Chain, side: int) -> float:
    """Mean number of places in use in the plan year if there were always one free."""
    wanted = chain.fed_wanted() if side else chain.wanted()  # [path, day]
    return round(float(wanted[:, chain.grid.month >= 0].mean()), DECIMALS)


def _places(chain: Chain, side: int, *, level: float, near: int) -> int:
    """Fewest places of one side with as many as anybody wants on the other: nobody waits."""
    room, goal = int(np.diff(chain.children.start).max(initial=0)), Goal(level, binds=Binds.LEVEL)
    other = room if chain.fed_key else 0
    return least(Side(Walks(chain), side, other), goal, near=near)


def _pattern(pattern: ArrivalPattern, on: set[Source]) -> ArrivalPattern:
    """Children one by one, and on all days alike, until those sources are on."""
    if Source.GROUPS not in on:
        pattern = replace(pattern, batch=np.ones(1))
    if Source.SEASON not in on:
        pattern = replace(pattern, weekday=np.ones(7), holiday=1.0)
    return pattern


def _open(group: NeedGroup) -> NeedGroup:
    """The group with houses that never close and children who need one place."""
    return replace(group, takes_places=(1.0,), closings_a_year=0.0)
