"""What the planner's own numbers do: read off the stored curve, never computed anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.fewest import EXACT
from planning.plan import Curve, Plan
from planning.whole import whole_places
from planning.yearly import Override, series_of


@dataclass(frozen=True)
class ChosenLine:
    """Places of one form: the model's number, and the planner's where there is one."""

    key: SeriesKey
    form: Form
    model: int
    override: Override | None = None

    @property
    def places(self) -> int:
        """The number that holds."""
        if self.override is None or self.override.places is None:
            return self.model
        return self.override.places


@dataclass(frozen=True)
class AtPlaces:
    """What a number of committed places gives in the planned days, by the curve.

    `share` is what is held against the level. `beyond` says that the curve ends before: then
    the numbers are those of its last point, which so many places do not fall below. `cost_nok`
    is that of the cheapest forms for so many places, None where it is not known.
    """

    places: int
    offered_share: float
    share: float
    not_offered_mean: float
    not_offered_high: float
    cost_nok: float | None
    beyond: bool


@dataclass(frozen=True)
class Effect:
    """What overrides do to one series. `ready_nok` is the change in what readiness costs.

    The curve holds a coupled group at the model's number. Ready is paid whether a place is used
    or not, so `ready_nok` is certain; the cost of the cheapest forms also counts use and
    single purchases.
    """

    key: SeriesKey
    level: float
    model: AtPlaces
    chosen: AtPlaces
    ready_nok: float | None

    @property
    def below_level(self) -> bool:
        """Whether the chosen places do not reach the level of the plan."""
        return self.chosen.share < self.level - EXACT

    @property
    def more_not_offered(self) -> float:
        """Children more (or, below 0, fewer) who are not offered a place in time: the mean."""
        return self.chosen.not_offered_mean - self.model.not_offered_mean

    @property
    def cost_change_nok(self) -> float | None:
        """Change of the cheapest forms' cost; None where one of the two is not known."""
        if self.model.cost_nok is None or self.chosen.cost_nok is None:
            return None
        return self.chosen.cost_nok - self.model.cost_nok


def chosen_lines(
    plan: Plan, overrides: Iterable[Override], *, region: str = WHOLE_NATION
) -> tuple[ChosenLine, ...]:
    """Every committed form of the region's series, with the overrides that hold."""
    held = {(each.key, each.form): each for each in overrides}
    mine = set(series_of(plan, region))
    model = {
        (line.key, line.form): line.places
        for line in plan.lines
        if line.key in mine and line.form.committed
    }
    # An override of a form that the plan has no line of is there all the same, beside none.
    return tuple(
        ChosenLine(*each, model.get(each, 0), held.get(each))
        for each in dict.fromkeys((*model, *(each for each in held if each[0] in mine)))
    )


def effects(plan: Plan, overrides: Iterable[Override]) -> tuple[Effect, ...]:
    """What the overrides do, one for each series that has any. Raises UsageError.

    For places on call-off in a plan without its price: their availability is not known.
    """
    listed = tuple(overrides)
    concerned = {each.key for each in listed}
    lines = [line for line in chosen_lines(plan, listed) if line.key in concerned]
    return tuple(
        _effect(plan, plan.curve(key), [line for line in lines if line.key == key])
        for key in plan.series()
        if key in concerned
    )


def committed(plan: Plan, places: Mapping[Form, int]) -> int:
    """Whole committed places of these forms; call-off counts at its availability."""
    worth = sum(number * _availability(plan, form) for form, number in places.items() if number)
    return whole_places(worth)


def at_places(plan: Plan, curve: Curve, places: int) -> AtPlaces:
    """What so many committed places give, by the curve."""
    last = len(curve.offered_share) - 1
    at = min(places, last)
    return AtPlaces(
        places=places,
        offered_share=float(curve.offered_share[at]),
        share=float(curve.share(plan.policy.binds)[at]),
        not_offered_mean=float(curve.not_offered_mean[at]),
        not_offered_high=float(curve.not_offered_high[at]),
        cost_nok=None if places > last else curve.cost_of(places),
        beyond=places > last,
    )


def _effect(plan: Plan, curve: Curve, lines: list[ChosenLine]) -> Effect:
    # Limits and shares of call-off can leave the forms a little above the curve's number:
    # what counts is the difference that the overrides make.
    now = committed(plan, {line.form: line.places for line in lines})
    change = now - committed(plan, {line.form: line.model for line in lines})
    return Effect(
        key=curve.key,
        level=plan.level_of(curve.key),
        model=at_places(plan, curve, curve.chosen),
        chosen=at_places(plan, curve, max(0, curve.chosen + change)),
        ready_nok=_ready(plan, lines),
    )


def _ready(plan: Plan, lines: list[ChosenLine]) -> float | None:
    changed = [line for line in lines if line.places != line.model]
    prices = plan.prices
    if prices is None or any(line.form not in prices.by_form for line in changed):
        return None
    return float(
        sum(plan.days * prices.of(line.form).ready * (line.places - line.model) for line in changed)
    )


def _availability(plan: Plan, form: Form) -> float:
    if form is not Form.CALL_OFF:
        return 1.0
    if plan.prices is None or form not in plan.prices.by_form:
        raise UsageError(
            "the plan has no price of call-off, so how often such a place can be had is not known.",
            fix="Make the plan with [prices.call_off], or choose another form.",
        )
    return plan.prices.by_form[form].availability
