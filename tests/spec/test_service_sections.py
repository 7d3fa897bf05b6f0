"""Sections of a configuration that are easy to forget: one more spelling, year and drivers."""

import pytest

from forecasting.errors import InputError
from service.known_changes import known_changes
from service.settings import packaged_text, parse_text

PACKAGED = packaged_text()


def with_feeds(text: str) -> str:
    changed = PACKAGED.replace('feeds = "behandling_hoy"', f"feeds = {text}")
    assert changed != PACKAGED
    return changed


@pytest.mark.parametrize(("text", "fed"), [('"rus"', "rus"), ('["rus"]', "rus"), ("[]", None)])
def test_the_fed_group_may_stand_alone_or_in_a_list(text: str, fed: str | None) -> None:
    settings = parse_text(with_feeds(text), name="own.toml")
    assert settings.agency.need_group("akutt").feeds == fed


def test_two_fed_groups_are_refused() -> None:
    with pytest.raises(InputError, match="feeds"):
        parse_text(with_feeds('["rus", "omsorg"]'), name="own.toml")


def test_a_year_to_plan_and_a_population_to_follow() -> None:
    text = PACKAGED + '\n[horizon]\nyear = 2027\n\n[drivers]\npopulation = "bundled"\n'
    settings = parse_text(text, name="own.toml")
    assert settings.year == 2027
    exposure = known_changes(settings).exposure
    assert exposure is not None
    assert {region.code for region in settings.agency.regions} <= set(exposure.persons)


def test_without_drivers_and_breaks_nothing_is_known() -> None:
    assert not known_changes(parse_text(PACKAGED, name="own.toml"))
