"""What the brief, the comparison and the evaluation say, held against their numbers."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pypdf
import pytest

from forecasting.panel import Frequency
from forecasting.places import Form, Register
from forecasting.samples import WHOLE_NATION
from planning.followed import Verdict
from planning.plan import Plan, Source
from planning.region_plan import region_plan
from reports.budget_brief import budget_brief
from reports.capacity_plan import capacity_plan
from reports.document import Document, Figure, Table, Text
from reports.drawings import Fans
from reports.evaluation import Evaluation, MeanScore, evaluation
from reports.files import plan_files, report_files
from reports.scenarios import ComparedScenarios, RegretRow, scenario_report
from reports.sentences import speaker_of
from reports.tertial import tertial
from reports.weightiest import weightiest
from tests.made_reports import comparison, evaluated, followed_plan, opened_plan, register_of
from tests.plans import example_plan


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def said(document: Document, key: str) -> str:
    (section,) = (s for s in document.sections if s.key == key)
    texts = [p for b in section.blocks if isinstance(b, Text) for p in b.paragraphs]
    return plain(" ".join(texts))


def tables(document: Document, key: str) -> list[Table]:
    (section,) = (s for s in document.sections if s.key == key)
    return [b for b in section.blocks if isinstance(b, Table)]


def test_every_report_says_the_duty_and_that_the_level_is_no_norm() -> None:
    plan = example_plan(regions=1, groups=1)
    for document in (
        capacity_plan(plan),
        budget_brief(plan),
        scenario_report(comparison()),
        evaluation(evaluated()),
        tertial(followed_plan()),
    ):
        first = said(document, document.sections[0].key)
        assert "Bistandsplikten er uten unntak" in first, document.name
        assert "en planforutsetning, aldri en akseptert andel brudd" in first, document.name


# The budget brief


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"tail": " og familiestøtte"},
        {"regions": 6, "groups": 8},
        {"prices": False, "register": False, "sums": False},
        {"load_scale": 0.0},
        {"price_scale": 1000.0},
    ],
)
def test_the_brief_is_one_page(recipe: dict[str, Any]) -> None:
    made = report_files(budget_brief(example_plan(**recipe)), formats=("pdf",))
    assert len(pypdf.PdfReader(io.BytesIO(made["budget_brief.pdf"])).pages) == 1


def with_steps(plan: Plan, **places: float) -> Plan:
    """The same plan, its waterfall with these steps and nothing else but the load."""

    def changed(steps: tuple[tuple[Source, float], ...]) -> tuple[tuple[Source, float], ...]:
        return tuple((s, n if s is Source.LOAD else places.get(s.value, 0.0)) for s, n in steps)

    falls = tuple(replace(each, steps=changed(each.steps)) for each in plan.waterfalls)
    return replace(plan, waterfalls=falls)


def test_the_assumptions_of_the_brief_are_those_that_decide_most_places() -> None:
    plan = with_steps(example_plan(regions=1, groups=1), year=400.0, waiting=300.0, groups=0.5)
    first, second, third = map(plain, weightiest(speaker_of(plan, "nb")))
    assert first.startswith("400 plasser er lagt til for at året")
    assert second.startswith("300 plasser er lagt til for barn som venter")
    assert "0,5 plasser" not in third
    plan = with_steps(plan, year=1.0, waiting=300.0)
    assert plain(weightiest(speaker_of(plan, "nb"))[0]).startswith("300 plasser")


def test_call_off_that_does_not_count_is_what_the_table_lacks() -> None:
    plan = with_steps(example_plan(prices=True), year=0.0)
    forms = {form: sum(x.places for x in plan.lines if x.form is form) for form in Form}
    contracts, firm = forms[Form.CALL_OFF], sum(n for f, n in forms.items() if f.committed)
    # Ten contracts more, of which the rows count three.
    curve = plan.curves[0]
    lines = tuple(
        replace(x, places=x.places + 10) if (x.key, x.form) == (curve.key, Form.CALL_OFF) else x
        for x in plan.lines
    )
    chosen = curve.chosen + 3 + firm - sum(c.chosen for c in plan.curves)
    curves = (replace(curve, chosen=chosen), *plan.curves[1:])
    told = weightiest(speaker_of(replace(plan, lines=lines, curves=curves, brackets=()), "nb"), 9)
    (call_off,) = (plain(each) for each in told if "avropsplass" in each)
    assert f"Av {contracts + 10} plasser teller derfor 7 ikke med" in call_off


def test_children_of_other_paths_than_the_curve_are_explained() -> None:
    plan = example_plan()
    words = "regnet for de mulige årene som plassene er valgt ut fra"
    curve_only = replace(plan, risks=())
    assert words not in said(budget_brief(curve_only), "weightiest")
    risks = tuple(replace(r, not_offered_mean=r.not_offered_mean + 1) for r in plan.risks)
    other = replace(plan, risks=risks)
    assert words in said(budget_brief(other), "weightiest")
    assert words in said(capacity_plan(other), "curve")


def test_what_decides_no_place_is_no_weighty_assumption() -> None:
    plan = with_steps(example_plan(load_scale=0.0), year=-3.0)
    assert weightiest(speaker_of(plan, "nb")) == ()
    assert "weightiest" not in str([s.key for s in budget_brief(plan).sections][:2])


def test_the_next_level_is_read_off_the_curve() -> None:
    plan = with_steps(example_plan(regions=1, groups=1, prices=False, level=0.9))
    plan = replace(plan, brackets=())
    curve = plan.curves[0]
    more = int(np.argmax(curve.offered_share >= 0.95)) - curve.chosen
    (told,) = map(plain, weightiest(speaker_of(plan, "nb")))
    assert f"95 av 100 barn i stedet for 90 av 100, trengs {more} forpliktede plasser" in told


def test_the_brief_holds_recommendation_cost_duty_and_one_place() -> None:
    plan = example_plan()
    document = budget_brief(plan)
    speaker = speaker_of(plan, "nb")
    answer = said(document, "recommendation")
    for text in (speaker.recommended(), speaker.cost(), speaker.words["sentences.duty"]):
        assert plain(text) in answer
    (brief,) = tables(document, "recommendation")
    forms = {speaker.words.form(form) for form in Form}
    assert not forms & {column.title for column in brief.columns}
    assert "10–90" in str([column.title for column in brief.columns])
    assert plain(speaker.curve_headline()) in said(document, "curve")


# The plan of one region


def test_a_plan_of_one_region_speaks_of_the_region_alone() -> None:
    plan = region_plan(example_plan(), "ost")
    document = capacity_plan(plan)
    assert document.title.endswith(", Øst")
    # The method and the glossary are those of every plan.
    own = [s for s in document.sections if s.key not in ("method", "glossary")]
    for wrong in ("ele landet", "hver region", "Nord", "Hvis regionene deler"):
        assert wrong not in plain(str(own)), wrong
    keys = [section.key for section in document.sections]
    assert "regions" not in keys
    assert "sharing" not in keys
    assert {"demand", "occupancy", "curve", "why", "risk", "trade_offs"} <= set(keys)


def test_every_sentence_for_one_region_takes_the_place_of_one_for_all() -> None:
    words = speaker_of(example_plan(), "nb").words
    for section, entries in words.table["one_region"].items():
        assert set(entries) <= set(words.table[section]), section
        for key, text in entries.items():
            taken = set(re.findall(r"{(\w+)}", text))
            given = set(re.findall(r"{(\w+)}", words.table[section][key])) | {"region"}
            assert taken <= given, key
    assert words["words.nation"] == "Hele landet", "another plan's words are left alone"


def test_a_region_in_every_format() -> None:
    made = plan_files(region_plan(example_plan(), "vest"), formats=("xlsx", "pdf", "docx", "html"))
    assert all(made.values())
    pages = pypdf.PdfReader(io.BytesIO(made["plan.pdf"])).pages
    assert 2 <= len(pages) <= 4


# Scenarios


def test_the_comparison_says_the_ends_and_the_robust_choice() -> None:
    answer = said(scenario_report(comparison()), "scenarios_answer")
    assert "Basisplanen har 150 forpliktede plasser." in answer
    assert "fra 135 (" in answer
    assert "til 165 (10 % flere henvisninger)" in answer
    assert "har 160 forpliktede plasser, mot 150 i basisplanen (+10)" in answer
    assert "ventes 4,5 barn" in answer
    assert "Alle kostnader er i prisnivå 2027." in answer


def changed(found: ComparedScenarios, **values: Any) -> ComparedScenarios:
    rows = tuple(
        replace(row, **values) if (row.scenario, row.need_group) == ("more", WHOLE_NATION) else row
        for row in found.rows
    )
    return replace(found, rows=rows)


def test_other_numbers_give_other_sentences() -> None:
    before = said(scenario_report(comparison()), "scenarios_answer")
    for values in ({"places": 170}, {"not_offered": 40.0}):
        assert said(scenario_report(changed(comparison(), **values)), "scenarios_answer") != before
    figure = figures_of(scenario_report(changed(comparison(), places=190)))[0]
    assert plain(figure.headline) == (
        "Lengst fra basisplanen: 10 % flere henvisninger, +40 plasser"
    )


def figures_of(document: Document) -> list[Figure]:
    return [b for s in document.sections for b in s.blocks if isinstance(b, Figure)]


def test_differences_are_signed_and_the_base_plan_has_none() -> None:
    (table,) = tables(scenario_report(comparison()), "scenarios_answer")
    # Children are those of the base plan's places, cost is that of others: both headings say whose.
    titles = [column.title for column in table.columns]
    assert "basisplanens plasser" in titles[3]
    assert "de anbefalte plassene" in titles[5]
    base, more, fewer = table.rows
    assert [base[2], base[4], base[6]] == [None] * 3
    assert (more[1], more[2], fewer[2]) == (165, 15, -15)
    assert more[6] == pytest.approx(150 * 0.1 * 5)
    assert more[3] - base[3] == pytest.approx(more[4])  # type: ignore[operator]


def test_without_prices_there_is_no_robust_choice_and_that_is_said() -> None:
    rows = tuple(replace(row, cost_nok=None, cost_range_nok=None) for row in comparison().rows)
    document = scenario_report(comparison(rows=rows, robust=(), regrets=()))
    assert "Uten priser" in said(document, "scenarios_answer")
    assert "prisnivå" not in said(document, "scenarios_answer")
    assert "scenarios_robust" not in [section.key for section in document.sections]
    (table,) = tables(document, "scenarios_answer")
    assert {row[5] for row in table.rows} == {None}


def test_places_that_do_not_count_in_a_scenario_are_said_to_be_missing() -> None:
    """150 places of which 120 count, and 165 wanted: 45 others, though the sum is but 15 more."""
    assert "teller bare" not in said(scenario_report(comparison()), "scenarios_answer")
    answer = said(scenario_report(changed(comparison(), held=120)), "scenarios_answer")
    assert "teller bare 120 av basisplanens 150 forpliktede plasser: 45 andre må til" in answer
    assert "for å nå 165." in answer


def test_a_scenario_with_other_need_groups_is_compared_over_the_nation_only() -> None:
    rows = tuple(
        row for row in comparison().rows if (row.scenario, row.need_group) != ("more", "rus")
    )
    document = scenario_report(comparison(rows=rows))
    (by_group,) = tables(document, "scenarios_groups")
    assert by_group.rows[1][1:] == (110, 10, None, None)
    (sums,) = tables(document, "scenarios_answer")
    assert len(sums.rows) == 3


@pytest.mark.parametrize("millions", [0.02, 2.0, 7.5])
def test_the_base_plans_own_regret_is_explained_where_it_has_some(millions: float) -> None:
    """Its places reach a level: at the implied price others can cost less in all."""

    def own(row: RegretRow) -> RegretRow:
        if (row.choice, row.scenario) != ("base", "base"):
            return row
        return replace(row, regret_nok=millions * 1e6)

    assert "i anger også når" not in said(scenario_report(comparison()), "scenarios_robust")
    found = comparison(regrets=tuple(map(own, comparison().regrets)))
    note = said(scenario_report(found), "scenarios_robust")
    shown = f"{millions:.1f}".replace(".", ",")
    assert (f"{shown} mill. kr i anger også når" in note) == (millions > 0.05)
    assert ("(Akutt)" in note) == (millions > 0.05)


@pytest.mark.parametrize("other", [3e6, 1.5e6, 4.2e6])
def test_the_implied_price_is_told_apart_from_the_price_of_one_more_place(other: float) -> None:
    first, second = comparison().robust
    found = comparison(robust=(first, replace(second, price_nok=other)))
    note = said(scenario_report(found), "scenarios_robust")
    assert "«Per barn som da får plass» i planen gjelder én plass til" in note
    if other == first.price_nok:
        assert "er her 3,0 mill. kr." in note
        return
    ends = sorted([(first.price_nok, "Akutt"), (other, "Rus")])
    low, high = (
        f"{price / 1e6:.1f} mill. kr ({name})".replace(".", ",", 1) for price, name in ends
    )
    assert f"fra {low} til {high}." in note


# Evaluation


def test_the_pool_is_held_against_the_benchmark() -> None:
    answer = said(evaluation(evaluated()), "evaluation_answer")
    assert "10 % lavere feil" in answer
    assert "fra 4 tidligere tidspunkter" in answer
    assert "80 %-intervallene dekket 81 % av utfallene" in answer
    assert "96 % av region-årene" in answer
    assert "til 7 % over" in answer
    worse = said(evaluation(with_errors(1.25, 1.25)), "evaluation_answer")
    assert "25 % høyere feil" in worse
    assert "hver sin vei" not in worse


def with_errors(step: float, whole: float | None) -> Evaluation:
    """The pool with these errors of single periods and of sums; those of the benchmark are 1."""
    errors = {"step": step, "sum": whole}

    def changed(score: MeanScore) -> MeanScore:
        value = errors[score.of]
        if (score.model, score.metric) != ("ensemble", "crps_scaled") or value is None:
            return score
        return replace(score, value=value)

    scores = evaluated().scores
    kept = (s for s in scores if s.of == "step") if whole is None else scores
    return evaluated(scores=tuple(map(changed, kept)))


@pytest.mark.parametrize("step", [0.5, 0.88, 1.0, 1.07])
@pytest.mark.parametrize("whole", [0.75, 1.0, 1.09])
def test_the_error_of_sums_stands_beside_that_of_single_periods(step: float, whole: float) -> None:
    """Months may be better than last year's while whole years are worse: both are said."""

    def shown(ratio: float) -> str:
        more = round(100 * ratio) - 100
        if more == 0:
            return "om lag like stor"
        return f"{abs(more)} % {'høyere' if more > 0 else 'lavere'}"

    answer = said(evaluation(with_errors(step, whole)), "evaluation_answer")
    assert f"{shown(step)} feil (skalert CRPS) målt per måned" in answer
    assert f"og {shown(whole)} målt på summen av 12 måneder" in answer
    assert ("hver sin vei" in answer) == ((step - 1) * (whole - 1) < 0)


