"""A comparison of scenarios as files, and as rows to print."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from forecasting.agency import Agency
from forecasting.basis import Basis
from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.compare import Result, Results
from planning.money import money
from planning.regret import Regret, Robust
from planning.scenario import Scenario
from reports.words import Words, words_of
from reports.writers.csv import Value, to_bytes
from service.scenario_tables import change_row
from service.scenarios import BASE
from service.tables import json_bytes
from service.talk import Row

TABLE = "scenarios.csv"
ROBUST = "robust.csv"
REGRETS = "regrets.csv"
BASIS = "basis.json"
COLUMNS = (
    "scenario",
    "region",
    "need_group",
    "committed_places",
    "offered_share",
    "children_not_offered",
    "cost_nok_of_these",
    "places_recommended",
    "cost_nok",
    "cost_nok_low",
    "cost_nok_high",
)
MILLION = 1_000_000


def scenario_files(
    results: Results,
    scenarios: Sequence[Scenario],
    answers: Sequence[Robust],
    *,
    basis: Basis,
    agency: Agency,
) -> dict[str, bytes]:
    """scenarios.csv, robust.csv, regrets.csv and basis.json."""
    rests = {
        **basis.to_dict(),
        "scenarios": [_described(each) for each in scenarios],
        "need_groups": {group.code: group.label("nb") for group in agency.need_groups},
        "agency": agency.name,
    }
    return {
        TABLE: to_bytes([COLUMNS, *_rows(results)]),
        ROBUST: to_bytes(_robust_rows(answers)),
        REGRETS: to_bytes(_regret_rows(answers)),
        BASIS: json_bytes(rests),
    }


def _described(scenario: Scenario) -> dict[str, object]:
    """The scenario with its reason, as it stands in a configuration."""
    return {
        "code": scenario.code,
        "label": dict(scenario.labels),
        "why": scenario.why,
        "changes": [change_row(change) for change in scenario.changes],
        "need_groups": scenario.need_groups,
    }


def _rows(results: Results) -> Iterator[tuple[Value, ...]]:
    """A row a series, then one a need group over the nation, then one for all."""
    for scenario, by_choice in results.items():
        held, own = by_choice[BASE], by_choice[scenario]
        sums: dict[SeriesKey, list[SeriesKey]] = {key: [key] for key in own}
        for key in own:
            sums.setdefault(SeriesKey(WHOLE_NATION, key.need_group), []).append(key)
        sums[SeriesKey(WHOLE_NATION, WHOLE_NATION)] = list(own)
        for key, parts in sums.items():
            yield (
                scenario,
                key.region,
                key.need_group,
                *_numbers([held[part] for part in parts], [own[part] for part in parts]),
            )


def _numbers(held: Sequence[Result], own: Sequence[Result]) -> tuple[Value, ...]:
    """The columns of numbers: first of the base plan's places, then of the recommended ones."""
    to_meet, missed = (
        sum(getattr(each, name) for each in held) for name in ("to_meet", "not_offered")
    )
    return (
        sum(each.places for each in held),
        1.0 if to_meet == 0 else 1 - missed / to_meet,
        missed,
        _costs(held)[0],
        sum(each.places for each in own),
        *_costs(own),
    )


def _costs(parts: Sequence[Result]) -> tuple[Value, Value, Value]:
    """Mean and 10-90 % of the cost, added path by path; unknown without prices. Whole kroner."""
    known = [part.cost_nok for part in parts if part.cost_nok is not None]
    if len(known) < len(parts):
        return None, None, None
    cost = money(np.sum(known, axis=0))
    return round(cost.mean), round(cost.low), round(cost.high)


def _robust_rows(answers: Iterable[Robust]) -> Iterator[tuple[Value, ...]]:
    yield (
        *("need_group", "choice", "places", "base_places", "price_nok_per_child"),
        *_worst_columns(""),
        *_worst_columns("base_"),
    )
    for answer in answers:
        for group in answer.need_groups:
            yield (
                group,
                answer.choice,
                answer.places[answer.choice][group],
                answer.places[answer.base][group],
                round(answer.price_nok),
                *_worst(answer.worst[answer.choice]),
                *_worst(answer.worst[answer.base]),
            )


def _worst_columns(prefix: str) -> tuple[str, ...]:
    names = ("largest_regret_nok", "in_scenario", "extra_cost_nok", "extra_children_not_offered")
    return tuple(prefix + name for name in names)


def _worst(regret: Regret) -> tuple[Value, ...]:
    return (
        round(regret.regret_nok),
        regret.scenario,
        round(regret.extra_cost_nok),
        regret.extra_not_offered,
    )


def _regret_rows(answers: Iterable[Robust]) -> Iterator[tuple[Value, ...]]:
    yield (
        *("need_groups", "choice", "scenario"),
        *("extra_cost_nok", "extra_children_not_offered", "regret_nok"),
    )
    for answer in answers:
        for each in answer.regrets:
            yield (
                ";".join(answer.need_groups),
                each.choice,
                each.scenario,
                round(each.extra_cost_nok),
                each.extra_not_offered,
                round(each.regret_nok),
            )


