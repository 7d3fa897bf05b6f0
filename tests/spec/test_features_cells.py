"""What one cell may hold, and what a check says of it."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.cells import (
    Read,
    is_formula,
    read_date,
    read_municipality,
    read_number,
    read_paragraph,
)
from features.columns import vocabularies
from features.report import at
from features.schema import ExtractMapping
from features.table import Cell
from reports.wording import worded
from tests.features_help import HEADER, check_text, codes, norway

UTC = ZoneInfo("UTC")


def _problem(read: Read) -> str | None:
    return read.problem.code if read.problem else None


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("29.02.2024", date(2024, 2, 29)),
        ("9.1.2024", date(2024, 1, 9)),
        ("09-09-2024", date(2024, 9, 9)),
        ("25/03/2024", date(2024, 3, 25)),
        ("2024/03/25", date(2024, 3, 25)),
        ("20240325", date(2024, 3, 25)),
        (" 2024-03-25\u200b", date(2024, 3, 25)),
        ("2024-03-25 23:59:59", date(2024, 3, 25)),
        ("2024-03-25T23:30:00Z", date(2024, 3, 26)),
        ("2024-03-31T00:30:00+01:00", date(2024, 3, 31)),
        ("25.03.2024 14:05", date(2024, 3, 25)),
        (datetime(2024, 3, 25, 23, 30), date(2024, 3, 25)),  # noqa: DTZ001
        (datetime(2024, 7, 1, 22, 30, tzinfo=UTC), date(2024, 7, 2)),
        (date(2024, 3, 25), date(2024, 3, 25)),
    ],
)
def test_a_day_is_read_on_norways_clock(cell: Cell, day: date) -> None:
    assert read_date(cell) == Read(day)


@pytest.mark.parametrize(
    ("cell", "code", "said"),
    [
        ("30.02.2024", "impossible_date", "30.02.2024"),
        ("2023-02-29", "impossible_date", "2023-02-29"),
        ("2024-01-09 25:00", "impossible_date", "25:00"),
        ("04/03/2024", "ambiguous_date", "2024-04-03"),
        ("04/23/2024", "month_first", "04/23/2024"),
        ("04-03-2024", "ambiguous_date", "2024-03-04"),
        ("01.02.24", "two_digit_year", "01.02.24"),
        ("45301", "excel_serial", "2024-01-10"),
        ("45301", "excel_serial", "2028-01-11"),
        ("45301,5", "excel_serial", "2024-01-10"),
        (45301, "excel_serial", "2024-01-10"),
        (45301.25, "excel_serial", "2024-01-10"),
        ("60", "excel_serial", "29.02.1900"),
        ("01.01.1900", "placeholder_date", "01.01.1900"),
        ("1899-12-30", "placeholder_date", "1899"),
        ("1970-01-01", "placeholder_date", "1970"),
        ("9999-12-31", "placeholder_date", "9999"),
        ("ukjent", "unreadable_date", "ukjent"),
        ("2024-W05", "unreadable_date", "2024-W05"),
        (True, "unreadable_date", "ingen dato"),
        (-3, "unreadable_date", "ingen dato"),
    ],
)
def test_a_doubtful_day_is_refused_and_explained(cell: Cell, code: str, said: str) -> None:
    read = read_date(cell)
    assert read.problem is not None
    assert (read.value, read.problem.code) == (None, code)
    (found,) = worded([at(read.problem, row=2, column="start_date")])
    assert said in found.message
    assert "ÅÅÅÅ-MM-DD" in found.fix


def test_a_far_away_end_is_an_open_end() -> None:
    read = read_date("31.12.9999", open_end=True)
    assert read.value is None
    assert _problem(read) == "open_end"


@pytest.mark.parametrize(
    "text",
    ["Øst", "øst", "ost", "oest", "ØST ", " region  Øst", "Region øst", "REGION-ØST", "Øst\u200b",
     "O\u0338st", "o\u0308st"],
)  # fmt: skip
def test_a_region_is_known_in_all_its_spellings(text: str) -> None:
    assert vocabularies(norway())["region"].code(text) == "ost"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Behandling høy", "behandling_hoy"),
        ("behandling_høy", "behandling_hoy"),
        ("BEHANDLING-HOY", "behandling_hoy"),
        ("behandling hoey", "behandling_hoy"),
        ("Behandling", None),
        ("", None),
        ("norge", None),
        ("region", None),
    ],
)
def test_a_need_group_is_known_in_all_its_spellings(text: str, code: str | None) -> None:
    assert vocabularies(norway())["need_group"].code(text) == code


def test_an_affix_alone_is_no_region() -> None:
    words = vocabularies(norway())["region"]
    assert [words.code(text) for text in ("Midt", "midt norge", "Nord-Norge")] == [
        "midt",
        "midt",
        "nord",
    ]
    assert words.code("Norge") is None
    assert words.nearest("Region Sørvest") == ("Sør", "Vest") or words.nearest(
        "Region Sørvest"
    ) == ("Vest", "Sør")


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("15", 15, None),
        ("15,0", 15, None),
        (15.0, 15, None),
        ("0", 0, None),
        ("26", 26, "unusual_number"),
        ("-3", None, "bad_number"),
        ("210", None, "bad_number"),
        ("15,5", None, "bad_number"),
        ("ukjent", None, "bad_number"),
        (True, None, "bad_number"),
    ],
)
def test_ages(cell: Cell, value: int | None, code: str | None) -> None:
    read = read_number(cell, low=0, high=120, usual=25)
    assert (read.value, _problem(read)) == (value, code)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("0301", "0301", None),
        (1103, "1103", None),
        (1103.0, "1103", None),
        ("1103.0", "1103", "mended_municipality"),
        ("301", "0301", "mended_municipality"),
        (301, "0301", "mended_municipality"),
        ("Bergen", None, "bad_municipality"),
    ],
)
def test_municipality_numbers(cell: Cell, value: str | None, code: str | None) -> None:
    read = read_municipality(cell)
    assert (read.value, _problem(read)) == (value, code)


@pytest.mark.parametrize(
    ("text", "value"),
    [("§ 4-4", "4-4"), ("§4-4", "4-4"), ("bvl. § 6 – 2", "6-2"), ("5-1", "5-1"),
     ("§ 4-2a", "4-2a"), ("akutt", None)],
)  # fmt: skip
def test_paragraphs_are_stored_bare(text: str, value: str | None) -> None:
    assert read_paragraph(text).value == value


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|x", "-cmd", "\t=1", " =1+1"])
def test_formulas_are_seen(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize(
    "text", ["-3", "+47", "-3,5", "INST-001", "-", "", "a=b", "+47 22 33 44 55"]
)
def test_ordinary_values_are_no_formulas(text: str) -> None:
    assert not is_formula(text)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    checked = check_text(
        f"{HEADER},age,start_date,end_date,outcome\n"
        "A1,30.02.2024,Vest,rus,12,,,\n"
        "A2,2024-01-09,Vestre,rus,12,,,\n"
        "A3,2024-01-09,Vest,russ,-3,,,\n"
        "A4,2024-01-09,Vest,rus,12,2024-02-01,2024-01-01,placed\n"
        "A5,2024-01-09,Vest,rus,12,,,placed\n"
        "A6,2024-01-09,Vest,rus,12,2024-02-01,,not_offered\n"
        "A7,2099-01-09,Vest,rus,12,,,\n"
        ",2024-01-09,Vest,rus,12,,,\n",
        tmp_path,
    )
    assert set(codes(checked)) == {
        ("impossible_date", 2),
        ("unknown_value", 3),
        ("unknown_value", 4),
        ("bad_number", 4),
        ("end_before_start", 5),
        ("placed_without_start", 6),
        ("start_without_place", 7),
        ("future_date", 8),
        ("missing_value", 9),
    }
    assert all(f"Rad {f.row}" in f.message and f.column for f in checked.findings)
    assert (checked.outcome.value, checked.rows_read, checked.rows_stored) == ("reject", 8, 0)


def test_doubts_are_warnings_and_the_rows_are_kept(tmp_path: Path) -> None:
    checked = check_text(
        f"{HEADER},child_pseudonym,start_date,end_date\n"
        "A1,2024-01-09,Vest,akutt,bp_a,2024-01-08,2024-02-01\n"
        "A2,2024-01-09,Oslo,akutt,bp_b,2024-01-09,9999-12-31\n"
        "A1,2024-01-09,Vest,akutt,bp_a,2024-01-08,2024-02-01\n"
        "A3,2024-01-20,Vest,rus,bp_a,2024-01-20,\n"
        "Sum,,,,,,\n",
        tmp_path,
    )
    assert set(codes(checked)) == {
        ("dates_out_of_order", 2),
        ("dates_out_of_order", 4),
        ("open_end", 3),
        ("unplanned_region", None),
        ("duplicate_row", 4),
        ("overlapping_stays", 5),
        ("total_row", 6),
    }
    assert (checked.outcome.value, checked.rows_stored) == ("accept_with_warning", 3)
    assert checked.referrals is not None
    assert checked.referrals.frame["outcome"].tolist() == ["placed"] * 3, "from start_date"
    assert "bp_a" not in repr(checked.findings)


@pytest.mark.parametrize("name", ["Testine", "Testine Eksempelsen", "prøve fiktivsen", "Ola-Kari"])
def test_a_name_is_no_pseudonym(name: str, tmp_path: Path) -> None:
    checked = check_text(f"{HEADER},barn_id\nA1,2024-01-09,Vest,rus,{name}\n", tmp_path)
    assert codes(checked) == [("name", 2)]
    assert name not in repr(checked)


def test_a_column_without_a_name_is_dropped_and_named(tmp_path: Path) -> None:
    checked = check_text(f"{HEADER},,x\nA1,2024-01-09,Vest,rus,7,8\n", tmp_path)
    assert [(f.code, f.column) for f in checked.findings] == [
        ("unknown_column", "nr. 5"),
        ("unknown_column", "x"),
    ]


def test_a_long_legal_basis_is_no_free_text(tmp_path: Path) -> None:
    basis = "Barnevernsloven § 4-4 første ledd andre punktum"
    text = f"{HEADER},hjemmel\nA1,2024-01-09,Vest,akutt,{basis}\n"
    checked = check_text(text, tmp_path)
    assert checked.outcome.value == "accept"
    assert checked.referrals is not None
    assert checked.referrals.frame.loc[0, "legal_basis"] == "4-4"


def test_the_same_id_with_other_content_names_both_rows(tmp_path: Path) -> None:
    checked = check_text(f"{HEADER}\nA1,2024-01-09,Vest,rus\nA1,2024-01-09,Øst,rus\n", tmp_path)
    assert codes(checked) == [("conflicting_rows", 3)]
    assert "rad 2" in checked.findings[0].message
    assert "Rad 3" in checked.findings[0].message


def test_what_has_not_happened_yet_is_not_stored(tmp_path: Path) -> None:
    checked = check_text(
        f"{HEADER},outcome,start_date,institution_id\n"
        "A1,2026-11-20,Vest,rus,placed,2026-12-01,I1\n",
        tmp_path,
    )
    assert codes(checked) == [("planned_date", 2)]
    assert checked.referrals is not None
    row = checked.referrals.frame.iloc[0]
    assert row[["outcome", "start_date", "institution_id"]].isna().all()


def test_one_of_their_columns_may_feed_several_of_ours(tmp_path: Path) -> None:
    mapping = ExtractMapping(
        columns={
            "referral_id": "case",
            "received_date": "in",
            "start_date": "in",
            "region": "place",
        },
        constants={"need_group": "rus"},
        values={"region": {"Bergen": "vest"}},
    )
    text = "case,in,place\nD1,2024-01-09,Bergen\nD2,2024-01-10,Øst\n"
    checked = check_text(text, tmp_path, mapping=mapping)
    assert checked.outcome.value == "accept"
    assert checked.referrals is not None
    frame = checked.referrals.frame
    assert frame["region"].tolist() == ["vest", "ost"]
    assert frame["need_group"].tolist() == ["rus", "rus"]
    assert (frame["start_date"] == frame["received_date"]).all()


def test_declared_numbers_are_no_persons(tmp_path: Path) -> None:
    text = f"{HEADER}\n20240000123,2024-01-09,Vest,rus\n"
    assert check_text(text, tmp_path).outcome.value == "reject"
    mapping = ExtractMapping(patterns={"referral_id": r"20\d{9}"})
    assert check_text(text, tmp_path, mapping=mapping).outcome.value == "accept"


def test_thousands_of_faults_stay_readable(tmp_path: Path) -> None:
    rows = "\n".join(f"A{i},30.02.2024,Vest,rus" for i in range(1000))
    checked = check_text(f"{HEADER}\n{rows}\n", tmp_path)
    assert len(checked.findings) == 201
    assert "800 til" in checked.findings[-1].message
