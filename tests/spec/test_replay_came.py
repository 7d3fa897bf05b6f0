"""Who really came after an origin: tiny tables in which every day can be counted by hand."""

from datetime import date

import numpy as np
import pytest

from features.came import daily_occupancy, what_came
from features.referrals import ReferralTable
from forecasting.came import Came
from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from tests.features_help import norway, referrals

ORIGIN, LAST, KNOWN = date(2020, 12, 31), date(2021, 12, 31), date(2022, 6, 30)
ACUTE, TREATMENT = SeriesKey("vest", "akutt"), SeriesKey("vest", "behandling_hoy")


def came(table: str | ReferralTable, key: SeriesKey = ACUTE) -> Came:
    found = referrals(table) if isinstance(table, str) else table
    return what_came(found, agency=norway(), origin=ORIGIN, last=LAST, as_of=KNOWN)[key]


def test_a_child_of_the_months_has_the_stay_it_really_had() -> None:
    """Day 0 is the day after the origin; the stay is until ready, not until moved out."""
    found = came(
        """
        received_date | region | need_group | outcome | start_date | ready_date | end_date
        2021-01-01    | vest   | akutt      | placed  | 2021-01-01 | -          | 2021-01-11
        2021-03-02    | vest   | akutt      | placed  | 2021-03-04 | 2021-03-09 | 2021-04-01
        """
    )
    assert found.residents == 0
    assert found.day.tolist() == [0, 31 + 28 + 1]
    assert found.deadline.tolist() == [0, 60]  # acute: the same day
    assert found.nights.tolist() == [10, 5]
    assert found.known.all()
    assert not found.onward.any()


@pytest.mark.parametrize(
    ("row", "there"),
    [
        ("2021-02-01 | not_offered | -          | -         ", True),
        ("2021-02-01 | withdrawn   | 2021-02-01 | -         ", False),  # in time: no demand
        ("2021-02-01 | withdrawn   | 2021-02-02 | -         ", True),  # a day too late
        ("2021-02-01 | -           | -          | -         ", True),  # never met, never decided
        ("2022-01-01 | placed      | -          | 2022-01-01", False),  # after the months
        ("2020-12-31 | not_offered | -          | -         ", False),  # was to be met before
        ("2020-12-20 | placed      | -          | 2021-01-03", True),  # waited on the origin
    ],
)
def test_who_demands_a_place(row: str, there: bool) -> None:
    table = (
        "received_date | region | need_group | outcome | withdrawn_date | start_date\n"
        + row.replace(" | ", " | vest | akutt | ", 1)
    )
    assert len(came(table).day) == there


def test_a_planned_child_who_asked_before_is_to_be_met_after() -> None:
    found = came(
        """
        received_date | region | need_group     | outcome     | start_date
        2020-12-20    | vest   | behandling_hoy | not_offered | -
        2020-10-01    | vest   | behandling_hoy | placed      | 2021-02-01
        """,
        TREATMENT,
    )
    assert found.day.tolist() == [0, 0]  # both stand in line on the first day
    # 28 days from 1 October were over before; from 20 December they end on 17 January.
    assert found.deadline.tolist() == [(date(2020, 10, 29) - ORIGIN).days - 1, 16]
    assert found.nights[1] == 0  # never placed: nobody knows the stay
    assert found.known.tolist() == [False, False]


def test_residents_stay_until_they_really_left() -> None:
    found = came(
        """
        received_date | region | need_group | outcome | start_date | end_date
        2020-12-01    | vest   | akutt      | placed  | 2020-12-01 | 2020-12-31
        2020-12-31    | vest   | akutt      | placed  | 2020-12-31 | 2021-01-01
        2020-12-02    | vest   | akutt      | placed  | 2020-12-02 | 2021-01-11
        2020-12-03    | vest   | akutt      | placed  | 2020-12-03 | -
        """
    )
    assert found.residents == 3  # the first left on the morning of the origin
    assert found.day.tolist() == [-30, -29, -1]  # by the day they came
    assert found.known.tolist() == [True, False, True]
    # Nights in all; what is left from day 0 on is nights + day: ten, unknown, none.
    assert (found.nights + found.day)[[0, 2]].tolist() == [10, 0]
    assert found.nights[1] == (KNOWN - date(2020, 12, 3)).days


