"""What the plan page shows, as plain values for its template."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.plan import PlanLine
from reports.facts import inside, total
from reports.numbers import Numbers
from service.ask import Answer, Choice, Question, ask
from service.plan_view import PlanView

FORM_LABELS = {
    Form.BASE: "Grunnkapasitet",
    Form.STANDBY: "Beredskap",
    Form.GUARANTEED: "Rammeavtale med garanti",
    Form.CALL_OFF: "Avrop på rammeavtale",
    Form.SPOT: "Enkeltkjøp",
}
QUICK_LEVELS = ("90", "95", "97", "98", "99")
LEAST, MOST = 50.0, 99.9
NUMBERS = Numbers("nb")
UNKNOWN = "–"


@dataclass(frozen=True)
class Asked:
    """What stands in the address: codes, and the level in per cent as it was written."""

    region: str = ""
    need_group: str = ""
    percent: str = ""

    @property
    def question(self) -> Question:
        """The question itself. Raises UsageError for a level that is no number in range."""
        return Question(self.level, self.region, self.need_group)

    @property
    def level(self) -> float | None:
        """The level as a share; None where the recommendation is asked for."""
        if not self.percent:
            return None
        try:
            value = float(self.percent.replace(",", "."))
        except ValueError:
            value = -1.0
        if not LEAST <= value <= MOST:
            raise UsageError(
                "the level is not a percentage in range.", fix=f"Use {LEAST:g} to {MOST:g}."
            )
        return value / 100


@dataclass(frozen=True)
class CompareRow:
    """One row of the comparison: a name, places, children, cost, and change in places."""

    name: str
    places: str
    change: str
    children: str
    cost: str


@dataclass(frozen=True)
class FormRow:
    """One purchase form in the recommendation."""

    name: str
    places: str
    existing: str
    change: str
    used: str
    cost: str


@dataclass(frozen=True)
class SeriesRow:
    """One region and need group at the asked level."""

    region: str
    need_group: str
    places: str
    recommended: str
    existing: str
    children: str


@dataclass(frozen=True)
class PlanPage:
    """Everything that the template prints; it computes nothing.

    `forms_note` says, beside the forms of the recommendation, that another level has none.
    """

    title: str
    place: str
    headline: str
    lines: tuple[str, ...]
    compare: tuple[CompareRow, ...]
    forms: tuple[FormRow, ...]
    forms_note: str
    series: tuple[SeriesRow, ...]
    unreached: tuple[str, ...]
    percent: str


def plan_page(view: PlanView, asked: Asked) -> PlanPage:
    """The page for one question. Raises UsageError for a code or level that is wrong."""
    answer = ask(view, asked.question)
    return PlanPage(
        title=_title(view, answer),
        place=_place(view, asked),
        headline=_headline(view, asked, answer),
        lines=_sentences(view, answer),
        compare=_compare(answer),
        forms=tuple(_forms(view, asked.question.part)),
        forms_note=_forms_note(view, answer),
        series=tuple(_series(view, answer)),
        unreached=tuple(
            f"{view.regions[row.region]}, {view.need_groups[row.need_group].lower()}"
            for row in answer.series
            if row.answer.places is None
        ),
        percent=percent_text(view.plan.policy.level if answer.level is None else answer.level),
    )


def percent_text(level: float) -> str:
    """A share as per cent without needless decimals, with a point: the value of a number box."""
    return f"{round(100 * level, 3):g}"


def level_words(level: float) -> str:
    """A level in words: 97 av 100 barn."""
    if abs(100 * level - round(100 * level)) < 1e-9:
        return f"{round(100 * level)} av 100 barn"
    return f"{round(1000 * level, 2):g} av 1000 barn".replace(".", ",")


def _place(view: PlanView, asked: Asked) -> str:
    region = view.regions.get(asked.region)
    group = view.need_groups.get(asked.need_group)
    where = f"Region {region}" if region else "Hele landet"
    return f"{where}, {group.lower()}" if group else where


def _title(view: PlanView, answer: Answer) -> str:
    """What the window is called: a page of another level is not the recommendation's."""
    title = f"Kapasitetsplan {view.plan.year}"
    return title if answer.level is None else f"{title}, tjenestenivå {level_words(answer.level)}"


def _headline(view: PlanView, asked: Asked, answer: Answer) -> str:
    level = "" if answer.level is None else f" tjenestenivå {level_words(answer.level)}"
    if answer.answer.places is None:
        return f"{_place(view, asked)}:{level} nås ikke i {view.plan.year}"
    places = NUMBERS.count(answer.answer.places)
    word = "forpliktet plass" if answer.answer.places == 1 else "forpliktede plasser"
    at = f" ved{level}" if level else ""
    return f"{_place(view, asked)} trenger {places} {word} i {view.plan.year}{at}"


