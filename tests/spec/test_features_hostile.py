"""Files that a hostile or careless hand made: what becomes of them, and what is said of them."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.packaging.custom import StringProperty
from openpyxl.worksheet.worksheet import Worksheet

from features.check import check_file
from features.schema import ExtractMapping
from features.sources import read_table
from reports.wording import worded
from tests.features_help import HEADER, TODAY, check_text, codes, norway

NUMBER = "23851070146"  # month + 80: no person has it
NAME = "Testine Eksempelsen"
ROW = "A1,2024-01-09,Øst,akutt"


def _book(change: Callable[[openpyxl.Workbook, Worksheet], object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append([*HEADER.split(","), "age"])
    sheet.append(["A1", date(2024, 1, 9), "Øst", "akutt", 12])
    change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _edited(data: bytes, ending: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(old, new) if name.endswith(ending) else part)
    return out.getvalue()


def _age(cell: bytes) -> bytes:
    """A workbook whose first age is this cell."""
    data = _book(lambda _, __: None)
    changed = _edited(data, "sheet1.xml", b'<c r="E2" t="n"><v>12</v></c>', cell)
    assert changed != data
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda b, _: setattr(b.properties, "title", NAME),
        lambda b, _: setattr(b.properties, "subject", NAME),
        lambda b, _: setattr(b.properties, "creator", NAME),
        lambda b, _: b.custom_doc_props.append(StringProperty(name="Barn", value=NAME)),
        lambda _, s: setattr(s.oddFooter.left, "text", NAME),
        lambda _, s: setattr(s.oddHeader.center, "text", NUMBER),
        lambda b, _: setattr(b.properties, "keywords", NUMBER),
    ],
)
def test_words_outside_the_cells_are_named_but_not_echoed(
    change: Callable[[openpyxl.Workbook, Worksheet], object], tmp_path: Path
) -> None:
    checked = check_text(_book(change), tmp_path, name="a.xlsx")
    assert checked.outcome.value in ("reject", "accept_with_warning")
    assert not any(secret in repr(checked.findings) for secret in (NUMBER, "Testine"))


def test_an_ordinary_author_is_no_finding(tmp_path: Path) -> None:
    for author in ("openpyxl", "Microsoft Office User", "abc123"):
        data = _book(lambda b, _, author=author: setattr(b.properties, "creator", author))
        assert check_text(data, tmp_path, name="a.xlsx").findings == ()


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="E2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        b'<c r="E2" s="1" t="e"><v>#N/A</v></c>',
        b'<c r="E2"><f>1+1</f><v></v></c>',
        b'<c r="E2"><f>1+1</f></c>',
    ],
)
def test_a_cell_without_a_value_is_named_by_row_and_column(cell: bytes, tmp_path: Path) -> None:
    checked = check_text(_age(cell), tmp_path, name="a.xlsx")
    assert checked.outcome.value == "reject"
    assert "Rad 2, kolonne age" in checked.findings[0].message
    assert (checked.findings[0].row, checked.findings[0].column) == (2, "age")


@pytest.mark.parametrize(
    "data",
    [
        _age(b"<c r=\"E2\"><f>cmd|' /C calc'!A0</f><v>12</v></c>"),
        _age(b'<c r="E2"><f>[1]Ark1!A1</f><v>12</v></c>'),
        _book(lambda _, s: setattr(s["A2"], "hyperlink", "http://127.0.0.1:9/x")),
    ],
)
def test_links_out_of_a_workbook_are_named(data: bytes, tmp_path: Path) -> None:
    checked = check_text(data, tmp_path, name="a.xlsx")
    assert codes(checked) == [("external_links", None)]
    assert checked.rows_stored == 1


@pytest.mark.parametrize(
    ("child", "guessable"),
    [
        (lambda i: f"barn{i:03d}", True),
        (lambda i: f"B-{9000 - 7 * i}", True),
        (lambda i: str(10_000_000 + 3 * i), True),
        (lambda i: str(i + 1), True),
        (lambda i: f"bp_{i * 0x9E3779B97F4A7C15 % 2**64:016x}", False),
    ],
)
def test_pseudonyms_that_can_be_counted(
    child: Callable[[int], str], guessable: bool, tmp_path: Path
) -> None:
    rows = "\n".join(f"A{i},2024-01-09,Øst,akutt,{child(i)}" for i in range(20))
    found = codes(check_text(f"{HEADER},child_pseudonym\n{rows}\n", tmp_path))
    assert (("guessable_pseudonym", None) in found) is guessable


@pytest.mark.parametrize("mark", "^~#")
def test_a_rare_delimiter_is_suggested(mark: str, tmp_path: Path) -> None:
    text = f"{HEADER}\n{ROW}\n".replace(",", mark)
    [found] = [f for f in check_text(text, tmp_path).findings if f.code == "wrong_delimiter"]
    assert f"«{mark}»" in found.message


def test_a_title_over_semicolons_is_seen(tmp_path: Path) -> None:
    text = f"Rapport over henvisninger\n\n{HEADER}\n{ROW}\n".replace(",", ";")
    assert ("title_rows", 3) in codes(check_text(text, tmp_path))


@pytest.mark.parametrize(
    ("value", "column"),
    [
        (f"{NUMBER[:6]}-{NUMBER[6:8]}\u00a0{NUMBER[8:]}", "referral_id"),
        ("DUF201304512307", "referral_id"),
        ("DUF-nr 2013 045123 07", "referral_id"),
    ],
)
def test_numbers_in_odd_groups(value: str, column: str, tmp_path: Path) -> None:
    checked = check_text(f"{HEADER}\n{ROW.replace('A1', value)}\n", tmp_path)
    assert ("national_id", 2) in codes(checked)
    assert checked.findings[0].column == column
    assert value not in repr(checked.findings)


@pytest.mark.parametrize("region", ["Bufetat region øst", "Bufetat, Region ØST", "BUFETAT ØST"])
def test_the_agency_before_the_region_is_no_new_region(region: str, tmp_path: Path) -> None:
    checked = check_text(
        f"{HEADER}\n".replace(",", ";") + f"A1;2024-01-09;{region};akutt\n", tmp_path
    )
    assert checked.outcome.value == "accept"
    assert checked.referrals is not None
    assert checked.referrals.frame.loc[0, "region"] == "ost"


@pytest.mark.parametrize("header", ["bursdag", "Fødselsmåned", "pårørende", "Tilleggsopplysninger"])
def test_more_columns_about_persons(header: str, tmp_path: Path) -> None:
    checked = check_text(f"{HEADER},{header}\n{ROW},x\n", tmp_path)
    assert ("personal_column", 1) in codes(checked)


@pytest.mark.parametrize(
    "start", [b"%PDF-1.7\n\xe2\xe3\xcf\xd3", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08"]
)
def test_binary_content_named_csv(start: bytes, tmp_path: Path) -> None:
    assert codes(check_text(start + b"\x00" * 50, tmp_path)) == [("wrong_content", None)]


def test_what_is_no_file_of_its_own_is_rejected(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "real.csv").write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    os.mkfifo(inner / "pipe.csv")
    (inner / "out.csv").symlink_to(tmp_path / "real.csv")
    (inner / "zero.csv").symlink_to("/dev/zero")
    for path in (inner, *inner.iterdir()):
        checked = check_file(path, agency=norway(), mapping=ExtractMapping(), today=TODAY)
        assert codes(checked) == [("not_a_file", None)]
        assert checked.outcome.value == "reject"
    (tmp_path / "same.csv").symlink_to("real.csv")
    checked = check_file(
        tmp_path / "same.csv", agency=norway(), mapping=ExtractMapping(), today=TODAY
    )
    assert checked.outcome.value == "accept"


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    read = Path.read_bytes

    def read_and_grow(self: Path) -> bytes:
        data = read(self)
        with self.open("ab") as file:
            file.write(b"A2,2024-01-10,Vest,rus\n")
        return data

    monkeypatch.setattr(Path, "read_bytes", read_and_grow)
    table = read_table(path)
    assert [finding.code for finding in table.findings] == ["changed_file"]
    assert re.search("prøv igjen|try again", worded(table.findings)[0].message)
    assert table.rows == ()


def test_one_long_word_many_times_is_refused_before_it_is_written_out(tmp_path: Path) -> None:
    word = pa.DictionaryArray.from_arrays(
        pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 100_000])
    )
    pq.write_table(pa.table({"referral_id": word}), tmp_path / "b")
    checked = check_text((tmp_path / "b").read_bytes(), tmp_path, name="a.parquet")
    assert codes(checked) == [("too_large", None)]


def test_a_parquet_field_that_is_too_long_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"referral_id": ["x" * 200_000]}), tmp_path / "b")
    checked = check_text((tmp_path / "b").read_bytes(), tmp_path, name="a.parquet")
    assert codes(checked) == [("field_too_long", None)]
    assert len(checked.findings[0].message) < 4000


def test_too_many_lines_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    checked = check_text(HEADER.encode() + b"\n" * 1_002_000 + ROW.encode(), tmp_path)
    assert codes(checked) == [("too_large", None)]


@pytest.mark.parametrize("region", ["Viken", "Region Innlandet"])
def test_an_unknown_region_is_said_where_the_row_has_not_slipped(
    region: str, tmp_path: Path
) -> None:
    rows = f"A1,2024-01-09,{region},akutt\nTestine,Eksempelsen,{NAME},Testine\n"
    checked = check_text(f"{HEADER}\n{rows}", tmp_path)
    assert f"Rad 2, kolonne region: «{region}» er ukjent" in checked.findings[0].message
    assert "Testine" not in repr(checked.findings)
    one_word = check_text(f"{HEADER}\nA1,2024-01-09,{NAME},akutt\n", tmp_path)
    assert "Testine" not in repr(one_word.findings)
