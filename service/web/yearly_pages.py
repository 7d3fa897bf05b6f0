"""Pages of yearly plans: history, versions, what planners set themselves, and the signature."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from fastapi.responses import HTMLResponse

from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan
from planning.yearly import Status, Version, YearlyPlan, series_of
from service.planner_text import MOST_NAME, MOST_REASON
from service.since_files import since_rows
from service.store import plan_file
from service.talk import Row
from service.tertial import FOLLOWED, kept_rows, kept_sentence
from service.yearly import (
    By,
    Compared,
    Seen,
    compared,
    draft,
    existing,
    kept_plan,
    lock,
    seen,
)
from service.yearly_print import (
    change_rows,
    decided_rows,
    group_rows,
    line_rows,
    override_rows,
    pair_rows,
)
from service.yearly_store import Named, yearly_plans
from service.yearly_words import (
    WORDS,
    day,
    horizon_of_version,
    label_of,
    person,
    region_of,
    yearly_title,
)

ROOT = "/historikk"
DOWNLOADS = {"xlsx": "Excel", "pdf": "PDF", "docx": "Word", "html": "nettside (HTML)"}
FAULTS = {
    "name": f"Skriv navnet ditt på én linje, høyst {MOST_NAME} tegn og uten lange tall.",
    "role": f"Skriv rollen din på én linje, høyst {MOST_NAME} tegn og uten lange tall.",
    "reason": f"Skriv begrunnelsen på én linje, høyst {MOST_REASON} tegn og uten lange tall.",
    "places": "Skriv et helt antall plasser fra 0, eller la feltet stå tomt for modellens tall.",
    "series": "Velg en region og målgruppe i planen, og en kjøpsform som planen har pris på.",
    "open": "Dette kan bare gjøres med den nyeste versjonen så lenge den er et utkast. Er den "
    "låst, gå tilbake til den som en ny versjon.",
}


class Draws(Protocol):
    """Draws a page from a template."""

    def draw(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """The page."""
        ...


@dataclass(frozen=True)
class VersionLine:
    """One version in the history, as it is printed."""

    number: int
    address: str
    status: str
    in_force: bool
    horizon: str
    reason: str
    made: str
    signed: str
    based_on: int | None
    overrides: int
    plan_id: str


@dataclass(frozen=True)
class Desk:
    """Yearly plans of one home, as pages show and change them. `now` tells the moment."""

    site: Draws
    home: Path
    now: Callable[[], datetime]

    def history(self) -> HTMLResponse:
        """Every yearly plan with its versions."""
        every = yearly_plans(self.home)
        plans = [(self._title(each), _address(each), _lines(each)) for each in every]
        synthetic = any(_synthetic(self._plan(each)) for each in every)
        return self.site.draw("history.html", plans=plans, synthetic=synthetic)

    def yearly(self, named: Named, *, before: str, now: str) -> HTMLResponse:
        """One yearly plan: its versions, and two of them compared."""
        found = existing(self.home, named)
        numbers = [version.number for version in found.versions]
        pair = tuple(n for each in (before, now) for n in numbers if each == str(n))
        both = compared(self.home, named, *pair) if len(pair) == 2 else None
        return self.site.draw(
            "yearly.html",
            title=self._title(found),
            address=_address(found),
            lines=_lines(found),
            numbers=numbers,
            pair=pair if both else (),
            tables=self._difference(both) if both else None,
            other_days="" if both is None or both.diff.same_days else WORDS["yearly.other_days"],
            synthetic=_synthetic(self._plan(found)),
        )

    def version(self, named: Named, number: int, *, fault: str = "") -> HTMLResponse:
        """One version; an open one with the forms to change and sign it."""
        found = seen(self.home, named, number)
        opened = found.yearly.newest == found.version and found.version.status is Status.DRAFT
        plan, answer = found.plan, found.answer
        told = plan_file(self.home, found.version.plan_id, FOLLOWED)
        return self.site.draw(
            "version.html",
            status=422 if fault else 200,
            title=f"{self._title(found.yearly)}, versjon {number}",
            address=_address(found.yearly),
            line=_line(found.yearly, found.version),
            synthetic=_synthetic(plan),
            open=opened,
            fault=FAULTS.get(fault, ""),
            effects=[each.sentences for each in answer.effects],
            said=answer.sentences,
            decided_heading=found.told.heading,
            decided_caption=found.told.table().caption,
            decided=decided_rows(found.told) if found.told.differs else [],
            below=[each.below_level for each in answer.effects],
            places=line_rows(answer.lines, plan),
            overrides=override_rows(answer.overrides, plan),
            last_holds=WORDS["yearly.last_holds"],
            followed="" if told is None else kept_sentence(told),
            followed_rows=[] if told is None else kept_rows(told, plan.agency),
            series=_series(found),
            forms=_forms(),
            downloads=[
                (f"/api/v1/yearly/{named.year}/{named.region}/{number}/report.{ending}", name)
                for ending, name in DOWNLOADS.items()
            ],
        )

    def signed(self, plan_id: str) -> tuple[str, ...]:
        """What the plan page says of a plan that versions rest on."""
        return tuple(
            _signed_sentence(self._title(each), version)
            for each in yearly_plans(self.home)
            for version in each.versions
            if version.plan_id == plan_id
        )

    def decide(self, plan_id: str, region: str, *, reason: str, by: By, locked: bool) -> str:
        """A new version from a plan, signed at once if `locked`; the address of its page."""
        made = draft(self.home, plan_id, region=region, reason=reason, by=by)
        named = Named(kept_plan(self.home, plan_id).year, region)
        if locked:
            lock(self.home, named, number=made.number, by=by)
        return f"{_address(existing(self.home, named))}/{made.number}"

    def _plan(self, yearly: YearlyPlan) -> Plan:
        return kept_plan(self.home, yearly.versions[-1].plan_id)

    def _title(self, yearly: YearlyPlan) -> str:
        return yearly_title(yearly.year, yearly.region, self._plan(yearly).agency)

    def _difference(self, found: Compared) -> Mapping[str, list[Row]]:
        gone = override_rows(found.answer.overrides_gone, found.plan)
        new = override_rows(found.answer.overrides_new, found.plan)
        return {
            "Hovedtall": pair_rows(found.diff),
            "Hvor endringen kommer fra": group_rows(found.diff, found.plan),
            "Hva modellens endring kommer av, regnet fra dataene": since_rows(
                found.since, found.plan.agency
            ),
            "Plasser som er endret": change_rows(found.diff, found.plan),
            "Overstyringer som er borte": gone,
            "Nye overstyringer": new,
        }


def _synthetic(plan: Plan) -> bool:
    return plan.basis.synthetic or plan.agency.synthetic


def _address(yearly: YearlyPlan) -> str:
    return f"{ROOT}/{yearly.year}/{yearly.region}"


def _lines(yearly: YearlyPlan) -> list[VersionLine]:
    return [_line(yearly, version) for version in reversed(yearly.versions)]


def _line(yearly: YearlyPlan, version: Version) -> VersionLine:
    signed = version.signature
    return VersionLine(
        number=version.number,
        address=f"{_address(yearly)}/{version.number}",
        status=str(WORDS[f"yearly.{version.status.value}"]),
        in_force=version == yearly.in_force,
        horizon=horizon_of_version(version),
        reason=version.reason,
        made=f"{person(version.who)}, {day(version.made_at)}",
        signed=f"{person(signed.who)}, {day(signed.at)}" if signed else "",
        based_on=version.based_on,
        overrides=len(version.held),
        plan_id=version.plan_id,
    )


def _signed_sentence(title: str, version: Version) -> str:
    if version.signature is None:
        return f"{title}: utkast, versjon {version.number}."
    who, moment = version.signature.who, version.signature.at
    return f"{title}: låst som versjon {version.number} av {person(who)}, {day(moment)}."


def _series(found: Seen) -> list[tuple[str, str]]:
    """Code and label of each series that can be overridden."""
    plan = found.plan
    keys = series_of(plan, found.yearly.region)
    return [(f"{key.region}/{key.need_group}", label_of(plan.agency, key)) for key in keys]


def _forms() -> list[tuple[str, str]]:
    return [(form.value, WORDS.form(form)) for form in Form if form.committed]


def regions_of_plan(plan: Plan) -> list[tuple[str, str]]:
    """Code and label of the nation and each region that a yearly plan can be for."""
    codes = dict.fromkeys(key.region for key in plan.series())
    return [
        (WHOLE_NATION, "Hele landet"),
        *((code, region_of(plan.agency, code)) for code in codes),
    ]
