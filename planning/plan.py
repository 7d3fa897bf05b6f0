"""The yearly capacity plan as a value: all that reports show and files hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.basis import Basis
from forecasting.findings import Finding, Value
from forecasting.panel import CountPanel, SeriesKey
from forecasting.places import Form, Owner
from forecasting.samples import WHOLE_NATION
from planning.earlier import Earlier
from planning.fewest import EXACT
from planning.goal import Binds
from planning.policy import Arrangement, FlexibleRule, Policy, Prices

# Levels of the demand and occupancy tables (contract: plan files).
DEMAND_LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
OCCUPANCY_LEVELS = (0.05, 0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Money:
    """Cost of a year in NOK: mean over paths, and the 10 % and 90 % quantiles."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PlanLine:
    """Recommended places of one form in one region and need group.

    `used_share` is the mean share of place-days in use. `existing` and `change` are None
    where no register was given, `cost_nok` where no prices were.
    """

    key: SeriesKey
    form: Form
    places: int
    used_share: float
    cost_nok: Money | None
    existing: int | None

    @property
    def change(self) -> int | None:
        """Recommended minus existing places; None for spot, of which no number is recommended."""
        if self.existing is None or not self.form.committed:
            return None
        return self.places - self.existing


@dataclass(frozen=True)
class Curve:
    """What every number of committed places from 0 up gives, for one series.

    All arrays are [committed]: element c is for c places, on the paths that places were chosen
    on. `assured_share` is what the policy's assurance of path-years reach themselves; `chosen`
    is the recommended c, `by_level` what it would be if single years did not matter,
    `needed` what the goal asks for where limits leave more or fewer, `existing` today's (None
    without a register). Cost is None without prices, and NaN where so many cannot be had.
    `fitted[c]` are the places that there are where c are needed: limits and whole houses can
    leave more or fewer; `cost_nok[c]` is theirs. Plans from before 2026-11-25 have neither
    `assured_share`, `by_level`, `needed` nor `fitted`.
    """

    key: SeriesKey
    offered_share: NDArray[np.float64]
    not_offered_mean: NDArray[np.float64]
    not_offered_high: NDArray[np.float64]
    cost_nok: NDArray[np.float64] | None
    chosen: int
    existing: float | None
    assured_share: NDArray[np.float64] | None = None
    by_level: int | None = None
    needed: int | None = None
    fitted: NDArray[np.int64] | None = None

    def there(self, needed: int) -> int:
        """Places that there are where so many are needed."""
        return needed if self.fitted is None else int(self.fitted[needed])

    def cost_where(self, needed: int) -> float | None:
        """Mean cost of the year where so many are needed; None where it is not known."""
        return self.cost_of(self.there(needed))

    def cost_of(self, places: int) -> float | None:
        """Mean cost of the year with exactly so many places; None where it is not known."""
        if self.cost_nok is None or not np.isfinite(self.cost_nok[places]):
            return None
        return float(self.cost_nok[places])

    def fewest(self, level: float, binds: Binds, *, priced: bool = False) -> int | None:
        """Fewest needed places from which on the level is kept; None where it never is.

        With `priced` they must also be places that can be had, at a cost that is known.
        """
        short = self.share(binds) < level - EXACT
        if priced:
            assert self.cost_nok is not None
            numbers = np.arange(len(short))
            there = numbers if self.fitted is None else self.fitted
            short |= (there < numbers) | ~np.isfinite(self.cost_nok[there])
        below = np.flatnonzero(short)
        first = int(below[-1]) + 1 if len(below) else 0
        return first if first < len(short) else None

    def share(self, binds: Binds) -> NDArray[np.float64]:
        """What is held against the level: the least of what binds. [committed]"""
        if binds is Binds.LEVEL or self.assured_share is None:
            return self.offered_share
        if binds is Binds.ASSURANCE:
            return self.assured_share
        return np.minimum(self.offered_share, self.assured_share)


@dataclass(frozen=True)
class Risk:
    """What the recommended places leave at risk in the plan year.

    Of a region, need group, or the nation (code WHOLE_NATION in either field of `key`).
    `to_meet` is the mean number of children who must be met in the year; `offered_share`
    the share of them offered a committed place in time, with its Monte-Carlo standard
    error; `not_offered_*` children a year (mean, 10 % and 90 % of paths); `years_meeting`
    the share of path-years that meet the level themselves; `p_none` the probability that
    no child is without a place all year; `longest_full_*` the longest run of days with
    every place taken (mean and 90 %); `free_day_share` the share of days with a free place;
    `worst_month` 1-12, or 0 where no child is ever without a place. The full-spell fields
    and `free_day_share` are NaN for sums over several series, where "full" has no meaning.
    """

    key: SeriesKey
    to_meet: float
    offered_share: float
    standard_error: float
    not_offered_mean: float
    not_offered_low: float
    not_offered_high: float
    years_meeting: float
    p_none: float
    longest_full_mean: float
    longest_full_high: float
    free_day_share: float
    worst_month: int


