"""Which assumptions weigh most in a plan: the places that each of them decides."""

from collections.abc import Iterator
from dataclasses import dataclass

from forecasting.places import Form
from planning.plan import Source
from reports.facts import groups_of, places_at, told_groups
from reports.sentences import Speaker

# Levels to step up to, whatever the plan's own.
STEPS = (0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
# Sources of need that rest on an assumption or an estimate more than on counted children.
ASSUMED = (Source.YEAR, Source.GROUPS, Source.CLOSURES, Source.WAITING, Source.ASSURANCE)
# Forms of which every place counts in full.
FIRM = (Form.BASE, Form.STANDBY, Form.GUARANTEED)


@dataclass(frozen=True)
class Weight:
    """The places that hang on one assumption, and a sentence that says so."""

    places: float
    sentence: str


def weightiest(speaker: Speaker, most: int = 3) -> tuple[str, ...]:
    """The assumptions that decide most places, largest first; those that decide none are out."""
    found = [*_level(speaker), *_discipline(speaker), *_sources(speaker), *_call_off(speaker)]
    ranked = sorted((each for each in found if each.places > 0), key=lambda each: -each.places)
    return tuple(each.sentence for each in ranked[:most])


def _level(speaker: Speaker) -> Iterator[Weight]:
    """What the next level costs, for the need groups that have the plan's."""
    plan, words = speaker.plan, speaker.words
    above = [step for step in STEPS if step > plan.policy.level + 1e-9]
    if not above or speaker.nation.hides_parts:
        return
    more = 0
    for curve in plan.curves:
        own = plan.level_of(curve.key)
        if own == plan.policy.level:
            places = places_at(curve, above[0], own=own, binds=plan.policy.binds)
            more += 0 if places is None else places - curve.chosen
    said = words.say(
        "weightiest.level",
        n=words.noun("committed_place", more),
        next=words.of_children(above[0]),
        level=words.of_children(plan.policy.level),
    )
    yield Weight(more, said)


def _discipline(speaker: Speaker) -> Iterator[Weight]:
    """What happens to children who are not met in time: the two extremes."""
    words, part = speaker.words, speaker.nation
    lost, wait = part.bracket
    if not speaker.plan.brackets or part.hides_today:
        return
    said = words.say(
        "weightiest.discipline",
        lost=words.noun("committed_place", lost),
        wait=words.numbers.count(wait),
        discipline=speaker.discipline(),
    )
    yield Weight(max(part.committed - lost, wait - part.committed), said)


def _sources(speaker: Speaker) -> Iterator[Weight]:
    """Places that the waterfall puts down to what nobody knows for certain."""
    words, groups = speaker.words, groups_of(speaker.plan)
    if len(told_groups(speaker.plan)) < len(groups):
        return
    for source in ASSUMED:
        places = sum(dict(part.steps).get(source, 0.0) for part in groups)
        why = words.table["waterfall_for"][source.value]
        said = words.say("weightiest.source", n=words.noun("place", places), why=why)
        yield Weight(places, said)


def _call_off(speaker: Speaker) -> Iterator[Weight]:
    """Places under call-off that are reckoned not to be had."""
    words, prices = speaker.words, speaker.plan.prices
    contracts = speaker.nation.places(Form.CALL_OFF)
    if prices is None or Form.CALL_OFF not in prices.by_form:
        return
    share = prices.by_form[Form.CALL_OFF].availability
    # Rows count whole places, so more is lost than the share alone: the table must add up.
    firm = sum(speaker.nation.places(form) for form in FIRM)
    lost = max(contracts - (speaker.nation.committed - firm), 0)
    said = words.say(
        "weightiest.call_off",
        n=words.noun("place", contracts),
        share=words.numbers.percent(share),
        lost=words.some(lost),
    )
    yield Weight(lost, said)
