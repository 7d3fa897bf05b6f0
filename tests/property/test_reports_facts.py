"""What reports add up and look up is what the plan holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.plan import Plan
from reports.capacity_plan import capacity_plan
from reports.document import Column, Figure, Kind, Table
from reports.drawings import Bars, Curves, Durations, Fans
from reports.facts import NATION, Part, groups_of, inside, places_at, regions_of, total
from reports.numbers import Numbers
from reports.panels import Figures, tiers_of
from reports.sentences import Speaker
from reports.tables import Tables, known_only
from reports.words import words_of
from reports.writers.sheets import Sheets
from service.plan_view import PlanView
from service.web.plan_page import Asked, plan_page
from tests.plans import Recipe, example_plan

recipes = st.builds(
    Recipe,
    regions=st.integers(1, 6),
    groups=st.integers(1, 7),
    register=st.booleans(),
    prices=st.booleans(),
    sums=st.booleans(),
    load_scale=st.sampled_from([0.0, 0.05, 1.0]),
    year=st.sampled_from([2024, 2025]),
)
plans = recipes.map(example_plan)


def parts(plan: Plan) -> Iterator[tuple[Part, ...]]:
    yield groups_of(plan)
    yield regions_of(plan)
    yield tuple(Part(plan, curve.key) for curve in plan.curves)


@settings(max_examples=20, deadline=None)
@given(plans)
def test_regions_groups_and_series_add_up_to_the_nation(plan: Plan) -> None:
    nation = Part(plan)
    for pieces in parts(plan):
        assert sum(part.committed for part in pieces) == nation.committed
        assert total(part.existing for part in pieces) == nation.existing
        assert total(part.cost for part in pieces) == pytest.approx(nation.cost)
        assert total(part.cost_today for part in pieces) == pytest.approx(nation.cost_today)
        assert sum(part.not_offered for part in pieces) == pytest.approx(nation.not_offered)
        assert sum(part.referrals for part in pieces) == pytest.approx(nation.referrals)
        for form in Form:
            assert sum(part.places(form) for part in pieces) == nation.places(form)


@settings(max_examples=20, deadline=None)
@given(plans)
def test_more_places_never_leave_more_children_without(plan: Plan) -> None:
    for part in groups_of(plan):
        children = [part.at_offset(offset)[1] for offset in range(-5, 11)]
        assert children == sorted(children, reverse=True)
        assert part.at_offset(0)[0] == part.committed


@settings(max_examples=20, deadline=None)
@given(plans)
def test_tiers_fill_exactly_the_committed_places(plan: Plan) -> None:
    for part in (*groups_of(plan), *regions_of(plan)):
        assert sum(places for _, places in tiers_of(part)) == pytest.approx(part.committed)
        assert all(form is not Form.SPOT for form, _ in tiers_of(part))


@settings(max_examples=15, deadline=None)
@given(plans)
def test_every_cell_of_every_table_is_shown_in_words_or_numbers(plan: Plan) -> None:
    numbers = words_of("nb").numbers
    for table in capacity_plan(plan).tables():
        for row in table.rows:
            shown = [numbers.cell(cell, c.kind) for cell, c in zip(row, table.columns, strict=True)]
            assert not {"nan", "None", "inf"} & set(shown)


@settings(max_examples=15, deadline=None)
@given(plans, st.floats(0.5, 0.999))
def test_places_at_a_level_reach_it_and_one_fewer_does_not(plan: Plan, level: float) -> None:
    for curve in plan.curves:
        places = places_at(curve, level, own=-1)
        if places is None:
            assert curve.offered_share[-1] < level
            continue
        assert (curve.offered_share[places:] >= level).all()
        assert places == 0 or curve.offered_share[places - 1] < level


def test_at_the_plans_own_level_the_recommendation_stands() -> None:
    curve = example_plan(regions=1, groups=1).curves[0]
    moved = replace(curve, chosen=curve.chosen + 2)
    assert places_at(moved, 0.97, own=0.97) == curve.chosen + 2


def test_a_curve_that_dips_is_read_from_where_it_stays() -> None:
    curve = example_plan(regions=1, groups=1).curves[0]
    shares = np.array([0.0, 0.9, 0.5, 0.95, 0.99])
    dips = replace(curve, offered_share=shares, assured_share=shares)
    assert places_at(dips, 0.8, own=-1) == 3
    assert places_at(dips, 0.999, own=-1) is None


def test_a_series_lies_inside_its_region_its_group_and_the_nation() -> None:
    key = SeriesKey("a", "x")
    for part in (key, NATION, SeriesKey("a", WHOLE_NATION), SeriesKey(WHOLE_NATION, "x")):
        assert inside(key, part)
    for part in (SeriesKey("b", WHOLE_NATION), SeriesKey(WHOLE_NATION, "y"), SeriesKey("b", "x")):
        assert not inside(key, part)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    assert total([1, 2.5]) == 3.5
    assert total([1, None]) is None
    assert total([]) == 0


def test_levels_of_the_workbook_hold_the_plans_own() -> None:
    plan = example_plan(level=0.9725)
    levels = Sheets(plan, words_of("nb")).levels()
    assert 0.9725 in levels
    assert list(levels) == sorted(set(levels))
    assert {0.8, 0.9, 0.95, 0.999} <= set(levels)


def test_children_with_todays_places_come_from_todays_share() -> None:
    plan = example_plan()
    none = dict.fromkeys(plan.existing_offered, 1.0)
    assert Part(replace(plan, existing_offered=none)).not_offered_today == 0
    all_of_them = replace(plan, existing_offered=dict.fromkeys(none, 0.0))
    met = sum(risk.to_meet for risk in plan.risks if risk.key in none)
    assert Part(all_of_them).not_offered_today == pytest.approx(met)
    assert Part(replace(plan, existing_offered={})).not_offered_today is None


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_what_today_costs_stands_beside_today_and_only_where_it_is_known(language: str) -> None:
    plan = example_plan()
    title = words_of(language).column("cost_today")
    brief = Tables(Speaker(plan, words_of(language))).brief()
    at = [column.title for column in brief.columns].index(title)
    assert at == 2
    wanted = [part.cost_today for part in (*groups_of(plan), Part(plan))]
    assert [row[at] for row in brief.rows] == wanted
    for unknown in (replace(plan, existing_cost={}), example_plan(register=False)):
        speaker = Speaker(unknown, words_of(language))
        assert title not in [column.title for column in Tables(speaker).brief().columns]
        assert speaker.cost_today() == ""


def test_the_page_shows_what_today_costs_or_that_it_is_not_known() -> None:
    plan = example_plan()
    today = plan_page(PlanView("id", plan), Asked()).compare[0]
    assert today.name == "I dag"
    assert today.cost == Numbers("nb").millions(sum(plan.existing_cost.values()))
    old = plan_page(PlanView("id", replace(plan, existing_cost={})), Asked()).compare[0]
    assert old.cost == "–"


def drawn(plan: Plan) -> list[Figure]:
    figures = Figures(Speaker(plan, words_of("nb")))
    return [*figures.demand(), *figures.occupancy(), *figures.curves(), figures.regions()]


def test_a_fan_shows_two_years_the_bands_and_the_last_year_again() -> None:
    plan = example_plan()
    drawing = drawn(plan)[0].drawing
    assert isinstance(drawing, Fans)
    assert len(drawing.panels) == 6
    whole = drawing.panels[0]
    assert whole.past_months[0] == date(2023, 1, 1)
    assert whole.past_months[-1] == date(2024, 12, 1)
    assert whole.repeated == whole.past[-12:]
    counts = plan.history.counts.sum(axis=0)
    assert list(whole.past) == counts[-24:].tolist()
    edges = (whole.low, whole.inner_low, whole.middle, whole.inner_high, whole.high)
    assert all(list(column) == sorted(column) for column in zip(*edges, strict=True))


def test_last_year_is_not_repeated_when_a_month_of_it_is_missing() -> None:
    plan = example_plan()
    observed = plan.history.observed.copy()
    observed[0, -14:] = False
    drawing = drawn(replace(plan, history=replace(plan.history, observed=observed)))[0].drawing
    assert isinstance(drawing, Fans)
    assert drawing.panels[0].past_months[-1] == date(2023, 10, 1)
    # Another need group saw every month.
    assert drawing.panels[2].past_months[-1] == date(2024, 12, 1)


def test_duration_curves_fall_and_keep_every_day() -> None:
    drawing = drawn(example_plan(year=2024))[1].drawing
    assert isinstance(drawing, Durations)
    for panel in drawing.panels:
        assert len(panel.mean) == len(panel.high) == 366
        assert list(panel.mean) == sorted(panel.mean, reverse=True)


def test_curves_stand_at_the_recommendation() -> None:
    plan = example_plan()
    drawing = drawn(plan)[2].drawing
    assert isinstance(drawing, Curves)
    for panel, part in zip(drawing.panels, groups_of(plan), strict=True):
        at = panel.places.index(panel.chosen)
        assert panel.mean[at] == pytest.approx(part.not_offered)
        assert panel.existing == part.existing


def test_bars_have_today_only_with_a_register() -> None:
    with_register, without = (
        drawn(example_plan(register=known))[3].drawing for known in (True, False)
    )
    assert isinstance(with_register, Bars)
    assert isinstance(without, Bars)
    assert len(with_register.bars) == 2 * len(without.bars) == 10


def test_many_need_groups_get_more_figures_not_smaller_ones() -> None:
    plan = example_plan(regions=1, groups=13)
    figures = Figures(Speaker(plan, words_of("nb")))
    assert [len(f.drawing.panels) for f in figures.curves()] == [7, 6]  # type: ignore[union-attr]
    assert [len(f.drawing.panels) for f in figures.demand()] == [7, 7]  # type: ignore[union-attr]


def test_columns_without_a_known_value_are_left_out() -> None:
    columns = (Column("a"), Column("b", Kind.COUNT), Column("c", Kind.COUNT))
    table = Table("t", columns, (("x", None, 1), ("y", None, None)), "")
    assert [column.title for column in known_only(table).columns] == ["a", "c"]
    assert known_only(replace(table, rows=())).columns == columns


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        Table("t", (Column("a"), Column("b")), (("x",),), "")


def test_recommended_and_risk_tables_agree_with_the_plan() -> None:
    plan = example_plan()
    tables = Tables(Speaker(plan, words_of("nb")))
    recommendation = tables.recommendation()
    titles = [column.title for column in recommendation.columns]
    committed = titles.index("Forpliktet i alt")
    assert recommendation.rows[-1][committed] == sum(curve.chosen for curve in plan.curves)
    assert len(recommendation.rows) == len(plan.agency.need_groups) + 1
    lines, sums = tables.lines(), set(tables.lines().subtotals)
    assert len(lines.rows) - len(sums) == len(tables.series_risk().rows) == len(plan.curves)
    regional = [row[6] for row in tables.regions().rows[:-1]]
    place = [column.title for column in lines.columns].index("Forpliktet i alt")
    assert [lines.rows[at][place] for at in sorted(sums)] == regional
    assert len(tables.risk().rows) == len(plan.agency.regions) + 1


def test_without_sums_of_cost_only_the_total_has_a_range() -> None:
    table = Tables(Speaker(example_plan(sums=False), words_of("nb"))).recommendation()
    at = [column.kind for column in table.columns].index(Kind.RANGE)
    assert [row[at] for row in table.rows[:-1]] == [None] * 5
    assert table.rows[-1][at] is not None


def test_part_of_a_year_is_compared_with_the_same_months_of_the_year_before() -> None:
    plan = replace(example_plan(), begins=date(2025, 5, 1))
    part = Part(plan, plan.series()[0])
    row = plan.history.rows[part.key]
    months = plan.history.periods.astype("datetime64[M]")
    same = (months >= np.datetime64("2024-05")) & (months <= np.datetime64("2024-12"))
    assert same.sum() == 8
    assert part.last_year == plan.history.counts[row, same].sum()
    unseen = plan.history.observed.copy()
    unseen[row, same.argmax()] = False
    missing = replace(plan, history=replace(plan.history, observed=unseen))
    assert Part(missing, part.key).last_year is None
