"""The shape of a configuration file, and plain messages for what does not fit it."""

import difflib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from forecasting.errors import InputError
from forecasting.places import Form, Owner
from planning.goal import Binds
from planning.policy import Discipline, FlexibleRule
from reports.disclosure.rules import FLOOR, THRESHOLD

Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(ge=0, lt=1)]
Amount = Annotated[float, Field(ge=0)]
Threshold = Annotated[int, Field(ge=FLOOR)]
AtLeastOne = Annotated[int, Field(ge=1)]
Code = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
Year = Annotated[int, Field(ge=1900, le=2200)]


class Table(BaseModel):
    """A table in which an unknown key is a fault, not something to pass over."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class AgencyTable(Table):
    """[agency]."""

    name: str
    synthetic: bool = False


class RegionTable(Table):
    """[regions.CODE]."""

    label: dict[str, str] = {}
    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    planned: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    tile: Annotated[tuple[NonNegativeInt, NonNegativeInt] | None, Field(strict=False)] = None


class NeedGroupTable(Table):
    """[need_groups.CODE]."""

    label: dict[str, str] = {}
    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    acute: bool = False
    within_days: Annotated[int, Field(ge=0)] | None = None
    feeds: str | Annotated[tuple[str, ...], Field(strict=False, max_length=1)] | None = None
    max_nights: AtLeastOne | None = None
    level: Level | None = None
    takes_places: Annotated[tuple[Share, ...], Field(strict=False, min_length=1)] = (1.0,)
    closings_a_year: Annotated[float, Field(ge=0, le=52)] = 0.0
    closed_days: Annotated[float, Field(ge=1)] = 60.0

    def wait_days(self) -> int:
        """Longest wait offered in time: the same day where acute, else 28 days."""
        if self.within_days is not None:
            return self.within_days
        return 0 if self.acute else 28

    def fed(self) -> str | None:
        """The one group that this one feeds, whether named alone or in a list."""
        if isinstance(self.feeds, tuple):
            return self.feeds[0] if self.feeds else None
        return self.feeds


class MappingTable(Table):
    """[mapping]: how a file's columns and words map to ours."""

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    patterns: dict[str, str] = {}


class OwnerPriceTable(Table):
    """[prices.FORM.OWNER], NOK per place and day, where an owner asks another price."""

    ready: Amount
    used: Amount


class PriceTable(Table):
    """[prices.FORM], NOK per place and day."""

    ready: Amount
    used: Amount
    availability: Annotated[float, Field(gt=0, le=1)] = 1.0
    nonprofit: OwnerPriceTable | None = None
    commercial: OwnerPriceTable | None = None

    def by_owner(self) -> dict[Owner, OwnerPriceTable]:
        """The owners with a price of their own."""
        rows = {owner: getattr(self, owner.value, None) for owner in Owner}
        return {owner: row for owner, row in rows.items() if row is not None}


class PricesTable(Table):
    """[prices]: one table per purchase form, the year they hold for and the yearly rise."""

    price_year: Year
    index: Annotated[float, Field(gt=-1, le=1)] = 0.0
    base: PriceTable | None = None
    standby: PriceTable | None = None
    guaranteed: PriceTable | None = None
    call_off: PriceTable | None = None
    spot: PriceTable | None = None

    def by_form(self) -> dict[Form, PriceTable]:
        """The forms that have a price."""
        rows = {form: getattr(self, form.value) for form in Form}
        return {form: row for form, row in rows.items() if row is not None}


class FormLimitTable(Table):
    """[policy.limits.FORM]."""

    fewer: Share | None = None
    more: Amount | None = None
    new_places: Annotated[int, Field(ge=0)] | None = None
    house: AtLeastOne = 1
    lead_days: Annotated[int, Field(ge=0)] = 0


class OwnerLimitTable(Table):
    """[policy.limits.owners.OWNER]."""

    least: Share = 0.0
    most: Share = 1.0
    region_least: Share = 0.0
    region_most: Share = 1.0


class LimitsTable(Table):
    """[policy.limits]."""

    framework_growth: Amount
    framework_new_places: Annotated[int, Field(ge=0)]
    budget_nok: Annotated[float, Field(gt=0)] | None = None
    base: FormLimitTable | None = None
    standby: FormLimitTable | None = None
    guaranteed: FormLimitTable | None = None
    call_off: FormLimitTable | None = None
    owners: dict[Annotated[Owner, Field(strict=False)], OwnerLimitTable] = {}


class PolicyTable(Table):
    """[policy]."""

    level: Level
    assurance: Share
    discipline: Annotated[Discipline, Field(strict=False)]
    spot_found: Share
    latent_share: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    binds: Annotated[Binds, Field(strict=False)] = Binds.BOTH
    limits: LimitsTable


class FlexiblePlacesTable(Table):
    """[[flexible.sets]]: need groups that may share places in a region."""

    need_groups: Annotated[tuple[str, ...], Field(strict=False, min_length=2)]
    regions: Annotated[tuple[str, ...], Field(strict=False)] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    dearer: Amount = 0.0


class FlexibleTable(Table):
    """[flexible]."""

    rule: Annotated[FlexibleRule, Field(strict=False)] = FlexibleRule.FIRST_COME
    sets: Annotated[tuple[FlexiblePlacesTable, ...], Field(strict=False)] = ()


