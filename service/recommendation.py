"""The recommendation as the terminal shows it: per need group and form, over all regions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan, PlanLine
from reports.remarks import call_off
from reports.sentences import Speaker
from reports.words import Words, words_of
from service.talk import Row

MILLION = 1_000_000


@dataclass(frozen=True)
class Recommendation:
    """A title, rows with the headings as keys, and what they mean."""

    title: str
    rows: tuple[Row, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: str


def recommendation(plan: Plan, *, language: str = "nb") -> Recommendation:
    """What the plan recommends, in the words of the reports."""
    words = words_of(language)
    speaker = Speaker(plan, words)
    level = words.say("sentences.level", level=words.of_children(plan.policy.level))
    groups = dict.fromkeys(key.need_group for key in plan.series())
    rows = [row for group in groups for row in _group_rows(plan, group, words=words)]
    return Recommendation(
        title=words.say("title.title", year=plan.year, agency=plan.agency.name),
        rows=(*rows, _sum(plan, words=words)),
        sentences=(level, *call_off(speaker)),
        warnings=speaker.thin(),
        findings=_findings(plan),
    )


def _findings(plan: Plan) -> str:
    """How many findings there are, by kind, and where they can be read."""
    kinds = Counter(finding.code for finding in plan.findings)
    named = ", ".join(f"{code} {count}" for code, count in kinds.items())
    return f"Findings (findings.csv): {named or 'none'}"


def _group_rows(plan: Plan, group: str, *, words: Words) -> list[Row]:
    lines = [line for line in plan.lines if line.key.need_group == group]
    by_form = {form: [line for line in lines if line.form is form] for form in Form}
    return [
        _row(plan, part, group=group, form=words.form(form), words=words)
        for form, part in by_form.items()
        if any(line.places or line.existing for line in part)
    ]


def _row(
    plan: Plan, lines: Sequence[PlanLine], *, group: str, form: str, words: Words
) -> dict[str, object]:
    """Sums over regions; the share offered in time is the group's, whatever the form.

    Spot purchase has a cost but no places: nobody recommends a number of them.
    """
    committed = lines[0].form.committed
    existing = [line.existing for line in lines if line.existing is not None and committed]
    cost = [line.cost_nok.mean for line in lines if line.cost_nok is not None]
    return _cells(
        (words.group(plan.agency, group), form),
        sum(line.places for line in lines) if committed else None,
        sum(existing) if existing else None,
        cost=sum(cost) if cost else None,
        offered=_offered(plan, group),
        words=words,
    )


def _sum(plan: Plan, *, words: Words) -> dict[str, object]:
    """Committed places of the nation (call-off counts by its availability), and all cost."""
    existing = [curve.existing for curve in plan.curves if curve.existing is not None]
    return _cells(
        (words.group(plan.agency, WHOLE_NATION), words.column("committed")),
        sum(curve.chosen for curve in plan.curves),
        round(sum(existing), 1) if existing else None,
        cost=None if plan.total_cost is None else plan.total_cost.mean,
        offered=_offered(plan, WHOLE_NATION),
        words=words,
    )


def _cells(
    names: tuple[str, str],
    places: int | None,
    existing: float | None,
    *,
    cost: float | None,
    offered: float | None,
    words: Words,
) -> dict[str, object]:
    change = None if places is None or existing is None else round(places - existing, 1)
    return {
        words.column("group"): names[0],
        words["excel.form"]: names[1],
        words["words.recommended"]: places,
        words.column("existing"): existing,
        words.column("change"): change,
        words.column("cost"): None if cost is None else round(cost / MILLION, 1),
        words.column("offered"): offered,
    }


def _offered(plan: Plan, group: str) -> float | None:
    """Share of the group's children offered a place in time, over the nation."""
    found = [
        risk.offered_share
        for risk in plan.risks
        if risk.key.region == WHOLE_NATION and risk.key.need_group == group
    ]
    return round(found[0], 4) if found else None
