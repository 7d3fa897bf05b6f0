"""What the planner chooses: service level, discipline, purchase forms, prices and limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from forecasting.agency import NeedGroup
from forecasting.errors import InputError, UsageError
from forecasting.places import Form, Owner, Price
from planning.goal import Binds
from planning.limits import Limits


class Discipline(StrEnum):
    """What a child does for whom no place is free in time.

    LOST: is helped elsewhere for good. OVERFILL: is taken in beyond the places. WAIT: waits
    in line, then stays fully. MIXED: with probability `spot_found` lost, else waits.
    """

    MIXED = "mixed"
    LOST = "lost"
    OVERFILL = "overfill"
    WAIT = "wait"


class Arrangement(StrEnum):
    """Who may use which places of a need group.

    OWN_PLACES: each region its own only. MUTUAL_HELP: own first, then the other regions' in
    the order they are listed. NATIONAL_STANDBY: own first, then places that all regions share.
    NATIONAL_POOL: all places are shared, wherever the child lives.
    """

    OWN_PLACES = "own_places"
    MUTUAL_HELP = "mutual_help"
    NATIONAL_STANDBY = "national_standby"
    NATIONAL_POOL = "national_pool"


class FlexibleRule(StrEnum):
    """Who gets a flexible place, once the own fixed places of a need group are full.

    FIRST_COME: who asked first. ACUTE_FIRST: each day children of acute groups ask before all
    others, also before those who have waited longer.
    """

    FIRST_COME = "first_come"
    ACUTE_FIRST = "acute_first"


@dataclass(frozen=True)
class FlexiblePlaces:
    """Places of a region that may serve several need groups, from and to these days.

    In all planned regions where `regions` is empty. A place costs `dearer` more, as a share, than
    a fixed one of the same form, since it must be fit for each of the groups.
    """

    need_groups: tuple[str, ...]
    regions: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    dearer: float = 0.0

    def __post_init__(self) -> None:
        if len(set(self.need_groups)) < 2 or len(set(self.need_groups)) < len(self.need_groups):
            raise InputError(
                f"flexible places for the need groups {list(self.need_groups)}.",
                fix="Name two or more, each once.",
            )
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise InputError(
                f"flexible places from {self.valid_from} to {self.valid_to}.",
                fix="Give the first day first.",
            )
        if self.dearer < 0:
            raise InputError(
                f"flexible places that are {self.dearer} dearer.", fix="Give a share of 0 or more."
            )


@dataclass(frozen=True)
class Prices:
    """Prices of every form, moved from `price_year` to `plan_year` by `index` a year.

    `by_owner` are those of an owner who asks another price than the form's; it matters only
    where shares of owners are limited (planning/owners.py).
    """

    price_year: int
    plan_year: int
    index: float
    by_form: Mapping[Form, Price]
    by_owner: Mapping[tuple[Form, Owner], Price] = field(default_factory=dict)

    def of(self, form: Form, owner: Owner | None = None) -> Price:
        """Price of this form in the plan year. Raises InputError where it has none."""
        if form not in self.by_form:
            raise InputError(f"no price for {form.value}.", fix=f"Add [prices.{form.value}].")
        price = self.by_form[form]
        if owner is not None:
            price = self.by_owner.get((form, owner), price)
        factor = (1 + self.index) ** (self.plan_year - self.price_year)
        return Price(price.ready * factor, price.used * factor, price.availability)


@dataclass(frozen=True)
class Policy:
    """The chosen service level and how it is meant. A planning assumption, not a norm.

    `level` is the share of children to be met who are offered a committed place in their
    own region in time; `assurance` the share of path-years that should meet it themselves.
    `binds` says which of the two must hold. `spot_found` is the probability that a single
    purchase succeeds, `latent_share` the share of the need for which no referral is sent,
    because nobody expects a place. `flexible` are the places that may serve several need
    groups, `flexible_rule` who gets them.
    """

    level: float = 0.97
    assurance: float = 0.8
    discipline: Discipline = Discipline.MIXED
    spot_found: float = 0.5
    limits: Limits = field(default_factory=Limits)
    latent_share: float = 0.0
    binds: Binds = Binds.BOTH
    flexible: tuple[FlexiblePlaces, ...] = ()
    flexible_rule: FlexibleRule = FlexibleRule.FIRST_COME

    def __post_init__(self) -> None:
        for name in ("level", "assurance", "spot_found", "latent_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise UsageError(
                    f"{name} is {value}, but it is a share.",
                    fix="Use a number from 0 to 1, for example 0.97 for 97 of 100 children.",
                )
        if self.latent_share > 0.9:
            raise UsageError(
                f"latent_share is {self.latent_share}: ten times the referrals or more.",
                fix="Use a share up to 0.9; 0 where all need is referred.",
            )
        if self.level == 1:
            raise UsageError(
                "level is 1, but no finite number of places meets every child on every path.",
                fix="Use a level below 1, for example 0.999.",
            )

    def level_of(self, group: NeedGroup) -> float:
        """The service level of a need group: its own where it has one, else the policy's."""
        return self.level if group.level is None else group.level

    @property
    def lost_share(self) -> float:
        """Probability that a child without a place in time is helped elsewhere for good."""
        match self.discipline:
            case Discipline.MIXED:
                return self.spot_found
            case Discipline.LOST:
                return 1.0
            case Discipline.WAIT | Discipline.OVERFILL:
                return 0.0
