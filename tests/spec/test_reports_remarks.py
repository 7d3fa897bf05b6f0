"""Remarks under the recommendation: each follows the number that it tells."""

from dataclasses import replace

import pytest

from forecasting.findings import warning
from planning.plan import Plan, Source
from reports.facts import groups_of
from reports.panels import Figures
from reports.remarks import cheaper, nobody, remarks
from reports.sentences import Speaker
from reports.why import why_sum_sentence
from reports.words import words_of
from tests.plans import example_plan

LANGUAGES = ("nb", "nn", "en")


def say(plan: Plan, language: str = "nb") -> Speaker:
    return Speaker(plan, words_of(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_series_without_any_referral_are_counted_on_the_first_page(language: str) -> None:
    plan = example_plan(findings=False)
    assert nobody(say(plan, language)) == ()
    empty = [warning("no_events", series=str(key)) for key in plan.series()[:3]]
    (told,) = nobody(say(replace(plan, findings=tuple(empty)), language))
    (fewer,) = nobody(say(replace(plan, findings=tuple(empty[:2])), language))
    assert "3" in told
    assert "25" in told
    assert fewer == told.replace("3", "2", 1)
    assert told in remarks(say(replace(plan, findings=tuple(empty)), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_groups_that_get_more_places_for_less_are_named(language: str) -> None:
    plan = example_plan(findings=False)
    part = next(p for p in groups_of(plan) if p.change and p.change > 0)
    cost = part.cost
    assert cost is not None
    keys = [curve.key for curve in part.curves]
    dearer = {key: 1.5 * cost / len(keys) for key in keys}
    free = dict.fromkeys(plan.existing_cost, 0.0)
    assert cheaper(say(replace(plan, existing_cost=free), language)) == ()
    (told,) = cheaper(say(replace(plan, existing_cost={**free, **dearer}), language))
    assert say(plan, language).name(part) in told
    assert not any(say(plan, language).name(p) in told for p in groups_of(plan) if p != part)
    fewer = tuple(
        replace(curve, existing=curve.chosen + 1.0) if curve.key in keys else curve
        for curve in plan.curves
    )
    assert cheaper(say(replace(plan, curves=fewer, existing_cost={**free, **dearer}))) == ()


def test_a_plan_without_prices_says_that_its_forms_are_no_advice() -> None:
    said = say(example_plan(prices=False)).cost()
    assert "ikke et råd om å avslutte avtaler" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_series_below_the_level_on_other_years_are_counted_and_the_lowest_named(
    language: str,
) -> None:
    plan = example_plan(findings=False)
    level, keys = plan.policy.level, plan.series()
    met = [replace(risk, offered_share=level) for risk in plan.risks]
    (none,) = say(replace(plan, risks=tuple(met)), language).risk()
    low = {keys[3]: level - 0.0021, keys[7]: level - 0.0142}
    risks = tuple(
        replace(r, offered_share=low[r.key], standard_error=0.0017) if r.key in low else r
        for r in met
    )
    (told,) = say(replace(plan, risks=risks), language).risk()
    assert told.startswith(none)
    more = told.removeprefix(none)
    decimal = words_of(language).numbers.decimal
    region = words_of(language).region(plan.agency, keys[7].region)
    assert {"2", "25", region} <= set(more.replace(",", " ").split())
    for number in (100 * (level - 0.0142), 100 * level, 0.17):
        assert decimal(number, 2) in more


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_day_is_told_beside_the_mean_where_they_differ(language: str) -> None:
    plan = example_plan(findings=False)
    speaker = say(plan, language)
    more = speaker.nation.readiness
    assert more is not None
    usual = round(speaker.nation.committed - more)
    load = sum(dict(part.steps)[Source.LOAD] for part in groups_of(plan))
    assert round(load) != usual
    count = words_of(language).numbers.count
    told = why_sum_sentence(speaker)
    assert count(load) in told
    assert count(usual) in told


def test_single_years_decide_among_series_that_somebody_is_expected_in() -> None:
    plan = example_plan(findings=False)
    risks = tuple(replace(r, to_meet=0.0) if r.key == plan.series()[0] else r for r in plan.risks)
    assert "av 25 rader" in say(plan).holds()
    assert "av 24 rader" in say(replace(plan, risks=risks)).holds()


@pytest.mark.parametrize("language", LANGUAGES)
def test_todays_places_beyond_the_curves_drawing_are_told(language: str) -> None:
    plan = example_plan(findings=False)
    near = tuple(replace(curve, existing=float(curve.chosen)) for curve in plan.curves)
    (drawn,) = Figures(say(replace(plan, curves=near), language)).curves()
    first, *rest = near
    away = (replace(first, existing=first.chosen + 700.0), *rest)
    speaker = say(replace(plan, curves=away), language)
    (told,) = Figures(speaker).curves()
    assert told.subtitle.startswith(drawn.subtitle)
    group = next(p for p in groups_of(speaker.plan) if p.key.need_group == first.key.need_group)
    more = told.subtitle.removeprefix(drawn.subtitle)
    assert speaker.name(group) in more
    assert words_of(language).numbers.count(group.existing or 0) in more
