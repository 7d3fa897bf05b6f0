"""What a plan is made from: forecast, stay laws, residents, places; and the chains of groups."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency, NeedGroup
from forecasting.arrivals import ArrivalPattern
from forecasting.errors import ComputationError, InputError, UsageError
from forecasting.panel import CountPanel, Quantity, SeriesKey
from forecasting.places import Register
from forecasting.samples import ForecastSamples
from forecasting.stays import Residents, StayLaw
from forecasting.streams import Streams
from planning.children import Children, DayGrid, spread_over_days
from planning.closures import Shut, closed_places, shut_places
from planning.draws import Care, draw_children
from planning.flow import Chain
from planning.policy import Discipline, Policy
from planning.window import Window

T = TypeVar("T")
# A need group and the one it feeds, or None.
Pair = tuple[NeedGroup, NeedGroup | None]


@dataclass(frozen=True)
class Evidence:
    """All that is known and forecast on the data date.

    `samples` are draws of referrals per period; `laws` and `patterns` are by need group;
    `holidays` the public holidays of the forecast periods; `register` None where unknown.
    `fresh` are other draws of the same forecast, if any: risk, use and cost of a plan are then
    those of children drawn anew from them, not of the paths that its places were chosen on.
    `shut` are the places that are closed on known days, beside those that close by chance.
    """

    as_of: date
    history: CountPanel
    samples: ForecastSamples
    laws: Mapping[str, StayLaw]
    patterns: Mapping[str, ArrivalPattern]
    residents: Residents
    holidays: NDArray[np.datetime64]
    register: Register | None
    fresh: ForecastSamples | None = None
    shut: tuple[Shut, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.quantity is not Quantity.REFERRALS:
            raise InputError(
                f"a plan is made from referrals, but the forecast is of {self.samples.quantity}.",
                fix="Forecast referrals: occupancy is held down by the places there were.",
            )

    def head(self, paths: int) -> "Evidence":
        """The same on the first so many paths, where there are more."""
        samples = self.samples
        return replace(self, samples=replace(samples, counts=samples.counts[:, :paths]))

    def grid(self, window: Window) -> DayGrid:
        """The days from the day after the data date to the end of what is planned."""
        if self.as_of >= window.first:
            raise UsageError(
                f"what is planned, from {window.first}, had begun on the data date {self.as_of}.",
                fix=f"Plan for {self.as_of.year + 1}, or give an earlier --as-of.",
            )
        return DayGrid(self.as_of + timedelta(days=1), window, self.holidays)


def chains(agency: Agency) -> tuple[Pair, ...]:
    """Each need group with the one it feeds, or alone; every group stands in exactly one.

    Raises InputError where three groups hang together, which the flow cannot do.
    """
    fed = [group.feeds for group in agency.need_groups if group.feeds is not None]
    for group in agency.need_groups:
        if fed.count(group.code) > 1 or (group.feeds is not None and group.code in fed):
            raise InputError(
                f"need group {group.code!r} is fed by two groups, or is fed and feeds another.",
                fix="Let one group feed one other, and no longer chain.",
            )
    return tuple(
        (group, agency.need_group(group.feeds) if group.feeds else None)
        for group in agency.need_groups
        if group.code not in fed
    )


def build_chain(
    evidence: Evidence,
    pair: Pair,
    *,
    region: str,
    window: Window,
    policy: Policy,
    streams: Streams,
) -> Chain:
    """The children of one region and one chain of groups, on all paths."""
    group, next_group = pair
    key = SeriesKey(region, group.code)
    grid = evidence.grid(window)
    draw = _Draw(evidence, policy, grid, streams)
    if next_group is None:
        return Chain(
            key,
            draw.children(group, None, key),
            grid,
            overfill=draw.overfill,
            closed=draw.closed(group, key),
        )
    fed_key = SeriesKey(region, next_group.code)
    return Chain(
        key,
        draw.children(group, next_group, key),
        grid,
        overfill=draw.overfill,
        fed_key=fed_key,
        fed=draw.children(next_group, None, fed_key),
        fed_within_days=next_group.within_days,
        cap=next_group.max_nights,
        closed=draw.closed(group, key),
        fed_closed=draw.closed(next_group, fed_key),
    )


@dataclass(frozen=True)
class _Draw:
    """Draws the children of one series after the other, each from its own stream."""

    evidence: Evidence
    policy: Policy
    grid: DayGrid
    streams: Streams

    @property
    def overfill(self) -> bool:
        return self.policy.discipline is Discipline.OVERFILL

    def children(self, group: NeedGroup, fed: NeedGroup | None, key: SeriesKey) -> Children:
        evidence = self.evidence
        pattern = _of(evidence.patterns, group.code, "arrival pattern")
        share = pattern.demand_share * pattern.direct_share
        rng = self.streams.rng("latent", str(key))
        daily = spread_over_days(
            self._with_latent(evidence.samples.of(key), rng),
            evidence.samples.periods,
            freq=evidence.history.freq,
            pattern=pattern,
            grid=self.grid,
            key=self.streams.key("days", str(key)),
            share=share,
        )
        child_key = self.streams.key("child", str(key))
        return draw_children(daily, self._care(group, fed, key), key=child_key)

    def closed(self, group: NeedGroup, key: SeriesKey) -> NDArray[np.int16] | None:
        """Places that are closed [path or one, day]; None where none ever is."""
        by_chance = self._closed_by_chance(group, key)
        shut = [each for each in self.evidence.shut if each.key == key]
        if not shut:
            return by_chance
        on_all_paths = shut_places(shut, self.grid.days)
        return on_all_paths if by_chance is None else by_chance + on_all_paths

    def _closed_by_chance(self, group: NeedGroup, key: SeriesKey) -> NDArray[np.int16] | None:
        """Places of today's houses, each of which opens and closes on its own. [path, day]"""
        register = self.evidence.register
        if group.closings_a_year == 0 or register is None:
            return None
        return closed_places(
            register.houses(key, day=self.grid.window.first),
            closings_a_year=group.closings_a_year,
            closed_days=group.closed_days,
            paths=self.evidence.samples.draws,
            days=len(self.grid.month),
            rng=self.streams.rng("closures", str(key)),
        )

    def _with_latent(
        self, counts: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Referrals, and those that were never sent: a share of the need. [draw, step]"""
        latent = self.policy.latent_share
        return counts if latent == 0 else counts + rng.poisson(counts * latent / (1 - latent))

    def _hazard(self, group: NeedGroup) -> NDArray[np.float64]:
        """How wrong the group's stay law may be; the same in every region. [path]"""
        law = _of(self.evidence.laws, group.code, "stay law")
        paths = self.evidence.samples.draws
        ahead = (self.grid.window.middle - self.evidence.as_of).days / 365
        rng = self.streams.rng("stay law", group.code)
        return law.hazard_draws(paths, years_ahead=ahead, rng=rng)

    def _care(self, group: NeedGroup, fed: NeedGroup | None, key: SeriesKey) -> Care:
        residents = self.evidence.residents
        pattern = self.evidence.patterns[group.code]
        none = np.zeros(0, dtype=np.int64)
        stayed = residents.nights.get(key, none)
        waiting = residents.waiting.get(key, np.zeros(len(stayed), dtype=np.bool_))
        return Care(
            survival=_of(self.evidence.laws, group.code, "stay law").of(key.region),
            next_survival=(
                _of(self.evidence.laws, fed.code, "stay law").of(key.region) if fed else np.zeros(0)
            ),
            onward_share=pattern.onward_share if fed else 0.0,
            within_days=group.within_days,
            lost_share=self.policy.lost_share,
            stayed=stayed,
            waiting=waiting if fed else np.zeros(len(stayed), dtype=np.bool_),
            queue=residents.queue.get(key, none),
            queue_share=pattern.demand_share * pattern.direct_share,
            places_law=group.takes_places,
            hazard=self._hazard(group),
            next_hazard=self._hazard(fed) if fed else np.zeros(0),
        )


def _of(values: Mapping[str, T], group: str, what: str) -> T:
    if group not in values:
        raise ComputationError(f"{group}: no {what} was estimated.", fix="Give its stays or rows.")
    return values[group]