def test_sums_that_were_not_measured_are_said_to_be_so() -> None:
    answer = said(evaluation(with_errors(0.9, None)), "evaluation_answer")
    assert "Summer av hele perioden er ikke målt" in answer
    assert "på summen av" not in answer


@pytest.mark.parametrize("freq", list(Frequency))
def test_the_headline_names_the_periods_that_were_scored(freq: Frequency) -> None:
    answer = said(evaluation(evaluated(freq=freq, horizon=3)), "evaluation_answer")
    one, many = {
        "D": ("dag", "dager"),
        "W": ("uke", "uker"),
        "MS": ("måned", "måneder"),
        "QS": ("kvartal", "kvartaler"),
        "YS": ("år", "år"),
    }[freq.value]
    assert f"målt per {one}, og 10 % lavere målt på summen av 3 {many}," in answer


def test_outcomes_spread_evenly_are_calibrated_and_bunched_ones_are_not() -> None:
    pit, reliability = figures_of(evaluation(evaluated()))
    assert "jevnt fordelt" in pit.headline
    assert {row[2] for row in pit.table.rows} == {1.0}
    for promised, observed, low, high in reliability.table.rows:
        assert observed == pytest.approx(promised)
        assert low < promised < high  # type: ignore[operator]
    bunched = evaluated(pits=np.full(1000, 0.55))
    pit, reliability = figures_of(evaluation(bunched))
    assert "10 av 10 felt" in plain(pit.headline)
    assert max(row[2] for row in pit.table.rows) == 10.0  # type: ignore[type-var]
    # All outcomes lie above the median's half: at 50 % none is below, at 55 % all are.
    assert plain(reliability.headline) == "Størst avvik: under 50 %-kvantilen lå 0 % av utfallene"


