"""Which day, year and months a plan is made for when nobody says."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from features.asof import known_at
from features.build import referral_panel
from features.referrals import ReferralTable
from forecasting.errors import UsageError
from forecasting.panel import Frequency
from service.evidence import Referrals
from service.requests import PlanRequest
from service.run_plan import Span, plan_span
from service.settings import load_settings
from tests.features_help import norway, referrals


def daily(first: date, last: date, *, without: tuple[date, date] | None = None) -> ReferralTable:
    """A referral every day, but for the days from one to another."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    kept = [day for day in days if not (without and without[0] <= day <= without[1])]
    rows = "\n".join(f"{day} | vest | akutt" for day in kept)
    return referrals(f"received_date | region | need_group\n{rows}")


def span(table: ReferralTable, *, year: int | None = None, as_of: date | None = None) -> Span:
    request = PlanRequest(
        extract=Path("extract.csv"),
        from_store=False,
        register=None,
        year=year,
        as_of=as_of,
        settings=load_settings(),
        level=None,
        draws=10,
        seed=1,
        out=Path("out"),
    )
    return plan_span(request, Referrals(table, "extract.csv", "", ()))


@pytest.mark.parametrize(
    ("last", "as_of", "months"),
    [
        (date(2023, 12, 31), date(2023, 12, 31), 12),
        (date(2023, 12, 15), date(2023, 12, 15), 1 + 12),
        (date(2023, 11, 30), date(2023, 11, 30), 1 + 12),
        (date(2024, 1, 15), date(2023, 12, 31), 12),
        (date(2024, 1, 30), date(2023, 12, 31), 12),
    ],
)
def test_the_year_after_the_last_complete_month_is_planned_by_default(
    last: date, as_of: date, months: int
) -> None:
    assert span(daily(date(2022, 1, 1), last)) == Span(as_of, 2024, months)


def test_a_file_through_january_plans_the_next_year() -> None:
    assert span(daily(date(2022, 1, 1), date(2024, 1, 31))) == Span(date(2024, 1, 31), 2025, 23)


def test_months_are_counted_from_what_was_known_on_the_day() -> None:
    # No row on the last days of June was known then, though later rows show that the file
    # goes on: the forecast starts where the panel of that day ends.
    as_of = date(2023, 6, 30)
    gap = (date(2023, 6, 24), as_of)
    table = daily(date(2022, 1, 1), date(2023, 12, 31), without=gap)
    found = span(table, as_of=as_of)
    panel = referral_panel(
        known_at(table, as_of), agency=norway(), as_of=as_of, freq=Frequency.MONTH
    )
    ahead = Frequency.MONTH.after(panel.origin, found.months)
    assert str(ahead[-1]) == f"{found.year}-12-01"


@pytest.mark.parametrize(
    ("as_of", "begins", "months"),
    [
        (date(2024, 4, 30), date(2024, 5, 1), 8),
        (date(2024, 8, 31), date(2024, 9, 1), 4),
        # the days of May that are left are no whole month: the forecast covers them all the same
        (date(2024, 5, 10), date(2024, 6, 1), 8),
        (date(2024, 11, 30), date(2024, 12, 1), 1),
    ],
)
def test_of_a_year_that_has_begun_the_whole_months_ahead_are_planned(
    as_of: date, begins: date, months: int
) -> None:
    found = span(daily(date(2022, 1, 1), as_of), year=2024)
    assert found == Span(as_of, 2024, months, begins)


@pytest.mark.parametrize("as_of", [date(2024, 12, 1), date(2024, 12, 31)])
def test_a_year_without_a_whole_month_left_is_not_planned(as_of: date) -> None:
    with pytest.raises(UsageError, match="no whole month of --year 2024 was left"):
        span(daily(date(2022, 1, 1), as_of), year=2024)
    assert span(daily(date(2022, 1, 1), as_of)).year == 2025


def test_a_year_that_is_over_is_not_planned() -> None:
    with pytest.raises(UsageError, match="no whole month of --year 2023"):
        span(daily(date(2022, 1, 1), date(2024, 6, 30)), year=2023)


def test_the_next_year_is_planned_whole_though_the_data_end_within_this_one() -> None:
    assert span(daily(date(2022, 1, 1), date(2024, 4, 30))).begins is None
