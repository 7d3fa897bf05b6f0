"""The chain behind yearly follow: a version of a yearly plan against what has come since."""

from datetime import date
from pathlib import Path

from features.asof import data_date
from forecasting.errors import UsageError
from planning.followed import Followed
from planning.opened import opened_places
from planning.plan import Plan
from reports.opened import OpenedPlaces
from reports.tertial import FollowedPlan
from service import clock
from service.evidence import read_stamped, referrals, safe_name
from service.home import home_path
from service.requests import check_source
from service.settings import Settings
from service.tertial import follow
from service.yearly import seen
from service.yearly_store import Named


def run_follow(
    named: Named,
    *,
    number: int | None,
    extract: Path | None,
    from_store: bool,
    as_of: date | None,
    settings: Settings,
) -> Followed:
    """How the version (None: the one in force, else the newest) goes by `as_of`.

    `as_of` None is the last day that the data name, or that of the plan's year.
    """
    check_source(extract, from_store)
    plan = seen(home_path(), named, number).plan
    return held_against(plan, extract=extract, as_of=as_of, settings=settings).followed


def held_against(
    plan: Plan,
    *,
    extract: Path | None,
    as_of: date | None,
    settings: Settings,
    register: Path | None = None,
) -> FollowedPlan:
    """A plan against what an extract, or (None) the store, says has come by `as_of`.

    With a register of places, against the places that there are on that day too.
    """
    found = referrals(extract, settings=settings, home=home_path(), today=clock.today())
    day = as_of or min(data_date(found.table), date(plan.year, 12, 31))
    if day < plan.first_day:
        raise UsageError(
            f"the plan for {plan.year} had not begun on {day}.",
            fix=f"Use data from {plan.first_day} on.",
        )
    came = follow(plan, found.table, agency=settings.agency, as_of=day)
    return FollowedPlan(
        plan,
        came,
        found.name,
        len(found.table),
        found.sha256,
        None if register is None else _opened(plan, register, settings=settings, day=day),
    )


def _opened(plan: Plan, path: Path, *, settings: Settings, day: date) -> OpenedPlaces:
    register, stamp = read_stamped(path, agency=settings.agency)
    assert register is not None  # a path was given
    return OpenedPlaces(opened_places(plan, register, day=day), safe_name(path), stamp)
