"""Scenarios from their rows in a configuration, with plain messages for what does not fit."""

import difflib
from dataclasses import MISSING, Field, fields
from enum import Enum

from forecasting.agency import Agency
from forecasting.errors import InputError
from planning.scenario import CHANGES, AnyChange, Scenario
from service.settings_file import ChangeTable, ScenarioTable


def scenario_of(code: str, row: ScenarioTable) -> Scenario:
    """The scenario of one row. Raises InputError naming the change and what it takes."""
    where = f"scenarios.{code}.changes"
    changes = tuple(_change(each, f"{where}.{at}") for at, each in enumerate(row.changes))
    return Scenario(code, row.label, row.why, changes, row.need_groups)


def check_scenario(scenario: Scenario, agency: Agency) -> None:
    """Raises InputError for a region or need group that the agency does not have."""
    for change in scenario.changes:
        named = vars(change)
        try:
            if named.get("region") and not agency.region(named["region"]).planned:
                raise InputError(
                    f"region {named['region']!r} is not planned.",
                    fix="Name a planned region, or let it be planned in [regions].",
                )
            if named.get("need_group"):
                agency.need_group(named["need_group"])
        except InputError as error:
            raise InputError(f"scenarios.{scenario.code}: {error.message}", fix=error.fix) from None


def change_row(change: AnyChange) -> dict[str, object]:
    """A change as its row in a configuration, without what is left at its default."""
    row: dict[str, object] = {"kind": change.kind}
    for each in fields(change):
        value = getattr(change, each.name)
        if value != each.default:
            row[each.name] = value.value if isinstance(value, Enum) else value
    return row


def _change(row: ChangeTable, where: str) -> AnyChange:
    if row.kind not in CHANGES:
        near = difflib.get_close_matches(row.kind, CHANGES, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(
            f"{where}: {row.kind!r} is no kind of change{hint}.",
            fix=f"Use one of: {', '.join(CHANGES)}.",
        )
    made = CHANGES[row.kind]
    given = row.model_dump(exclude={"kind"}, exclude_none=True)
    takes = {each.name: each for each in fields(made)}
    wrong = [name for name in given if name not in takes]
    missing = [name for name, each in takes.items() if _needed(each) and name not in given]
    if wrong or missing:
        fault = f"does not take {wrong[0]}" if wrong else f"needs {missing[0]}"
        raise InputError(
            f"{where}: {row.kind} {fault}.", fix=f"{row.kind} takes: {', '.join(takes)}."
        )
    return made(**given)


def _needed(each: "Field[object]") -> bool:
    return each.default is MISSING and each.default_factory is MISSING
