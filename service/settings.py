"""The configuration, read once: the only reader of config/ and of a --config file."""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import tomlkit

from features.schema import BY_NAME, ExtractMapping
from forecasting.agency import Agency, NeedGroup, Region
from forecasting.breaks import Break
from forecasting.errors import InputError
from forecasting.places import Form, Owner, Price
from forecasting.samples import WHOLE_NATION
from planning.limits import FormLimit, Limits, OwnerLimit
from planning.owners import owners_of
from planning.policy import Discipline, FlexiblePlaces, Policy, Prices
from planning.scenario import Scenario
from reports.disclosure.rules import THRESHOLD, Rules, parse_profile
from service.scenario_tables import check_scenario, scenario_of
from service.settings_file import File, LimitsTable, NeedGroupTable, RegionTable, read_tables

DEFAULT_NAME = "plassplan.toml"
# Columns of a file of counts, which a mapping may name too.
COUNTS_COLUMNS = ("unique_id", "ds", "y")


@dataclass(frozen=True)
class ForecastSettings:
    """Models of the pool, joint draws, seed, and what sets the models' weights.

    `weight_origins` are the rolling origins that the models are tried on, `prior` what a model
    counts before it was tried (1 where not named); a model is interrupted every
    `seconds_per_model`, so that none can hang.
    """

    models: tuple[str, ...]
    draws: int
    seed: int
    weight_origins: int
    prior: Mapping[str, float]
    seconds_per_model: int


@dataclass(frozen=True)
class PriceList:
    """Prices per place and day in `price_year` kroner; `index` is the yearly rise."""

    price_year: int
    index: float
    by_form: Mapping[Form, Price]
    by_owner: Mapping[tuple[Form, Owner], Price]


@dataclass(frozen=True)
class Settings:
    """Everything that the code must not know by itself.

    `price_list` is None where the configuration has no prices: cost is then not known.
    `thresholds` are the least counts shown, by profile. `tables` are the tables in force.
    `config_hash` is of the content in force, not of comments or of the file's layout.
    """

    agency: Agency
    mapping: ExtractMapping
    price_list: PriceList | None
    policy: Policy
    forecast: ForecastSettings
    breaks: tuple[Break, ...]
    config_hash: str
    name: str
    year: int | None = None
    population: str | None = None
    scenarios: tuple[Scenario, ...] = ()
    thresholds: Mapping[str, int] = field(default_factory=dict)
    tables: Mapping[str, object] = field(default_factory=dict)

    def rules(self, profile: str) -> Rules:
        """What is hidden from the readers of a profile. Raises UsageError for an unknown one."""
        return Rules(parse_profile(profile), self.thresholds.get(profile, THRESHOLD))


def packaged_text(name: str = DEFAULT_NAME) -> str:
    """A packaged configuration file, with its comments."""
    return resources.files("config").joinpath(name).read_text(encoding="utf-8")


def effective_tables(path: Path | None = None) -> dict[str, object]:
    """The tables in force, as plain values: those of `path`, with what falls back."""
    file = read_tables(_tables(path), name=path.name if path else DEFAULT_NAME)
    return file.model_dump(mode="json", exclude_none=True)


def tables_as_toml(tables: Mapping[str, object]) -> str:
    """Tables as TOML text."""
    return tomlkit.dumps(tables)


def load_settings(path: Path | None = None) -> Settings:
    """The packaged settings, or those of the file `path` in their place.

    Sections that `path` leaves out: policy, forecast and mapping are the packaged ones, prices
    and breaks are none; regions and need groups are the packaged ones if both are left out, and
    flexible places with them.
    Raises InputError naming file, key, value and what is allowed.
    """
    return parse_settings(_tables(path), name=path.name if path else DEFAULT_NAME)


def parse_text(text: str, *, name: str) -> Settings:
    """Settings from the text of a configuration file."""
    tables = with_defaults(tomllib.loads(text), tomllib.loads(packaged_text()), name=name)
    return parse_settings(tables, name=name)


def _tables(path: Path | None) -> dict[str, object]:
    default = tomllib.loads(packaged_text())
    return default if path is None else with_defaults(read_toml(path), default, name=path.name)


