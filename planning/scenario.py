"""Scenarios: named changes of the assumptions behind a plan.

A change is data and one small pure function from what a plan is made from to the same with
that one thing changed. Nothing is forecast again, and every series keeps its random streams,
so that what differs between two plans is the change and not the luck of the draw.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from forecasting.agency import Agency, NeedGroup
from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from forecasting.places import Form, PlaceSet, Price, Register
from forecasting.stays import StayLaw
from forecasting.streams import Streams
from planning.closures import Shut
from planning.evidence import Evidence
from planning.money import Market
from planning.poisson import poisson_counts
from planning.policy import Policy, Prices
from planning.whole import proportional
from planning.window import Window


@dataclass(frozen=True)
class Given:
    """All that a plan is made from, and what a scenario may look up.

    `base` are the places that the plan without changes recommends; `given` places that are
    not to be chosen; `basis_shares` the shares of referrals by legal basis and series;
    `changes` how many were made: each has random numbers of its own; `begins` is as in Choices.
    """

    evidence: Evidence
    policy: Policy
    prices: Prices | None
    agency: Agency
    year: int
    streams: Streams
    basis_shares: Mapping[str, Mapping[SeriesKey, float]] = field(default_factory=dict)
    base: Mapping[SeriesKey, int] = field(default_factory=dict)
    given: Mapping[SeriesKey, int] = field(default_factory=dict)
    changes: int = 0
    begins: date | None = None

    @property
    def window(self) -> Window:
        """The days of the plan year; from `begins` on, where the year had begun before."""
        return Window.of_year(self.year, begins=self.begins)

    @property
    def market(self) -> Market:
        """What places cost and which can be had."""
        return Market(
            self.window,
            self.prices,
            self.evidence.register,
            self.policy.limits,
            lead_days=(self.window.first - self.evidence.as_of).days,
        )

    def series(self, need_group: str = "", region: str = "") -> Iterator[SeriesKey]:
        """The planned series of a need group and region (empty: of all)."""
        for place in self.agency.planned_regions():
            for group in self.agency.need_groups:
                if need_group in ("", group.code) and region in ("", place.code):
                    yield SeriesKey(place.code, group.code)


@dataclass(frozen=True)
class Demand:
    """Referrals times a factor; with `legal_basis` only the share that rests on it.

    They change from the data date on. Children who live in places that day are there anyway.
    """

    kind: ClassVar[str] = "demand"
    factor: float
    need_group: str = ""
    region: str = ""
    legal_basis: str = ""

    def applied(self, to: Given) -> Given:
        """Counts of the series concerned, scaled draw by draw."""
        samples = to.evidence.samples
        counts = samples.counts.copy()
        for key in self._concerned(to):
            row = samples.rows[key]
            chance = to.streams.rng("scenario", str(to.changes), str(key)).random(counts[row].shape)
            counts[row] = scaled(counts[row], 1 + self._share(key, to) * (self.factor - 1), chance)
        samples = replace(samples, counts=counts)
        return replace(to, evidence=replace(to.evidence, samples=samples))

    def _concerned(self, to: Given) -> Iterator[SeriesKey]:
        rows = to.evidence.samples.rows
        return (key for key in to.series(self.need_group, self.region) if key in rows)

    def _share(self, key: SeriesKey, to: Given) -> float:
        if not self.legal_basis:
            return 1.0
        if self.legal_basis not in to.basis_shares:
            raise InputError(
                f"no referral of the last year has the legal basis {self.legal_basis!r}.",
                fix=f"Known are: {', '.join(to.basis_shares) or 'none'}.",
            )
        return to.basis_shares[self.legal_basis].get(key, 0.0)


def scaled(
    counts: NDArray[np.int64], factor: float, chance: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Counts [draw, step] times a factor in the mean, by the uniform numbers of `chance`.

    Fewer: each child stays away with the same chance. More: children are added as a Poisson
    count round (factor - 1) x the level of that draw, so that the added ones are neither
    steadier nor more clustered than the others. The level of a draw is its year's sum, drawn
    to the mean as far as the sums scatter by chance alone (linear credibility, Bühlmann 1967):
    multiplying the counts themselves would multiply their chance variance by factor squared.
    The answer grows with the factor on every draw.
    """
    if factor <= 1:
        return np.asarray(stats.binom.ppf(chance, counts, factor), dtype=np.int64)
    sums, mean = counts.sum(axis=1), counts.mean(axis=0)
    spread, middle = float(sums.var()), float(sums.mean())
    if middle == 0:
        return counts
    trust = max(0.0, 1 - middle / spread) if spread else 0.0
    level = 1 + trust * (sums - middle) / middle  # [draw]
    return counts + poisson_counts(chance, (factor - 1) * level[:, None] * mean)


