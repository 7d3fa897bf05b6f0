"""Questions to a finished plan: the recommendation as the plan tells it, levels from its curve."""

from dataclasses import dataclass

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import Curve
from planning.whole import whole_places
from reports.facts import Part, inside, places_at, total
from service.plan_view import PlanView


@dataclass(frozen=True)
class Question:
    """A service level (None: the recommendation) for a region and a need group.

    An empty code means all of them. Raises UsageError for a level that is no share.
    """

    level: float | None = None
    region: str = ""
    need_group: str = ""

    def __post_init__(self) -> None:
        if self.level is not None and not 0 < self.level < 1:
            raise UsageError(
                "the level is not a share between 0 and 1.",
                fix="Use for example level=0.98 for 98 of 100 children.",
            )

    @property
    def part(self) -> SeriesKey:
        """What is asked about, as a key of series."""
        return SeriesKey(self.region or WHOLE_NATION, self.need_group or WHOLE_NATION)


@dataclass(frozen=True)
class Choice:
    """A number of committed places and what it gives in the plan year.

    `places` is None where no number of places on the curve reaches the level; cost is None
    without prices, and for today's places where the plan does not say it. Children are the mean
    a year who are not offered a place in time.
    """

    places: float | None
    children_not_offered: float | None
    cost_nok: float | None


@dataclass(frozen=True)
class SeriesAnswer:
    """The answer for one region and need group."""

    region: str
    need_group: str
    answer: Choice
    recommended: Choice
    existing: Choice


@dataclass(frozen=True)
class Answer:
    """What the asked level needs and gives, beside the recommendation and today's places."""

    plan_id: str
    year: int
    level: float | None
    region: str
    need_group: str
    answer: Choice
    recommended: Choice
    existing: Choice
    series: tuple[SeriesAnswer, ...]


def ask(view: PlanView, question: Question) -> Answer:
    """The recommendation has the plan's own numbers, as every report; a level those of the curve.

    Where a level is asked for, the recommendation beside it is read off the curve too: the curve
    stays on the paths that the places were chosen on, and the plan's own numbers are of others,
    so the two differ by chance. Means and places are added over series; a sum is unknown where
    one part of it is. Raises UsageError for a code that the plan does not have.
    """
    check_codes(view, question)
    rows = tuple(
        _series(view, curve, question.level)
        for curve in view.plan.curves
        if inside(curve.key, question.part)
    )
    own = _own(view, question.part) if question.level is None else None
    return Answer(
        plan_id=view.plan_id,
        year=view.plan.year,
        level=question.level,
        region=question.region,
        need_group=question.need_group,
        answer=own or _sum(tuple(row.answer for row in rows)),
        recommended=own or _sum(tuple(row.recommended for row in rows)),
        existing=_sum(tuple(row.existing for row in rows)),
        series=rows,
    )


def check_codes(view: PlanView, question: Question) -> None:
    """Raises UsageError for a region or need group that the plan does not have."""
    for word, code, known in (
        ("region", question.region, view.regions),
        ("need_group", question.need_group, view.need_groups),
    ):
        if code and code not in known:
            raise UsageError(
                f"the plan has no such {word}.", fix=f"Use one of: {', '.join(known)}."
            )


def _series(view: PlanView, curve: Curve, level: float | None) -> SeriesAnswer:
    if level is None:
        answer = recommended = _own(view, curve.key)
    else:
        own, binds = view.plan.level_of(curve.key), view.plan.policy.binds
        answer = _choice(curve, places_at(curve, level, own=own, binds=binds))
        recommended = _choice(curve, curve.chosen)
    return SeriesAnswer(
        region=curve.key.region,
        need_group=curve.key.need_group,
        answer=answer,
        recommended=recommended,
        existing=_existing(view, curve),
    )


def _own(view: PlanView, key: SeriesKey) -> Choice:
    """What the plan recommends for a part, with its own children and cost."""
    part = Part(view.plan, key)
    return Choice(part.committed, part.not_offered, part.cost)


def _existing(view: PlanView, curve: Curve) -> Choice:
    if curve.existing is None:
        return Choice(None, None, None)
    whole = min(whole_places(curve.existing), len(curve.offered_share) - 1)
    # The curve's cost is that of the cheapest mix, which today's places need not be.
    cost = view.plan.existing_cost.get(curve.key)
    return Choice(curve.existing, float(curve.not_offered_mean[whole]), cost)


def _choice(curve: Curve, places: int | None) -> Choice:
    if places is None:
        return Choice(None, None, None)
    return Choice(places, float(curve.not_offered_mean[places]), curve.cost_of(places))


def _sum(choices: tuple[Choice, ...]) -> Choice:
    return Choice(
        total(choice.places for choice in choices),
        total(choice.children_not_offered for choice in choices),
        total(choice.cost_nok for choice in choices),
    )
