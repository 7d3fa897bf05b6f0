"""Files that are not what they seem: encodings, delimiters, damage, hidden content."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from features.sources import read_table
from forecasting.errors import InputError
from tests.features_help import HEADER, check_text, codes

ROW = "A1,2024-01-09,Øst,akutt"
GOOD = f"{HEADER}\n{ROW}\n"
TABS = GOOD.replace(",", "\t")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (GOOD.encode(), "a.csv"),
        (GOOD.encode("utf-8-sig"), "a.csv"),
        (GOOD.replace("\n", "\r").encode(), "a.csv"),
        (GOOD.replace("\n", "\r\n").encode(), "a.CSV"),
        (GOOD.replace(",", ";").encode(), "a.csv"),
        (TABS.encode("utf-16"), "a.txt"),
        (TABS.encode("utf-16-le"), "a.tsv"),
        (("sep=;\n" + GOOD.replace(",", ";")).encode(), "a.csv"),
        (GOOD.replace("received_date", " Mottatt\u00a0DATO ").encode(), "a.csv"),
        (GOOD.replace("need_group", "Ma\u030algruppe").encode(), "a.csv"),
        (f"{HEADER}\n\n{ROW}\n,,,\n\n".encode(), "a.csv"),
    ],
)
def test_the_same_table_in_many_clothes(data: bytes, name: str, tmp_path: Path) -> None:
    checked = check_text(data, tmp_path, name=name)
    assert (checked.outcome.value, checked.rows_stored) == ("accept", 1)
    assert checked.referrals is not None
    assert checked.referrals.frame.loc[0, "region"] == "ost"


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        (b"", "empty_file", None),
        (b" \n\n", "empty_file", None),
        (HEADER.encode(), "no_rows", None),
        (f'{HEADER}\n{ROW}\nA2,"2024-01-09,Øst,akutt\nA3,2,3,4\n'.encode(), "unclosed_quote", 3),
        (f"{HEADER}\n{ROW}\nA2,\x00,Øst,akutt\n".encode(), "control_character", 3),
        (f"{HEADER}\n{ROW}\nA2,\x07,Øst,akutt\n".encode(), "control_character", 3),
        (f"{HEADER}\n{ROW}\nA2,{'x' * 300_000},Øst,akutt\n".encode(), "field_too_long", 3),
        (f"{HEADER}\n{ROW}\nA2,2024-01-09,Ã˜st,akutt\n".encode(), "double_encoding", 3),
        (f"Uttrekk\nlaget av oss\n{GOOD}".encode(), "title_rows", 3),
        (f"Uttrekk,,,\n,,,\n{GOOD}".encode(), "title_rows", 3),
        (GOOD.replace(",", ":").encode(), "wrong_delimiter", None),
        (f'"{HEADER}"\n"{ROW}"\n'.replace(",", ";").encode(), "wrong_delimiter", None),
        (f"{HEADER},=1+1\n{ROW},x\n".encode(), "formula", 1),
        (f"{HEADER},<script>\n{ROW},x\n".encode(), "formula", 1),
        (f"{HEADER},x\n{ROW},=HYPERLINK(1)\n".encode(), "formula", 2),
        (f"{HEADER},x\n{ROW},<script>\n".encode(), "markup", 2),
        (b"\xff\xfe\x00", "encoding", None),
        (b"\x81\x8d\x90", "encoding", None),
        (b"PK\x03\x04abc", "wrong_content", None),
        (b"<html><table></table></html>", "wrong_content", None),
    ],
)
def test_a_broken_text_file_is_rejected(
    data: bytes, code: str, row: int | None, tmp_path: Path
) -> None:
    checked = check_text(data, tmp_path)
    assert checked.outcome.value == "reject"
    assert (code, row) in codes(checked)
    assert all(len(finding.message) < 4000 for finding in checked.findings)


def test_all_ragged_rows_are_listed(tmp_path: Path) -> None:
    checked = check_text(f"{HEADER}\nA1,2024-01-09\n{ROW}\n{ROW},x\n", tmp_path)
    assert [row for code, row in codes(checked) if code == "ragged_row"] == [2, 4]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported_format"),
        ("a.xlsm", b"PK\x03\x04", "unsupported_format"),
        ("a.xlsb", b"PK\x03\x04", "unsupported_format"),
        ("a.doc", b"x", "unsupported_format"),
        ("a", b"x", "unsupported_format"),
        ("a.xlsx", GOOD.encode(), "wrong_content"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Workbook", "unsupported_format"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password_protected",
        ),
        ("a.parquet", GOOD.encode(), "wrong_content"),
        ("a.parquet", b"PAR1 not really PAR1", "corrupt_file"),
    ],
)
def test_content_and_ending_must_agree(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    checked = check_text(data, tmp_path, name=name)
    assert codes(checked) == [(code, None)]
    assert checked.findings[0].fix


def test_no_file_and_a_folder_are_wrong_input(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path, Path("a\x00b.csv")):
        with pytest.raises(InputError) as error:
            read_table(path)
        assert error.value.fix


def test_a_number_in_the_file_name_is_named_but_not_echoed(tmp_path: Path) -> None:
    checked = check_text(GOOD, tmp_path, name="barn_14831161206.csv")
    assert codes(checked) == [("national_id_in_name", None)]
    assert "14831161206" not in repr(checked)


def _book(folder: Path, change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append([*HEADER.split(","), "age", "start_date"])
    sheet.append(["A1", datetime(2024, 1, 9), "Øst", "akutt", 12, None])  # noqa: DTZ001
    change(book)
    book.save(folder / "book.xlsx")
    return (folder / "book.xlsx").read_bytes()


def _hide(book: openpyxl.Workbook, cell: object) -> None:
    sheet = book.create_sheet("b")
    sheet["A1"] = cell
    sheet.sheet_state = "hidden"


def _epoch(book: openpyxl.Workbook) -> None:
    book.epoch = CALENDAR_MAC_1904


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda b: b, []),
        (lambda b: b.create_sheet("empty"), []),
        (lambda b: b.active.append(["A2", 45300, "Øst", "akutt"]), [("excel_serial", 3)]),
        (lambda b: b.active.append(["A2", "2024-01-09", "Øst", "akutt", 4831161206]),
         [("national_id", 3), ("bad_number", 3)]),
        (lambda b: b.create_sheet("b").append(["x"]), [("several_sheets", None)]),
        (lambda b: _hide(b, "x"), [("hidden_sheet", None)]),
        (lambda b: _hide(b, 14831161206), [("national_id", None)]),
        (lambda b: b.active.merge_cells("A1:B1"), [("merged_cells", None)]),
        (lambda b: b.active.__setitem__("E2", "=1+1"), [("formula", 2)]),
        (lambda b: setattr(b.active["A2"], "comment", Comment("ring 278912 70181", "x")),
         [("national_id", None)]),
        (lambda b: setattr(b.properties, "title", "14831161206"), [("national_id", None)]),
        (lambda b: b.active.__setitem__("XFD1048576", "x"), [("too_large", None)]),
        (lambda b: setattr(b.active, "title", "14831161206"), [("national_id", None)]),
    ],
)  # fmt: skip
def test_workbooks(
    change: Callable[[openpyxl.Workbook], object],
    found: list[tuple[str, int | None]],
    tmp_path: Path,
) -> None:
    checked = check_text(_book(tmp_path, change), tmp_path, name="a.xlsx")
    assert set(found) <= set(codes(checked))
    assert bool(found) == bool(checked.findings)
    assert "1161206" not in repr(checked.findings)


def test_the_1904_calendar_shifts_no_day(tmp_path: Path) -> None:
    data = _book(tmp_path, lambda b: (_epoch(b), b.active.__setitem__("F2", datetime(2024, 2, 3))))  # noqa: DTZ001
    checked = check_text(data, tmp_path, name="a.xlsx")
    assert checked.referrals is not None
    assert checked.referrals.frame.loc[0, "start_date"].date() == date(2024, 2, 3)


def _with_part(data: bytes, ending: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(old, new) if name.endswith(ending) else part)
    return out.getvalue()


def test_a_lying_dimension_does_no_harm(tmp_path: Path) -> None:
    data = _book(tmp_path, lambda b: b)
    lying = _with_part(data, "sheet1.xml", b'ref="A1:F2"', b'ref="A1:XFD1048576"')
    assert lying != data
    assert check_text(lying, tmp_path, name="a.xlsx").outcome.value == "accept"


def test_entities_are_refused(tmp_path: Path) -> None:
    data = _book(tmp_path, lambda b: b)
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><workbook'
    hostile = _with_part(data, "workbook.xml", b"<workbook", entity)
    assert codes(check_text(hostile, tmp_path, name="a.xlsx")) == [("xml_entities", None)]


def _parquet(folder: Path, **columns: object) -> bytes:
    usual = {"referral_id": ["A1"], "received_date": [date(2024, 1, 9)], "region": ["Øst"],
             "need_group": ["akutt"]}  # fmt: skip
    pq.write_table(pa.table({**usual, **columns}), folder / "b.parquet")
    return (folder / "b.parquet").read_bytes()


def test_parquet_with_a_clock_in_another_zone(tmp_path: Path) -> None:
    late = pa.array([datetime(2024, 1, 9, 23, 30)], pa.timestamp("ns", "UTC"))  # noqa: DTZ001
    checked = check_text(_parquet(tmp_path, received_date=late), tmp_path, name="a.parquet")
    assert checked.referrals is not None
    assert checked.referrals.frame.loc[0, "received_date"].date() == date(2024, 1, 10)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_parquet_numbers_that_are_none(number: float, tmp_path: Path) -> None:
    data = _parquet(tmp_path, age=pa.array([number]))
    checked = check_text(data, tmp_path, name="a.parquet")
    assert checked.outcome.value == "reject"
    assert "Rad 2, kolonne age" in checked.findings[0].message


def test_parquet_of_too_many_rows_is_refused_unread(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": pa.array([1], pa.int8()).take([0] * 2_000_000)}), tmp_path / "b")
    checked = check_text((tmp_path / "b").read_bytes(), tmp_path, name="a.parquet")
    assert codes(checked) == [("too_large", None)]
    assert checked.rows_read == 0


def test_nested_parquet_is_refused(tmp_path: Path) -> None:
    data = _parquet(tmp_path, age=pa.array([[1, 2]]))
    assert codes(check_text(data, tmp_path, name="a.parquet")) == [("nested_column", None)]
