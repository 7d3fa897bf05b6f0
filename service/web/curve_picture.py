"""The curve behind the levels, as a drawing and in words."""

from dataclasses import dataclass

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from reports.drawings import CurvePanel, Curves
from reports.facts import Part
from reports.numbers import Numbers
from reports.sentences import gain
from service.ask import Question, check_codes
from service.plan_view import LANGUAGE, PlanView

# Places fewer and more, in each region, than the recommendation.
OFFSETS = range(-5, 11)
LABELS = ("Ventet antall barn", "Anbefalt", "I dag")
AXES = ("Forpliktede plasser", "Barn per år")


@dataclass(frozen=True)
class CurveText:
    """What the drawing shows, for those who read rather than look."""

    sentence: str
    alt: str


def curve_drawing(view: PlanView, question: Question) -> Curves:
    """One panel per need group that is asked about. Raises UsageError for an unknown code."""
    check_codes(view, question)
    panels = tuple(_panel(view, part) for part in _parts(view, question))
    return Curves(panels, *AXES, labels=LABELS, unit="barn")


def curve_text(view: PlanView, question: Question) -> CurveText:
    """Where one place more in each region helps most, and the numbers at the recommendation."""
    numbers = Numbers(LANGUAGE)
    # Both ends on the curve: the plan's own number of children is of other paths.
    gains = {part.key.need_group: gain(part, 1) for part in _parts(view, question)}
    best = max(gains, key=lambda code: gains[code])
    where = "Én plass til" if question.region else "Én plass til i hver region"
    sentence = (
        f"{where} hjelper mest i {view.need_groups[best].lower()}: "
        f"{numbers.decimal(gains[best], 1)} færre barn i året uten plass i tide."
        if gains[best] > 0
        else "Flere plasser gir ikke færre barn uten plass i tide."
    )
    at = ", ".join(
        f"{_label(view, part).lower()} {numbers.decimal(part.at_offset(0)[1], 1)}"
        for part in _parts(view, question)
    )
    return CurveText(
        sentence, f"Barn per år uten plass i tide mot antall plasser. Ved anbefalingen: {at}."
    )


def _parts(view: PlanView, question: Question) -> tuple[Part, ...]:
    codes = [question.need_group] if question.need_group else list(view.need_groups)
    region = question.region or WHOLE_NATION
    parts = [Part(view.plan, SeriesKey(region, code)) for code in codes]
    return tuple(part for part in parts if part.curves)


def _label(view: PlanView, part: Part) -> str:
    return view.need_groups[part.key.need_group]


def _panel(view: PlanView, part: Part) -> CurvePanel:
    points = {places: children for places, children, _ in map(part.at_offset, OFFSETS)}
    return CurvePanel(
        title=_label(view, part),
        places=tuple(float(places) for places in points),
        mean=tuple(points.values()),
        chosen=float(part.committed),
        existing=part.existing,
    )