def _forms_note(view: PlanView, answer: Answer) -> str:
    if answer.level is None:
        return ""
    own = ", og noen målgrupper har et eget nivå" if view.own_levels else ""
    return (
        f"Tabellen gjelder anbefalingen, som bygger på {level_words(view.plan.policy.level)}{own}. "
        f"Plassene ved det valgte nivået, {level_words(answer.level)}, er ikke delt på former: lag "
        "en plan med det nivået for å se dem."
    )


def _sentences(view: PlanView, answer: Answer) -> tuple[str, ...]:
    level = view.plan.policy.level if answer.level is None else answer.level
    chosen = answer.answer
    if chosen.places is None:
        return ("Kurven når ikke dette nivået overalt. Velg et lavere nivå.",)
    sentences = [f"Da er det en plass i tide for minst {level_words(level)}, i egen region."]
    if answer.level is None and view.own_levels:
        sentences[0] = f"Da er det en plass i tide for minst {level_words(level)}, i egen region;"
        sentences[0] += " noen målgrupper har et eget nivå."
    if chosen.children_not_offered is not None:
        children = _children(chosen.children_not_offered)
        sentences.append(f"Om lag {children} barn i året må regnes med å ikke få plass i tide.")
    if chosen.cost_nok is not None:
        cost = f"Ventet kostnad er {NUMBERS.money(chosen.cost_nok)} i året"
        prices = view.plan.prices
        sentences.append(f"{cost}." if prices is None else f"{cost} (prisnivå {prices.plan_year}).")
    return (*sentences, *_difference(answer))


def _difference(answer: Answer) -> tuple[str, ...]:
    new, old = answer.answer, answer.recommended
    if answer.level is None or new.places is None or old.places is None:
        return ()
    change = new.places - old.places
    if change == 0:
        return ("Det er like mange plasser som anbefalt.",)
    words = f"{NUMBERS.count(abs(change))} {'flere' if change > 0 else 'færre'} enn anbefalt"
    if new.cost_nok is None or old.cost_nok is None:
        return (f"Det er {words}.",)
    cost = new.cost_nok - old.cost_nok
    money = f"{NUMBERS.money(abs(cost))} {'mer' if cost > 0 else 'mindre'}"
    return (f"Det er {words} og koster {money} i året.",)


def _compare(answer: Answer) -> tuple[CompareRow, ...]:
    today = answer.existing
    rows = {"I dag": today, "Anbefalt": answer.recommended}
    if answer.level is not None:
        rows["Valgt nivå"] = answer.answer
    return tuple(
        CompareRow(
            name=name,
            places=_text(choice.places, NUMBERS.count),
            change="" if choice is today else _text(_minus(choice, today), NUMBERS.change),
            children=_text(choice.children_not_offered, _children),
            cost=_text(choice.cost_nok, NUMBERS.millions),
        )
        for name, choice in rows.items()
    )


def _minus(new: Choice, old: Choice) -> float | None:
    return None if new.places is None or old.places is None else new.places - old.places


def _children(children: float) -> str:
    return NUMBERS.decimal(children, 0 if children >= 20 else 1)


def _text(value: float | None, shown: Callable[[float], str]) -> str:
    return UNKNOWN if value is None else shown(value)


def _forms(view: PlanView, part: SeriesKey) -> Iterator[FormRow]:
    for form in Form:
        lines = [line for line in view.plan.lines if line.form is form and inside(line.key, part)]
        places = sum(line.places for line in lines)
        existing = total(line.existing for line in lines)
        used = sum(line.places * line.used_share for line in lines)
        yield FormRow(
            name=FORM_LABELS[form],
            # Single purchases are made child by child: what counts is how many are in use.
            places=NUMBERS.count(places) if form.committed else "",
            existing=_text(existing, NUMBERS.count) if form.committed else "",
            change=_text(None if existing is None else places - existing, NUMBERS.change)
            if form.committed
            else "",
            used=NUMBERS.decimal(used, 1),
            cost=_text(_cost(lines), NUMBERS.millions),
        )


def _cost(lines: list[PlanLine]) -> float | None:
    return total(None if line.cost_nok is None else line.cost_nok.mean for line in lines)


def _series(view: PlanView, answer: Answer) -> Iterator[SeriesRow]:
    for row in answer.series:
        yield SeriesRow(
            region=view.regions[row.region],
            need_group=view.need_groups[row.need_group],
            places=_text(row.answer.places, NUMBERS.count),
            recommended=_text(row.recommended.places, NUMBERS.count),
            existing=_text(row.existing.places, NUMBERS.count),
            children=_text(row.answer.children_not_offered, _children),
        )
