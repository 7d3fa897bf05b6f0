"""Yearly plans in words: the same sentences for commands and pages."""

from collections.abc import Iterator
from datetime import datetime

from forecasting.agency import Agency
from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.followed import Followed
from planning.override import Effect
from planning.plan import Plan
from planning.yearly import Horizon, Person, Version
from planning.yearly_diff import Cause
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


def effect_sentences(effect: Effect, plan: Plan) -> tuple[str, ...]:
    """What overrides do to one series, the level and the duty said plainly."""
    return tuple(_sentences(effect, plan))


def _sentences(effect: Effect, plan: Plan) -> Iterator[str]:
    numbers, where = WORDS.numbers, label_of(plan.agency, effect.key)
    model = WORDS.noun("place", effect.model.places)
    if effect.chosen.places == effect.model.places:
        yield WORDS.say("yearly.effect_same", where=where, model=model)
    else:
        chosen = WORDS.noun("place", effect.chosen.places)
        yield WORDS.say("yearly.effect", where=where, chosen=chosen, model=model)
        yield WORDS.say(
            "yearly.effect_children",
            share=numbers.decimal(100 * effect.chosen.offered_share, 1),
            before=numbers.decimal(100 * effect.model.offered_share, 1),
            children=_about(effect.chosen.not_offered_mean),
            children_before=_about(effect.model.not_offered_mean),
        )
    if effect.chosen.beyond:
        yield WORDS.say("yearly.effect_beyond")
    if effect.below_level:
        reached = effect.chosen.offered_share >= effect.level
        said = "yearly.below_assured" if reached else "yearly.below"
        yield WORDS.say(said, level=WORDS.of_children(effect.level))
    yield from _cost_sentences(effect, plan)


def _about(children: float) -> str:
    """A mean number of children; so few that the decimal would be 0 are not said to be none."""
    shown, said = (0.1, "hardly") if 0 < children < 0.05 else (children, "about")
    return WORDS.say(f"yearly.{said}", number=WORDS.numbers.decimal(shown, 1))


def _cost_sentences(effect: Effect, plan: Plan) -> Iterator[str]:
    if plan.prices is None:
        yield WORDS.say("yearly.effect_no_prices")
        return
    if effect.cost_change_nok is None:
        yield WORDS.say("yearly.effect_cost_unknown")
    for key, change in (
        ("yearly.effect_cost", effect.cost_change_nok),
        ("yearly.effect_ready", effect.ready_nok),
    ):
        if change:
            direction = WORDS[f"yearly.{'more' if change > 0 else 'less'}"]
            yield WORDS.say(key, money=WORDS.numbers.money(abs(change)), direction=direction)


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