def test_a_backtest_without_a_replay_says_nothing_of_plans() -> None:
    document = evaluation(evaluated(replay=()))
    assert "evaluation_replay" not in [section.key for section in document.sections]
    assert "region-årene" not in said(document, "evaluation_answer")


def test_the_pool_stands_first_then_models_by_their_error() -> None:
    assert evaluated().models == ("ensemble", "ets", "seasonal_naive")
    table = tables(evaluation(evaluated()), "evaluation_scores")[0]
    assert [row[0] for row in table.rows] == [
        "Samlet prognose (ensemble)",
        "Eksponentiell glatting (ets)",
        "Samme som i fjor (seasonal_naive)",
    ]
    assert [row[-1] for row in table.rows] == [0.9, 0.95, 1.0]


# The tertial's follow-up


def test_a_year_as_expected_holds_and_one_with_far_more_does_not() -> None:
    found = followed_plan()
    answer = said(tertial(found), "tertial_answer")
    assert answer.startswith("Planen holder så langt.")
    nation = found.followed.nation.so_far
    assert f"kommet {nation.came:.0f} henvisninger på 4 måneder" in answer
    assert "det er innenfor" in answer
    more = said(tertial(followed_plan(scale=2.0)), "tertial_answer")
    assert more.startswith("Lag planen på nytt")
    assert "det er langt over" in more
    assert "Følger ikke planen: " in more