class ForecastTable(Table):
    """[forecast]."""

    models: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    draws: AtLeastOne
    seed: Annotated[int, Field(ge=0)]
    weight_origins: Annotated[int, Field(ge=0)]
    prior: dict[str, Annotated[float, Field(gt=0)]]
    seconds_per_model: AtLeastOne


class DisclosureTable(Table):
    """[disclosure]: the least count that is shown, by profile."""

    shared: Threshold = THRESHOLD
    public: Threshold = THRESHOLD


class BreakTable(Table):
    """[[breaks]]: a day on which the data changed their meaning."""

    day: date
    note: str
    region: str = ""
    need_group: str = ""
    effect: Annotated[float, Field(gt=0, le=100)] | None = None
    uncertainty: Annotated[float, Field(gt=0, le=2)] = 0.1


class DriversTable(Table):
    """[drivers]: what counts follow."""

    population: Annotated[str, Field(min_length=1)] | None = None


class ChangeTable(Table):
    """One entry of `changes`: which keys it takes depends on its kind (planning/scenario.py)."""

    kind: str
    factor: Annotated[float, Field(ge=0, le=20)] | None = None
    need_group: str | None = None
    region: str | None = None
    legal_basis: str | None = None
    form: Annotated[Form, Field(strict=False)] | None = None
    days: Annotated[int, Field(ge=0, le=800)] | None = None
    starts: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    houses: AtLeastOne | None = None
    places: AtLeastOne | None = None
    share: Annotated[float, Field(ge=0, le=0.9)] | None = None
    level: Annotated[float, Field(gt=0, lt=1)] | None = None


class ScenarioTable(Table):
    """[scenarios.CODE]: changes under one name, and why."""

    label: dict[str, str] = {}
    why: Annotated[str, Field(min_length=1)]
    changes: Annotated[tuple[ChangeTable, ...], Field(strict=False)] = ()
    need_groups: str = ""


class ScenariosFile(Table):
    """A file of scenarios alone."""

    scenarios: dict[Code, ScenarioTable]


class HorizonTable(Table):
    """[horizon]: the year to plan where the command names none."""

    year: Year | None = None


class File(Table):
    """A complete configuration."""

    agency: AgencyTable
    regions: Annotated[dict[Code, RegionTable], Field(min_length=1)]
    need_groups: Annotated[dict[Code, NeedGroupTable], Field(min_length=1)]
    mapping: MappingTable = MappingTable()
    prices: PricesTable | None = None
    policy: PolicyTable
    flexible: FlexibleTable = FlexibleTable()
    forecast: ForecastTable
    horizon: HorizonTable = HorizonTable()
    breaks: Annotated[tuple[BreakTable, ...], Field(strict=False)] = ()
    drivers: DriversTable = DriversTable()
    disclosure: DisclosureTable = DisclosureTable()
    scenarios: dict[Code, ScenarioTable] = {}


def read_tables(tables: Mapping[str, object], *, name: str) -> File:
    """Check the tables. Raises InputError with every fault: key, value, what is allowed."""
    try:
        return File.model_validate(tables)
    except ValidationError as error:
        faults = [
            _sentence(fault["loc"], fault["type"], fault.get("ctx", {}), tables=tables)
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise InputError(
            f"{name}: {' '.join(faults)}", fix="docs/configuration.md shows every key."
        ) from None


def _sentence(
    where: Sequence[str | int], kind: str, limits: Mapping[str, Any], *, tables: object
) -> str:
    path = [part for part in where if part != "[key]"]
    key = ".".join(map(str, path))
    if kind == "extra_forbidden":
        return _unknown(path, key)
    if kind == "missing":
        return f"{key} is missing."
    if "[key]" in where:
        return f"{key} is no code: use letters, digits, hyphen and underscore."
    return f"{key} is {_shown(_at(tables, path))}, but {_allowed(kind, limits)}."


def _unknown(path: Sequence[str | int], key: str) -> str:
    near = difflib.get_close_matches(str(path[-1]), _known_keys(path[:-1]), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{key} is not a setting{hint}."


def _known_keys(path: Sequence[str | int]) -> list[str]:
    """Keys of the table at this path, by walking the fields' types."""
    table: type[BaseModel] = File
    for part in path:
        field = table.model_fields.get(str(part))
        if field is None:
            continue  # a code of the user's own: the table's type was found one step before
        table = _table_in(field.annotation) or table
    return list(table.model_fields)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_table_in(part) for part in getattr(annotation, "__args__", ()))
    return next((table for table in inner if table is not None), None)


def _at(tables: object, path: Sequence[str | int]) -> object:
    for part in path:
        match tables, part:
            case Mapping(), _:
                tables = tables[part]
            case Sequence(), int():
                tables = tables[part]
            case _:
                pass
    return tables


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _allowed(kind: str, limits: Mapping[str, Any]) -> str:
    """What the key takes, in words, from pydantic's kind of fault."""
    sizes = {
        "greater_than_equal": "must be {ge:g} or more",
        "greater_than": "must be above {gt:g}",
        "less_than_equal": "must be at most {le:g}",
        "less_than": "must be below {lt:g}",
        "finite_number": "must be a finite number",
        "too_short": "must have at least one entry",
        "enum": "must be one of {expected}",
    }
    if kind in sizes:
        return sizes[kind].format(**limits)
    types = {
        "string": "text in quotes",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "date": "a date like 2022-09-01",
        "tuple": "a list",
        "dict": "a table",
        "model": "a table",
    }
    return f"must be {types.get(kind.split('_', maxsplit=1)[0], f'of another kind ({kind})')}"
