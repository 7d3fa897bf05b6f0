"""Texts that would be commands elsewhere stay texts in every format.

The texts are of the classes of faulty input that extracts are tried with: formulas, links, markup,
templates, paths, control signs. Each stands in every free text that a plan has.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pypdf
import pytest
import python_calamine

from forecasting.findings import Finding, Severity
from planning.plan import Assumption, Plan
from reports.disclosure import Profile, Rules
from reports.files import WRITERS, plan_files
from service.report_names import named
from tests.plans import example_plan

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "＝1+1",
    "a;=1+1",
    'a";=1+1;"',
    "a\n=1+1",
    '=HYPERLINK("http://127.0.0.1/x","y")',
    "http://127.0.0.1/x",
    "<script>alert(1)</script>",
    '"><img src=http://127.0.0.1/x onerror=alert(1)>',
    "</style></title></svg><iframe src=javascript:alert(1)>",
    "<!--#exec cmd='ls'--> &lt;b&gt; ]]>",
    "{{ 7*7 }}{% raw %}${7*7}<%= 7*7 %>",
    '#eval("1+1") #image("/etc/passwd") #read("/etc/passwd")',
    "*x* _y_ `z` $ sum $ @ref <label> \\ // /* =head",
    "../../../etc/passwd",
    "..\\..\\x:y|z?",
    '&A&D&G&"Courier"',
    "%s %n {0} {plan}",
)
# What a plan without any of them has, for comparison.
TAME = tuple(f"tekst {number}" for number in range(len(HOSTILE)))


def filled(texts: tuple[str, ...], at: int) -> Plan:
    """A plan with one of the texts as its agency's name, and all of them wherever texts stand."""
    plan = example_plan(regions=2, groups=3)
    turned = texts[at:] + texts[:at]
    names = iter(turned * 2)
    agency = replace(
        plan.agency,
        name=next(names),
        regions=tuple(replace(r, labels={"nb": next(names)}) for r in plan.agency.regions),
        need_groups=tuple(replace(g, labels={"nb": next(names)}) for g in plan.agency.need_groups),
    )
    findings = (
        Finding(Severity.WARNING, f"code{n}", text, text, n, text, text, series=text)
        for n, text in enumerate(texts)
    )
    rows = (Assumption(f"{n}: {text}", text, text, text) for n, text in enumerate(texts))
    stamp = {"data_name": turned[0], "model": turned[1], "code_version": turned[2]}
    basis = replace(plan.basis, **stamp, weights={turned[3]: 1.0}, settings={turned[4]: turned[5]})
    return replace(
        plan,
        agency=agency,
        findings=tuple(findings),
        assumptions=(*rows, *(Assumption(t, t, t, t) for t in texts)),
        basis=basis,
    )


TURNS = (0, 9, 17)


@cache
def made(at: int, *, hostile: bool) -> dict[str, bytes]:
    return plan_files(filled(HOSTILE if hostile else TAME, at), formats=WRITERS)


@pytest.mark.parametrize("at", TURNS)
def test_no_cell_of_a_csv_file_is_a_formula_whatever_the_separator(at: int) -> None:
    found = made(at, hostile=True)
    tables = [content.decode() for name, content in found.items() if name.endswith(".csv")]
    cells = [cell for table in tables for cell in cells_of(table)]
    assert [cell for cell in cells if starts_a_formula(cell)] == []
    rows = list(csv.DictReader(io.StringIO(found["findings.csv"].decode(), newline="")))
    assert len(rows) == len(HOSTILE)
    for row, text in zip(rows, HOSTILE, strict=True):
        assert re.findall(r"\w+", row["message"]) == re.findall(r"\w+", text)


def cells_of(table: str) -> Iterator[str]:
    """Cells by the rules of CSV, and as a careless reader with another separator cuts them."""
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
            yield from row
    for line in re.split(r"[\r\n]", table):
        yield from re.split(r"[;\t]", line)


def starts_a_formula(cell: str) -> bool:
    number = re.fullmatch(r"[+-]?[\d.]+(e[+-]?\d+)?", cell)
    return bool(re.match(r"[=+\-@\t\r\n\0＝＋－＠]", cell)) and not number


