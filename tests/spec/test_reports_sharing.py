"""What reports say about sharing between regions: every number is that of the plan."""

from dataclasses import replace

import pytest

from planning.plan import Plan, SharedRegion, Sharing
from planning.policy import Arrangement
from reports.document import Depth, Table, Text
from reports.sentences import Speaker
from reports.sharing import Alternatives, SharingBlocks, alternatives_of
from reports.words import words_of
from tests.plans import example_plan

NB = "\u00a0"


def row(arrangement: Arrangement, own: tuple[int, ...], shared: int = 0, **more: object) -> Sharing:
    regions = tuple(SharedRegion(f"r{i}", n, 0.98 - i / 100) for i, n in enumerate(own))
    values: dict[str, object] = {
        "fewer": 0,
        "offered_share": 0.975,
        "not_offered_mean": 4.0,
        "away_share": 0.0,
        "away_mean": 0.0,
        "cost_nok": None,
    }
    return Sharing("g", arrangement, regions=regions, shared_places=shared, **{**values, **more})  # type: ignore[arg-type]


def found(**costs: float) -> Alternatives:
    """Own 40 places; two places fewer in each region for three; a pool of 30."""
    return Alternatives(
        (
            row(Arrangement.OWN_PLACES, (10, 30), cost_nok=costs.get("own")),
            row(Arrangement.NATIONAL_STANDBY, (9, 29), 2, fewer=1, away_share=0.01),
            row(Arrangement.NATIONAL_STANDBY, (8, 28), 3, fewer=2, away_share=0.02),
            row(
                *(Arrangement.MUTUAL_HELP, (8, 22)),
                away_share=0.184,
                away_mean=12.0,
                cost_nok=costs.get("pool"),
            ),
            row(Arrangement.NATIONAL_POOL, (0, 0), 30, away_share=0.52, away_mean=34.0),
        )
    )


def blocks(plan: Plan | None = None) -> SharingBlocks:
    return SharingBlocks(Speaker(plan or example_plan(), words_of("nb")))


def plain(text: str) -> str:
    return text.replace(NB, " ")


def test_the_sentence_says_pool_proximity_and_standby() -> None:
    assert plain(blocks().sentence("Akutt", found(own=9e7, pool=7.5e7))) == (
        "Akutt: Med én felles pott trengs 30 plasser i stedet for 40, men 18 av 100 barn får plass "
        "utenfor egen region, selv om barnet får en plass hjemme når en er ledig (52 av 100 uten "
        "hensyn til bosted). Å ha plass til alle i egen region koster altså 10 plasser mer og "
        "15,0 mill. kr i året. Gir hver region fra seg 2 plasser (4 i alt), holder "
        "3 felles beredskapsplasser i stedet."
    )


def test_without_prices_kroner_are_left_out() -> None:
    said = plain(blocks().sentence("Akutt", found()))
    assert "koster altså 10 plasser mer. Gir" in said
    assert "kr" not in said.replace("beredskap", "")


def test_nothing_is_said_to_be_saved_where_nothing_is() -> None:
    rows = tuple(
        replace(each, regions=found().own.regions, shared_places=0) for each in found().rows
    )
    said = blocks().sentence("Akutt", Alternatives(rows))
    assert "koster" not in said
    assert "Gir hver region" not in said
    nobody = tuple(SharedRegion(part.region, 0, 1.0) for part in found().own.regions)
    none = Alternatives(tuple(replace(each, regions=nobody, shared_places=0) for each in rows))
    assert (
        blocks().sentence("Rus", none) == "Rus: Ingen plasser trengs, så det er ingenting å dele."
    )


@pytest.mark.parametrize("prices", [True, False])
def test_the_nation_is_the_sum_of_its_need_groups(prices: bool) -> None:
    plan = example_plan(prices=prices)
    groups = [alternatives_of(plan, group.code) for group in plan.agency.need_groups]
    every = [each for each in groups if each is not None]
    said = plain(blocks(plan).nation(every))
    own, pool = (sum(getattr(each, kind).places for each in every) for kind in ("own", "pool"))
    away = sum(each.pool.away_mean for each in every)
    assert f"trengs {pool} plasser i stedet for {own}, men {away:.0f} barn i året" in said
    assert f"koster {own - pool} plasser mer" in said
    assert ("kr i året" in said) is prices


def test_the_full_report_has_a_table_of_each_need_group_and_the_short_one_a_sentence() -> None:
    plan = example_plan()
    parts = blocks(plan).blocks()
    tables = [part for part in parts if isinstance(part, Table)]
    assert len(tables) == 1 + len(plan.agency.need_groups)
    assert {table.depth for table in tables} == {Depth.FULL}
    (short,) = (part for part in parts if part.depth is not Depth.FULL)
    assert isinstance(short, Text)
    summary, first, *_ = tables
    alternatives = alternatives_of(plan, plan.agency.need_groups[0].code)
    assert alternatives is not None
    assert summary.rows[0][1:4] == (
        alternatives.own.places,
        alternatives.pool.places,
        alternatives.proximity,
    )
    assert len(first.rows) == len(alternatives.rows)
    assert [line[1] for line in first.rows] == [each.places for each in alternatives.rows]
    assert plain(str(first.rows[1][0])) == "1 plass færre i hver region, med felles beredskap"
    assert first.rows[0][5] == "Nord", "the example's first region is served worst"


def test_a_single_region_and_an_older_plan_have_no_such_section() -> None:
    for plan in (example_plan(regions=1), example_plan(sharing=False)):
        assert blocks(plan).blocks() == ()
        assert alternatives_of(plan, "akutt") is None
