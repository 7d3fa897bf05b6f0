"""A plan held against what came: the bands keep their promise, and the rule says what it says."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.errors import InputError, UsageError
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.so_far import Met, SoFar
from planning.build import demand_bands, so_far_bands
from planning.counted import least
from planning.followed import (
    Followed,
    FollowedSeries,
    Standing,
    Verdict,
    _children_standing,
    followed,
    verdict_of,
)
from planning.goal import Goal
from planning.plan import Plan
from planning.walks import Side, Walks
from planning.window import Window
from tests.flows import made_up_agency, made_up_chain, made_up_choices, made_up_evidence
from tests.plans import example_plan

PLAN = example_plan(regions=2, groups=2)
KEY = PLAN.series()[0]
NATION = SeriesKey(WHOLE_NATION, WHOLE_NATION)
FIRST = date(2025, 1, 1)


def came(
    plan: Plan = PLAN,
    *,
    referrals: dict[SeriesKey, list[float]] | None = None,
    used: dict[SeriesKey, int] | None = None,
    met: dict[SeriesKey, Met] | None = None,
    months: int = 4,
    missing: bool = False,
) -> SoFar:
    """What came in the first months: what the plan expected, but for what is given."""
    expected = {bands.key: np.round(bands.mean[:months]) for bands in plan.demand}
    counts = np.array([(referrals or {}).get(key, expected[key]) for key in plan.series()])
    observed = np.ones(counts.shape, dtype=bool)
    observed[0, :1] = not missing
    as_of = date(2025, months + 1, 1).toordinal() - 1 if months else FIRST.toordinal() + 9
    days = as_of - FIRST.toordinal() + 1
    median = {
        bands.key: bands.values[bands.levels.index(0.5), :days].astype(np.int64)
        for bands in plan.occupancy
    }
    before = np.full((len(counts), 1), 7.0)
    first = np.datetime64("2024-12", "M") + np.arange(months + 1)
    return SoFar(
        first=FIRST,
        as_of=date.fromordinal(as_of),
        referrals=CountPanel(
            Quantity.REFERRALS,
            Frequency.MONTH,
            date.fromordinal(as_of),
            plan.series(),
            first.astype("datetime64[D]"),
            np.hstack([before, counts]),
            np.hstack([before > 0, observed]),
        ),
        occupancy={
            key: median[key] if key not in (used or {}) else np.full(days, (used or {})[key])
            for key in plan.series()
        },
        met={key: (met or {}).get(key, Met(10, 0, 0)) for key in plan.series()},
    )


def of(found: Followed, key: SeriesKey) -> FollowedSeries:
    return next(each for each in found.series if each.key == key)


def test_a_year_that_goes_as_expected_holds() -> None:
    found = followed(PLAN, came())
    assert found.verdict is Verdict.HOLDS
    assert {each.verdict for each in found.series} == {Verdict.HOLDS}
    assert found.months == 4
    assert found.off_plan == ()


def test_the_months_before_the_plan_do_not_count() -> None:
    found = followed(PLAN, came(months=1))
    assert [month.month for month in found.nation.months] == [FIRST]


def test_sums_over_series_and_months_are_those_of_what_came() -> None:
    given_counts = {
        key: [float(10 * i + m) for m in range(4)] for i, key in enumerate(PLAN.series())
    }
    found = followed(PLAN, came(referrals=given_counts))
    assert found.nation.so_far.came == sum(map(sum, given_counts.values()))
    for month in range(4):
        total = sum(counts[month] for counts in given_counts.values())
        assert found.nation.months[month].referrals.came == total
    for group in found.need_groups:
        parts = [n for key, n in given_counts.items() if key.need_group == group.key.need_group]
        assert group.so_far.came == sum(map(sum, parts))


def test_no_whole_month_is_too_early_whatever_came() -> None:
    flooded = dict.fromkeys(PLAN.series(), 10000)
    found = followed(PLAN, came(months=0, used=flooded))
    assert found.verdict is Verdict.TOO_EARLY
    assert of(found, KEY).days is not None


def test_a_missing_month_is_no_zero() -> None:
    found = of(followed(PLAN, came(missing=True)), KEY)
    assert found.months[0].referrals.came is None
    assert found.months[0].referrals.standing is Standing.UNKNOWN
    assert found.so_far.came is None
    assert found.so_far.standing is Standing.UNKNOWN
    # Nor is the sum of the others that of all.
    assert followed(PLAN, came(missing=True)).nation.months[0].referrals.came is None


@pytest.mark.parametrize(
    ("level", "more", "standing"),
    [
        (0.05, -1, Standing.BELOW),
        (0.05, 0, Standing.WITHIN),
        (0.95, 0, Standing.WITHIN),
        (0.95, 1, Standing.ABOVE),
        (0.99, 0, Standing.ABOVE),
        (0.99, 1, Standing.FAR_ABOVE),
    ],
)
def test_a_number_on_the_edge_of_a_band_is_inside_it(
    level: float, more: int, standing: Standing
) -> None:
    bands = next(each for each in PLAN.demand_so_far if each.key == KEY)
    number = bands.values[bands.levels.index(level), 0] + more
    found = of(followed(PLAN, came(referrals={KEY: [number]}, months=1)), KEY)
    assert found.so_far.standing is standing


def test_days_above_and_below_are_counted() -> None:
    top, none = followed(PLAN, came(used={KEY: 10_000})), followed(PLAN, came(used={KEY: 0}))
    for found, above, below in ((of(top, KEY), 120, 0), (of(none, KEY), 0, 120)):
        assert found.days is not None
        assert (found.days.days, found.days.above, found.days.below) == (120, above, below)
    assert of(none, KEY).days.last.standing is Standing.BELOW  # type: ignore[union-attr]


def test_a_plan_without_sums_of_months_says_so_and_does_not_add_quantiles() -> None:
    found = of(followed(replace(PLAN, demand_so_far=()), came()), KEY)
    assert found.so_far.standing is Standing.UNKNOWN
    assert np.isnan(found.so_far.high)
    assert found.so_far.expected == pytest.approx(
        sum(month.referrals.expected for month in found.months)
    )


def test_one_region_off_the_plan_is_named_though_the_nation_follows_it() -> None:
    bands = next(each for each in PLAN.occupancy if each.key == KEY)
    top = int(bands.values[bands.levels.index(0.99)].max()) + 1
    # The other region has as many fewer: no need group over the nation leaves its band.
    other = SeriesKey(PLAN.series()[2].region, KEY.need_group)
    mean = next(each for each in PLAN.occupancy if each.key == other).mean[119]
    spare = int(top - bands.mean[119])
    found = followed(PLAN, came(used={KEY: top, other: max(int(mean) - spare, 0)}))
    assert found.off_plan == (KEY,)
    assert found.verdict is Verdict.WATCH


def test_more_children_without_a_place_than_the_whole_year_was_given_is_seen() -> None:
    high = PLAN.risk(KEY).not_offered_high
    missed = int(high) + 1
    for met in (Met(200, missed, 0), Met(200, 0, missed)):  # bought for one child is not committed
        found = of(followed(PLAN, came(met={KEY: met})), KEY)
        assert found.children.standing is Standing.ABOVE
        assert found.children.offered_share == pytest.approx(1 - missed / 200)
        assert found.verdict is Verdict.WATCH
    within = of(followed(PLAN, came(met={KEY: Met(200, int(high), 0)})), KEY)
    assert within.children.standing is Standing.WITHIN


@pytest.mark.parametrize(
    ("times", "more", "standing", "verdict"),
    [(2, 0, Standing.ABOVE, Verdict.WATCH), (2, 1, Standing.FAR_ABOVE, Verdict.REVISE)],
)
def test_twice_as_many_children_without_a_place_as_the_year_was_given_ends_the_plan(
    times: int, more: int, standing: Standing, verdict: Verdict
) -> None:
    high = PLAN.risk(KEY).not_offered_high
    missed = int(times * max(high, 1)) + more
    found = of(followed(PLAN, came(met={KEY: Met(900, missed, 0)})), KEY)
    assert (found.children.standing, found.verdict) == (standing, verdict)


def test_nobody_to_meet_has_no_share() -> None:
    found = of(followed(PLAN, came(met={KEY: Met(0, 0, 0)})), KEY)
    assert found.children.offered_share is None


STANDINGS = st.lists(st.sampled_from(Standing), min_size=3, max_size=3)
ORDER = (Verdict.HOLDS, Verdict.WATCH, Verdict.REVISE)


@given(STANDINGS, st.permutations(range(3)))
def test_the_verdict_does_not_ask_which_number_it_was(
    standings: list[Standing], order: list[int]
) -> None:
    assert verdict_of(*standings) is verdict_of(*(standings[i] for i in order))


@given(STANDINGS, st.integers(0, 2))
def test_more_children_never_make_a_plan_better(standings: list[Standing], at: int) -> None:
    worse = {Standing.WITHIN: Standing.ABOVE, Standing.ABOVE: Standing.FAR_ABOVE}
    moved = list(standings)
    moved[at] = worse.get(moved[at], moved[at])
    assert ORDER.index(verdict_of(*moved)) >= ORDER.index(verdict_of(*standings))


@pytest.mark.parametrize(
    ("standings", "verdict"),
    [
        ("within within within", Verdict.HOLDS),
        ("unknown within unknown", Verdict.HOLDS),
        ("below within within", Verdict.WATCH),
        ("above within within", Verdict.WATCH),
        ("above below within", Verdict.WATCH),
        ("above within above", Verdict.REVISE),
        ("within far_above below", Verdict.REVISE),
    ],
)
def test_the_rule(standings: str, verdict: Verdict) -> None:
    assert verdict_of(*(Standing(word) for word in standings.split())) is verdict


def samples_of(counts: NDArray[np.int64]) -> ForecastSamples:
    periods = (np.datetime64("2024-11", "M") + np.arange(counts.shape[2])).astype("datetime64[D]")
    return ForecastSamples(Quantity.REFERRALS, date(2024, 10, 1), PLAN.series(), periods, counts)


def test_sums_of_months_are_quantiles_of_sums() -> None:
    rng = np.random.default_rng(5)
    level = rng.gamma(20, 1 / 20, (1, 400, 1))  # good and bad years: months go together
    samples = samples_of(rng.poisson(6 * level, (4, 400, 14)))
    window = Window.of_year(2025)
    summed = {b.key: b for b in so_far_bands(samples, PLAN.agency, window=window)}
    monthly = {b.key: b for b in demand_bands(samples, PLAN.agency)}
    assert set(summed) == set(monthly)
    for key, bands in summed.items():
        months = monthly[key]
        assert len(bands.periods) == 12
        np.testing.assert_allclose(bands.mean, months.mean[2:].cumsum())
        np.testing.assert_array_equal(bands.values[:, 0], months.values[:, 2])
        assert (np.diff(bands.values, axis=1) >= 0).all()
    whole = samples.counts[:, :, 2:].sum(axis=(0, 2))
    assert summed[NATION].values[-2, -1] == np.quantile(whole, 0.95, method="inverted_cdf")


def test_a_year_that_is_one_of_the_draws_leaves_its_band_as_often_as_promised() -> None:
    rng = np.random.default_rng(7)
    draws = 2000
    counts = rng.poisson(5 * rng.gamma(9, 1 / 9, (1, draws, 1)), (4, draws, 12))
    periods = (np.datetime64("2025-01", "M") + np.arange(12)).astype("datetime64[D]")
    samples = ForecastSamples(Quantity.REFERRALS, date(2024, 12, 1), PLAN.series(), periods, counts)
    plan = replace(
        PLAN,
        demand=demand_bands(samples, PLAN.agency),
        demand_so_far=so_far_bands(samples, PLAN.agency, window=Window.of_year(2025)),
    )
    seen = [
        followed(
            plan,
            came(plan, referrals={k: list(counts[i, d, :4]) for i, k in enumerate(PLAN.series())}),
        )
        for d in range(0, draws, 4)
    ]
    for standing, most in ((Standing.FAR_ABOVE, 0.01), (Standing.BELOW, 0.05)):
        share = np.mean([one.nation.so_far.standing is standing for one in seen])
        assert share <= most + 4 * np.sqrt(most / len(seen))
    above = np.mean([one.nation.so_far.standing.more for one in seen])
    assert above == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / len(seen)))


def test_what_came_must_be_of_the_plans_days_and_series() -> None:
    with pytest.raises(UsageError, match="begins 2026-01-01"):
        followed(example_plan(regions=2, groups=2, year=2026), came())
    with pytest.raises(UsageError, match="is planned, but not among"):
        followed(example_plan(regions=3, groups=2), came())


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="of 3"):
        Met(3, 2, 2)
    with pytest.raises(InputError, match="days of occupancy"):
        replace(came(), as_of=date(2025, 6, 30))


@pytest.mark.parametrize("mean_nights", [15.0, 90.0])
def test_a_year_that_is_one_of_the_paths_is_seldom_called_off(mean_nights: float) -> None:
    """Referrals so far, places in use and children left without, each from the same path.

    Half of the paths are the plan's, the others come true one by one. A number is far above once
    in a hundred, and two above at once are no rarer than that of two independent ones (1/400) and
    no more frequent than one of them (1/20): what verdict_of says in words.
    """
    agency = made_up_agency(regions=1, coupled=False)
    rates, means = {"haster": 12.0, "lang": 0.0}, {"haster": mean_nights, "lang": 1.0}
    known = made_up_evidence(agency, rates=rates, means=means, draws=4000)
    choices = made_up_choices(level=0.95)
    chain = made_up_chain(agency, known, choices)
    places = least(Side(Walks(chain), 0), Goal(0.95), near=10)
    referrals = known.samples.of(chain.key)[:, :4].sum(axis=1)
    april = np.flatnonzero(chain.grid.month == 3)[-1]
    wanted = chain.wanted()[:, april]
    missed = chain.run(places)[0].missed_a_year
    plan, truth = slice(0, 2000), slice(2000, None)

    def standings(numbers: NDArray[np.int64]) -> list[Standing]:
        high, highest = np.quantile(numbers[plan], [0.95, 0.99], method="inverted_cdf")
        names = {0: Standing.WITHIN, 1: Standing.ABOVE, 2: Standing.FAR_ABOVE}
        return [names[int(n > high) + int(n > highest)] for n in numbers[truth]]

    high = float(np.quantile(missed[plan], 0.9, method="inverted_cdf"))
    left = [_children_standing(int(n), high) for n in missed[truth]]
    told = zip(standings(referrals), standings(wanted), left, strict=True)
    verdicts = [verdict_of(*each) for each in told]
    share = verdicts.count(Verdict.REVISE) / len(verdicts)
    error = 4 * np.sqrt(0.08 * 0.92 / len(verdicts))
    assert 1 / 100 - error < share < 3 / 100 + 1 / 20 + error