def test_children_without_a_place_stand_beside_what_the_plan_gave_the_year() -> None:
    found = followed_plan(missed=2)
    answer = said(tertial(found), "tertial_answer")
    assert f"{2 * len(found.plan.series())} barn har ikke fått" in answer
    high = speaker_of(found.plan, "nb").words.some(found.followed.nation.children.year_high)
    assert f"høyst {high} i 9 av 10" in answer


def test_months_that_came_are_drawn_over_the_bands_of_the_plan() -> None:
    document = tertial(followed_plan())
    (figure,) = figures_of(document)
    assert isinstance(figure.drawing, Fans)
    whole = figure.drawing.panels[0]
    assert len(whole.past) == 4
    assert len(whole.months) == len(whole.middle) == 12
    assert whole.past_months == whole.months[:4]
    assert "0 av 24" in plain(figure.headline)
    assert len(figure.table.rows) == 4 * len(figure.drawing.panels)
    assert "24 av 24" in plain(figures_of(tertial(followed_plan(scale=9.0)))[0].headline)


def test_before_a_whole_month_nothing_can_be_said() -> None:
    document = tertial(followed_plan(months=0))
    answer = said(document, "tertial_answer")
    assert answer.startswith("For tidlig å si")
    assert "Det har kommet" not in answer
    assert report_files(document, formats=("html", "pdf", "docx", "xlsx", "csv"))


