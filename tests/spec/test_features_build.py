"""From tiny tables of referrals to counts, stays, residents and patterns."""

# ruff: noqa: E501 - a table is drawn one row a line.

from datetime import date

import numpy as np
import pytest

from features.arrivals import arrival_patterns, batch_law, day_weights
from features.asof import data_date, first_period, last_complete_month
from features.build import referral_panel, residents, stay_table
from forecasting.errors import InputError
from forecasting.panel import Frequency, SeriesKey
from tests.features_help import norway, referrals

AGENCY = norway()
ACUTE = SeriesKey("vest", "akutt")
HIGH = SeriesKey("vest", "behandling_hoy")
MARCH = date(2024, 3, 31)


def test_every_referral_counts_whatever_became_of_it() -> None:
    table = referrals("""
        received_date | region | need_group | outcome     | withdrawn_date | start_date
        2024-01-01    | vest   | akutt      | placed      | -              | 2024-01-01
        2024-01-31    | vest   | akutt      | withdrawn   | 2024-01-31     | -
        2024-03-01    | vest   | akutt      | not_offered | -              | -
        2024-03-31    | vest   | rus        | -           | -              | -
        2024-03-31    | oslo   | akutt      | placed      | -              | 2024-03-31
    """)
    panel = referral_panel(table, agency=AGENCY, as_of=MARCH, freq=Frequency.MONTH)
    assert [str(p) for p in panel.periods] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert panel.counts[panel.series.index(ACUTE)].tolist() == [1 + 1, 0, 1]
    assert panel.counts.sum() == 4, "Oslo is counted apart"
    assert len(panel.series) == 5 * 5, "series without rows are zeros, not missing"
    assert panel.observed.all()


@pytest.mark.parametrize(
    ("first", "starts"), [("2024-01-01", "2024-01-01"), ("2024-01-15", "2024-02-01")]
)
def test_a_file_that_begins_within_a_month_starts_with_the_next(first: str, starts: str) -> None:
    days = "\n".join(f"2024-{m:02d}-{d:02d} | vest | akutt" for m in (2, 3) for d in range(1, 29))
    table = referrals(f"received_date | region | need_group\n{first} | vest | akutt\n{days}")
    assert str(first_period(table, Frequency.MONTH)) == starts


def test_a_quiet_new_year_is_no_missing_data() -> None:
    table = referrals("""
        received_date | region | need_group
        2023-01-09    | vest   | akutt
        2023-12-30    | vest   | akutt
    """)
    assert first_period(table, Frequency.MONTH) == date(2023, 1, 1)


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        (date(2024, 3, 31), date(2024, 3, 1)),
        (date(2024, 3, 30), date(2024, 2, 1)),
        (date(2024, 2, 29), date(2024, 2, 1)),
        (date(2025, 12, 31), date(2024, 3, 1)),
    ],
)
def test_only_a_month_with_all_its_days_is_complete(as_of: date, last: date) -> None:
    days = "\n".join(
        f"2024-{m:02d}-{d:02d} | vest | akutt" for m in (1, 2, 3) for d in range(1, 30)
    )
    table = referrals(f"received_date|region|need_group\n{days}\n2024-03-31|vest|akutt")
    assert last_complete_month(table, as_of) == last
    assert data_date(table) == date(2024, 3, 31)


def test_a_file_without_a_whole_month_is_refused() -> None:
    table = referrals("""
        received_date | region | need_group
        2024-03-10    | vest   | akutt
        2024-03-11    | vest   | akutt
    """)
    with pytest.raises(InputError, match="hel periode"):
        referral_panel(table, agency=AGENCY, as_of=date(2024, 3, 11), freq=Frequency.MONTH)


def test_calendar_columns_reach_beyond_the_counts() -> None:
    table = referrals("""
        received_date | region | need_group
        2024-01-01    | vest   | akutt
        2024-03-31    | vest   | akutt
    """)
    panel = referral_panel(table, agency=AGENCY, as_of=MARCH, freq=Frequency.MONTH)
    days, free = panel.known["days"][0], panel.known["holidays"][0]
    assert days[:14].tolist() == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    assert free[4] == 5, "1, 9, 17, 19 and 20 May 2024"
    assert (panel.known["working_days"] <= panel.known["days"] - 8).all()
    assert days.shape[0] >= 3 + 27


