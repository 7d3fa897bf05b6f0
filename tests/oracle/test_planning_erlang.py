"""Closed forms against what must hold for any of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import UsageError
from planning.erlang import SteadyState, blocking, place_use
from planning.policy import Discipline

loads = st.floats(0.1, 60)


@given(loads, st.integers(1, 80))
def test_places_carry_what_is_not_refused(load: float, places: int) -> None:
    carried = load * (1 - blocking(load, places)[-1])
    assert place_use(load, places).sum() == pytest.approx(carried)


@given(loads, st.integers(2, 80))
def test_use_falls_with_the_place_number(load: float, places: int) -> None:
    assert (np.diff(place_use(load, places)) <= 1e-12).all()


@given(loads, st.floats(0.5, 0.99), st.floats(0, 1))
def test_disciplines_are_ordered(load: float, level: float, q: float) -> None:
    def required(discipline: Discipline) -> int:
        return SteadyState(load / 30, 30, discipline, spot_found=q).required(level)

    lost, overfill = required(Discipline.LOST), required(Discipline.OVERFILL)
    mixed, wait = required(Discipline.MIXED), required(Discipline.WAIT)
    assert lost <= overfill <= wait
    assert lost <= mixed <= wait


@given(loads, st.floats(1, 400), st.floats(0.1, 0.99))
def test_the_time_unit_changes_nothing(load: float, unit: float, level: float) -> None:
    in_days = SteadyState(load / 30, 30, Discipline.LOST).required(level)
    assert SteadyState(load / 30 / unit, 30 * unit, Discipline.LOST).required(level) == in_days


@pytest.mark.parametrize("level", [1.0, -0.1, 1.5, float("nan")])
def test_a_level_that_is_no_share_below_one_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match="level"):
        SteadyState(0.5, 30, Discipline.LOST).required(level)


@pytest.mark.parametrize(("rate", "stay"), [(-1, 30), (0.5, 0), (float("nan"), 30)])
def test_impossible_rates_and_stays_are_refused(rate: float, stay: float) -> None:
    with pytest.raises(UsageError):
        SteadyState(rate, stay, Discipline.LOST)