def test_the_follow_up_says_which_file_told_it() -> None:
    assert "uttrekk.csv · 321 rader · sha256 ab12ab12" in said(
        tertial(followed_plan()), "tertial_answer"
    )


def test_whether_places_were_opened_is_not_known_without_a_register() -> None:
    document = tertial(followed_plan())
    assert "Om plassene i planen er åpnet, er ikke kjent" in said(document, "tertial_answer")
    assert "tertial_places" not in [section.key for section in document.sections]


def planned_places(plan: Plan) -> int:
    return sum(line.places for line in plan.lines if line.form.committed)


def test_a_register_with_all_places_of_the_plan_says_that_they_are_there() -> None:
    plan = followed_plan().plan
    document = tertial(opened_plan(register_of(plan)))
    planned = planned_places(plan)
    assert f"Alle planens {planned} forpliktede plasser" in said(document, "tertial_answer")
    assert "i tillegg" not in said(document, "tertial_answer")
    by_group, by_series = tables(document, "tertial_places")
    assert by_group.rows[-1] == ("Sum", planned, planned, planned, 0, 0)
    assert "register.csv · sha256 cd34cd34" in said(document, "tertial_places")
    assert all(row[5] == row[3] for row in by_series.rows)


@pytest.mark.parametrize("gone", [1, 3])
def test_places_that_were_not_opened_are_counted_and_others_do_not_stand_in(gone: int) -> None:
    plan = followed_plan().plan
    register = register_of(plan, base=-gone, guaranteed=gone + 2)
    document = tertial(opened_plan(register))
    answer, planned = said(document, "tertial_answer"), planned_places(plan)
    assert (
        f"Av planens {planned} forpliktede plasser (avrop telt helt) står {planned - gone} i"
        in answer
    )
    assert f"{gone} er ikke åpnet, så" in answer
    assert f"i tillegg {gone + 2} plasser som ikke er med i planen" in answer
    by_group, by_series = tables(document, "tertial_places")
    for table in (by_group, by_series):
        heads = table.heads
        for cells in (row[heads:] for row in table.rows):
            there, opened, lacking, more = cells[1:]
            assert opened + lacking == cells[0]  # type: ignore[operator]
            assert opened + more == there  # type: ignore[operator]
    assert by_group.rows[-1][4:] == (gone, gone + 2)