def test_nights_of_stays() -> None:
    table = referrals("""
        received_date | region | need_group | start_date | ready_date | end_date
        2024-01-01    | vest   | akutt      | 2024-01-01 | -          | 2024-01-01
        2024-01-01    | vest   | akutt      | 2024-01-01 | -          | 2024-01-11
        2024-01-01    | vest   | akutt      | 2024-01-01 | 2024-01-05 | 2024-02-01
        2024-02-20    | vest   | akutt      | 2024-02-20 | -          | 2024-03-05
        2024-03-21    | vest   | akutt      | 2024-03-21 | -          | -
        2024-03-31    | vest   | akutt      | 2024-03-31 | -          | -
        2024-03-01    | oslo   | akutt      | 2024-03-01 | -          | -
        2024-03-01    | vest   | akutt      | -          | -          | -
    """)
    stays = stay_table(table, agency=AGENCY, as_of=MARCH)
    leap = 29 - 20 + 5
    assert list(zip(stays.nights.tolist(), stays.ended.tolist(), strict=True)) == [
        (1, True),
        (10, True),
        (4, True),
        (leap, True),
        (10, False),
    ], "same day = 1 night; until ready; open ones censored; none watched yet on the day itself"
    assert {stays.series[c] for c in stays.code} == {ACUTE}


def test_a_stay_that_began_before_the_file_comes_late_under_watch() -> None:
    table = referrals("""
        received_date | region | need_group | start_date | end_date
        2024-02-10    | vest   | akutt      | 2024-01-22 | 2024-02-11
        2024-02-10    | vest   | akutt      | 2024-01-02 | 2024-01-20
    """)
    stays = stay_table(table, agency=AGENCY, as_of=MARCH)
    assert stays.entry.tolist() == [10], "ten nights by 1 February; the other had ended by then"
    assert stays.nights.tolist() == [20]


def test_who_is_in_a_place_who_waits_and_who_queues() -> None:
    table = referrals("""
        received_date|region|need_group    |outcome    |start_date|ready_date|end_date  |withdrawn_date|needed_by_date
        2024-03-01   |vest  |akutt         |placed     |2024-03-01|2024-03-20|-         |-             |-
        2024-03-29   |vest  |akutt         |placed     |2024-03-29|-         |-         |-             |-
        2024-03-01   |vest  |akutt         |placed     |2024-03-01|-         |2024-03-31|-             |-
        2024-03-30   |vest  |akutt         |-          |-         |-         |-         |-             |-
        2024-03-30   |vest  |akutt         |not_offered|-         |-         |-         |-             |-
        2024-03-30   |vest  |akutt         |withdrawn  |-         |-         |-         |2024-03-31    |-
        2024-03-30   |vest  |akutt         |withdrawn  |-         |-         |-         |2024-04-09    |-
        2024-03-30   |vest  |behandling_hoy|placed     |2024-04-09|-         |-         |-             |-
        2024-03-30   |vest  |behandling_hoy|-          |-         |-         |-         |-             |2024-04-02
        2023-11-01   |vest  |behandling_hoy|-          |-         |-         |-         |-             |-
    """)
    now = residents(table, agency=AGENCY, as_of=MARCH)
    assert now.nights[ACUTE].tolist() == [30, 2]
    assert now.waiting[ACUTE].tolist() == [True, False]
    assert now.queue[ACUTE].tolist() == [-1, -1], "undecided on the day, also if withdrawn later"
    assert sorted(now.queue[HIGH].tolist()) == [2, 28 - 1], "by its own date, or within 28 days"


