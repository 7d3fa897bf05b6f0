"""Every sentence with a number is computed: change the number, and the sentence changes."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forecasting.findings import Finding, Severity
from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.goal import Binds
from planning.plan import Money, Plan, Risk
from planning.policy import Discipline, Policy
from reports.capacity_plan import capacity_plan
from reports.document import Figure, Text
from reports.facts import NATION
from reports.remarks import remarks
from reports.sentences import Speaker
from reports.tables import first_of_each
from reports.words import words_of
from tests.plans import example_plan

NB = "\u00a0"


def say(plan: Plan) -> Speaker:
    return Speaker(plan, words_of("nb"))


def plain(text: str) -> str:
    """With ordinary blanks, so that expectations can be read."""
    return text.replace(NB, " ")


def with_risk(plan: Plan, **changes: Any) -> Plan:
    def changed(risk: Risk) -> Risk:
        return replace(risk, **changes) if risk.key == NATION else risk

    return replace(plan, risks=tuple(changed(risk) for risk in plan.risks))


def with_first_curve(plan: Plan, **changes: Any) -> Plan:
    first, *rest = plan.curves
    return replace(plan, curves=(replace(first, **changes), *rest))


def test_the_recommendation_says_places_change_and_today() -> None:
    plan = example_plan(regions=1, groups=1)
    plan = with_first_curve(plan, chosen=12, existing=9.0)
    assert plain(say(plan).recommended()) == (
        "Anbefalt for 2025: 12 forpliktede plasser, 3 flere enn i dag (9)."
    )
    plan = with_first_curve(plan, chosen=1, existing=2.0)
    assert plain(say(plan).recommended()) == (
        "Anbefalt for 2025: 1 forpliktet plass, 1 færre enn i dag (2)."
    )
    plan = with_first_curve(plan, chosen=2, existing=2.0)
    assert plain(say(plan).recommended()).endswith("2 forpliktede plasser, like mange som i dag.")
    plan = with_first_curve(plan, chosen=12, existing=8.6)
    assert "3 flere enn i dag (9)" in plain(say(plan).recommended())
    plan = with_first_curve(plan, chosen=2, existing=None)
    assert plain(say(plan).recommended()) == "Anbefalt for 2025: 2 forpliktede plasser."


@pytest.mark.parametrize(
    ("level", "words"),
    [(0.97, "97 av 100"), (0.9, "90 av 100"), (0.975, "975 av 1 000"), (0.9725, "9 725 av 10 000")],
)
def test_the_level_is_said_in_words_with_its_direction(level: float, words: str) -> None:
    said = plain(say(replace(example_plan(), policy=Policy(level=level))).level())
    assert f"en plass for minst {words} barn" in said


@pytest.mark.parametrize("binds", list(Binds))
def test_what_must_reach_the_level_is_said(binds: Binds) -> None:
    plan = replace(example_plan(), policy=Policy(assurance=0.9, binds=binds))
    said = plain(say(plan).level())
    assert ("90 av 100 mulige år" in said) == (binds is not Binds.LEVEL)
    assert ("90 av 100" in plain(say(plan).risk()[0])) == (binds is not Binds.LEVEL)


def test_the_series_in_which_single_years_decide_are_counted() -> None:
    plan = example_plan(regions=2, groups=2)
    assert "avgjør i 0 av 4 rader" in plain(say(plan).level())
    plan = with_first_curve(plan, by_level=plan.curves[0].chosen - 1)
    assert "avgjør i 1 av 4 rader" in plain(say(plan).level())


def test_standby_and_the_readiness_that_all_places_buy_are_said() -> None:
    plan = example_plan(regions=1, groups=1)
    usual = next(b for b in plan.occupancy if b.key == plan.curves[0].key)
    still = np.full_like(usual.values, 10.0)
    plan = replace(plan, occupancy=(replace(usual, values=still),))
    plan = with_first_curve(plan, chosen=17)
    lines = tuple(
        replace(line, places=5) if line.form is Form.STANDBY else line for line in plan.lines
    )
    said = plain(say(replace(plan, lines=lines)).readiness())
    assert "5 beredskapsplasser" in said
    assert "7 plasser mer enn behovet på en vanlig dag" in said


def test_a_need_group_with_its_own_level_is_named() -> None:
    plan = example_plan()
    first, *rest = plan.agency.need_groups
    agency = replace(plan.agency, need_groups=(replace(first, level=0.99), *rest))
    said = plain(say(replace(plan, agency=agency)).level())
    assert f"For {first.label('nb')} er det valgt en plass for minst 99 av 100 barn." in said


def test_cost_is_said_in_millions_with_its_range() -> None:
    plan = replace(example_plan(), total_cost=Money(1.2346e9, 1.1e9, 1.4e9))
    assert plain(say(plan).cost()) == (
        "Ventet kostnad er 1 235 mill. kr (prisnivå 2025). "
        "I 8 av 10 mulige år ligger den mellom 1 100 og 1 400 mill. kr."
    )


def test_unknown_cost_and_register_are_said_plainly() -> None:
    plan = example_plan(prices=False, register=False)
    assert "uten priser" in say(plan).cost()
    assert any("uten plassregister" in remark for remark in remarks(say(plan)))
    assert say(plan).not_offered_today() == ""


def test_the_duty_to_assist_is_never_a_share() -> None:
    lead = capacity_plan(example_plan()).sections[0]
    said = " ".join(p for b in lead.blocks if isinstance(b, Text) for p in b.paragraphs)
    assert "Bistandsplikten er uten unntak" in said
    assert "aldri en akseptert andel brudd" in said


RISK_SENTENCES: dict[str, Callable[[Speaker], str]] = {
    "not_offered_mean": lambda s: s.not_offered(),
    "not_offered_low": lambda s: s.not_offered(),
    "not_offered_high": lambda s: s.not_offered(),
    "years_meeting": lambda s: s.risk()[0],
    "p_none": lambda s: s.risk()[0],
    "worst_month": lambda s: s.risk()[0],
    "standard_error": lambda s: s.risk()[0],
}


@pytest.mark.parametrize("field", RISK_SENTENCES)
def test_a_changed_risk_changes_its_sentence(field: str) -> None:
    plan = example_plan()
    new = 3 if field == "worst_month" else 0.25 if "share" in field else 0.31
    said = RISK_SENTENCES[field](say(plan))
    assert RISK_SENTENCES[field](say(with_risk(plan, **{field: new}))) != said


def test_probabilities_near_none_and_all_are_not_rounded_to_them() -> None:
    words = words_of("nb")
    assert plain(words.of_years(1e-9)) == "færre enn 1 av 1 000"
    assert plain(words.of_years(1 - 1e-9)) == "flere enn 999 av 1 000"
    assert plain(words.of_years(0)) == "0 av 100"
    assert plain(words.of_years(1)) == "100 av 100"
    assert plain(words.of_years(0.004)) == "4 av 1 000"


def test_growth_is_measured_against_a_year_like_the_last() -> None:
    plan = example_plan()
    referrals = say(plan).nation.referrals
    last = plan.same_as_last_year
    half = {key: n * 0.5 * referrals / sum(last.values()) for key, n in last.items()}
    assert "100 % flere" in plain(say(replace(plan, same_as_last_year=half)).demand_headline())
    gone = replace(plan, same_as_last_year={})
    assert "gjentar seg" not in say(gone).demand_headline()
    unseen = replace(plan, same_as_last_year=dict.fromkeys(plan.same_as_last_year, math.nan))
    assert "gjentar seg" not in say(unseen).demand_headline() + say(unseen).demand_sentence()


def test_the_sentence_on_occupancy_names_the_fullest_group_and_its_busiest_day() -> None:
    plan = example_plan()
    last = plan.agency.need_groups[-1]
    bands = tuple(
        replace(b, mean=b.mean * 3) if b.key.need_group == last.code else b for b in plan.occupancy
    )
    said = plain(say(replace(plan, occupancy=bands)).occupancy_sentence())
    top = max(b.mean.max() for b in bands if b.key == SeriesKey(NATION.region, last.code))
    assert (
        f"målgruppen {last.label('nb')} ventes behov for {round(top):,}".replace(",", " ") in said
    )


def test_the_curve_sentence_follows_the_curve() -> None:
    plan = example_plan(regions=1, groups=1)
    curve = plan.curves[0]
    steeper = curve.not_offered_mean.copy()
    steeper[curve.chosen - 1] += 5
    before, after = (
        plain(say(p).curve_sentence())
        for p in (plan, with_first_curve(plan, not_offered_mean=steeper))
    )
    fewer = steeper[curve.chosen - 1] - steeper[curve.chosen]
    assert before != after
    assert f"gir {fewer:.1f}".replace(".", ",") in after
    assert curve.cost_nok is not None
    more = (curve.cost_nok[curve.chosen + 1] - curve.cost_nok[curve.chosen]) / 1e6
    assert f"koster {more:.1f}".replace(".", ",") in after


def test_one_place_more_that_helps_nobody_is_said_so() -> None:
    plan = example_plan(load_scale=0.0)
    assert say(plan).curve_headline() == "Flere plasser gir ingen færre barn uten plass"


@pytest.mark.parametrize("discipline", list(Discipline))
def test_the_method_says_the_discipline_and_the_draws(discipline: Discipline) -> None:
    plan = example_plan()
    plan = replace(plan, policy=replace(plan.policy, discipline=discipline, spot_found=0.25))
    plan = replace(plan, basis=replace(plan.basis, draws=1234))
    said = plain(" ".join(say(plan).method()))
    assert "1 234 mulige år" in said
    assert ("25 %" in said) == (discipline is Discipline.MIXED)


def test_findings_are_counted_and_a_cut_list_says_so() -> None:
    plan = example_plan()
    many = tuple(Finding(Severity.WARNING, "x", f"funn {i}") for i in range(45))
    many += (Finding(Severity.ERROR, "y", "feil"),)
    said = plain(say(replace(plan, findings=many)).findings(30))
    assert said.startswith("Kontrollen meldte 46 funn: 45 advarsler og 1 feil.")
    assert "Her vises 30" in said
    assert "Alle 46 står i findings.csv" in said
    assert say(replace(plan, findings=())).findings(30).endswith("ikke noe å melde om.")


def test_many_findings_of_one_kind_do_not_hide_another() -> None:
    many = tuple(Finding(Severity.WARNING, "x", f"funn {i}") for i in range(45))
    shown = first_of_each((*many, Finding(Severity.WARNING, "y", "noe annet")))
    assert [finding.message for finding in shown] == ["funn 0", "funn 1", "funn 2", "noe annet"]
    kinds = [Finding(Severity.WARNING, str(i), "x") for i in range(100)]
    assert first_of_each(kinds) == kinds[:30]


def test_the_basis_line_names_what_the_numbers_rest_on() -> None:
    plan = example_plan()
    said = plain(say(plan).basis())
    for part in ("referrals.csv", "18 452 rader", "31.12.2024", "frø 1", "2 000 trekninger"):
        assert part in said
    changed = replace(plan, basis=replace(plan.basis, seed=77))
    assert "frø 77" in plain(say(changed).basis())


def test_only_a_synthetic_plan_has_the_banner() -> None:
    assert capacity_plan(example_plan()).banner.startswith("Syntetiske tall")
    assert capacity_plan(example_plan(synthetic=False)).banner == ""


def test_every_figure_says_a_finding_and_has_its_numbers_as_a_table() -> None:
    document = capacity_plan(example_plan())
    figures = [b for s in document.sections for b in s.blocks if isinstance(b, Figure)]
    assert len(figures) == 10
    for figure in figures:
        assert figure.table.rows
        assert figure.source
        assert any(character.isdigit() for character in figure.sentence)
        assert any(character.isdigit() for character in figure.alt)


def test_nothing_says_more_than_a_missing_number_allows() -> None:
    """Risks and bands that the plan does not hold leave gaps, not faults or invented values."""
    plan = replace(example_plan(), risks=(), demand=(), occupancy=(), brackets=())
    document = capacity_plan(plan)
    text = str(document)
    assert re.search(r"\bnan\b", text) is None
    assert np.isfinite(say(plan).nation.not_offered)