def test_places_that_open_later_are_not_there_yet() -> None:
    found = followed_plan()
    late = tuple(
        replace(row, valid_from=found.followed.as_of + timedelta(days=1))
        for row in register_of(found.plan).place_sets
    )
    answer = said(tertial(opened_plan(Register(late))), "tertial_answer")
    assert f"står 0 i plassregisteret per {found.followed.as_of:%d.%m.%Y}" in answer


def test_the_verdict_names_the_groups_it_comes_from_and_the_sum_row_says_it_is_the_sum() -> None:
    """One group far above its bands, though the sum of all follows the plan."""
    found = followed_plan()
    first, *others = found.followed.need_groups
    far = replace(first, verdict=Verdict.REVISE)
    one = replace(found, followed=replace(found.followed, need_groups=(far, *others)))
    document = tertial(one)
    group = found.plan.agency.need_group(first.key.need_group).label("nb")
    answer = said(document, "tertial_answer")
    assert answer.startswith("Lag planen på nytt")
    assert f"Vurderingen kommer av {group}." in answer
    table = tables(document, "tertial_answer")[0]
    assert table.rows[0][-1] == "lag på nytt"
    assert table.rows[-1][-1] == "summen alene: holder"
    holds = tertial(found)
    assert "Vurderingen kommer av" not in said(holds, "tertial_answer")
    assert tables(holds, "tertial_answer")[0].rows[-1][-1] == "holder"
    everything = tertial(followed_plan(scale=9.0))
    assert "kommer av summen av alle målgrupper" in said(everything, "tertial_answer")
    assert tables(everything, "tertial_answer")[0].rows[-1][-1] == "lag på nytt"


def test_names_that_hold_commas_are_listed_with_semicolons() -> None:
    words = speaker_of(example_plan(), "nb").words
    assert words.listed(["Nord, akutt", "Vest, rus", "Øst, rus"]) == (
        "Nord, akutt; Vest, rus; Øst, rus"
    )
    assert words.listed(["Nord", "Vest", "Øst"]) == "Nord, Vest og Øst"
    assert words.listed(["0,98", "1,02"]) == "0,98 og 1,02"