@dataclass(frozen=True)
class Bracket:
    """Committed places that the level needs under the two extreme disciplines."""

    key: SeriesKey
    lost: int
    wait: int


@dataclass(frozen=True)
class SharedRegion:
    """One region in an arrangement of sharing: its own places, and what its children get."""

    region: str
    own_places: int
    offered_share: float


@dataclass(frozen=True)
class Sharing:
    """The fewest places of one need group with which every region reaches the level, if shared.

    `shared_places` are open to all regions; each region has `fewer` own places less than it
    needs alone. `offered_share` is that of the nation, `away_share` the share of the placed
    children who get a place outside their own region, `away_mean` their number a year,
    `not_offered_mean` children a year without a place in time; `cost_nok` the mean cost of a
    year, None without prices. Says what sharing would give; the plan recommends own places.
    """

    need_group: str
    arrangement: Arrangement
    fewer: int
    shared_places: int
    regions: tuple[SharedRegion, ...]
    offered_share: float
    not_offered_mean: float
    away_share: float
    away_mean: float
    cost_nok: float | None

    @property
    def places(self) -> int:
        """All places of the arrangement."""
        return self.shared_places + sum(part.own_places for part in self.regions)

    @property
    def worst(self) -> SharedRegion:
        """The region whose children are served worst."""
        return min(self.regions, key=lambda part: part.offered_share)


@dataclass(frozen=True)
class FlexibleGroup:
    """One need group of a set that shares flexible places in a region.

    `alone_places` are the fewest fixed places without flexible ones, `fixed_places` those beside
    them; `alone_share` and `offered_share` what its children are then offered in time.
    `crowded_share` is what they would be offered if all places without flexible ones were open
    to all groups of the set, all year.
    """

    need_group: str
    alone_places: int
    fixed_places: int
    alone_share: float
    offered_share: float
    crowded_share: float

    @property
    def lost_share(self) -> float:
        """What the group loses where all places are open to all; below 0 where it gains."""
        return self.alone_share - self.crowded_share


@dataclass(frozen=True)
class Flexible:
    """So many flexible places in a region, and the fewest fixed ones found beside them.

    Every need group reaches its own level. `existing` are flexible places of the same groups in
    the register (None without one); the costs are means of a year without and with flexible
    places, spot purchase included (None without prices). `best` marks the cheapest number of
    those tried in the region for these groups; without prices the one with fewest places.
    """

    region: str
    rule: FlexibleRule
    flexible_places: int
    groups: tuple[FlexibleGroup, ...]
    existing: int | None
    alone_cost_nok: float | None
    cost_nok: float | None
    best: bool = False

    @property
    def alone_places(self) -> int:
        """All places where none is flexible."""
        return sum(group.alone_places for group in self.groups)

    @property
    def fixed_places(self) -> int:
        """Fixed places beside the flexible ones."""
        return sum(group.fixed_places for group in self.groups)

    @property
    def places(self) -> int:
        """All places, flexible ones among them."""
        return self.flexible_places + self.fixed_places

    @property
    def saved_nok(self) -> float | None:
        """What the flexible places save in a year; None without prices."""
        if self.alone_cost_nok is None or self.cost_nok is None:
            return None
        return self.alone_cost_nok - self.cost_nok

    @property
    def loser(self) -> FlexibleGroup:
        """The group that is crowded out most where all places are open to all."""
        return max(self.groups, key=lambda group: group.lost_share)


@dataclass(frozen=True)
class OwnerLine:
    """Recommended places of one form that one owner runs, in one region and need group."""

    key: SeriesKey
    form: Form
    owner: Owner
    places: int


@dataclass(frozen=True)
class OwnerShare:
    """How large a share of the committed places an owner runs in the plan, and may and must.

    In a region, or over the nation (WHOLE_NATION).
    """

    owner: Owner
    region: str
    share: float
    least: float
    most: float

    @property
    def kept(self) -> bool:
        """Whether the share lies within its limits."""
        return self.least - 1e-9 <= self.share <= self.most + 1e-9


