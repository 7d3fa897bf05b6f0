"""Sections of a configuration that are easy to forget: one more spelling, year and drivers."""

import pytest

from forecasting.errors import InputError
from service.outcomes import settings_findings
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


def test_a_year_to_plan_and_drivers_that_are_not_used_yet() -> None:
    text = PACKAGED + '\n[horizon]\nyear = 2027\n\n[drivers]\nunge = "population_13_17"\n'
    settings = parse_text(text, name="own.toml")
    assert settings.year == 2027
    (finding,) = settings_findings(settings)
    assert "unge" in finding.message
