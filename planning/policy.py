"""What the planner chooses: service level, discipline, purchase forms, prices and limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from forecasting.errors import InputError, UsageError
from forecasting.places import Form, Price
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


@dataclass(frozen=True)
class Prices:
    """Prices of every form, moved from `price_year` to `plan_year` by `index` a year."""

    price_year: int
    plan_year: int
    index: float
    by_form: Mapping[Form, Price]

    def of(self, form: Form) -> Price:
        """Price of this form in the plan year. Raises InputError where it has none."""
        if form not in self.by_form:
            raise InputError(f"no price for {form.value}.", fix=f"Add [prices.{form.value}].")
        price = self.by_form[form]
        factor = (1 + self.index) ** (self.plan_year - self.price_year)
        return Price(price.ready * factor, price.used * factor, price.availability)


@dataclass(frozen=True)
class Policy:
    """The chosen service level and how it is meant. A planning assumption, not a norm.

    `level` is the share of children to be met who are offered a committed place in their
    own region in time; `assurance` the share of path-years that should meet it themselves.
    `binds` says which of the two must hold. `spot_found` is the probability that a single
    purchase succeeds, `latent_share` the share of the need for which no referral is sent,
    because nobody expects a place.
    """

    level: float = 0.97
    assurance: float = 0.8
    discipline: Discipline = Discipline.MIXED
    spot_found: float = 0.5
    limits: Limits = field(default_factory=Limits)
    latent_share: float = 0.0
    binds: Binds = Binds.BOTH

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
