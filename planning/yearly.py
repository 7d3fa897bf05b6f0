"""The yearly plan that people decide on: numbered versions of computed plans, and who chose what.

A version that is locked never changes. What the planner sets differently from the model stands
beside the model's number, with a reason, and never in its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan

# More than any agency has; what is above is a slip of the hand.
MOST_PLACES = 99_999


class Horizon(StrEnum):
    """How far ahead of the data date the plan year lies.

    NEXT_YEAR: the year after it. NEW_MONEY: the year after that, for which money is asked now.
    TERTIAL_UPDATE: the rest of a year that has begun.
    """

    NEXT_YEAR = "next_year"
    NEW_MONEY = "new_money"
    TERTIAL_UPDATE = "tertial_update"


class Status(StrEnum):
    """Whether a version can still be changed."""

    DRAFT = "draft"
    LOCKED = "locked"


@dataclass(frozen=True)
class Person:
    """A planner, by the name and role that they give."""

    name: str
    role: str


@dataclass(frozen=True)
class Override:
    """Another number of places than the model's, of one form in one region and need group.

    `places` None takes an earlier override back. Raises UsageError for fewer than none, and
    for single purchase, of which no number is planned.
    """

    key: SeriesKey
    form: Form
    places: int | None
    reason: str
    who: Person
    at: datetime

    def __post_init__(self) -> None:
        if not self.form.committed:
            raise UsageError(
                f"{self.form.value} is bought for one child at a time: no number is planned.",
                fix=f"Use one of: {', '.join(form.value for form in Form if form.committed)}.",
            )
        if self.places is not None and not 0 <= self.places <= MOST_PLACES:
            raise UsageError(f"{self.places} places.", fix=f"Use 0 to {MOST_PLACES}.")


@dataclass(frozen=True)
class Signature:
    """Who locked a version, and when."""

    who: Person
    at: datetime


@dataclass(frozen=True)
class Version:
    """One numbered version: a computed plan, by its id, and what was chosen differently.

    `overrides` are in the order they were made: of those of one form and series the last one
    holds. `based_on` is the version that this one went back to. Raises UsageError where a
    tertial is named without a tertial update, or the other way round.
    """

    number: int
    plan_id: str
    horizon: Horizon
    reason: str
    who: Person
    made_at: datetime
    tertial: int | None = None
    overrides: tuple[Override, ...] = ()
    based_on: int | None = None
    signature: Signature | None = None

    def __post_init__(self) -> None:
        is_update = self.horizon is Horizon.TERTIAL_UPDATE
        if is_update != (self.tertial in (1, 2, 3)):
            raise UsageError(
                f"{self.horizon.value} of tertial {self.tertial}.",
                fix="Only a tertial update has a tertial, from 1 to 3.",
            )

    @property
    def status(self) -> Status:
        """Locked once it is signed."""
        return Status.DRAFT if self.signature is None else Status.LOCKED

    @property
    def held(self) -> tuple[Override, ...]:
        """The overrides that hold: the last of each form and series, unless taken back."""
        last = {(each.key, each.form): each for each in self.overrides}
        return tuple(each for each in last.values() if each.places is not None)


@dataclass(frozen=True)
class YearlyPlan:
    """All versions for one year and one region (or WHOLE_NATION), oldest first."""

    year: int
    region: str
    versions: tuple[Version, ...] = ()

    @property
    def name(self) -> str:
        """Year and region, as commands take them."""
        return f"{self.year}/{self.region}"

    @property
    def newest(self) -> Version | None:
        """The version made last."""
        return self.versions[-1] if self.versions else None

    @property
    def in_force(self) -> Version | None:
        """The locked version with the highest number: what was decided last."""
        return next((v for v in reversed(self.versions) if v.status is Status.LOCKED), None)

    def version(self, number: int) -> Version:
        """The version with this number. Raises UsageError where there is none."""
        for version in self.versions:
            if version.number == number:
                return version
        known = ", ".join(str(version.number) for version in self.versions) or "none"
        raise UsageError(
            f"the yearly plan {self.name} has no version {number}.", fix=f"There are: {known}."
        )

    def open_version(self) -> Version:
        """The newest version, if it can still be changed. Raises UsageError else.

        Only the newest can: a draft that was left behind is history.
        """
        newest = self.newest
        if newest is None:
            raise UsageError(
                f"the yearly plan {self.name} has no version.", fix="Make a draft first."
            )
        if newest.status is Status.LOCKED:
            raise UsageError(
                f"version {newest.number} of {self.name} is locked and never changes.",
                fix="Go back to it as a new version (restore), or make a new draft.",
            )
        return newest


def horizon_of(plan: Plan) -> tuple[Horizon, int | None]:
    """The horizon that a plan has by its data date, and the tertial of an update.

    Raises UsageError for a plan that was known in none of the plan year and the two before.
    """
    known = plan.basis.as_of
    match plan.year - known.year:
        case 0:
            return Horizon.TERTIAL_UPDATE, tertial_of(known)
        case 1:
            return Horizon.NEXT_YEAR, None
        case 2:
            return Horizon.NEW_MONEY, None
        case _:
            raise UsageError(
                f"a plan for {plan.year} from what was known on {known}.",
                fix="Make the plan from data of that year, or of one of the two years before.",
            )


def tertial_of(day: date) -> int:
    """The four months that a day lies in, from 1."""
    return (day.month - 1) // 4 + 1


def drafted(
    yearly: YearlyPlan, plan: Plan, plan_id: str, *, reason: str, who: Person, at: datetime
) -> Version:
    """A new version of the yearly plan from a computed plan; it begins without overrides.

    Raises UsageError where the plan is for another year or lacks the region.
    """
    regions = {key.region for key in plan.series()}
    if plan.year != yearly.year or not {yearly.region} <= {WHOLE_NATION, *regions}:
        raise UsageError(
            f"{plan_id} plans {plan.year} for {', '.join(sorted(regions))} and the nation: the "
            "yearly plan is for another year or region.",
            fix="Name a plan of that year that has the region.",
        )
    horizon, tertial = horizon_of(plan)
    number = 1 if yearly.newest is None else yearly.newest.number + 1
    return Version(number, plan_id, horizon, reason, who, at, tertial)


def restored(yearly: YearlyPlan, number: int, *, reason: str, who: Person, at: datetime) -> Version:
    """A new draft that is as version `number` was, its overrides with who made them and why."""
    old, newest = yearly.version(number), yearly.versions[-1]
    return replace(
        old,
        number=newest.number + 1,
        reason=reason,
        who=who,
        made_at=at,
        based_on=number,
        signature=None,
    )


def check_override(yearly: YearlyPlan, plan: Plan, override: Override) -> None:
    """Raises UsageError for a series that the plan, or the yearly plan's region, does not have."""
    known = series_of(plan, yearly.region)
    if override.key not in known:
        raise UsageError(
            f"there is no such region and need group in the yearly plan {yearly.name}.",
            fix=f"Use one of: {_some(str(key) for key in known)}.",
        )


def series_of(plan: Plan, region: str) -> tuple[SeriesKey, ...]:
    """The planned series of one region, or of the nation."""
    return tuple(key for key in plan.series() if region in (WHOLE_NATION, key.region))


def _some(names: Iterable[str], most: int = 30) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (" ..." if len(listed) > most else "")