def formulas_of(content: bytes) -> Counter[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    return Counter(str(cell.value) for cell in cells if cell.data_type == "f")


@pytest.mark.parametrize("at", TURNS)
def test_the_workbook_has_no_formula_and_no_link_from_text(at: int) -> None:
    content = made(at, hostile=True)["plan.xlsx"]
    assert formulas_of(content) == formulas_of(made(at, hostile=False)["plan.xlsx"])
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert all(not sheet._hyperlinks for sheet in book)
    assert all(cell.data_type != "e" for sheet in book for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        parts = {name: archive.read(name) for name in names}
    with zipfile.ZipFile(io.BytesIO(made(at, hostile=False)["plan.xlsx"])) as archive:
        assert names == set(archive.namelist())
    assert not any(b'TargetMode="External"' in part for part in parts.values())
    assert not any("vba" in name or "externalLink" in name for name in names)


@pytest.mark.parametrize("at", TURNS)
def test_a_second_reader_of_the_workbook_finds_texts(at: int) -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(made(at, hostile=True)["plan.xlsx"])
    )
    rows = book.get_sheet_by_name("Funn").to_python()[1:]
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert all(isinstance(cell, str) for cell in (*row[:4], row[5], row[6], row[7]))
        assert row[2] == "" or not starts_a_formula(row[2])


class Reader(HTMLParser):
    """Counts tags and attributes as a browser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[tuple[str, str]] = set()
        self.addresses: set[str] = set()
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.add((tag, name))
            if name in ("src", "href", "action", "xlink:href"):
                self.addresses.add(value or "")

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    return reader


@pytest.mark.parametrize("at", TURNS)
def test_the_page_has_no_tag_attribute_or_address_from_text(at: int) -> None:
    bad, tame = (read(made(at, hostile=flag)["plan.html"]) for flag in (True, False))
    assert bad.tags.keys() == tame.tags.keys()
    assert bad.attributes <= tame.attributes
    assert not [name for _, name in bad.attributes if name.startswith("on")]
    assert all(address.startswith(("#", "data:")) for address in bad.addresses)
    assert bad.comments == tame.comments
    # Outside drawings, whose labels break over lines, the page is built alike.
    text = {"p", "li", "td", "th", "table", "section", "h1", "h2", "figure", "svg", "style"}
    assert {t: n for t, n in bad.tags.items() if t in text} == {
        t: n for t, n in tame.tags.items() if t in text
    }
    assert b"49" not in re.findall(rb"tekst|7\*7|>49<", made(at, hostile=True)["plan.html"])


@pytest.mark.parametrize("at", TURNS)
def test_the_pdf_says_the_text_and_does_nothing(at: int) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(at, hostile=True)["plan.pdf"]))
    text = "".join(page.extract_text() for page in reader.pages)
    # The first findings of the list stand in the short report, each as it was written.
    assert "cmd|" in text
    actions = [ref for page in reader.pages for ref in page.get("/Annots", [])]
    kinds = [ref.get_object().get("/A", {}).get("/S") for ref in actions]
    assert not {"/URI", "/Launch", "/JavaScript"} & set(kinds)
    assert "/OpenAction" not in reader.trailer["/Root"]
    assert "/Names" not in reader.trailer["/Root"] or "/JavaScript" not in str(
        reader.trailer["/Root"]["/Names"]
    )
    assert "root:" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_typst_sets_each_text_as_it_is(text: str) -> None:
    """As the name of the only need group it stands in headings, tables, and drawings."""
    plan = example_plan(regions=1, groups=1)
    (group,) = plan.agency.need_groups
    agency = replace(plan.agency, need_groups=(replace(group, labels={"nb": text}),))
    content = plan_files(replace(plan, agency=agency), formats=["pdf"])["plan.pdf"]
    said = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    words = re.findall(r"[A-Za-z]{3,}", text)
    squeezed = re.sub(r"\W+", "", said)
    assert all(word in squeezed for word in words)


@pytest.mark.parametrize("at", TURNS)
def test_json_gives_every_text_back(at: int) -> None:
    plain = json.loads(made(at, hostile=True)["plan.json"])
    assert [row["message"] for row in plain["findings"]] == list(HOSTILE)
    assert {row["value"] for row in plain["assumptions"]} == set(HOSTILE)
    assert plain["agency"]["name"] == HOSTILE[at]


@pytest.mark.parametrize("at", TURNS)
def test_the_document_has_no_field_and_no_link_from_text(at: int) -> None:
    bad, tame = (docx_parts(made(at, hostile=flag)["plan.docx"]) for flag in (True, False))
    assert bad.keys() == tame.keys()
    for mark in (b'TargetMode="External"', b"<w:hyperlink", b"<w:instrText", b"<w:fldSimple"):
        assert sum(p.count(mark) for p in bad.values()) == sum(p.count(mark) for p in tame.values())
    assert "cmd" in "".join(ElementTree.fromstring(bad["word/document.xml"]).itertext())


def docx_parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_format_is_tried() -> None:
    assert set(WRITERS) == {"json", "csv", "xlsx", "html", "pdf", "docx"}


@pytest.mark.parametrize("code", HOSTILE)
def test_no_text_of_a_plan_becomes_a_path(code: str) -> None:
    plan = example_plan(regions=1, groups=1)
    (curve,) = plan.curves
    moved = replace(plan, curves=(replace(curve, key=replace(curve.key, region=code)),))
    found = named({"plan.xlsx": b"x"}, moved, Rules(), language="nb", version=3)
    for name in found:
        assert re.fullmatch(r"[\w-]+(\.xlsx)?", name)
        assert "kapasitetsplan" in name or name == "SHA256SUMS"


def test_a_name_says_region_year_version_profile_language_and_day() -> None:
    files: dict[str, bytes] = {"plan.json": b"{}", "plan.xlsx": b"x", "plan.pdf": b"y"}

    def names(regions: int, rules: Rules, **rest: Any) -> list[str]:
        return list(named(files, example_plan(regions=regions, groups=1), rules, **rest))

    day = example_plan().basis.as_of
    assert names(1, Rules(), language="nb", version=3) == [
        "plan.json",
        f"kapasitetsplan_nord_2025_v3_{day}.xlsx",
        f"kapasitetsplan_nord_2025_v3_{day}.pdf",
        "SHA256SUMS",
    ]
    assert names(2, Rules(Profile.SHARED), language="nn", version=None)[1] == (
        f"kapasitetsplan_landet_2025_delt_nn_{day}.xlsx"
    )
    found = named(files, example_plan(), Rules(), language="nb", version=1)
    for line in found.pop("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(found.pop(name)).hexdigest() == digest
    assert found == {}
