"""What can be done with a yearly plan: the same for commands, pages and HTTP."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from forecasting.errors import InputError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.decided import told_effects
from planning.earlier import Since
from planning.override import Effect, effects
from planning.plan import Plan
from planning.yearly import (
    Override,
    Person,
    Signature,
    Version,
    YearlyPlan,
    check_override,
    drafted,
    restored,
)
from planning.yearly_diff import Decided, YearlyDiff, differences
from reports.decided import DecidedBlocks
from reports.stored import plan_from_json
from service.planner_text import MOST_REASON, checked_text
from service.since_files import since_from_csv, since_name
from service.store import plan_file, plans
from service.stored_plans import plan_id_of
from service.yearly_rows import (
    DiffAnswer,
    VersionAnswer,
    diff_answer,
    version_answer,
    version_row,
)
from service.yearly_store import (
    Named,
    add_override,
    add_version,
    sign_version,
    yearly_plan,
    yearly_plans,
)
from service.yearly_words import told

PLAN = "plan.json"


@dataclass(frozen=True)
class By:
    """Who does it and when, as they say it themselves; `of` checks the texts."""

    who: Person
    at: datetime

    @classmethod
    def of(cls, name: str, role: str, at: datetime) -> "By":
        """Raises UsageError for a name or role that cannot be kept."""
        kept = checked_text(name, what="name"), checked_text(role, what="role")
        return cls(Person(*kept), at)


@dataclass(frozen=True)
class Asked:
    """Another number of places, as it was asked for; `places` None takes one back."""

    region: str
    need_group: str
    form: str
    places: int | None


def draft(home: Path, plan_id: str, *, region: str, reason: str, by: By) -> Version:
    """A new version from a kept plan. Raises UsageError, or InputError for a damaged plan."""
    plan = kept_plan(home, plan_id)
    why = checked_text(reason, what="reason", most=MOST_REASON)

    def make(yearly: YearlyPlan) -> Version:
        return drafted(yearly, plan, plan_id, reason=why, who=by.who, at=by.at)

    return add_version(home, Named(plan.year, region), make=make)


def override(
    home: Path, named: Named, asked: Asked, *, number: int, reason: str, by: By
) -> tuple[Version, Effect | None]:
    """Set another number of places in the open version; what it does, or None if taken back.

    Raises UsageError where `number` is not the open version, or what was asked for is not in it.
    """
    why = checked_text(reason, what="reason", most=MOST_REASON)
    key = SeriesKey(asked.region, asked.need_group)
    made = Override(key, form_of(asked.form), asked.places, why, by.who, by.at)
    opened = check_open(existing(home, named), number)
    plan = kept_plan(home, opened.plan_id)

    def make(yearly: YearlyPlan) -> Override:
        check_open(yearly, number)
        check_override(yearly, plan, made)
        effects(plan, [made])  # raises where its effect cannot be told
        return made

    version = add_override(home, named, make=make)
    found = [each for each in told_effects(plan, version.held) if each.key == key]
    return version, found[0] if found else None


def lock(home: Path, named: Named, *, number: int, by: By) -> Version:
    """Sign the open version. Raises UsageError where it is not `number`; never twice."""
    opened = check_open(existing(home, named), number)
    kept_plan(home, opened.plan_id)  # what is signed must be what was computed

    def make(yearly: YearlyPlan) -> Signature:
        check_open(yearly, number)
        return Signature(by.who, by.at)

    return sign_version(home, named, make=make)


def restore(home: Path, named: Named, *, number: int, reason: str, by: By) -> Version:
    """A new draft that is as version `number` was."""
    why = checked_text(reason, what="reason", most=MOST_REASON)
    existing(home, named)

    def make(yearly: YearlyPlan) -> Version:
        return restored(yearly, number, reason=why, who=by.who, at=by.at)

    return add_version(home, named, make=make)


@dataclass(frozen=True)
class Seen:
    """One version with its computed plan, as it is shown."""

    yearly: YearlyPlan
    version: Version
    plan: Plan
    answer: VersionAnswer

    @property
    def alone(self) -> YearlyPlan:
        """The yearly plan with this version only."""
        return replace(self.yearly, versions=(self.version,))

    @property
    def told(self) -> DecidedBlocks:
        """What the version decides beside the model, as its report says it."""
        return told(self.plan, self.version, self.yearly.region)


@dataclass(frozen=True)
class Compared:
    """Two versions side by side, as they are shown; `plan` is the later one's.

    `since` is why the model's places differ, from the data: there only if the later plan was
    made with --compare to the earlier one.
    """

    diff: YearlyDiff
    plan: Plan
    answer: DiffAnswer
    since: tuple[Since, ...]


def seen(home: Path, named: Named, number: int | None = None) -> Seen:
    """One version: that with this number, else the one in force, else the newest."""
    yearly = existing(home, named)
    version = yearly.in_force or yearly.versions[-1]
    if number is not None:
        version = yearly.version(number)
    plan = kept_plan(home, version.plan_id)
    return Seen(yearly, version, plan, version_answer(yearly, version, plan))


def compared(home: Path, named: Named, *numbers: int) -> Compared:
    """The first of these two versions against the second."""
    yearly = existing(home, named)
    before, now = (yearly.version(number) for number in numbers)
    sides = tuple(decided(home, yearly, each) for each in (before, now))
    found = differences(*sides)
    rows = version_row(yearly, before), version_row(yearly, now)
    plans = sides[0].plan, sides[1].plan
    told = plan_file(home, now.plan_id, since_name(before.plan_id))
    since = () if told is None else since_from_csv(told)
    return Compared(found, plans[1], diff_answer(found, rows, plans, since=since), since)


def numbers_of(text: str) -> tuple[int, int]:
    """The two numbers of "1,2". Raises UsageError."""
    words = text.split(",")
    if len(words) != 2 or not all(word.strip().isdecimal() for word in words):
        raise UsageError("--versions names no two versions.", fix="Write for example 1,2.")
    return int(words[0]), int(words[1])


def decided(home: Path, yearly: YearlyPlan, version: Version) -> Decided:
    """A version with its computed plan."""
    return Decided(kept_plan(home, version.plan_id), version.held, yearly.region)


def existing(home: Path, named: Named) -> YearlyPlan:
    """A yearly plan that has a version. Raises UnknownYearlyError."""
    found = yearly_plan(home, named)
    if not found.versions:
        known = ", ".join(each.name for each in yearly_plans(home)[:20]) or "none"
        raise UnknownYearlyError(
            "there is no yearly plan for this year and region.",
            fix=f"There are: {known}. Make one: plassplan yearly draft PLAN.",
        )
    return found


class UnknownYearlyError(UsageError):
    """There is no such yearly plan."""


def check_open(yearly: YearlyPlan, number: int) -> Version:
    """The open version, which must be the one that was seen. Raises UsageError."""
    opened = yearly.open_version()
    if opened.number != number:
        yearly.version(number)
        raise UsageError(
            f"version {number} of {yearly.name} is not the newest, which is {opened.number}.",
            fix="Look at the newest version first.",
        )
    return opened


def kept_plan(home: Path, plan_id: str) -> Plan:
    """A plan from the store, whole as it was computed.

    Its id holds the first digits of its digest, so a plan that was changed afterwards is found
    out. Raises InputError for one that is missing or changed.
    """
    content = plan_file(home, plan_id, PLAN) if plan_id.isprintable() else None
    if content is None:
        newest = ", ".join(plan.plan_id for plan in plans(home)[:5]) or "none"
        raise InputError(
            "there is no kept plan with this id.",
            fix=f"The newest kept plans are: {newest}. Make one with plassplan plan.",
        )
    return _whole(plan_id, content)


@lru_cache(maxsize=32)
def _whole(plan_id: str, content: bytes) -> Plan:
    # A page asks the same plans for every version; equal bytes under the same id are the same.
    plan = plan_from_json(content)
    if plan_id != plan_id_of(plan.year, content):
        raise InputError(
            f"{plan_id} is not as it was computed: its content does not fit its id.",
            fix="Put the store back from your backup.",
        )
    return plan


def form_of(code: str) -> Form:
    """The purchase form with this code. Raises UsageError."""
    try:
        return Form(code)
    except ValueError:
        known = ", ".join(form.value for form in Form if form.committed)
        raise UsageError("there is no such form.", fix=f"Use one of: {known}.") from None
