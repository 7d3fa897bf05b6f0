"""Scenarios side by side, at most three: rows aligned, and what differs from the base plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecasting.errors import UsageError
from forecasting.samples import WHOLE_NATION
from service.scenario_store import KeptScenarios
from service.scenarios import BASE

MOST = 3
# Columns of scenarios.csv that are compared, in the order they are shown.
MEASURES = ("places_recommended", "committed_places", "children_not_offered", "cost_nok")


@dataclass(frozen=True)
class ScenarioHead:
    """One scenario: its code and name, why it was thought of, and what it changes."""

    code: str
    name: str
    why: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class ScenarioCell:
    """One number, and what it is more than the base plan's; None where not known."""

    value: float | None
    change: float | None


@dataclass(frozen=True)
class ScenarioRow:
    """One measure of one need group (alle: all), of the base plan and each chosen scenario."""

    measure: str
    need_group: str
    cells: tuple[ScenarioCell, ...]


@dataclass(frozen=True)
class SideBySide:
    """The base plan first, then the scenarios in the order asked for."""

    run_id: str
    region: str
    heads: tuple[ScenarioHead, ...]
    rows: tuple[ScenarioRow, ...]


def heads_of(run: KeptScenarios) -> tuple[ScenarioHead, ...]:
    """Every scenario of a run, without the base plan."""
    return tuple(
        ScenarioHead(
            each["code"],
            each["label"].get("nb", each["code"]),
            each["why"],
            tuple(
                ", ".join(f"{name} {value}" for name, value in change.items())
                for change in each["changes"]
            ),
        )
        for each in run.rests_on["scenarios"]
    )


def regions_of_run(run: KeptScenarios) -> tuple[str, ...]:
    """Codes of the regions in a run."""
    return tuple(dict.fromkeys(row["region"] for row in run.rows if row["region"] != WHOLE_NATION))


def side_by_side(
    run: KeptScenarios, codes: Sequence[str], *, region: str = WHOLE_NATION
) -> SideBySide:
    """These scenarios beside the base plan, for a region or the nation.

    Raises UsageError for more than three, one named twice, and codes that the run does not have.
    """
    heads = {head.code: head for head in heads_of(run)}
    if len(codes) > MOST or len(set(codes)) < len(codes) or not set(codes) <= set(heads):
        raise UsageError(
            f"{len(codes)} scenarios were asked for, or some that the run does not have.",
            fix=f"Use at most {MOST} of: {', '.join(heads)}.",
        )
    if region not in (WHOLE_NATION, *regions_of_run(run)):
        raise UsageError(
            "the run has no such region.", fix=f"Use one of: {', '.join(regions_of_run(run))}."
        )
    found = _Found(run, (BASE, *codes), region)
    return SideBySide(run.run_id, region, tuple(heads[code] for code in codes), tuple(found.rows()))


@dataclass(frozen=True)
class _Found:
    run: KeptScenarios
    codes: tuple[str, ...]
    region: str

    def rows(self) -> Iterator[ScenarioRow]:
        mine = [row for row in self.run.rows if row["region"] == self.region]
        groups = dict.fromkeys(
            row["need_group"]
            for row in mine
            if row["scenario"] in self.codes and row["need_group"] != WHOLE_NATION
        )
        for measure in MEASURES:
            for group in (WHOLE_NATION, *groups):
                values = [self._value(code, group, measure) for code in self.codes]
                yield ScenarioRow(measure, group, tuple(_cells(values)))

    def _value(self, code: str, group: str, measure: str) -> float | None:
        """A value of the table; of all groups in a region the sum, for means and places add up."""
        rows = [
            row for row in self.run.rows if row["scenario"] == code and row["region"] == self.region
        ]
        named = [row for row in rows if row["need_group"] == group]
        if not named and group == WHOLE_NATION:
            named = rows
        texts = [row[measure] for row in named]
        return sum(float(text) for text in texts) if texts and all(texts) else None


def _cells(values: Sequence[float | None]) -> Iterator[ScenarioCell]:
    base = values[0]
    for value in values:
        change = None if value is None or base is None else value - base
        yield ScenarioCell(value, change)
