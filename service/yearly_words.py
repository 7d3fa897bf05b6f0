"""Yearly plans in words: the same sentences for commands and pages."""

from datetime import datetime

from forecasting.agency import Agency
from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.followed import Followed
from planning.plan import Plan
from planning.yearly import Horizon, Person, Version
from planning.yearly_diff import Cause
from reports.decided import DecidedBlocks
from reports.sentences import Speaker
from reports.words import Words, words_of

WORDS: Words = words_of("nb")
CAUSES = {
    Cause.COMPUTED: "yearly.computed",
    Cause.LEVEL: "yearly.level_choice",
    Cause.OVERRIDES: "yearly.causes_overrides",
}


def label_of(agency: Agency, key: SeriesKey) -> str:
    """Region and need group by name; a code that the agency does not have stands as it is."""
    return f"{region_of(agency, key.region)}, {group_of(agency, key.need_group).lower()}"


def region_of(agency: Agency, code: str) -> str:
    """A region's name."""
    try:
        return WORDS.region(agency, code)
    except InputError:
        return code


def group_of(agency: Agency, code: str) -> str:
    """A need group's name."""
    try:
        return WORDS.group(agency, code)
    except InputError:
        return code


def yearly_title(year: int, region: str, agency: Agency) -> str:
    """What a yearly plan is called."""
    where = "hele landet" if region == WHOLE_NATION else f"region {region_of(agency, region)}"
    return f"Årsplan {year}, {where}"


def horizon_of_version(version: Version) -> str:
    """The horizon in words."""
    said = WORDS.say(f"yearly.{version.horizon.value}", tertial=version.tertial)
    return said if version.horizon is not Horizon.NEW_MONEY else f"{said} (året etter neste)"


def person(who: Person) -> str:
    """Name and role."""
    return WORDS.say("yearly.by_person", name=who.name, role=who.role)


def day(moment: datetime) -> str:
    """The day where this machine stands, as people write it."""
    return WORDS.numbers.day(moment.astimezone().date())


def told(plan: Plan, version: Version, region: str) -> DecidedBlocks:
    """What a version decides beside the model, as its report says it."""
    return DecidedBlocks(Speaker(plan, WORDS), version, region)


def followed_sentences(
    found: Followed, agency: Agency, *, region: str = WHOLE_NATION
) -> tuple[str, ...]:
    """The verdict on the nation's plan, and the series (of a region) that do not follow it."""
    said = [WORDS.say(f"followed.{found.verdict.value}")] if region == WHOLE_NATION else []
    off = [key for key in found.off_plan if region in (WHOLE_NATION, key.region)]
    if off:
        names = "; ".join(label_of(agency, key) for key in off)
        said.append(WORDS.say("followed.off_plan", series=names))
    return tuple(said)
