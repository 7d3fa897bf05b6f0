"""HTML, PDF and XLSX, opened again: structure, safety, and totals equal to the plan."""

import io
import itertools
import re
from dataclasses import replace
from functools import cache
from typing import Any

import openpyxl
import pypdf
import pytest
import python_calamine

from forecasting.findings import Finding, Severity
from forecasting.places import Form
from planning.plan import Plan
from reports.disclosure import Released
from reports.files import plan_files, release
from reports.sentences import Speaker
from reports.words import words_of
from reports.writers.sheet_plan import PlanSheets
from tests.plans import example_plan

EXTREMES: dict[str, dict[str, Any]] = {
    "nothing to plan": {"load_scale": 0.0},
    "one series": {"regions": 1, "groups": 1, "findings": False, "synthetic": False},
    "no prices, no register": {"prices": False, "register": False, "sums": False},
    "long names, 12-digit kroner": {"long_names": True, "price_scale": 1000.0, "regions": 2},
    "more need groups than fit one figure": {"regions": 1, "groups": 8},
}


@cache
def national() -> Plan:
    return example_plan()


@cache
def made() -> dict[str, bytes]:
    return plan_files(national(), formats=("html", "pdf", "xlsx"))


def released() -> Released:
    return release(national())


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_plans_reach_every_format(name: str) -> None:
    plan = example_plan(**EXTREMES[name])
    found = plan_files(plan)
    assert set(found) == {*made(), *plan_files(national(), formats=("csv", "json"))}
    assert all(found.values())
    text = pdf_text(found["plan.pdf"])
    assert re.search(r"\bnan\b|\bNone\b|\binf\b", text) is None
    assert re.search(r">\s*(nan|None|inf)\s*<", found["plan.html"].decode()) is None


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_the_page_stands_alone_and_can_be_read_by_all() -> None:
    page = made()["plan.html"].decode()
    assert '<html lang="nb">' in page
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert "<script" not in page
    assert re.search(r'(src|href)="?(https?:|//)', page) is None
    assert re.search(r"url\((?!data:|#)", page.replace('"', "")) is None
    assert 'class="skip" href="#content"' in page
    assert page.count("<table") == page.count("<caption")
    assert page.count('role="img" aria-label="') == page.count("<svg") == 8
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_text_of_users_never_becomes_markup() -> None:
    hostile = '<script>alert(1)</script> #eval("1") \\ *x* "quoted" }'
    finding = Finding(Severity.WARNING, "x", hostile)
    plan = replace(example_plan(regions=1, groups=1), findings=(finding,))
    plan = replace(plan, agency=replace(plan.agency, name='A"}</style><b>&'))
    found = plan_files(plan, formats=("html", "pdf", "xlsx"))
    page = found["plan.html"].decode()
    assert "<script" not in page
    assert "</style><b>" not in page
    assert "#eval" in pdf_text(found["plan.pdf"])
    assert openpyxl.load_workbook(io.BytesIO(found["plan.xlsx"])).sheetnames


def test_the_pdf_is_tagged_titled_and_says_its_basis_on_every_page() -> None:
    reader = pypdf.PdfReader(io.BytesIO(made()["plan.pdf"]))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nb"
    assert reader.metadata is not None
    assert reader.metadata.title == released().document.title
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "pdfaid:part" in xmp
    assert "pdfuaid:part" in xmp
    assert len(reader.pages) <= 4
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text().replace("\u00a0", " ")
        assert "18 452 rader" in text
        assert "Syntetiske tall" in text
        assert f"Side {number} av {len(reader.pages)}" in text


def test_a_real_plan_carries_no_synthetic_banner_anywhere() -> None:
    found = plan_files(example_plan(synthetic=False, regions=1, groups=1), formats=("html", "pdf"))
    assert "Syntetiske tall: planen" not in found["plan.html"].decode()
    assert "Syntetiske tall: planen" not in pdf_text(found["plan.pdf"])


def sheets_of(content: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def test_the_workbook_starts_with_what_it_is() -> None:
    book = sheets_of(made()["plan.xlsx"], values=True)
    assert book.sheetnames[:3] == ["Om planen", "Anbefaling", "Nivå"]
    about = " ".join(str(cell.value) for row in book["Om planen"] for cell in row if cell.value)
    assert "Syntetiske tall" in about
    assert national().basis.data_sha256 in about
    assert set(book.defined_names) >= {"Sum_plasser", "Sum_kostnad", "Tjenestenivå"}


def total_row(rows: list[list[Any]], first: str) -> list[Any]:
    return next(row for row in rows if row[0] == first)


def test_totals_of_the_workbook_equal_the_plan() -> None:
    plan, book = (
        national(),
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(made()["plan.xlsx"])),
    )
    answer = total_row(book.get_sheet_by_name("Anbefaling").to_python(), "Sum")
    assert plan.total_cost is not None
    assert answer[6] == sum(curve.chosen for curve in plan.curves)
    assert answer[8] == pytest.approx(plan.total_cost.mean)
    assert answer[9] == pytest.approx(plan.total_cost.mean)
    assert answer[10] == pytest.approx(0, abs=1)
    for at, form in enumerate(form for form in Form if form.committed):
        places = sum(line.places for line in plan.lines if line.form is form)
        assert answer[2 + at] == places
    level = total_row(book.get_sheet_by_name("Nivå").to_python(), "Sum")
    assert level[3] == level[4] == sum(curve.chosen for curve in plan.curves)


def test_every_formula_carries_a_value_and_none_is_a_structured_reference() -> None:
    content = made()["plan.xlsx"]
    formulas, values = (sheets_of(content, values=flag) for flag in (False, True))
    found = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    found += 1
                    assert "[" not in cell.value
                    assert values[sheet.title][cell.coordinate].value is not None
    assert found > 300


def test_the_cost_formula_gives_the_cost_of_the_plan() -> None:
    plan = national()
    sheets = PlanSheets(None, Speaker(plan, words_of("nb")))  # type: ignore[arg-type]
    for line in plan.lines:
        assert line.cost_nok is not None
        assert sheets.cost(line) == pytest.approx(line.cost_nok.mean)


def test_single_purchases_are_a_use_and_a_cost_never_places() -> None:
    words, plan = words_of("nb"), national()
    rows = sheets_of(made()["plan.xlsx"], values=True)["Plasser"].iter_rows(values_only=True)
    spot = [row for row in rows if row[2] == words.form(Form.SPOT)]
    assert len(spot) == len(plan.curves)
    assert {(row[3], row[10], row[11]) for row in spot} == {(None, None, None)}
    assert all(row[6] > 0 for row in spot)


def test_the_level_table_rises_and_holds_the_recommendation() -> None:
    plan = national()
    rows = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(made()["plan.xlsx"])
    ).get_sheet_by_name("Nivåtabell")
    body = [row for row in rows.to_python() if isinstance(row[0], float)]
    levels = [row[0] for row in body]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0.8, 0.999)
    own = body[levels.index(plan.policy.level)]
    assert own[3 : 3 + len(plan.curves)] == [curve.chosen for curve in plan.curves]
    for at in range(len(plan.curves)):
        reached = [row[3 + at] for row in body if row[3 + at] != ""]
        assert reached == sorted(reached)


def test_no_text_cell_of_the_workbook_is_a_formula() -> None:
    book = sheets_of(made()["plan.xlsx"], values=False)
    for name in ("Forutsetninger", "Funn"):
        for row in book[name].iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    assert b"vbaProject" not in made()["plan.xlsx"]
