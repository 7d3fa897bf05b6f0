"""The chain behind yearly follow: a version of a yearly plan against what has come since."""

from datetime import date
from pathlib import Path

from features.asof import data_date
from forecasting.errors import UsageError
from planning.followed import Followed
from service import clock
from service.evidence import referrals
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
    home = home_path()
    plan = seen(home, named, number).plan
    found = referrals(extract, settings=settings, home=home, today=clock.today())
    day = as_of or min(data_date(found.table), date(plan.year, 12, 31))
    if day < plan.first_day:
        raise UsageError(
            f"{named.year} had not begun on {day}.", fix=f"Use data from {plan.first_day} on."
        )
    return follow(plan, found.table, agency=settings.agency, as_of=day)
