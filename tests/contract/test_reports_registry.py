"""Every report in every format: the same headings, numbers and words, whole and inert."""

import csv
import io
import json
import re
from functools import cache

import docx
import openpyxl
import pypdf
import pytest

from reports import REPORTS
from reports.document import Depth, Document, Figure, Text, Tone, missing
from reports.files import WRITERS, report_files
from reports.numbers import Numbers
from tests.made_reports import HOSTILE, sources

NAMES = list(REPORTS)


@cache
def document(name: str) -> Document:
    made = REPORTS[name](sources()[name])
    assert isinstance(made, Document)
    return made


@cache
def files(name: str) -> dict[str, bytes]:
    return report_files(document(name), formats=tuple(WRITERS))


def content(name: str, ending: str) -> bytes:
    return files(name)[f"{document(name).name}.{ending}"]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


def texts_of(name: str, ending: str) -> str:
    made = content(name, ending)
    match ending:
        case "pdf":
            pages = pypdf.PdfReader(io.BytesIO(made)).pages
            found = "\n".join(page.extract_text() for page in pages)
        case "docx":
            paper = docx.Document(io.BytesIO(made))
            cells = (c.text for t in paper.tables for row in t.rows for c in row.cells)
            found = "\n".join([*(p.text for p in paper.paragraphs), *cells])
        case "xlsx":
            book = openpyxl.load_workbook(io.BytesIO(made))
            found = "\n".join(
                str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value
            )
        case "html":
            body = made.decode().split("</style>")[1]
            found = re.sub(r"<[^>]+>", " ", body).replace("&lt;", "<").replace("&gt;", ">")
            found = found.replace("&amp;", "&").replace("&#34;", '"').replace("&#39;", "'")
        case _:
            found = made.decode()
    return plain(found)


def test_sources_of_tests_are_those_of_the_registry() -> None:
    assert sources().keys() == REPORTS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_whole(name: str) -> None:
    made = document(name)
    assert made.title
    assert made.basis
    keys = [section.key for section in made.sections]
    assert len(set(keys)) == len(keys)
    assert all(section.blocks for section in made.sections)
    first = made.sections[0].blocks[0]
    assert isinstance(first, Text)
    assert first.tone is Tone.LEAD, "the answer stands first"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_what_it_shows(name: str) -> None:
    for section in document(name).sections:
        for block in section.blocks:
            if isinstance(block, Figure):
                assert all((block.headline, block.subtitle, block.alt, block.sentence))
                assert not block.headline.endswith(".")
                assert block.table.rows
                assert block.table.source


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "xlsx", "json"])
def test_title_headings_and_answer_stand_in_every_format(name: str, ending: str) -> None:
    found, made = texts_of(name, ending), document(name)
    depth = Depth.SHORT if ending == "pdf" else Depth.FULL
    answer = made.sections[0].blocks[0]
    assert isinstance(answer, Text)
    # PDF breaks words over lines; the beginning of each is enough to know them again.
    for text in (made.title, *answer.paragraphs):
        assert plain(text)[:40] in found
    if ending != "xlsx":  # its sheets are tables; headings without text have none of their own
        for section in made.at(depth).sections:
            assert plain(section.heading) in found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["html", "docx"])
def test_every_number_of_the_full_report_is_shown(name: str, ending: str) -> None:
    found, numbers = texts_of(name, ending), Numbers("nb")
    for table in document(name).at(Depth.FULL).tables():
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=True):
                assert plain(numbers.cell(cell, column.kind)).strip() in found


@pytest.mark.parametrize("name", NAMES)
def test_csv_and_json_hold_the_tables_as_numbers(name: str) -> None:
    made, written = document(name).at(Depth.FULL), files(name)
    tables = list(made.tables())
    found = [n for n in written if n.endswith(".csv")]
    assert len(found) == len(tables)
    for file, table in zip(found, tables, strict=True):
        rows = list(csv.reader(io.StringIO(written[file].decode())))
        assert len(rows) == len(table.rows) + 1
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]
        for told, row in zip(rows[1:], table.rows, strict=True):
            assert sum(map(bool, told)) >= sum(not missing(cell) and cell != "" for cell in row)
    stored = json.loads(content(name, "json"))
    assert stored["basis"] == made.basis
    blocks = [b for s in stored["sections"] for b in s["blocks"]]
    assert [b["kind"] for b in blocks] == [
        type(b).__name__.lower() for s in made.sections for b in s.blocks
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_has_a_sheet_for_every_table_filtered_and_frozen(name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content(name, "xlsx")))
    tables = document(name).at(Depth.FULL).tables()
    about, *sheets = book.worksheets
    assert about.title == "Om rapporten"
    assert len(sheets) == len(tables)
    for sheet, table in zip(sheets, tables, strict=True):
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes
        assert sheet.max_row == len(table.rows) + 1
        assert sheet.print_title_rows == "$1:$1"
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "xlsx"])
def test_no_text_of_a_user_is_anything_but_text(ending: str) -> None:
    assert plain(HOSTILE) in texts_of("scenarios", ending)
    if ending == "html":
        assert "<b>" not in content("scenarios", ending).decode()


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_its_basis_and_is_small(name: str) -> None:
    for file, made in files(name).items():
        assert len(made) < 2_000_000, file
    for page in pypdf.PdfReader(io.BytesIO(content(name, "pdf"))).pages:
        assert plain(document(name).basis)[:60] in plain(page.extract_text())


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_is_the_same_bytes(name: str) -> None:
    again = report_files(REPORTS[name](sources()[name]), formats=("json", "csv", "html", "docx"))
    assert {n: c for n, c in files(name).items() if n in again} == again


def shape_of(made: Document) -> list[tuple[str, list[str]]]:
    return [(s.key, [type(b).__name__ for b in s.blocks]) for s in made.sections]


@pytest.mark.parametrize("language", ["nn", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_the_same_in_every_language(name: str, language: str) -> None:
    made = REPORTS[name](sources()[name], language=language)
    assert shape_of(made) == shape_of(document(name))
    for mine, theirs in zip(made.tables(), document(name).tables(), strict=True):
        numbers = [[c for c in row if isinstance(c, int | float)] for row in mine.rows]
        assert numbers == [[c for c in row if isinstance(c, int | float)] for row in theirs.rows]
    said = [p for s in made.sections for b in s.blocks if isinstance(b, Text) for p in b.paragraphs]
    drawn = [b for s in made.sections for b in s.blocks if isinstance(b, Figure)]
    said += [t for b in drawn for t in (b.headline, b.subtitle, b.alt, b.sentence)]
    assert not [text for text in said if re.search(r"{\w+}", text)]
    files = report_files(made, formats=("html", "docx", "pdf", "xlsx"))
    assert f'<html lang="{language}"' in files[f"{made.name}.html"].decode()


def test_kroner_stand_in_the_millions_that_their_heading_speaks_of() -> None:
    rows = list(
        csv.reader(io.StringIO(files("scenarios")["scenarios-scenarios_answer-1.csv"].decode()))
    )
    costs = {head: cell for head, cell in zip(rows[0], rows[1], strict=True) if "mill." in head}
    assert [float(cell) for cell in costs.values() if cell] == [750, 735, 780]
    book = openpyxl.load_workbook(io.BytesIO(content("scenarios", "xlsx")))
    assert [cell.value for cell in book.worksheets[1][2]][5] == 750
