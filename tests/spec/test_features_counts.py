"""COUNTS.csv: what becomes a count, what stays missing, and what is refused."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from features.sources.counts import read_counts
from forecasting.errors import InputError
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey


def _read(
    text: str,
    folder: Path,
    *,
    freq: Frequency = Frequency.MONTH,
    quantity: Quantity = Quantity.REFERRALS,
    columns: Mapping[str, str] | None = None,
    fill_zero: bool = False,
) -> CountPanel:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return read_counts(
        path, freq=freq, quantity=quantity, columns=columns or {}, fill_zero=fill_zero
    )


def _days(first: str, last: str, y: object = 1, name: str = "a") -> str:
    days = np.arange(first, np.datetime64(last) + 1, dtype="datetime64[D]")
    return "\n".join(f"{name},{day},{y}" for day in days)


def test_missing_is_not_zero(tmp_path: Path) -> None:
    text = "unique_id,ds,y\nb,2024-03-01,7\na,2024-01-01,3\na,2024-03-01,\na,2024-04-15,5\n"
    panel = _read(text, tmp_path)
    assert [str(p) for p in panel.periods] == [f"2024-0{m}-01" for m in (1, 2, 3, 4)]
    assert panel.series == (SeriesKey("", "", "a"), SeriesKey("", "", "b"))
    assert panel.counts.tolist() == [[3, 0, 0, 5], [0, 0, 7, 0]]
    assert panel.observed.tolist() == [[True, False, False, True], [False, False, True, False]]
    assert panel.as_of == date(2024, 4, 30)


def test_zero_fills_only_between_first_and_last(tmp_path: Path) -> None:
    text = "unique_id,ds,y\nb,2024-03-01,7\na,2024-01-01,3\na,2024-04-01,5\n"
    panel = _read(text, tmp_path, fill_zero=True)
    assert panel.observed.tolist() == [[True] * 4, [False, False, True, False]]


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    rows = ["b,2024-03-01,7", "a,2024-01-01,3", "a,2024-02-01,5"]
    one = _read("\n".join(["unique_id,ds,y", *rows]), tmp_path)
    two = _read("\n".join(["unique_id,ds,y", *rows[::-1]]), tmp_path)
    assert one.series == two.series
    assert (one.counts == two.counts).all()


@pytest.mark.parametrize(
    ("freq", "ds", "period"),
    [
        (Frequency.WEEK, "2024-01-10", "2024-01-08"),
        (Frequency.MONTH, "31.01.2024", "2024-01-01"),
        (Frequency.MONTH, "2024-02", "2024-02-01"),
        (Frequency.QUARTER, "2024-05-01", "2024-04-01"),
        (Frequency.YEAR, "2024-07-01", "2024-01-01"),
        (Frequency.YEAR, "2024", "2024-01-01"),
        (Frequency.DAY, "2024-02-29", "2024-02-29"),
    ],
)
def test_days_move_to_the_first_of_their_period(
    freq: Frequency, ds: str, period: str, tmp_path: Path
) -> None:
    panel = _read(f"unique_id,ds,y\na,{ds},3\n", tmp_path, freq=freq)
    assert str(panel.periods[0]) == period


def test_finer_referrals_are_added_and_half_periods_are_missing(tmp_path: Path) -> None:
    text = f"unique_id,ds,y\n{_days('2024-01-15', '2024-04-10', 2)}\n"
    panel = _read(text, tmp_path)
    assert [str(p) for p in panel.periods] == ["2024-02-01", "2024-03-01"]
    assert panel.counts.tolist() == [[2 * 29, 2 * 31]]
    assert panel.observed.all()
    assert panel.as_of == date(2024, 3, 31)


def test_finer_occupancy_is_averaged_and_rounded(tmp_path: Path) -> None:
    first, last = _days("2024-01-01", "2024-01-04", 10), _days("2024-01-05", "2024-01-07", 13)
    text = f"unique_id,ds,y\n{first}\n{last}\n"
    panel = _read(text, tmp_path, freq=Frequency.WEEK, quantity=Quantity.OCCUPANCY)
    assert panel.counts.tolist() == [[round((4 * 10 + 3 * 13) / 7)]]


def test_a_lost_day_makes_the_week_missing_unless_zeros_fill(tmp_path: Path) -> None:
    lines = _days("2024-01-01", "2024-01-21").splitlines()
    text = "\n".join(["unique_id,ds,y", *lines[:9], *lines[10:]])
    panel = _read(text, tmp_path, freq=Frequency.WEEK)
    assert panel.counts.tolist() == [[7, 0, 7]]
    assert panel.observed.tolist() == [[True, False, True]]
    filled = _read(text, tmp_path, freq=Frequency.WEEK, fill_zero=True)
    assert filled.counts.tolist() == [[7, 6, 7]]
    assert filled.observed.all()


def test_months_add_up_to_quarters_and_years(tmp_path: Path) -> None:
    rows = "\n".join(f"a,{y}-{m:02d}-01,{m}" for y in (2022, 2023) for m in range(1, 13))
    text = f"unique_id,ds,y\n{rows}\na,2024-01-01,5\n"
    year = _read(text, tmp_path, freq=Frequency.YEAR)
    assert year.counts.tolist() == [[78, 78]]
    quarter = _read(text, tmp_path, freq=Frequency.QUARTER)
    assert quarter.counts.tolist() == [[6, 15, 24, 33] * 2]


def test_region_and_need_group_name_the_series(tmp_path: Path) -> None:
    with_id = _read("unique_id,ds,y,region,need_group\nvest/rus,2024-01-01,3,vest,rus\n", tmp_path)
    assert with_id.series == (SeriesKey("vest", "rus", "vest/rus"),)
    without = _read("ds,y,region,need_group\n2024-01-01,3,vest,rus\n", tmp_path)
    assert str(without.series[0]) == "vest/rus"


def test_columns_are_renamed_by_the_mapping(tmp_path: Path) -> None:
    columns = {"unique_id": "series", "ds": "dato", "y": "antall"}
    panel = _read("antall;series;dato\n3;a;01.01.2024\n", tmp_path, columns=columns)
    assert panel.counts.tolist() == [[3]]


def test_known_ahead_columns_reach_past_the_last_count(tmp_path: Path) -> None:
    text = (
        "unique_id,ds,y,price,note,capacity\n"
        "a,2024-01-01,3,10,x,5\na,2024-02-01,4,11,x,5\na,2024-03-01,,12,x,\na,2024-04-01,,13,x,\n"
        "b,2024-02-01,3,20,x,5\nb,2024-03-01,,21,x,\n"
    )
    panel = _read(text, tmp_path)
    assert set(panel.known) == {"price"}, "text and columns without a future are none"
    assert panel.known["price"].tolist() == [[10, 11, 12], [20, 20, 21]]


def test_a_hole_in_a_known_ahead_column_is_refused(tmp_path: Path) -> None:
    text = "unique_id,ds,y,price\na,2024-01-01,3,10\na,2024-02-01,4,\na,2024-03-01,,12\n"
    with pytest.raises(InputError, match=r"price.*2024-02-01"):
        _read(text, tmp_path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,2024-01-01,-1", r"rad 2.*negativt"),
        ("a,2024-01-01,3\na,2024-02-01,x", r"rad 3.*ikke et tall"),
        ("a,2024-01-01,inf", r"rad 2.*ikke et tall"),
        ('a,2024-01-01,"3,5"', r"rad 2.*3.5 er ikke et helt tall"),
        ("a,2024-01-01,3\na,2024-01-01,3", r"rad 3.*rad 2"),
        ("a,01/02/2024,3", r"rad 2, kolonne ds"),
        ("a,,3", r"rad 2, kolonne ds"),
        (",2024-01-01,3", r"rad 2, kolonne unique_id"),
        ("a,2024-01-01,", r"ingen tellinger"),
        ("a,2022-01-01,3\na,2023-01-01,3\na,2024-01-01,3", r"--freq er MS"),
        ("\n".join(f"a,2024-01-{d:02d},1" for d in (1, 8, 15, 22)), r"uker"),
        ("a,2024-01-01,3\na,2024-01-02,3", r"ingen periode"),
    ],
)
def test_what_cannot_be_counted_is_refused(rows: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as error:
        _read(f"unique_id,ds,y\n{rows}\n", tmp_path)
    assert error.value.fix


def test_missing_columns_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mangler kolonnen ds"):
        _read("unique_id,date,y\na,2024-01-01,3\n", tmp_path)
    with pytest.raises(InputError, match="empty_file"):
        _read("", tmp_path)
    with pytest.raises(InputError, match="ingen kolonne"):
        _read("unique_id,ds,y\na,2024-01-01,3\n", tmp_path, columns={"x": "y"})
    with pytest.raises(InputError, match="finnes ikke"):
        read_counts(
            tmp_path / "none.csv",
            freq=Frequency.MONTH,
            quantity=Quantity.REFERRALS,
            columns={},
            fill_zero=False,
        )


def test_means_of_occupancy_may_be_no_whole_numbers(tmp_path: Path) -> None:
    text = "unique_id,ds,y\na,2024-01-01,3.5\na,2024-02-01,4.4\n"
    panel = _read(text, tmp_path, quantity=Quantity.OCCUPANCY)
    assert (panel.counts % 1 == 0).all()
