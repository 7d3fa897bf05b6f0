"""What reports say about flexible places: every number is that of the plan."""

from dataclasses import replace

import pytest

from planning.plan import Flexible, FlexibleGroup, Plan
from planning.policy import FlexibleRule
from reports.capacity_plan import capacity_plan
from reports.document import Depth, Table, Text
from reports.flexible import FlexibleBlocks, SetOfGroups, sets_of
from reports.sentences import Speaker
from reports.words import words_of
from tests.plans import example_plan

GROUPS = ("akutt", "behandling_hoy")


def row(region: str, flexible: int, *fixed: int, **more: object) -> Flexible:
    """Ten and six places alone; the first group loses in a common pool."""
    parts = zip(GROUPS, (10, 6), fixed, (0.9, 0.99), strict=True)
    values: dict[str, object] = {"existing": None, "alone_cost_nok": 9e7, "cost_nok": 7.5e7}
    return Flexible(
        region,
        FlexibleRule.FIRST_COME,
        flexible,
        tuple(FlexibleGroup(name, a, n, 0.975, 0.97, crowded) for name, a, n, crowded in parts),
        best=True,
        **{**values, **more},  # type: ignore[arg-type]
    )


def blocks(plan: Plan | None = None) -> FlexibleBlocks:
    return FlexibleBlocks(Speaker(plan or example_plan(), words_of("nb")))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_sentence_adds_regions_and_says_what_is_spared() -> None:
    found = SetOfGroups(GROUPS, (row("nord", 2, 8, 4), row("ost", 1, 9, 5)))
    assert plain(blocks().sentence(found)) == (
        "Akutt og Behandling høy: Med 3 fleksible plasser holder 26 faste i stedet for 32. "
        "Det sparer 3 plasser og 30,0 mill. kr i året."
    )


def test_kroner_are_left_out_without_prices_and_all_of_it_where_none_is_flexible() -> None:
    unpriced = row("nord", 2, 8, 4, alone_cost_nok=None, cost_nok=None)
    said = plain(blocks().sentence(SetOfGroups(GROUPS, (unpriced,))))
    assert said.endswith("Det sparer 2 plasser.")
    said = blocks().sentence(SetOfGroups(GROUPS, (row("nord", 0, 10, 6),)))
    assert said == "Akutt og Behandling høy: Fleksible plasser sparer ikke noe."


def test_the_limit_names_the_group_and_region_that_lose_most() -> None:
    first, second = row("nord", 2, 8, 4), row("ost", 2, 8, 4)
    worse = replace(second.groups[0], crowded_share=0.81)
    found = SetOfGroups(GROUPS, (first, replace(second, groups=(worse, second.groups[1]))))
    said = plain(blocks().limit(found))
    assert said.startswith(
        "Var alle plassene åpne for alle, ville Akutt i Øst gått fra 97,5 % til 81 %"
    )
    gaining = tuple(replace(group, crowded_share=1.0) for group in first.groups)
    assert blocks().limit(SetOfGroups(GROUPS, (replace(first, groups=gaining),))) == ""


def test_only_the_best_number_of_each_region_is_shown() -> None:
    plan = example_plan()
    (found,) = sets_of(plan)
    assert found.need_groups == GROUPS
    assert [each.region for each in found.best] == [region.code for region in plan.agency.regions]
    assert all(each.best for each in found.best)
    table = blocks(plan).table(found)
    assert len(table.rows) == len(found.best)
    for told, each in zip(table.rows, found.best, strict=True):
        assert told[1:5] == (
            *(each.flexible_places, each.fixed_places, each.alone_places),
            each.alone_places - each.places,
        )
        assert told[-2:] == (each.loser.alone_share, each.loser.crowded_share)


@pytest.mark.parametrize("flexible", [True, False])
def test_the_section_stands_in_the_full_report_where_groups_may_share(flexible: bool) -> None:
    document = capacity_plan(example_plan(flexible=flexible))
    assert ("flexible" in [section.key for section in document.sections]) is flexible
    assert "flexible" not in [section.key for section in document.at(Depth.SHORT).sections]


def test_the_rule_is_said() -> None:
    plan = example_plan()
    acute = replace(
        plan, flexible=tuple(replace(r, rule=FlexibleRule.ACUTE_FIRST) for r in plan.flexible)
    )
    for each, said in (
        (plan, "Den som har spurt først"),
        (acute, "akutte målgrupper før alle andre"),
    ):
        *_, note = blocks(each).blocks()
        assert isinstance(note, Text)
        assert said in note.paragraphs[0]


def test_without_prices_no_column_of_kroner_is_shown() -> None:
    plan = example_plan(prices=False)
    tables = [block for block in blocks(plan).blocks() if isinstance(block, Table)]
    assert tables
    assert "Spart, mill. kr" not in [column.title for table in tables for column in table.columns]