@dataclass(frozen=True)
class CostBound:
    """What the plan's places cost in a mean year, and what no choice of forms could cost less than.

    The bound is that of a linear programme in which places can be had in parts, for the same
    places and use (planning/coupled_mix.py); spot purchase is in both. `shares_nok` is what the
    shares of owners add to the cost; None where none is limited.
    """

    cost_nok: float
    bound_nok: float
    shares_nok: float | None = None

    @property
    def gap(self) -> float:
        """How far the plan is above the bound at most, as a share of its cost."""
        return 1 - self.bound_nok / self.cost_nok if self.cost_nok else 0.0


@dataclass(frozen=True)
class Bands:
    """Mean and quantiles per period for one series. `values` is [level, period]."""

    key: SeriesKey
    periods: NDArray[np.datetime64]
    mean: NDArray[np.float64]
    levels: tuple[float, ...]
    values: NDArray[np.float64]


class Source(StrEnum):
    """Why places are needed, in the order in which the waterfall switches the sources on.

    LOAD: places that all would need if nothing varied. CHANCE: children come and leave at
    random. SEASON: months, weekdays and holidays differ. YEAR: nobody knows the year's level,
    nor the stay law. GROUPS: several children on one day. CLOSURES: houses close, and some
    children need several places. WAITING: children wait in one group's places for another's.
    ASSURANCE: more than the level itself asks for. LIMITS: places that cannot be given up so
    fast, or cannot be had, or that spare dearer single purchases.
    """

    LOAD = "load"
    CHANCE = "chance"
    SEASON = "season"
    YEAR = "year"
    GROUPS = "groups"
    CLOSURES = "closures"
    WAITING = "waiting"
    ASSURANCE = "assurance"
    LIMITS = "limits"


@dataclass(frozen=True)
class Waterfall:
    """Where the recommended places of one series, or of a need group over the nation, come from.

    `steps` has every Source once, in order, with the places that it adds (negative: spares);
    each is a multiple of 0.1, and they add up to the recommended committed places.
    """

    key: SeriesKey
    steps: tuple[tuple[Source, float], ...]

    @property
    def places(self) -> int:
        """The recommended committed places."""
        return round(sum(places for _, places in self.steps))


@dataclass(frozen=True)
class ExchangeRow:
    """Places that a series needs at one number of places of the group it feeds, and the cost.

    `places` is None where no number of them reaches the level for long, because the fed group
    takes in at most `passed` children a day and the first has `asked` ready for it: then
    `ceiling` is the highest share. `cost_nok` is the mean cost of a year of both groups (None
    without prices, or where places is None or the limits leave too few).
    """

    key: SeriesKey
    fed_group: str
    fed_places: int
    places: int | None
    ceiling: float
    passed: float
    asked: float
    cost_nok: float | None


@dataclass(frozen=True)
class FrontierPoint:
    """The nation at one level held by every region and need group.

    `not_offered` children a year at this level and cost; `not_offered_efficient` those if the
    same money were spent where it helps most children, whatever their region.
    """

    level: float
    places: int
    cost_nok: float
    not_offered: float
    not_offered_efficient: float


@dataclass(frozen=True)
class Present:
    """Children of one series who are in a place on the data date.

    `places` are those that they are expected to take in the mean of the planned days.
    """

    key: SeriesKey
    children: int
    places: float


@dataclass(frozen=True)
class Ahead:
    """What each number of places more or fewer in every series of a sum gives.

    Element i of the arrays is for `first` + i places more per series than recommended:
    committed places, mean children a year not offered, and mean cost of the year (None without
    prices; not a number where so many cannot be had). [offset]
    """

    key: SeriesKey
    first: int
    places: NDArray[np.int64]
    not_offered: NDArray[np.float64]
    cost_nok: NDArray[np.float64] | None


@dataclass(frozen=True)
class Assumption:
    """One assumed or estimated value behind the plan, and where it comes from.

    `name`, `unit` and `source` are keys of the tables of words, and so is a `value` that is
    not a number; `values` fill them in. In plans that were stored before, `values` is None and
    the four are text.
    """

    name: str
    value: str
    unit: str
    source: str
    values: Mapping[str, Value] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Protection:
    """How small counts were protected before the plan left the agency (reports/disclosure).

    Observed counts from 1 to `threshold` - 1 are hidden, and others from which they could be
    worked out; what is shown is a multiple of `rounded_to`. `months` are the hidden months of
    the history, `last_year` and `occupancy` the series and sums whose numbers there are hidden;
    `today` those of which nothing is told that today's children show through: use, cost, risk,
    curve, and where the places come from.
    """

    profile: str
    threshold: int
    rounded_to: int
    months: Mapping[SeriesKey, tuple[date, ...]]
    last_year: frozenset[SeriesKey]
    occupancy: frozenset[SeriesKey]
    today: frozenset[SeriesKey] = frozenset()


