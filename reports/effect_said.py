"""What a planner's own numbers do to one series, in words: the same for reports and commands."""

from collections.abc import Iterable, Iterator

from forecasting.places import Form
from planning.override import Effect
from planning.plan import Plan
from reports.words import Words


def effect_sentences(words: Words, effect: Effect, plan: Plan) -> tuple[str, ...]:
    """What overrides do to one series, the level and the duty said plainly.

    `effect` is one of `told_effects`, so that the model's numbers are those of the plan.
    """
    return (*_children(words, effect, plan), *_level(words, effect), *_cost(words, effect, plan))


def readiness(words: Words, cost_change: float | None, ready_change: float | None) -> Iterator[str]:
    """What the set forms cost to keep ready, and why that and the cost can go different ways."""
    if ready_change:
        yield words.say("yearly.effect_ready", **_by(words, ready_change))
    if ready_change and cost_change and ready_change * cost_change < 0:
        yield words.say("yearly.effect_apart")


def dearer(words: Words, found: Iterable[Effect], plan: Plan) -> Iterator[str]:
    """Where fewer places cost more, and why that must be so.

    The cost is that of places and of single purchases: if it rises as places fall, the second rose
    by more than the first fell.
    """
    priced = plan.prices is not None and Form.SPOT in plan.prices.by_form
    rises = [e for e in found if e.chosen.places < e.model.places and (e.cost_change_nok or 0) > 0]
    if priced and rises:
        where = words.listed([series_name(words, each, plan) for each in rises])
        yield words.say("yearly.effect_dearer", where=where)


def series_name(words: Words, effect: Effect, plan: Plan) -> str:
    """Region and need group of an effect."""
    region = words.region(plan.agency, effect.key.region)
    return f"{region}, {words.group(plan.agency, effect.key.need_group).lower()}"


def _about(words: Words, children: float) -> str:
    """A mean number of children; so few that the decimal would be 0 are not said to be none."""
    shown, said = (0.1, "hardly") if 0 < children < 0.05 else (children, "about")
    return words.say(f"yearly.{said}", number=words.numbers.decimal(shown, 1))


def direction(words: Words, change: float) -> str:
    """Higher or lower."""
    return str(words[f"yearly.{'more' if change > 0 else 'less'}"])


def _children(words: Words, effect: Effect, plan: Plan) -> Iterator[str]:
    numbers, where = words.numbers, series_name(words, effect, plan)
    model = words.noun("place", effect.model.places)
    if effect.chosen.places == effect.model.places:
        yield words.say("yearly.effect_same", where=where, model=model)
        return
    chosen = words.noun("place", effect.chosen.places)
    yield words.say("yearly.effect", where=where, chosen=chosen, model=model)
    yield words.say(
        "yearly.effect_children",
        share=numbers.decimal(100 * effect.chosen.offered_share, 1),
        before=numbers.decimal(100 * effect.model.offered_share, 1),
        children=_about(words, effect.chosen.not_offered_mean),
        children_before=_about(words, effect.model.not_offered_mean),
    )


def _level(words: Words, effect: Effect) -> Iterator[str]:
    if effect.chosen.beyond:
        yield words.say("yearly.effect_beyond")
    if effect.below_level:
        reached = effect.chosen.offered_share >= effect.level
        said = "yearly.below_assured" if reached else "yearly.below"
        yield words.say(said, level=words.of_children(effect.level))


def _cost(words: Words, effect: Effect, plan: Plan) -> Iterator[str]:
    if plan.prices is None:
        yield words.say("yearly.effect_no_prices")
        return
    if effect.cost_change_nok is None:
        yield words.say("yearly.effect_cost_unknown")
    elif change := effect.cost_change_nok:
        yield words.say("yearly.effect_cost", **_by(words, change))
    yield from readiness(words, effect.cost_change_nok, effect.ready_nok)
    yield from dearer(words, (effect,), plan)


def _by(words: Words, change: float) -> dict[str, str]:
    return {"money": words.numbers.money(abs(change)), "direction": direction(words, change)}
