"""What a plan must say of its data and of its register before anybody trusts it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.build import referral_panel, silent_periods
from features.referrals import ReferralTable
from features.summary import summed
from features.suspicious import suspicions
from forecasting.agency import Agency, NeedGroup, Region
from forecasting.findings import Finding, Severity
from forecasting.panel import Frequency, SeriesKey
from forecasting.places import Form, PlaceSet, Price, Register
from planning.register_findings import register_findings
from reports.wording import worded
from tests.flows import YEAR, made_up_prices

AGENCY = Agency(
    "Etaten",
    (Region("r", {}),),
    (NeedGroup("kort", {}, acute=True, within_days=0, feeds="lang"), NeedGroup("lang", {})),
)


def referrals(days: list[str], **columns: object) -> ReferralTable:
    frame = pd.DataFrame(
        {
            "referral_id": [f"H{number}" for number in range(len(days))],
            "received_date": pd.to_datetime(days),
            "region": "r",
            "need_group": "kort",
            **columns,
        }
    )
    return ReferralTable.of(frame)


def every_day(first: str, last: str) -> list[str]:
    return [str(day.date()) for day in pd.date_range(first, last)]


def codes(found: tuple[Finding, ...] | list[Finding]) -> set[str]:
    return {finding.code for finding in found}


def said(table: ReferralTable, as_of: date) -> set[str]:
    return codes(suspicions(table, agency=AGENCY, as_of=as_of))


def test_three_whole_years_of_named_children_say_nothing() -> None:
    days = every_day("2021-01-01", "2023-12-31")
    table = referrals(days, child_pseudonym=[f"B{n}" for n in range(len(days))])
    assert said(table, date(2023, 12, 31)) == set()


def test_few_rows_an_unfinished_month_and_no_pseudonyms_are_said() -> None:
    table = referrals(every_day("2023-10-01", "2023-12-10"))
    assert said(table, date(2023, 12, 10)) == {
        "thin_data",
        "unfinished_month",
        "onward_share_unknown",
    }


def test_months_without_a_referral_at_the_end_are_said_before_any_number() -> None:
    """An end date of a stay, years later, carries the data date: a plan of no children."""
    days = every_day("2018-01-01", "2021-12-31")
    ended = pd.to_datetime([None] * (len(days) - 1) + ["2023-12-01"])
    table = referrals(days, end_date=ended)
    found = suspicions(table, agency=AGENCY, as_of=date(2023, 12, 31))
    (silent,) = (finding for finding in found if finding.code == "no_referrals_lately")
    assert silent.values == {"last": "2021-12-31", "until": "2023-12-01"}
    assert "no_referrals_lately" not in said(table, date(2022, 3, 1))


def test_many_on_one_day_are_said_with_the_day() -> None:
    table = referrals([*every_day("2021-01-01", "2023-12-31"), *["2023-05-05"] * 30])
    found = suspicions(table, agency=AGENCY, as_of=date(2023, 12, 31))
    (crowd,) = (finding for finding in found if finding.code == "many_on_one_day")
    assert crowd.values == {"referrals": 31, "day": "2023-05-05"}


def test_what_came_after_the_data_date_is_not_suspected() -> None:
    days = [*every_day("2021-01-01", "2023-12-31"), *["2024-05-05"] * 30]
    assert "many_on_one_day" not in said(referrals(days), date(2023, 12, 31))


def test_a_year_without_a_single_row_is_missing_and_not_zero() -> None:
    days = every_day("2020-01-01", "2021-12-31") + every_day("2023-01-01", "2023-12-31")
    panel = referral_panel(
        referrals(days), agency=AGENCY, as_of=date(2023, 12, 31), freq=Frequency.MONTH
    )
    silent = panel.periods.astype("datetime64[Y]") == np.datetime64("2022")
    assert not panel.observed[:, silent].any()
    assert panel.observed[:, ~silent].all()


def test_a_quiet_month_of_a_small_agency_is_a_zero() -> None:
    assert not silent_periods(np.array([[1.0, 0.0, 2.0, 0.0, 1.0]])).any()


def place_set(**changes: object) -> PlaceSet:
    values: dict[str, object] = {
        "place_set_id": "P1",
        "region": "r",
        "need_groups": ("kort",),
        "form": Form.CALL_OFF,
        "owner": "commercial",
        "places": 10,
        "houses": 1,
        "valid_from": date(2020, 1, 1),
    }
    return PlaceSet(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agreement_end": date(YEAR, 3, 31)}, "agreement_ends"),
        ({"valid_to": date(YEAR, 3, 31)}, "agreement_ends"),
        ({"need_groups": ("kort", "lang")}, "flexible_places"),
        ({"price": Price(1, 2)}, "register_price_not_used"),
        ({"price": made_up_prices().by_form[Form.CALL_OFF]}, None),
        ({"agreement_end": date(YEAR, 12, 31)}, None),
        ({"valid_to": date(YEAR - 1, 12, 31), "need_groups": ("kort", "lang")}, None),
    ],
)
def test_the_register_says_what_the_plan_leaves_out(
    changes: dict[str, object], code: str | None
) -> None:
    register = Register((place_set(**changes),))
    found = register_findings(register, made_up_prices(), year=YEAR)
    assert codes(found) == ({code} if code else set())


def test_a_rows_own_availability_comes_before_the_plans() -> None:
    rows = (place_set(availability=0.5), place_set(), place_set(form=Form.BASE, availability=0.5))
    committed = Register(rows).committed(
        SeriesKey("r", "kort"), day=date(YEAR, 1, 1), availability=0.8
    )
    assert committed == pytest.approx(5 + 8 + 10)


def test_findings_on_rows_are_summed_and_tell_nothing_of_a_child() -> None:
    rows = [
        Finding(
            Severity.WARNING, "long_open_stay", f"Rad {n}: 2016-08-30", row=n, column="end_date"
        )
        for n in range(2, 18)
    ]
    header = Finding(Severity.WARNING, "unknown_column", "Kolonnen farge er utelatt.", row=1)
    file = Finding(Severity.WARNING, "unplanned_region", "4 rader gjelder oslo.")
    found = summed((header, *rows, file))
    assert found[:2] == (header, file)
    (total,) = found[2:]
    assert total.values == {"rows": 16}
    assert total.row is None
    assert "2016" not in str(worded([total]))


def test_a_kind_without_words_of_its_own_is_named_by_its_code() -> None:
    (total,) = summed((Finding(Severity.WARNING, "odd", "Rad 7: x", row=7, column="age"),))
    (total,) = worded([total])
    assert total.message == "1\u00a0rad i uttrekket har funnet «odd» i kolonnen age."