@dataclass(frozen=True)
class Plan:
    """A yearly capacity plan. Immutable; every number in a report is one of these.

    `history` holds observed monthly referrals; `demand` forecast monthly referrals per
    series, and for each need group and all together over the nation (region code
    WHOLE_NATION) and each region (need group WHOLE_NATION, not in plans from before 2026-11-26),
    through the plan year; `occupancy` the places wanted per day of the plan
    year, whatever the capacity, for each series and each need group over the nation.
    `same_as_last_year` is the yearly sum that repeating last year would give, per series.
    `costs` holds the cost of sums (a need group or region over WHOLE_NATION), whose quantiles
    cannot be had by adding those of lines; it may be empty. `sharing` are alternatives in which
    regions share places, need group by need group, own places only first; empty where there is
    one region, or the plan was stored before they were computed.
    `waterfalls` says why each number is what it is; plans from before 2026-11-25 have none.
    `earlier` is the plan that this one was compared with, None where it was with none.
    `demand_so_far` are the referrals of `demand` from the first planned month to the end of
    each: quantiles of sums, which those of the months cannot be added up to. `begins` is the
    first day that is planned, None for the whole year; costs and children are of its days only.
    `flexible` are alternatives in which need groups of a region share places, set by set of
    groups, no flexible place first; empty where no groups may share. `bound` is the gap to the
    LP bound (None without prices, and in plans from before 2026-11-25); `owner_lines` and
    `owner_shares` say who runs the places, and are empty where no share of an owner is limited.
    `existing_cost` is the mean cost in NOK of today's places for the same children at the same
    prices, per series; empty without prices or register, and in plans from before 2026-11-26.
    `present` says of every series how many children are in a place on the data date, and is
    empty in plans from before 2026-11-26.
    Where `protection` is set, small counts are hidden, `present` is empty, and `history`,
    `same_as_last_year`, `existing_offered`, `existing_cost` and `brackets` hold sums over the
    nation and regions too, which cannot be had from hidden parts; so does `ahead`, which is
    empty in others.
    """

    year: int
    agency: Agency
    policy: Policy
    prices: Prices | None
    lines: tuple[PlanLine, ...]
    curves: tuple[Curve, ...]
    risks: tuple[Risk, ...]
    brackets: tuple[Bracket, ...]
    demand: tuple[Bands, ...]
    occupancy: tuple[Bands, ...]
    history: CountPanel
    same_as_last_year: Mapping[SeriesKey, float]
    total_cost: Money | None
    existing_offered: Mapping[SeriesKey, float]
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]
    basis: Basis
    created_for: date | None = None
    costs: Mapping[SeriesKey, Money] = field(default_factory=dict)
    exchanges: tuple[ExchangeRow, ...] = ()
    frontier: tuple[FrontierPoint, ...] = ()
    sharing: tuple[Sharing, ...] = ()
    waterfalls: tuple[Waterfall, ...] = ()
    earlier: Earlier | None = None
    demand_so_far: tuple[Bands, ...] = ()
    begins: date | None = None
    flexible: tuple[Flexible, ...] = ()
    bound: CostBound | None = None
    owner_lines: tuple[OwnerLine, ...] = ()
    owner_shares: tuple[OwnerShare, ...] = ()
    protection: Protection | None = None
    existing_cost: Mapping[SeriesKey, float] = field(default_factory=dict)
    present: tuple[Present, ...] = ()
    ahead: tuple[Ahead, ...] = ()

    @property
    def first_day(self) -> date:
        """The first day that is planned."""
        return self.begins or date(self.year, 1, 1)

    @property
    def days(self) -> int:
        """Days that are planned."""
        return (date(self.year, 12, 31) - self.first_day).days + 1

    def level_of(self, key: SeriesKey) -> float:
        """The service level that a series, or a need group over the nation, is held to."""
        if key.need_group == WHOLE_NATION:
            return self.policy.level
        return self.policy.level_of(self.agency.need_group(key.need_group))

    def line(self, key: SeriesKey, form: Form) -> PlanLine:
        """The line of one series and form."""
        return next(line for line in self.lines if line.key == key and line.form is form)

    def curve(self, key: SeriesKey) -> Curve:
        """The curve of one series."""
        return next(curve for curve in self.curves if curve.key == key)

    def risk(self, key: SeriesKey) -> Risk:
        """The risk of one series or sum."""
        return next(risk for risk in self.risks if risk.key == key)

    def series(self) -> tuple[SeriesKey, ...]:
        """The planned series, in the agency's order."""
        return tuple(curve.key for curve in self.curves)
