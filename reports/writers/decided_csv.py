"""decided.csv: what a version decides, form by form, beside what the model recommends."""

from collections.abc import Iterator

from forecasting.samples import WHOLE_NATION
from planning.decided import DecidedPart, decided_parts
from planning.plan import Plan
from planning.yearly import Version
from reports.writers.csv import Value, to_bytes

NAME = "decided.csv"
COLUMNS = (
    *("region", "need_group", "form", "model_places", "decided_places", "change"),
    *("model_cost_nok_mean", "decided_cost_nok_mean"),
    *("model_children_not_offered_per_year_mean", "decided_children_not_offered_per_year_mean"),
    "reason",
)


def decided_csv(plan: Plan, version: Version) -> dict[str, bytes]:
    """The file by its name. Every committed form of each series, then the series (form `alle`).

    Cost and children belong to the series: they are of so many committed places in the cheapest
    forms, not of the forms that were set.
    """
    return {NAME: to_bytes(_rows(plan, version))}


def _rows(plan: Plan, version: Version) -> Iterator[tuple[Value, ...]]:
    yield COLUMNS
    for part in decided_parts(plan, version.held):
        yield from _forms(part)
        name = (part.key.region, part.key.need_group, WHOLE_NATION)
        model, decided = part.model, part.decided
        yield (
            *(*name, model.places, decided.places, part.change),
            *(model.cost_nok, decided.cost_nok, model.not_offered, decided.not_offered, None),
        )


def _forms(part: DecidedPart) -> Iterator[tuple[Value, ...]]:
    for line in part.lines:
        name = (part.key.region, part.key.need_group, line.form.value)
        reason = None if line.override is None else line.override.reason
        change = line.places - line.model
        yield (*name, line.model, line.places, change, None, None, None, None, reason)