@dataclass(frozen=True)
class Stays:
    """Mean stays times a factor: the hazard of leaving is multiplied alike for all nights."""

    kind: ClassVar[str] = "stays"
    factor: float
    need_group: str = ""

    def applied(self, to: Given) -> Given:
        """The laws of the need groups concerned, also for those who live there today."""
        laws = {
            code: _stretched(law, self.factor) if self.need_group in ("", code) else law
            for code, law in to.evidence.laws.items()
        }
        return replace(to, evidence=replace(to.evidence, laws=laws))


def _stretched(law: StayLaw, factor: float) -> StayLaw:
    """S(k) ** hazard with the hazard for which the mean stay is `factor` times the law's.

    A stay lasts a night at least, so no factor makes the mean shorter than that.
    """
    wanted = max(factor * law.survival.sum(), 1.0 + 1e-6)

    def off(log_hazard: float) -> float:
        return float((law.survival ** np.exp(log_hazard)).sum() - wanted)

    low, high = -12.0, 12.0  # far beyond any stay law that was ever fitted
    if not off(high) <= 0 <= off(low):
        raise InputError(
            f"{law.need_group}: no law of {len(law.survival)} nights has a mean of {wanted:.1f}.",
            fix=f"Use a factor nearer to 1 than {factor}.",
        )
    hazard = float(np.exp(optimize.brentq(off, low, high)))
    regions = {code: curve**hazard for code, curve in law.by_region.items()}
    return replace(law, survival=law.survival**hazard, by_region=regions)


@dataclass(frozen=True)
class Availability:
    """The share of places of a form that can be had, times a factor; 0: the form is gone."""

    kind: ClassVar[str] = "availability"
    factor: float
    form: Form = Form.CALL_OFF

    def applied(self, to: Given) -> Given:
        """Prices and register with less of the form."""
        changed = {} if to.prices is None else dict(to.prices.by_form)
        price = changed.pop(self.form, None)
        if price is not None and self.factor > 0:
            changed[self.form] = replace(
                price, availability=min(1.0, price.availability * self.factor)
            )
        prices = None if to.prices is None else replace(to.prices, by_form=changed)
        return replace(to, prices=prices, evidence=self._register(to.evidence))

    def _register(self, evidence: Evidence) -> Evidence:
        if evidence.register is None:
            return evidence
        rows = (self._row(row) for row in evidence.register.place_sets)
        return replace(evidence, register=Register(tuple(row for row in rows if row is not None)))

    def _row(self, row: PlaceSet) -> PlaceSet | None:
        if row.form is not self.form:
            return row
        if self.factor == 0:
            return None
        own = row.availability
        return row if own is None else replace(row, availability=min(1.0, own * self.factor))


@dataclass(frozen=True)
class SpotFound:
    """The chance that a single purchase succeeds, times a factor."""

    kind: ClassVar[str] = "spot_found"
    factor: float

    def applied(self, to: Given) -> Given:
        """The policy with that chance, 1 at most."""
        found = min(1.0, to.policy.spot_found * self.factor)
        return replace(to, policy=replace(to.policy, spot_found=found))


@dataclass(frozen=True)
class Closed:
    """Houses of a need group in a region that are closed for some days of the plan year.

    `starts` is a month and day ("03-01"); the largest `houses` of the register close.
    """

    kind: ClassVar[str] = "closed"
    need_group: str
    region: str
    days: int
    starts: str = "01-01"
    houses: int = 1

    def applied(self, to: Given) -> Given:
        """The evidence with the places of those houses shut."""
        key = SeriesKey(self.region, self.need_group)
        first = _day(to.year, self.starts)
        places = sum(self._sizes(key, to)[: self.houses])
        shut = Shut(key, places, first, first + timedelta(days=self.days - 1))
        return replace(to, evidence=replace(to.evidence, shut=(*to.evidence.shut, shut)))

    def _sizes(self, key: SeriesKey, to: Given) -> list[int]:
        """Places of the houses that are there on the first day of the year, largest first."""
        register = to.evidence.register
        houses = () if register is None else register.houses(key, day=date(to.year, 1, 1))
        if len(houses) < self.houses:
            raise InputError(
                f"{key}: {self.houses} houses are to close, but the register has {len(houses)}.",
                fix="Give the register with --register, or name a series that has the houses.",
            )
        return sorted(houses, reverse=True)