def test_a_child_goes_on_out_of_its_stay_and_comes_once() -> None:
    table = referrals(
        """
        child_pseudonym | received_date | region | need_group     | outcome | start_date | ready_date | end_date
        a               | 2021-02-01    | vest   | akutt          | placed  | 2021-02-01 | 2021-02-11 | 2021-03-01
        a               | 2021-02-05    | vest   | behandling_hoy | placed  | 2021-03-02 | -          | 2021-06-02
        b               | 2021-02-05    | vest   | behandling_hoy | placed  | 2021-02-06 | -          | 2021-02-16
        """  # noqa: E501
    )
    acute, treatment = came(table), came(table, TREATMENT)
    assert acute.onward.tolist() == [True]
    assert acute.nights.tolist() == [10]  # until ready: the wait for treatment is the flow's
    assert acute.next_nights.tolist() == [92]
    assert acute.next_known.tolist() == [True]
    assert treatment.nights.tolist() == [10]  # b alone


def test_of_two_stays_in_a_row_the_last_leads_on() -> None:
    table = referrals(
        """
        child_pseudonym | received_date | region | need_group     | outcome | start_date | end_date
        a               | 2021-02-01    | vest   | akutt          | placed  | 2021-02-01 | 2021-02-10
        a               | 2021-02-05    | vest   | behandling_hoy | placed  | 2021-03-02 | 2021-03-12
        a               | 2021-02-11    | vest   | akutt          | placed  | 2021-02-11 | 2021-03-01
        """  # noqa: E501
    )
    assert came(table).onward.tolist() == [False, True]


@pytest.mark.parametrize(
    ("region", "fed_outcome", "withdrawn"),
    [("midt", "placed", "-"), ("vest", "withdrawn", "2021-02-06")],
    ids=["goes to another region", "withdrawn early"],
)
def test_who_does_not_go_on(region: str, fed_outcome: str, withdrawn: str) -> None:
    start = "2021-03-02" if fed_outcome == "placed" else "-"
    table = referrals(
        f"""
        child_pseudonym | received_date | region   | need_group     | outcome       | withdrawn_date | start_date | end_date
        a               | 2021-02-01    | vest     | akutt          | placed        | -              | 2021-02-01 | 2021-03-01
        a               | 2021-02-05    | {region} | behandling_hoy | {fed_outcome} | {withdrawn}    | {start}    | -
        """  # noqa: E501
    )
    assert came(table).onward.tolist() == [False]
    elsewhere = came(table, SeriesKey("midt", "behandling_hoy"))
    assert len(elsewhere.day) == (region == "midt")  # there it is a referral like any other


def test_who_waits_for_treatment_on_the_origin_goes_on_at_once() -> None:
    table = referrals(
        """
        child_pseudonym | received_date | region | need_group     | outcome | start_date | ready_date | end_date
        a               | 2020-12-01    | vest   | akutt          | placed  | 2020-12-01 | 2020-12-11 | 2021-01-05
        a               | 2020-12-05    | vest   | behandling_hoy | placed  | 2021-01-05 | -          | 2021-02-05
        """  # noqa: E501
    )
    acute = came(table)
    assert acute.residents == 1
    assert acute.onward.tolist() == [True]
    assert acute.nights[0] + acute.day[0] < 0  # ready long before
    assert acute.next_nights.tolist() == [31]
    assert len(came(table, TREATMENT).day) == 0


def test_what_was_not_known_then_has_no_part_in_the_occupancy() -> None:
    table = referrals(
        """
        received_date | region | need_group | outcome | start_date | end_date   | places_used
        2020-12-26    | vest   | akutt      | placed  | 2020-12-26 | 2020-12-28 | 1
        2020-12-27    | vest   | akutt      | placed  | 2020-12-27 | 2021-06-01 | 2
        2020-12-29    | vest   | akutt      | placed  | 2020-12-29 | 2020-12-29 | 1
        2020-12-31    | vest   | akutt      | placed  | 2021-01-01 | -          | 1
        2021-01-05    | vest   | akutt      | placed  | 2020-12-25 | -          | 1
        """
    )
    found = daily_occupancy(table, agency=norway(), first=date(2020, 12, 25), last=ORIGIN)
    assert found[ACUTE].tolist() == [0, 1, 3, 2, 3, 2, 2]
    assert found[TREATMENT].tolist() == [0] * 7


def test_a_came_that_contradicts_itself_is_refused() -> None:
    good = came(
        """
        received_date | region | need_group | outcome | start_date
        2021-01-01    | vest   | akutt      | placed  | 2021-01-01
        """
    )
    arrays = {name: value for name, value in vars(good).items() if name != "residents"}
    with pytest.raises(InputError, match="residents came before"):
        Came(residents=1, **arrays)
    with pytest.raises(InputError, match="2 residents"):
        Came(residents=2, **arrays)
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        Came(residents=0, **arrays | {"day": np.zeros(0, np.int64)})
