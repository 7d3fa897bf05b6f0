"""The Word file, opened again: structure, words for those who cannot see, and inert text."""

import io
import itertools
import re
import zipfile
from dataclasses import replace
from functools import cache
from typing import Any

import docx
import pytest

from forecasting.findings import Finding, Severity
from reports.capacity_plan import capacity_plan
from reports.document import Depth, Document, Figure, Text, Tone
from reports.files import plan_files
from reports.writers.shown import shown
from tests.plans import example_plan

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@cache
def written() -> bytes:
    return plan_files(example_plan(), formats=("docx",))["plan.docx"]


def opened(content: bytes | None = None) -> Any:
    return docx.Document(io.BytesIO(content or written()))


def document() -> Document:
    return capacity_plan(example_plan()).at(Depth.FULL)


def blocks(kind: type) -> list[Any]:
    return [b for section in document().sections for b in section.blocks if isinstance(b, kind)]


def level(paragraph: Any) -> int:
    found = re.fullmatch(r"Heading (\d)", paragraph.style.name)
    return int(found[1]) if found else 0


def test_headings_are_those_of_the_document_and_skip_no_level() -> None:
    headings = [(level(p), p.text) for p in opened().paragraphs if level(p)]
    assert headings[0] == (1, document().title)
    assert [text for n, text in headings if n == 2] == [s.heading for s in document().sections]
    assert [text for n, text in headings if n == 3] == [f.headline for f in blocks(Figure)]
    assert all(b[0] - a[0] <= 1 for a, b in itertools.pairwise(headings))


def test_every_table_stands_whole_under_its_caption_with_a_repeated_header() -> None:
    paper = opened()
    told = [
        block if block["kind"] == "table" else block["table"]
        for section in shown(document())["sections"]
        for block in section["blocks"]
        if block["kind"] != "text"
    ]
    assert len(paper.tables) == len(told)
    for grid, table in zip(paper.tables, told, strict=True):
        (caption,) = grid._tbl.tblPr.findall(f"{W}tblCaption")
        assert caption.get(f"{W}val") == table["caption"]
        assert [p.tag for p in grid._tbl.tr_lst[0].trPr if p.tag == f"{W}tblHeader"]
        assert not [r for r in grid._tbl.tr_lst[1:] if r.trPr.findall(f"{W}tblHeader")]
        texts = [[cell.text for cell in row.cells] for row in grid.rows]
        assert texts == [[c["title"] for c in table["columns"]], *table["rows"]]


def test_every_figure_has_a_name_a_text_and_fits_between_the_margins() -> None:
    paper = opened()
    drawn = [inline for p in paper.element.body.iter(f"{W}p") for inline in p.xpath(".//wp:inline")]
    assert [inline.docPr.get("descr") for inline in drawn] == [f.alt for f in blocks(Figure)]
    assert len({inline.docPr.get("name") for inline in drawn}) == len(drawn)
    (section,) = paper.sections
    room = section.page_width - section.left_margin - section.right_margin
    assert max(inline.extent.cx for inline in drawn) <= room
    high = section.page_height - section.top_margin - section.bottom_margin
    assert max(inline.extent.cy for inline in drawn) <= high


def test_language_title_author_and_page_numbers_are_set() -> None:
    paper = opened()
    assert paper.core_properties.title == document().title
    assert paper.core_properties.author == "Bufetat"
    (spoken,) = paper.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang")
    assert spoken.get(f"{W}val") == paper.core_properties.language == "nb-NO"
    (section,) = paper.sections
    basis, number = section.footer.paragraphs
    assert basis.text == document().basis
    assert [i.text.strip() for i in number._p.iter(f"{W}instrText")] == ["PAGE", "NUMPAGES"]
    assert "{" not in number.text
    assert document().banner in section.header.paragraphs[0].text


def test_a_plan_of_real_data_has_no_banner() -> None:
    plan = example_plan(synthetic=False, regions=1, groups=1)
    content = plan_files(plan, formats=("docx",))["plan.docx"]
    (section,) = opened(content).sections
    assert section.header.paragraphs[0].text == capacity_plan(plan).title
    assert "Syntetiske tall:" not in "".join(p.text for p in opened(content).paragraphs)


def test_every_list_starts_at_one() -> None:
    numbers = []
    for p in opened().paragraphs:
        if p.style.name == "List Number":
            numbers.append(p._p.pPr.numPr.numId.val)
    lists = [block for block in blocks(Text) if block.tone is Tone.LIST]
    assert len(set(numbers)) == len(lists) >= 2
    for found in set(numbers):
        num = opened().part.numbering_part.element.num_having_numId(found)
        assert num.xpath("w:lvlOverride/w:startOverride")[0].val == 1


def test_hostile_text_is_only_text() -> None:
    hostile = 'DDEAUTO c:\\cmd "x" <w:p/> \x00\x07{HYPERLINK "http://x"} &amp;'
    plan = replace(
        example_plan(regions=1, groups=1), findings=(Finding(Severity.WARNING, "x", hostile),)
    )
    content = plan_files(plan, formats=("docx",))["plan.docx"]
    cells = [
        cell.text for grid in opened(content).tables for row in grid.rows for cell in row.cells
    ]
    assert hostile.replace("\x00", "").replace("\x07", "") in cells
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "vbaProject" not in "".join(archive.namelist())
        body = archive.read("word/document.xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
    assert "fldChar" not in body
    assert "External" not in links


@pytest.mark.parametrize("recipe", [{"load_scale": 0.0}, {"groups": 30, "regions": 1}])
def test_extreme_plans_can_be_opened(recipe: dict[str, Any]) -> None:
    content = plan_files(example_plan(**recipe), formats=("docx",))["plan.docx"]
    text = "\n".join(p.text for p in opened(content).paragraphs)
    assert re.search(r"\b(nan|None|inf)\b", text) is None
    assert len(content) < 2_000_000


def test_equal_plans_are_equal_files() -> None:
    first, second = (
        plan_files(example_plan(regions=1, groups=2), formats=("docx",)) for _ in range(2)
    )
    assert first == second