def _day(year: int, text: str) -> date:
    try:
        return date.fromisoformat(f"{year}-{text}")
    except ValueError as error:
        raise InputError(
            f"{text!r} is no day of {year}.", fix='Write month and day, for example "03-01".'
        ) from error


@dataclass(frozen=True)
class Places:
    """A need group is given so many places more than the base plan has; what do others need?

    Without a region they are spread over regions in proportion to the base plan's places.
    """

    kind: ClassVar[str] = "places"
    need_group: str
    places: int
    region: str = ""

    def applied(self, to: Given) -> Given:
        """The series concerned with places that are given instead of chosen."""
        keys = tuple(to.series(self.need_group, self.region))
        before = [to.base[key] for key in keys]
        more = proportional(self.places, before)
        now = {k: b + m for k, b, m in zip(keys, before, more, strict=True)}
        return replace(to, given={**to.given, **now})


@dataclass(frozen=True)
class PriceOf:
    """Prices of one form, or of all, times a factor."""

    kind: ClassVar[str] = "price"
    factor: float
    form: Form | None = None

    def applied(self, to: Given) -> Given:
        """The prices, ready and used, with the factor."""
        if to.prices is None:
            raise InputError("a price is to change, but there are none.", fix="Add [prices].")
        if self.form is not None and self.form not in to.prices.by_form:
            raise InputError(
                f"the price of {self.form.value} is to change, but it has none.",
                fix=f"Add [prices.{self.form.value}].",
            )
        changed = {
            form: self._price(price) if self.form in (None, form) else price
            for form, price in to.prices.by_form.items()
        }
        return replace(to, prices=replace(to.prices, by_form=changed))

    def _price(self, price: Price) -> Price:
        return replace(price, ready=price.ready * self.factor, used=price.used * self.factor)


@dataclass(frozen=True)
class Latent:
    """A share of the need that nobody refers, because nobody expects a place."""

    kind: ClassVar[str] = "latent"
    share: float

    def applied(self, to: Given) -> Given:
        """The policy with that share."""
        return replace(to, policy=replace(to.policy, latent_share=self.share))


@dataclass(frozen=True)
class Within:
    """The longest wait, in days, that counts as in time for a need group."""

    kind: ClassVar[str] = "within"
    need_group: str
    days: int

    def applied(self, to: Given) -> Given:
        """The agency with that limit: also for those who come on from another group."""
        groups = tuple(self._group(group) for group in to.agency.need_groups)
        return replace(to, agency=replace(to.agency, need_groups=groups))

    def _group(self, group: NeedGroup) -> NeedGroup:
        return replace(group, within_days=self.days) if group.code == self.need_group else group


@dataclass(frozen=True)
class ServiceLevel:
    """Another service level for all need groups, those with a level of their own too."""

    kind: ClassVar[str] = "level"
    level: float

    def applied(self, to: Given) -> Given:
        """The policy with that level. Raises UsageError for one that cannot be reached."""
        groups = tuple(replace(group, level=None) for group in to.agency.need_groups)
        policy = replace(to.policy, level=self.level)
        return replace(to, policy=policy, agency=replace(to.agency, need_groups=groups))


AnyChange = (
    Demand
    | Stays
    | Availability
    | SpotFound
    | Closed
    | Places
    | PriceOf
    | Latent
    | Within
    | ServiceLevel
)
# Every kind of change by its name in a configuration.
CHANGES: Mapping[str, type[AnyChange]] = {
    change.kind: change
    for change in (
        Demand,
        Stays,
        Availability,
        SpotFound,
        Closed,
        Places,
        PriceOf,
        Latent,
        Within,
        ServiceLevel,
    )
}


class ScenarioError(InputError):
    """A scenario changes what the plan does not have; `scenario` is its code."""

    def __init__(self, scenario: str, error: InputError) -> None:
        super().__init__(f"scenario {scenario}: {error.message}", fix=error.fix)
        self.scenario = scenario


@dataclass(frozen=True)
class Scenario:
    """Changes under one name, and why anybody should believe in them.

    `need_groups` names a configuration whose need groups are used in place of the agency's
    own: then the referrals are counted and forecast again by those.
    """

    code: str
    labels: Mapping[str, str]
    why: str
    changes: tuple[AnyChange, ...] = ()
    need_groups: str = ""

    def label(self, language: str) -> str:
        """Name for people; the code where the configuration gives no name."""
        return self.labels.get(language) or self.labels.get("nb") or self.code

    def applied(self, to: Given) -> Given:
        """All changes, in order. Raises ScenarioError."""
        for change in self.changes:
            try:
                to = replace(change.applied(to), changes=to.changes + 1)
            except InputError as error:
                raise ScenarioError(self.code, error) from error
        return to
