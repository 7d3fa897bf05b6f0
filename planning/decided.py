"""What a version decides, beside what the model recommends: series by series, and summed.

The model's numbers are those that its plan tells. An override moves them by what the series'
curve moves between the two numbers of places, so without overrides the two are the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.override import ChosenLine, Effect, chosen_lines, effects
from planning.plan import Plan
from planning.yearly import Override, series_of


@dataclass(frozen=True)
class Standing:
    """What a number of committed places gives in the planned days.

    `not_offered` is the mean number of children without a committed place in time; `cost_nok`
    the mean cost of the cheapest forms for so many places within the limits, use and single
    purchases included, None where it is not known.
    """

    places: int
    not_offered: float
    cost_nok: float | None


@dataclass(frozen=True)
class DecidedPart:
    """One series, or a sum of them: what the model recommends, and what was decided.

    `lines` are the committed forms of its series, `effects` those of the overrides in it.
    """

    key: SeriesKey
    model: Standing
    decided: Standing
    lines: tuple[ChosenLine, ...]
    effects: tuple[Effect, ...]

    @property
    def change(self) -> int:
        """Decided less recommended places."""
        return self.decided.places - self.model.places

    @property
    def cost_change_nok(self) -> float | None:
        """Cost of the decided places less that of the model's; None where one is not known."""
        return _less(self.decided.cost_nok, self.model.cost_nok)

    @property
    def ready_change_nok(self) -> float | None:
        """Change in what the forms that were set cost to keep ready; None without their price."""
        return _total(each.ready_nok for each in self.effects)


def told_effects(plan: Plan, overrides: Iterable[Override]) -> tuple[Effect, ...]:
    """What the overrides do, with the model's children and cost as the plan tells them.

    The curve has those of the paths that places were chosen on; the plan tells them of others.
    Raises UsageError as `effects` does.
    """
    return tuple(_told(plan, each) for each in effects(plan, overrides))


def decided_parts(
    plan: Plan, overrides: Iterable[Override], *, region: str = WHOLE_NATION
) -> tuple[DecidedPart, ...]:
    """Every series of a region, or of the nation. Raises UsageError as `effects` does."""
    held = tuple(overrides)
    done = {each.key: each for each in told_effects(plan, held)}
    lines = chosen_lines(plan, held, region=region)
    return tuple(
        _part(
            _model(plan, key),
            tuple(line for line in lines if line.key == key),
            key=key,
            effect=done.get(key),
        )
        for key in series_of(plan, region)
    )


def by_group(parts: Iterable[DecidedPart]) -> tuple[DecidedPart, ...]:
    """The parts added up for each need group, in their order."""
    listed = tuple(parts)
    return tuple(
        summed((part for part in listed if part.key.need_group == code), need_group=code)
        for code in dict.fromkeys(part.key.need_group for part in listed)
    )


def summed(parts: Iterable[DecidedPart], *, need_group: str = WHOLE_NATION) -> DecidedPart:
    """The sum of these parts. Places and means add up; quantiles would not."""
    listed = tuple(parts)
    return DecidedPart(
        key=SeriesKey(WHOLE_NATION, need_group),
        model=_sum(part.model for part in listed),
        decided=_sum(part.decided for part in listed),
        lines=tuple(line for part in listed for line in part.lines),
        effects=tuple(each for part in listed for each in part.effects),
    )


def _part(
    model: Standing, lines: tuple[ChosenLine, ...], *, key: SeriesKey, effect: Effect | None
) -> DecidedPart:
    if effect is None:
        return DecidedPart(key, model, model, lines, ())
    at = effect.chosen
    decided = Standing(at.places, at.not_offered_mean, at.cost_nok)
    return DecidedPart(key, model, decided, lines, (effect,))


def _model(plan: Plan, key: SeriesKey) -> Standing:
    # Of a form without a price a plan has no place: its line has no cost, and the sum lacks none.
    known = [line.cost_nok.mean for line in plan.lines if line.key == key and line.cost_nok]
    cost = None if plan.prices is None else sum(known)
    return Standing(plan.curve(key).chosen, plan.risk(key).not_offered_mean, cost)


def _told(plan: Plan, effect: Effect) -> Effect:
    model, risk = _model(plan, effect.key), plan.risk(effect.key)
    by_curve, chosen = effect.model, effect.chosen
    mean = risk.not_offered_mean + chosen.not_offered_mean - by_curve.not_offered_mean
    high = risk.not_offered_high + chosen.not_offered_high - by_curve.not_offered_high
    share = risk.offered_share + chosen.offered_share - by_curve.offered_share
    known = (model.cost_nok, effect.cost_change_nok)
    return replace(
        effect,
        model=replace(
            by_curve,
            offered_share=risk.offered_share,
            not_offered_mean=risk.not_offered_mean,
            not_offered_high=risk.not_offered_high,
            cost_nok=model.cost_nok,
        ),
        # The curve may spare more children than the plan's paths have: never below none.
        chosen=replace(
            chosen,
            offered_share=min(max(share, 0.0), 1.0),
            not_offered_mean=max(mean, 0.0),
            not_offered_high=max(high, 0.0),
            cost_nok=_total(known),
        ),
    )


def _sum(standings: Iterable[Standing]) -> Standing:
    listed = tuple(standings)
    return Standing(
        places=sum(each.places for each in listed),
        not_offered=sum(each.not_offered for each in listed),
        cost_nok=_total(each.cost_nok for each in listed),
    )


def _total(values: Iterable[float | None]) -> float | None:
    """Sum; None where a value is not known."""
    listed = tuple(values)
    known = [value for value in listed if value is not None]
    return float(sum(known)) if len(known) == len(listed) else None


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