def read_toml(path: Path) -> dict[str, object]:
    """The tables of a TOML file. Raises InputError where it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(
            f"the configuration {path} does not exist.", fix="Check the path after --config."
        ) from error
    except OSError as error:
        raise InputError(
            f"the configuration {path} cannot be read ({error.strerror}).",
            fix="Check the path after --config.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name}: byte {error.start} is not UTF-8.", fix="Save the file as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"{path.name} is not TOML: {error}.",
            fix="Mend that line; docs/configuration.md shows every key.",
        ) from error


def with_defaults(
    own: Mapping[str, object], default: Mapping[str, object], *, name: str
) -> dict[str, object]:
    """The tables of one file, with the sections that fall back on the packaged ones."""
    missing = [section for section in ("regions", "need_groups") if section not in own]
    if len(missing) == 1:
        raise InputError(
            f"{name} has no section [{missing[0]}], but describes an agency of its own.",
            fix=f"Add [{missing[0]}.CODE], or leave out both regions and need_groups.",
        )
    tables = dict(own)
    if missing:
        tables |= {"regions": default["regions"], "need_groups": default["need_groups"]}
        tables["agency"] = _over(default.get("agency"), own.get("agency"))
        # Who may share is said of those need groups: it comes with them, or not at all.
        tables.setdefault("flexible", default.get("flexible", {}))
    tables.setdefault("agency", {"name": Path(name).stem})
    for section in ("policy", "forecast"):
        tables[section] = _over(default.get(section), own.get(section))
    tables.setdefault("mapping", default.get("mapping", {}))
    return tables


def _over(default: object, own: object) -> object:
    """`own` laid over `default`, table by table; what is not a table replaces."""
    if isinstance(default, Mapping) and isinstance(own, Mapping):
        keys = dict.fromkeys([*default, *own])
        return {
            key: _over(default.get(key), own[key]) if key in own else default[key] for key in keys
        }
    return default if own is None else own


def parse_settings(tables: Mapping[str, object], *, name: str) -> Settings:
    """Settings from the tables of a complete configuration. `name` is used in messages."""
    file = read_tables(tables, name=name)
    try:
        agency = _agency(file)
        return Settings(
            agency=agency,
            mapping=_mapping(file),
            price_list=_price_list(file),
            policy=_policy(file, agency),
            forecast=ForecastSettings(**file.forecast.model_dump()),
            breaks=_breaks(file, agency),
            config_hash=_hash(file),
            name=name,
            year=file.horizon.year,
            population=file.drivers.population,
            scenarios=_scenarios(file, agency),
            thresholds=file.disclosure.model_dump(),
            tables=file.model_dump(mode="json", exclude_none=True),
        )
    except InputError as error:
        raise InputError(f"{name}: {error.message}", fix=error.fix) from error


def prices_for(settings: Settings, year: int) -> Prices | None:
    """Prices as of the plan year, or None where the configuration has none."""
    prices = settings.price_list
    if prices is None:
        return None
    return Prices(prices.price_year, year, prices.index, prices.by_form, prices.by_owner)


def _agency(file: File) -> Agency:
    for code in (*file.regions, *file.need_groups):
        if code == WHOLE_NATION:
            raise InputError(
                f"{code} is taken as the word for the whole nation.", fix="Use another code."
            )
    return Agency(
        name=file.agency.name,
        regions=tuple(_region(code, row) for code, row in file.regions.items()),
        need_groups=tuple(_need_group(code, row) for code, row in file.need_groups.items()),
        synthetic=file.agency.synthetic,
    )


def _region(code: str, row: RegionTable) -> Region:
    return Region(
        code,
        row.label,
        row.aliases,
        planned=row.planned,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        tile=row.tile,
    )


def _need_group(code: str, row: NeedGroupTable) -> NeedGroup:
    return NeedGroup(
        code,
        row.label,
        row.acute,
        within_days=row.wait_days(),
        aliases=row.aliases,
        feeds=row.fed(),
        max_nights=row.max_nights,
        level=row.level,
        takes_places=row.takes_places,
        closings_a_year=row.closings_a_year,
        closed_days=row.closed_days,
    )


def _mapping(file: File) -> ExtractMapping:
    mapping = ExtractMapping(**file.mapping.model_dump())
    known = {*BY_NAME, *COUNTS_COLUMNS}
    for name in mapping.unknown():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise InputError(
                f"mapping names {name}, which is no column of ours{hint}.",
                fix=f"Use one of: {', '.join(BY_NAME)}.",
            )
    return mapping


def _price_list(file: File) -> PriceList | None:
    if file.prices is None:
        return None
    by_form = {
        form: Price(row.ready, row.used, row.availability)
        for form, row in file.prices.by_form().items()
    }
    by_owner = {
        (form, owner): Price(own.ready, own.used, row.availability)
        for form, row in file.prices.by_form().items()
        for owner, own in row.by_owner().items()
    }
    for form, owner in by_owner:
        if owner not in owners_of(form):
            raise InputError(
                f"prices.{form.value}.{owner.value}: {owner.value} runs no such places.",
                fix="Give prices by owner for guaranteed and call_off.",
            )
    return PriceList(file.prices.price_year, file.prices.index, by_form, by_owner)


def _limits(row: LimitsTable) -> Limits:
    by_form = {form: getattr(row, form.value) for form in Form if form.committed}
    return Limits(
        row.framework_growth,
        row.framework_new_places,
        {form: FormLimit(**table.model_dump()) for form, table in by_form.items() if table},
        row.budget_nok,
        {owner: OwnerLimit(**table.model_dump()) for owner, table in row.owners.items()},
    )


def _policy(file: File, agency: Agency) -> Policy:
    row = file.policy
    return Policy(
        level=row.level,
        assurance=row.assurance,
        discipline=Discipline(row.discipline),
        spot_found=row.spot_found,
        limits=_limits(row.limits),
        latent_share=row.latent_share,
        binds=row.binds,
        flexible=_flexible(file, agency),
        flexible_rule=file.flexible.rule,
    )


def _flexible(file: File, agency: Agency) -> tuple[FlexiblePlaces, ...]:
    """Need groups that may share places; all of them, and the regions, must be the agency's."""
    for row in file.flexible.sets:
        for group in row.need_groups:
            agency.need_group(group)
        for region in row.regions:
            agency.region(region)
    return tuple(FlexiblePlaces(**row.model_dump()) for row in file.flexible.sets)


def _breaks(file: File, agency: Agency) -> tuple[Break, ...]:
    for row in file.breaks:
        if row.region:
            agency.region(row.region)
        if row.need_group:
            agency.need_group(row.need_group)
    return tuple(Break(**row.model_dump()) for row in file.breaks)


def _scenarios(file: File, agency: Agency) -> tuple[Scenario, ...]:
    """The file's own scenarios; each must fit the agency, or the need groups that it names."""
    own = tuple(scenario_of(code, row) for code, row in file.scenarios.items())
    for scenario in own:
        if not scenario.need_groups:
            check_scenario(scenario, agency)
    return own


def _hash(file: File) -> str:
    # What somebody may ask "what if" about, and who sees what, changes nothing a plan rests on.
    tables = file.model_dump(mode="json", exclude={"scenarios", "disclosure"})
    content = json.dumps(tables, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