def listed_rows(scenarios: Iterable[Scenario]) -> list[Row]:
    """Scenarios as rows to print: code, name, reason, and the kinds of change."""
    words = words_of("nb")
    return [
        {
            words["scenario.code"]: each.code,
            words["scenario.name"]: each.label("nb"),
            words["scenario.why"]: each.why,
            words["scenario.changes"]: ", ".join(
                dict.fromkeys(
                    [change.kind for change in each.changes]
                    + (["need_groups"] if each.need_groups else [])
                )
            ),
        }
        for each in scenarios
    ]


def compared_rows(folder: Path, *, by_group: bool) -> list[Row]:
    """Each scenario against the base plan over the nation, from the files of `scenario run`.

    Raises InputError where the folder holds none.
    """
    read = _Folder.of(folder)
    rows = [row for row in read.rows if row["region"] == WHOLE_NATION]
    wanted = [row for row in rows if by_group or row["need_group"] == WHOLE_NATION]
    base = {row["need_group"]: row for row in rows if row["scenario"] == BASE}
    return [read.shown(row, base.get(row["need_group"])) for row in wanted]


class _Folder:
    """The files of one comparison."""

    def __init__(self, rows: list[dict[str, str]], basis: Mapping[str, object], words: Words):
        self.rows, self.basis, self.words = rows, basis, words

    @classmethod
    def of(cls, folder: Path) -> "_Folder":
        try:
            text = (folder / TABLE).read_text("utf-8")
            basis = json.loads((folder / BASIS).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"{folder} holds no scenarios that were run.",
                fix="Name the folder after --out of plassplan scenario run.",
            ) from error
        return cls(list(csv.DictReader(io.StringIO(text))), basis, words_of("nb"))

    def shown(self, row: Mapping[str, str], base: Mapping[str, str] | None) -> Row:
        """One line of the table, with what differs from the base plan."""
        words = self.words
        children = "children_not_offered"
        return {
            words["scenario.name"]: self._scenario(row["scenario"]),
            words.column("group"): self._group(row["need_group"]),
            words["scenario.places"]: int(row["places_recommended"]),
            words["scenario.places_change"]: _change(row, base, "places_recommended", digits=0),
            words["scenario.held"]: int(row["committed_places"]),
            words["scenario.children"]: round(float(row[children]), 1),
            words["scenario.children_change"]: _change(row, base, children, digits=1),
            words["scenario.cost"]: _millions(row["cost_nok"]),
            words["scenario.cost_change"]: _change(row, base, "cost_nok", digits=1, unit=MILLION),
        }

    def _scenario(self, code: str) -> str:
        if code == BASE:
            return str(self.words["scenario.base"])
        listed = self.basis["scenarios"]
        assert isinstance(listed, list)
        found = next(each for each in listed if each["code"] == code)
        return str(found["label"].get("nb", code))

    def _group(self, code: str) -> str:
        if code == WHOLE_NATION:
            return str(self.words["words.all_groups"])
        groups = self.basis["need_groups"]
        assert isinstance(groups, Mapping)
        return str(groups.get(code, code))


def _change(
    row: Mapping[str, str],
    base: Mapping[str, str] | None,
    name: str,
    *,
    digits: int,
    unit: float = 1.0,
) -> float | None:
    """This less the base plan's; None where either is not known or nothing can be compared."""
    if base is None or not row[name] or not base[name]:
        return None
    found = round((float(row[name]) - float(base[name])) / unit, digits)
    return int(found) if digits == 0 else found


def _millions(text: str) -> float | None:
    return round(float(text) / MILLION, 1) if text else None


def robust_rows(answers: Sequence[Robust], agency: Agency) -> list[Row]:
    """The robust choice beside the base plan, per need group, as rows to print."""
    words = words_of("nb")
    return [
        {
            words.column("group"): agency.need_group(group).label("nb"),
            words["scenario.base_places"]: answer.places[answer.base][group],
            words["scenario.robust_places"]: answer.places[answer.choice][group],
            words["scenario.chosen_as_in"]: answer.choice,
            words["scenario.base_regret"]: _mill(answer.worst[answer.base]),
            words["scenario.regret"]: _mill(answer.worst[answer.choice]),
            words["scenario.extra_cost"]: round(
                answer.worst[answer.choice].extra_cost_nok / MILLION, 1
            ),
            words["scenario.extra_children"]: round(
                answer.worst[answer.choice].extra_not_offered, 1
            ),
            words["scenario.price"]: round(answer.price_nok / MILLION, 2),
        }
        for answer in answers
        for group in answer.need_groups
    ]


def _mill(regret: Regret) -> float:
    return round(regret.regret_nok / MILLION, 1)