def test_transfers_are_the_same_child_within_a_week() -> None:
    table = referrals("""
        received_date|region|need_group    |child_pseudonym|outcome  |start_date|end_date
        2023-01-01   |vest  |akutt         |a              |placed   |2023-01-01|2023-02-01
        2023-01-20   |vest  |behandling_hoy|a              |placed   |2023-02-03|-
        2023-01-01   |vest  |akutt         |b              |placed   |2023-01-01|2023-02-01
        2023-02-20   |vest  |behandling_hoy|b              |placed   |2023-02-22|-
        2023-01-01   |vest  |akutt         |c              |placed   |2023-01-01|2023-02-01
        2023-01-05   |vest  |behandling_hoy|d              |placed   |2023-01-06|-
        2023-01-05   |vest  |behandling_hoy|e              |placed   |2023-01-06|-
    """)
    patterns = arrival_patterns(table, agency=AGENCY, as_of=MARCH)
    assert patterns["akutt"].onward_share == pytest.approx(1 / 3)
    assert patterns["behandling_hoy"].direct_share == pytest.approx(3 / 4)
    assert patterns["rus"].direct_share == 1, "nothing feeds it"


def test_a_child_who_is_ready_and_waits_may_still_go_on() -> None:
    table = referrals("""
        received_date|region|need_group    |child_pseudonym|outcome  |start_date|ready_date|end_date
        2023-01-01   |vest  |akutt         |a              |placed   |2023-01-01|2023-01-20|2023-02-01
        2023-01-20   |vest  |behandling_hoy|a              |placed   |2023-02-03|-         |-
        2024-01-01   |vest  |akutt         |b              |placed   |2024-01-01|2024-02-01|-
    """)
    patterns = arrival_patterns(table, agency=AGENCY, as_of=MARCH)
    assert patterns["akutt"].onward_share == 1


def test_who_demands_a_place() -> None:
    table = referrals("""
        received_date|region|need_group|outcome    |withdrawn_date|start_date
        2023-01-02   |vest  |rus       |placed     |-             |2023-01-20
        2023-01-02   |vest  |rus       |not_offered|-             |-
        2023-01-02   |vest  |rus       |withdrawn  |2023-01-30    |-
        2023-01-02   |vest  |rus       |withdrawn  |2023-01-31    |-
        2023-01-02   |vest  |rus       |withdrawn  |-             |-
        2023-01-02   |vest  |rus       |-          |-             |-
        2024-03-02   |vest  |rus       |withdrawn  |2024-03-03    |-
        2020-01-02   |vest  |rus       |withdrawn  |2020-01-03    |-
    """)
    pattern = arrival_patterns(table, agency=AGENCY, as_of=MARCH)["rus"]
    assert pattern.demand_share == pytest.approx(3 / 5), (
        "placed, not offered, withdrawn later than 28 days after 2 January; "
        "undecided, newest and old rows say nothing"
    )


def test_a_group_without_rows_gets_the_neutral_pattern() -> None:
    table = referrals("received_date|region|need_group\n2023-01-02|oslo|akutt")
    for pattern in arrival_patterns(table, agency=AGENCY, as_of=MARCH).values():
        assert pattern.weekday.tolist() == [1.0] * 7
        assert pattern.batch.tolist() == [1.0]
        assert (pattern.demand_share, pattern.direct_share, pattern.onward_share) == (1, 1, 0)


def test_children_referred_together() -> None:
    rows = referrals("""
        received_date|region|need_group|municipality_no|event_id
        2023-01-02   |vest  |akutt     |4601           |-
        2023-01-02   |vest  |akutt     |4601           |-
        2023-01-02   |vest  |akutt     |1103           |-
        2023-01-03   |vest  |akutt     |4601           |E1
        2023-01-03   |vest  |akutt     |1103           |E1
        2023-01-03   |vest  |akutt     |1103           |E1
        2023-01-04   |vest  |akutt     |-              |-
        2023-01-04   |vest  |akutt     |-              |-
    """)
    assert batch_law(rows.frame).tolist() == [3 / 5, 1 / 5, 1 / 5]


def test_weekday_weights_are_shrunk_and_find_the_quiet_day() -> None:
    days = np.arange("2023-01-02", "2023-12-25", dtype="datetime64[D]")
    weekday = (days.astype(int) + 3) % 7
    busy = np.repeat(days[weekday < 5], 4)
    weights, _ = day_weights(busy)
    assert weights.mean() == pytest.approx(1)
    assert weights[:5].min() > 1.2
    assert weights[5:].max() < 0.4
    few, _ = day_weights(days[:3])
    assert np.abs(few - 1).max() < 0.1, "three rows say next to nothing"
