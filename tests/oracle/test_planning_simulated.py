"""The simulation for stay laws without a formula, against formulas and chains where they exist."""

import numpy as np
import pytest

from forecasting.streams import Streams
from planning.erlang import SteadyState
from planning.flow import standard_error
from planning.loss_chain import LossChain, World
from planning.policy import Discipline
from planning.region_chain import Regions, SharedChain
from planning.seasons_chain import SeasonChain, Segment
from planning.simulated import SimulatedHome, SimulatedRegions
from planning.stay_shapes import Shape, Stay

DAYS = Stay(Shape.EXPONENTIAL, 12)


def test_seasons_of_which_the_chain_knows_the_answer() -> None:
    segments = (Segment(60, 0.2), Segment(40, 0.9))
    home = SimulatedHome(segments, DAYS, Streams(2))
    exact = SeasonChain(8, segments, DAYS)
    assert abs(home.service_level(8) - exact.service_level) <= 4 * home.error(8)
    assert home.referrals == pytest.approx(exact.referrals)


def test_children_who_come_together_and_quiet_years() -> None:
    sizes = (0.8, 0.0, 0.2)
    home = SimulatedHome((Segment(100, 0.3),), DAYS, Streams(2), sizes)
    chain = LossChain(9, World.steady(0.3), DAYS, sizes)
    assert abs(home.service_level(9) - chain.service_level) <= 4 * home.error(9)
    single = SimulatedHome((Segment(100, 0.3),), DAYS, Streams(2))
    exact = LossChain(8, World.steady(0.3), DAYS).breach_counts(100, 0)[0]
    assert abs(single.quiet(8) - exact) <= 4 * single.quiet_error(8)


@pytest.mark.parametrize(
    ("discipline", "spot", "within"),
    [(Discipline.WAIT, 0.0, 0.0), (Discipline.WAIT, 0.0, 5.0), (Discipline.MIXED, 0.4, 0.0)],
)
def test_children_who_wait_in_line(discipline: Discipline, spot: float, within: float) -> None:
    home = SimulatedHome.steady(0.4, DAYS, Streams(2))
    exact = 1 - SteadyState(0.4, 12, discipline, spot, within).unmet(8)
    level, error = home.level_waiting(8, spot_found=spot, within_days=within)
    assert abs(level - exact) <= 4 * error
    # All that are lost at once are lost in the other count too.
    lost = home.not_in_time(8, spot_found=1.0, within_days=0.0)
    assert (lost == home.missed(8)).all()


@pytest.mark.parametrize(("standby", "helps"), [(3, False), (0, True)])
def test_regions_that_share(standby: int, helps: bool) -> None:
    own, caps = Regions((0.4, 0.2, 0.1), 12), (5, 3, 2)
    exact = SharedChain(own, caps, standby, helps)
    found = SimulatedRegions(own, caps, DAYS, Streams(2), standby, helps)
    assert np.abs(found.refused - exact.refused).max() <= 4 * found.error
    assert np.abs(found.at_home - exact.at_home).max() <= 8 * found.error
    assert abs(found.refused_share - exact.refused_share) <= 4 * found.error
    for name in ("away_share", "standby_share", "standby_occupied"):
        assert getattr(found, name) == pytest.approx(getattr(exact, name), rel=0.02, abs=1e-9)


def test_without_children_every_level_is_one() -> None:
    home = SimulatedHome.steady(0.0, DAYS, Streams(2))
    assert (home.required(0.99), home.service_level(0), home.quiet(0)) == (0, 1.0, 1.0)
    nobody = SimulatedRegions(Regions((0.0, 0.0), 12), (0, 1), DAYS, Streams(2))
    assert nobody.refused.tolist() == [0.0, 0.0]
    assert (nobody.refused_share, nobody.away_share) == (0.0, 0.0)


@pytest.mark.parametrize(
    "law",
    [
        Stay(Shape.EXPONENTIAL, 20),
        Stay(Shape.DETERMINISTIC, 20),
        Stay(Shape.LOGNORMAL, 20, 2.0),
        Stay.mixture((0.9, 0.1), (5, 155)),
    ],
)
def test_a_home_is_settled_when_all_but_a_share_of_its_load_has_come(law: Stay) -> None:
    days = law.settled_after(0.01)
    grid = np.linspace(0, days, 200_001)
    come = float(np.trapezoid(law.survival(grid), grid)) / law.mean
    assert 0.005 < 1 - come < 0.0101
    assert law.settled_after(0.001) >= days


def test_the_error_tells_how_far_another_seed_is() -> None:
    law = Stay(Shape.GAMMA, 12, 0.5)
    one, two = (SimulatedHome.steady(0.4, law, Streams(seed)) for seed in (1, 2))
    apart = abs(one.service_level(7) - two.service_level(7))
    assert 0 < apart <= 4 * 2**0.5 * one.error(7)
    assert one.error(7) == pytest.approx(standard_error(one.to_meet, one.missed(7)))
    again = SimulatedHome.steady(0.4, law, Streams(1))
    assert (again.missed(7) == one.missed(7)).all()
