"""Who was to be met so far, and who had no place in time: one row, one rule."""

from datetime import date

import pytest

from features.so_far import children_met, so_far
from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.so_far import Met
from tests.features_help import norway, referrals

FIRST, AS_OF = date(2024, 1, 1), date(2024, 4, 30)
HEADER = (
    "region | need_group | outcome | offered_date | start_date | end_date"
    " | withdrawn_date | needed_by_date | provider_type | received_date"
)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        # placed on the day: met
        (
            "vest | akutt | placed | 2024-02-01 | 2024-02-01 | - | - | - | state | 2024-02-01",
            Met(1, 0, 0),
        ),
        # an acute child offered a place the day after has waited
        (
            "vest | akutt | placed | 2024-02-02 | 2024-02-02 | - | - | - | state | 2024-02-01",
            Met(1, 1, 0),
        ),
        # without the day of the offer the start decides
        ("vest | akutt | placed | - | 2024-02-03 | - | - | - | state | 2024-02-01", Met(1, 1, 0)),
        # bought for that child alone: in time, but no committed place
        (
            "vest | akutt | placed | 2024-02-01 | 2024-02-01 | - | - | - | spot | 2024-02-01",
            Met(1, 0, 1),
        ),
        # bought too late counts once
        (
            "vest | akutt | placed | 2024-02-09 | 2024-02-09 | - | - | - | spot | 2024-02-01",
            Met(1, 1, 0),
        ),
        ("vest | akutt | not_offered | - | - | - | - | - | - | 2024-02-01", Met(1, 1, 0)),
        # withdrawn the same day demands no place; withdrawn after the day it was due does
        ("vest | akutt | withdrawn | - | - | - | 2024-02-01 | - | - | 2024-02-01", Met(0, 0, 0)),
        ("vest | akutt | withdrawn | - | - | - | 2024-02-03 | - | - | 2024-02-01", Met(1, 1, 0)),
        # undecided and overdue
        ("vest | akutt | - | - | - | - | - | - | - | 2024-02-01", Met(1, 1, 0)),
        # a wish for later: not due yet
        ("vest | akutt | - | - | - | - | - | 2024-05-10 | - | 2024-04-20", Met(0, 0, 0)),
        # asked last year, due this year
        ("vest | akutt | not_offered | - | - | - | - | 2024-01-03 | - | 2023-12-20", Met(1, 1, 0)),
        # due on the first day, and on the last
        ("vest | akutt | not_offered | - | - | - | - | - | - | 2024-01-01", Met(1, 1, 0)),
        ("vest | akutt | not_offered | - | - | - | - | - | - | 2024-04-30", Met(1, 1, 0)),
        # asked and due last year
        ("vest | akutt | not_offered | - | - | - | - | - | - | 2023-12-20", Met(0, 0, 0)),
        # nothing after the data date is known
        (
            "vest | akutt | placed | 2024-05-02 | 2024-05-02 | - | - | - | state | 2024-04-30",
            Met(1, 1, 0),
        ),
    ],
)
def test_one_child(row: str, met: Met) -> None:
    table = referrals(f"{HEADER}\n{row}")
    found = children_met(table, agency=norway(), first=FIRST, as_of=AS_OF)
    assert found[SeriesKey("vest", "akutt")] == met
    assert sum(found.values(), Met(0, 0, 0)) == met


def test_so_far_is_of_the_same_days_throughout() -> None:
    rows = [
        "vest | akutt | placed | 2023-11-05 | 2023-11-05 | 2024-01-10 | - | - | state | 2023-11-05",
        "vest | akutt | placed | 2024-04-29 | 2024-04-29 | - | - | - | state | 2024-04-29",
    ]
    table = referrals("\n".join((HEADER, *rows)))
    found = so_far(table, agency=norway(), first=FIRST, as_of=AS_OF)
    used = found.occupancy[SeriesKey("vest", "akutt")]
    assert len(used) == 31 + 29 + 31 + 30
    # The first child leaves on the 10th of January, the other comes on the 29th of April.
    assert list(used[[0, 8, 9, 118, 119]]) == [1, 1, 0, 0, 1]
    assert found.referrals.origin == date(2024, 4, 1)


def test_a_year_that_has_not_begun_is_refused() -> None:
    table = referrals(f"{HEADER}\nvest | akutt | - | - | - | - | - | - | - | 2023-11-05")
    with pytest.raises(UsageError, match="nothing has come"):
        so_far(table, agency=norway(), first=FIRST, as_of=date(2023, 12, 31))
