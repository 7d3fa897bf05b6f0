"""What few paths tell of many: shapes tied to what all paths give, and fast ways to the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting.panel import SeriesKey
from planning import walks as walks_module
from planning.build import _bands
from planning.flow import Chain
from planning.goal import Binds, Goal
from planning.poisson import poisson_counts
from planning.sweep import READ, SHOWN, Around, sweep
from planning.used import NEAR
from planning.walks import Side, Walks
from tests.flows import made_up_agency, made_up_chain, made_up_choices, made_up_evidence

PATHS, FEW, LEVEL = 800, 100, 0.95


@pytest.fixture(scope="module")
def chain() -> Chain:
    agency = made_up_agency(regions=1, coupled=False, within_days=0)
    known = made_up_evidence(
        agency,
        rates={"haster": 14.0, "lang": 4.0},
        means={"haster": 40.0, "lang": 60.0},
        draws=PATHS,
    )
    choices = made_up_choices(level=LEVEL)
    return made_up_chain(agency, known, choices)


def test_children_are_counted_on_all_paths_wherever_a_level_may_be_asked_for(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks_module, "FEW", FEW)
    steps = sweep(Side(Walks(chain), 0), Goal(LEVEL, binds=Binds.LEVEL), Around(22, 22)).steps
    for places, step in enumerate(steps):
        walked = chain.run(places)[0]
        if walked.offered_share >= READ and places >= 22 - SHOWN:
            assert step.offered_share == pytest.approx(walked.offered_share, abs=1e-12)
            assert step.missed_mean == pytest.approx(walked.missed_a_year.mean(), abs=1e-9)
            assert step.elsewhere_days == pytest.approx(walked.elsewhere_days.mean(), abs=1e-9)


def test_the_use_of_places_is_exact_where_the_plan_lands_and_near_it_as_exact_as_differences(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks_module, "FEW", FEW)
    chosen = 22
    steps = sweep(Side(Walks(chain), 0), Goal(LEVEL), Around(chosen, chosen)).steps
    landed = chain.run(chosen)[0].use
    assert steps[chosen].use_days == pytest.approx(landed.mean(axis=0), abs=1e-12)
    for places in range(chosen - NEAR, chosen + NEAR + 1):
        use = chain.run(places)[0].use
        apart = use.sum(axis=1) - landed.sum(axis=1)  # [path]
        error = apart.std() * np.sqrt(1 / FEW + 1 / PATHS)
        assert abs(steps[places].use_days.sum() - use.sum(axis=1).mean()) <= 4 * error + 1e-9
        # On few paths alone the error would be that of the use itself.
        assert error <= use.sum(axis=1).std() / np.sqrt(FEW)


def test_the_ends_of_a_curve_on_few_paths_are_those_of_any_curve(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks_module, "FEW", FEW)
    steps = sweep(Side(Walks(chain), 0), Goal(LEVEL), Around(22, 22)).steps
    to_meet = chain.run(0)[0].to_meet.mean()
    assert steps[0].offered_share == 0
    assert steps[0].missed_mean == pytest.approx(to_meet, rel=0.05)
    for name in ("offered_share", "assured_share"):
        assert (np.diff([getattr(step, name) for step in steps]) >= -1e-12).all()
    for name in ("missed_mean", "missed_high", "elsewhere_days"):
        assert (np.diff([getattr(step, name) for step in steps]) <= 1e-9).all()


def test_no_question_is_counted_or_walked_twice(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Walks(chain)
    first = known.run(20), known.count([(20, 0), (21, 0)], group=0)
    monkeypatch.setattr(Chain, "run", None)
    monkeypatch.setattr("planning.pair.Pair.count", None)
    again = known.run(20), known.count([(21, 0), (20, 0)], group=0)
    assert again[0] is first[0]
    assert (again[1].missed == first[1].missed[::-1]).all()


@given(
    st.lists(st.floats(0, 120), min_size=1, max_size=20),
    st.integers(0, 2**32),
)
def test_a_sequential_search_finds_the_quantiles_of_the_poisson_law(
    means: list[float], seed: int
) -> None:
    mean = np.array(means)
    chance = np.random.default_rng(seed).random((50, len(means)))
    chance[0], chance[1] = 0.0, 1 - 1e-16
    assert (poisson_counts(chance[2:], mean) == stats.poisson.ppf(chance[2:], mean)).all()
    assert (poisson_counts(chance[:1], mean) == 0).all()
    assert np.isfinite(poisson_counts(chance[1:2], mean)).all()


@given(st.integers(1, 300), st.integers(0, 2**32), st.sampled_from([3, 50_000]))
def test_bands_are_the_smallest_values_that_so_many_draws_do_not_exceed(
    draws: int, seed: int, most: int
) -> None:
    counts = np.random.default_rng(seed).integers(0, most, (draws, 4))
    levels = (0.05, 0.5, 0.95, 0.99)
    found = _bands(SeriesKey("r", "g"), counts, periods=np.arange(4), levels=levels)  # type: ignore[arg-type]
    assert (found.values == np.quantile(counts, levels, axis=0, method="inverted_cdf")).all()
