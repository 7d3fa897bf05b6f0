"""Yearly plans as rows for the terminal, with the words of the reports as headings."""

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from forecasting.places import Form
from planning.plan import Plan
from planning.yearly import Person, Version, YearlyPlan
from planning.yearly_diff import YearlyDiff
from reports.decided import DecidedBlocks
from reports.document import Cell, Column, Kind
from service.talk import Row
from service.yearly_rows import LineRow, OverrideRow
from service.yearly_words import (
    CAUSES,
    WORDS,
    day,
    group_of,
    horizon_of_version,
    person,
    region_of,
)

MILLION = 1_000_000


def plain(value: object) -> Any:
    """A row of dataclasses as JSON takes it."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def version_rows(yearly_plans: Iterable[YearlyPlan]) -> list[Row]:
    """Every version of these yearly plans, the newest of each first."""
    return [
        _version(yearly, version)
        for yearly in yearly_plans
        for version in reversed(yearly.versions)
    ]


def _version(yearly: YearlyPlan, version: Version) -> Row:
    signed = version.signature
    return {
        WORDS["yearly.year"]: str(yearly.year),
        WORDS.column("region"): yearly.region,
        WORDS["yearly.number"]: version.number,
        WORDS["yearly.status"]: WORDS[f"yearly.{version.status.value}"],
        WORDS["yearly.horizon"]: horizon_of_version(version),
        WORDS["yearly.plan"]: version.plan_id,
        WORDS["yearly.reason"]: version.reason,
        WORDS["yearly.made"]: f"{person(version.who)} {day(version.made_at)}",
        WORDS["yearly.signed"]: f"{person(signed.who)} {day(signed.at)}" if signed else None,
        WORDS["yearly.overrides"]: len(version.held),
    }


def decided_rows(found: DecidedBlocks) -> list[Row]:
    """The table of the version's report: by need group, the model's numbers and the version's."""
    table = found.table()
    return [
        {
            column.title: _shown(cell, column)
            for cell, column in zip(row, table.columns, strict=True)
        }
        for row in table.rows
    ]


def _shown(cell: Cell, column: Column) -> object:
    if not isinstance(cell, float):
        return cell
    return round(cell / MILLION if column.kind is Kind.MNOK else cell, 1)


def line_rows(lines: Iterable[LineRow], plan: Plan) -> list[Row]:
    """Places by region, need group and form: the model's number and the chosen one."""
    return [
        {
            WORDS.column("region"): region_of(plan.agency, line.region),
            WORDS.column("group"): group_of(plan.agency, line.need_group),
            "Form": WORDS.form(Form(line.form)),
            WORDS["yearly.model"]: line.model_places,
            WORDS["yearly.chosen"]: line.places,
        }
        for line in lines
        if line.model_places or line.places
    ]


def override_rows(overrides: Iterable[OverrideRow], plan: Plan) -> list[Row]:
    """Every override with its reason and who made it."""
    return [
        {
            WORDS.column("region"): region_of(plan.agency, each.region),
            WORDS.column("group"): group_of(plan.agency, each.need_group),
            "Form": WORDS.form(Form(each.form)),
            WORDS["yearly.model"]: each.model_places,
            WORDS["yearly.chosen"]: _chosen(each.places),
            WORDS["yearly.reason"]: each.reason,
            WORDS["yearly.who"]: f"{_by(each)} {_day(each.made_at)}",
        }
        for each in overrides
    ]


def _chosen(places: int | None) -> int | str:
    return str(WORDS["yearly.taken_back"]) if places is None else places


def _by(row: OverrideRow) -> str:
    return person(Person(row.name, row.role))


def _day(moment: datetime) -> str:
    return day(moment)


def pair_rows(found: YearlyDiff) -> list[Row]:
    """Level, places, referrals and cost of both versions.

    What is of other days has no change to tell.
    """
    shown = {
        WORDS["yearly.level"]: (found.level, 100.0, True),
        WORDS["yearly.places"]: (found.places, 1.0, True),
        WORDS["yearly.referrals"]: (found.referrals, 1.0, found.same_days),
        WORDS["yearly.cost"]: (found.cost_nok, 1 / MILLION, found.same_days),
    }
    return [
        {
            WORDS.column("item"): name,
            WORDS["yearly.before"]: _times(pair.before, factor),
            WORDS["yearly.now"]: _times(pair.now, factor),
            WORDS["yearly.change"]: _times(pair.change, factor) if comparable else None,
        }
        for name, (pair, factor, comparable) in shown.items()
    ]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else round(value * factor, 1)


def group_rows(found: YearlyDiff, plan: Plan) -> list[Row]:
    """Committed places by need group, and where the change comes from."""
    return [
        {
            WORDS.column("group"): group_of(plan.agency, each.need_group),
            WORDS["yearly.before"]: each.before,
            **{WORDS[CAUSES[cause]]: places for cause, places in each.causes},
            WORDS["yearly.now"]: each.now,
        }
        for each in found.groups
    ]


def change_rows(found: YearlyDiff, plan: Plan) -> list[Row]:
    """Places by region, need group and form that are not the same."""
    return [
        {
            WORDS.column("region"): region_of(plan.agency, each.key.region),
            WORDS.column("group"): group_of(plan.agency, each.key.need_group),
            "Form": WORDS.form(each.form),
            WORDS["yearly.before"]: each.before,
            WORDS["yearly.now"]: each.now,
            f"{WORDS['yearly.model']}, {WORDS['yearly.before'].lower()}": each.model_before,
            f"{WORDS['yearly.model']}, {WORDS['yearly.now'].lower()}": each.model_now,
        }
        for each in found.lines
    ]
