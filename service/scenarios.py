"""Which scenarios there are: those that come with Plassplan, and the configuration's own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from features.words import Vocabulary
from forecasting.agency import Agency
from forecasting.errors import InputError, UsageError
from planning.regret import ONE_LESS
from planning.scenario import Scenario, ScenarioError
from service.scenario_tables import check_scenario, scenario_of
from service.settings import Settings, load_settings, packaged_text, parse_text
from service.settings_file import ScenariosFile

SHIPPED = "scenarios.toml"
# Name of the plan without changes, in files and tables.
BASE = "base"


def shipped_scenarios() -> tuple[Scenario, ...]:
    """Every scenario that comes with Plassplan, whatever the agency."""
    file = ScenariosFile.model_validate(tomllib.loads(packaged_text(SHIPPED)))
    return tuple(scenario_of(code, row) for code, row in file.scenarios.items())


def known_scenarios(settings: Settings) -> dict[str, Scenario]:
    """By code: shipped ones that fit the agency, and its own, which replace those of their name."""
    fitting = {each.code: each for each in shipped_scenarios() if _fits(each, settings.agency)}
    return {**fitting, **{each.code: each for each in settings.scenarios}}


def chosen_scenarios(names: tuple[str, ...], settings: Settings) -> tuple[Scenario, ...]:
    """The scenarios with these codes. Raises UsageError for an unknown or repeated one."""
    known = known_scenarios(settings)
    for name in names:
        if name not in known or name in (BASE, ONE_LESS) or names.count(name) > 1:
            fault = "is named twice" if names.count(name) > 1 else "is not known"
            raise UsageError(
                f"scenario {name!r} {fault}.",
                fix=f"Use some of: {', '.join(known)}; the base plan is always there.",
            )
    return tuple(known[name] for name in names)


def regrouped(scenario: Scenario, agency: Agency) -> tuple[Agency, Mapping[str, str]]:
    """The agency with the scenario's need groups, and the new group of each old one.

    The configuration that the scenario names is a packaged file or one of the user's own.
    Raises ScenarioError where an old group is not an alias of any new one.
    """
    groups = _need_groups_of(scenario.need_groups).need_groups
    words = Vocabulary({g.code: (*g.labels.values(), *g.aliases) for g in groups})
    target = {old.code: words.code(old.code) for old in agency.need_groups}
    lost = [code for code, found in target.items() if found is None]
    if lost:
        belongs = InputError(
            f"need group {lost[0]!r} belongs to none of "
            f"{', '.join(g.code for g in groups)} in {scenario.need_groups}.",
            fix="Add it to the aliases of one of them.",
        )
        raise ScenarioError(scenario.code, belongs)
    regions, name = agency.regions, agency.name
    return Agency(name, regions, groups, agency.synthetic), {k: v for k, v in target.items() if v}


def _need_groups_of(name: str) -> Agency:
    try:
        return parse_text(packaged_text(name), name=name).agency
    except FileNotFoundError:
        return load_settings(Path(name)).agency


def _fits(scenario: Scenario, agency: Agency) -> bool:
    try:
        own = regrouped(scenario, agency)[0] if scenario.need_groups else agency
        check_scenario(scenario, own)
    except InputError:
        return False
    return True
