"""The recommendation as the terminal shows it: per need group and form, over all regions."""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.words import Words, words_of

from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan, PlanLine
from service.talk import Row

MILLION = 1_000_000


@dataclass(frozen=True)
class Recommendation:
    """A title, rows with the headings as keys, and what they mean in one sentence."""

    title: str
    rows: tuple[Row, ...]
    sentence: str


def recommendation(plan: Plan, *, language: str = "nb") -> Recommendation:
    """What the plan recommends, in the words of the reports."""
    words = words_of(language)
    groups = dict.fromkeys(key.need_group for key in plan.series())
    rows = [row for group in groups for row in _group_rows(plan, group, words=words)]
    return Recommendation(
        title=words.say("title.title", year=plan.year, agency=plan.agency.name),
        rows=(*rows, _row(plan, plan.lines, group=WHOLE_NATION, form="", words=words)),
        sentence=words.say("sentences.level", level=words.of_children(plan.policy.level)),
    )


def _group_rows(plan: Plan, group: str, *, words: Words) -> list[Row]:
    lines = [line for line in plan.lines if line.key.need_group == group]
    by_form = {form: [line for line in lines if line.form is form] for form in Form}
    return [
        _row(plan, part, group=group, form=words.form(form), words=words)
        for form, part in by_form.items()
        if any(line.places or line.existing for line in part)
    ]


def _row(
    plan: Plan, lines: Iterable[PlanLine], *, group: str, form: str, words: Words
) -> dict[str, object]:
    """Sums over regions; the share offered in time is the group's, whatever the form."""
    part = [line for line in lines if line.form.committed or form]
    existing = [line.existing for line in part if line.existing is not None]
    cost = [line.cost_nok.mean for line in part if line.cost_nok is not None]
    places = sum(line.places for line in part)
    return {
        words.column("group"): words.group(plan.agency, group),
        "Form": form,
        words["words.recommended"]: places,
        words.column("existing"): sum(existing) if existing else None,
        words.column("change"): places - sum(existing) if existing else None,
        words.column("cost"): round(sum(cost) / MILLION, 1) if cost else None,
        words.column("offered"): _offered(plan, group),
    }


def _offered(plan: Plan, group: str) -> float | None:
    """Share of the group's children offered a place in time, over the nation."""
    found = [
        risk.offered_share
        for risk in plan.risks
        if risk.key.region == WHOLE_NATION and risk.key.need_group == group
    ]
    return round(found[0], 4) if found else None
