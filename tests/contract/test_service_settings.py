"""Settings: one file in, one value out, and a plain sentence for everything that does not fit."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecasting.errors import InputError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner
from forecasting.protocol import FitFailure
from planning.limits import OwnerLimit
from planning.policy import Discipline, FlexiblePlaces, FlexibleRule
from reports.wording import worded
from service.known_changes import known_changes
from service.outcomes import failed_fits
from service.registry import chosen_forecasters
from service.settings import (
    Settings,
    effective_tables,
    load_settings,
    packaged_text,
    parse_text,
    prices_for,
    tables_as_toml,
)

OWN = """
[regions.left]
label = { nb = "Venstre" }
[regions.right]
planned = false
[need_groups.fast]
acute = true
feeds = "slow"
[need_groups.slow]
"""


def settings(text: str) -> Settings:
    return parse_text(text, name="own.toml")


def test_the_packaged_settings_are_whole() -> None:
    packaged = load_settings()
    assert packaged.agency.planned_regions()
    assert packaged.price_list is not None
    assert set(packaged.price_list.by_form) == set(Form)
    assert chosen_forecasters((), packaged)


def test_an_empty_file_is_the_packaged_one_without_prices() -> None:
    packaged, empty = load_settings(), settings("")
    assert empty.price_list is None
    assert prices_for(empty, 2026) is None
    for part in ("agency", "policy", "forecast", "mapping", "breaks"):
        assert getattr(empty, part) == getattr(packaged, part)


def test_an_agency_of_its_own_shares_nothing_with_the_packaged_one() -> None:
    own = settings(OWN)
    assert [region.code for region in own.agency.regions] == ["left", "right"]
    assert [region.code for region in own.agency.planned_regions()] == ["left"]
    assert [group.code for group in own.agency.need_groups] == ["fast", "slow"]
    assert own.agency.name != load_settings().agency.name
    assert own.policy == replace(load_settings().policy, flexible=())


def test_the_wait_is_the_same_day_where_acute_and_28_days_else() -> None:
    fast, slow = settings(OWN).agency.need_groups
    assert (fast.within_days, slow.within_days) == (0, 28)
    changed = settings(OWN.replace("acute = true", "acute = true\nwithin_days = 2"))
    assert changed.agency.need_groups[0].within_days == 2


def test_a_part_of_a_section_leaves_the_rest_of_it() -> None:
    own = settings('[policy]\nlevel = 0.9\ndiscipline = "wait"\n[forecast]\ndraws = 7\n')
    packaged = load_settings()
    assert own.policy == replace(packaged.policy, level=0.9, discipline=Discipline.WAIT)
    assert own.forecast == replace(packaged.forecast, draws=7)


def test_prices_move_with_the_index() -> None:
    own = settings(
        "[prices]\nprice_year = 2022\nindex = 0.1\n[prices.base]\nready = 100\nused = 10\n"
    )
    prices = prices_for(own, 2024)
    assert prices is not None
    assert prices.of(Form.BASE).ready == pytest.approx(100 * 1.1**2)
    with pytest.raises(InputError, match="no price for standby"):
        prices.of(Form.STANDBY)


def test_the_hash_is_of_the_content_alone() -> None:
    text = packaged_text()
    plain = "\n".join(line.split(" #")[0] for line in text.splitlines() if line[:1] != "#")
    assert plain != text
    assert settings(plain).config_hash == settings(text).config_hash == load_settings().config_hash
    changed = settings(text.replace("level = 0.97", "level = 0.96"))
    assert changed.config_hash != load_settings().config_hash


def test_what_config_show_prints_is_a_configuration_with_the_same_hash(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    shown = tables_as_toml(effective_tables(path))
    assert settings(shown).config_hash == load_settings(path).config_hash


BAD = {
    "[policy]\nlevel = 1.7": ["policy.level", "1.7", "below 1"],
    "[policy]\nlevel = 1": ["policy.level", "1", "below 1"],
    "[policy]\nlevel = nan": ["policy.level", "finite"],
    '[policy]\nlevel = "high"': ["policy.level", '"high"', "a number"],
    "[policy]\nlevl = 0.9": ["policy.levl", "did you mean level"],
    '[policy]\ndiscipline = "later"': ["policy.discipline", '"later"', "'mixed'", "'wait'"],
    "[forecast]\ndraws = 0": ["forecast.draws", "0", "1 or more"],
    "[forecast]\ndraws = 2.5": ["forecast.draws", "2.5", "a whole number"],
    "[forecast]\nmodels = []": ["forecast.models", "at least one"],
    "[prices]\nindex = 0.1": ["prices.price_year is missing"],
    "[prices]\nprice_year = 2022\n[prices.base]\nready = -1\nused = 0": ["prices.base.ready", "-1"],
    "[prices]\nprice_year = 2022\n[prices.bass]\nready = 1": ["prices.bass", "did you mean base"],
    "[driver]": ["driver is not a setting"],
    "[regions.left]": ["need_groups"],
    "[need_groups.fast]": ["regions"],
    OWN + '[need_groups.x]\nfeeds = "nobody"': ["nobody", "fast, slow"],
    OWN + "[need_groups.x]\nacut = true": ["need_groups.x.acut", "did you mean acute"],
    OWN + "[need_groups.alle]": ["alle", "whole nation"],
    OWN + '[regions."a/b"]': ["a/b", "no code"],
    '[mapping.columns]\nrecieved_date = "Dato"': ["recieved_date", "did you mean received_date"],
    "[[breaks]]\nday = 3": ["breaks.0.day", "a date like"],
    OWN + '[[breaks]]\nday = 2022-09-01\nnote = "x"\nregion = "up"': ["up", "left, right"],
    OWN + '[[flexible.sets]]\nneed_groups = ["fast"]': ["flexible.sets.0.need_groups", "at least"],
    OWN + '[[flexible.sets]]\nneed_groups = ["fast", "slo"]': ["'slo'", "fast, slow"],
    OWN + '[[flexible.sets]]\nneed_groups = ["fast", "slow"]\nregions = ["up"]': ["up", "left"],
    "[policy.limits.owners.state]\nleast = 1.2": ["policy.limits.owners.state.least", "at most 1"],
    "[policy.limits.owners.church]\nleast = 0.2": ["policy.limits.owners.church", "code"],
    "[prices]\nprice_year = 2022\n[prices.base]\nready = 1\nused = 1\n"
    "[prices.base.commercial]\nready = 1\nused = 1": ["prices.base.commercial", "runs no such"],
    '[flexible]\nrule = "oldest"': ["flexible.rule", "'first_come'", "'acute_first'"],
    "a = ": ["not TOML"],
    "[policy": ["not TOML"],
}


@pytest.mark.parametrize("text", BAD, ids=[" ".join(text.split())[-40:] for text in BAD])
def test_what_does_not_fit_is_named_with_what_is_allowed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        load_settings(path)
    for part in ("own.toml", *BAD[text]):
        assert part in str(told.value)
    assert told.value.fix


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError, match=r"policy\.level.*forecast\.draws"):
        settings("[policy]\nlevel = 2\n[forecast]\ndraws = 0\n")


def test_a_missing_or_foreign_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_settings(tmp_path / "nothing.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes('name = "Sør"'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        load_settings(latin)
    with pytest.raises(InputError, match="cannot be read"):
        load_settings(tmp_path)


def test_groups_that_may_share_come_with_the_need_groups_they_are_said_of() -> None:
    text = OWN + '[flexible]\nrule = "acute_first"\n[[flexible.sets]]\n'
    text += 'need_groups = ["fast", "slow"]\nregions = ["left"]\n'
    text += "valid_from = 2026-01-01\ndearer = 0.1\n"
    policy = settings(text).policy
    assert policy.flexible_rule is FlexibleRule.ACUTE_FIRST
    days = (date(2026, 1, 1), None)
    assert policy.flexible == (FlexiblePlaces(("fast", "slow"), ("left",), *days, dearer=0.1),)
    assert load_settings().policy.flexible, "the packaged need groups have a set"
    assert settings("[policy]\nlevel = 0.9\n").policy.flexible == load_settings().policy.flexible


def test_shares_and_prices_of_owners_are_read() -> None:
    own = settings(
        OWN + "[policy.limits.owners.nonprofit]\nleast = 0.3\nregion_least = 0.1\n"
        "[prices]\nprice_year = 2022\nindex = 0.1\n[prices.base]\nready = 9\nused = 1\n"
        "[prices.call_off]\nready = 0\nused = 100\navailability = 0.8\n"
        "[prices.call_off.nonprofit]\nready = 0\nused = 120\n"
    )
    assert own.policy.limits.by_owner == {Owner.NONPROFIT: OwnerLimit(0.3, 1.0, 0.1, 1.0)}
    prices = prices_for(own, 2023)
    assert prices is not None
    found = [prices.of(Form.CALL_OFF, owner) for owner in (None, Owner.COMMERCIAL, Owner.NONPROFIT)]
    assert [price.used for price in found] == pytest.approx([110, 110, 132])
    assert {price.availability for price in found} == {0.8}


def test_breaks_come_with_their_effect() -> None:
    text = OWN + '[[breaks]]\nday = 2022-09-01\nnote = "Ny lov"\nregion = "left"\neffect = 1.2\n'
    (found,) = known_changes(settings(text)).breaks
    assert (found.day, found.region, found.effect) == (date(2022, 9, 1), "left", 1.2)


def test_a_population_file_is_read_or_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    named = f'[drivers]\npopulation = "{path}"\n'
    with pytest.raises(InputError, match=r"people\.csv"):
        known_changes(settings(OWN + named))
    path.write_text("region,year,persons\nleft,2020,900\nleft,2021,0\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 3"):
        known_changes(settings(OWN + named))
    path.write_text("region,year,persons\nleft,2020,900\nleft,2021,905\n", encoding="utf-8")
    exposure = known_changes(settings(OWN + named)).exposure
    assert exposure is not None
    assert exposure.persons["left"].tolist() == [900, 905]
    path.write_text("region,year\n", encoding="utf-8")
    with pytest.raises(InputError, match="columns"):
        known_changes(settings(OWN + named))


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"negbin_gml.*negbin_glm"):
        chosen_forecasters(("negbin_gml",), load_settings())
    own = settings('[forecast]\nmodels = ["profet"]')
    with pytest.raises(InputError, match=r"own\.toml.*prophet"):
        chosen_forecasters((), own)


def test_series_that_failed_for_the_same_reason_are_one_finding() -> None:
    keys = [SeriesKey(str(number), "x") for number in range(40)]
    failures = [FitFailure("ets", key, "too short") for key in keys]
    many, one = failed_fits([*failures, FitFailure("glm", keys[0], "no luck")])
    assert (many.values["count"], many.values["reason"]) == (40, "too short")
    assert "40 serier (0, x; 1, x; 2, x …)" in worded([many])[0].message
    assert many.series is None
    assert one.series == "0/x"
