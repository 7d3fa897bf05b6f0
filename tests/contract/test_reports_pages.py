"""The national plan as PDF is 2-4 pages; what it leaves out stands in the full report.

With long names for every region and need group, whose rows break, the basis takes a fifth.
"""

import io
import math
import re
from dataclasses import replace
from typing import Any

import pypdf
import pytest

from forecasting.findings import Finding, Severity
from forecasting.places import Form, Price
from planning.assumptions import assumptions
from planning.policy import Policy, Prices
from reports.capacity_plan import capacity_plan
from reports.document import Depth, Table
from reports.files import plan_files
from reports.matrices import Matrices
from reports.sentences import Speaker
from reports.tables import kinds_of
from reports.words import words_of
from tests.plans import example_plan

TAIL = " og familiestøtte"
# Points from the lower edge of the page up to its body.
FOOT = 42
PLANS: dict[str, dict[str, Any]] = {
    "nation": {},
    "nation, longer names": {"tail": TAIL},
    "nation, no register, no prices": {"register": False, "prices": False, "sums": False},
    "six regions and six need groups": {"regions": 6, "groups": 6, "tail": TAIL},
    "six and six, no register": {"regions": 6, "groups": 6, "register": False},
    "one region": {"regions": 1, "tail": TAIL},
}


def test_many_kinds_of_findings_leave_room_for_the_rest() -> None:
    plan = example_plan(regions=6, groups=6, tail=TAIL)
    message = "Rad 2867, kolonne end_date: oppholdet har vært åpent mer enn fem år."
    found = tuple(Finding(Severity.WARNING, f"kind {i % 12}", message) for i in range(400))
    content = plan_files(replace(plan, findings=found), formats=("pdf",))["plan.pdf"]
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == 4


@pytest.mark.parametrize("name", PLANS)
def test_the_pdf_has_two_to_four_pages(name: str) -> None:
    content = plan_files(example_plan(**PLANS[name]), formats=("pdf",))["plan.pdf"]
    most = 5 if name == "nation, longer names" else 4
    assert 2 <= len(pypdf.PdfReader(io.BytesIO(content)).pages) <= most


@pytest.mark.parametrize("name", ["nation", "six regions and six need groups"])
def test_every_text_of_the_pdf_is_large_enough_to_read(name: str) -> None:
    """At least 7.5 points, in figures too; only the foot of the page is smaller."""
    content = plan_files(example_plan(**PLANS[name]), formats=("pdf",))["plan.pdf"]
    sizes: list[float] = []

    def seen(text: str, page: list[float], line: list[float], _: Any, size: float) -> None:
        height = page[5] + page[3] * line[5]
        if text.strip() and height > FOOT:
            # Whatever way the text is turned.
            scale = math.hypot(page[2], page[3]) * math.hypot(line[2], line[3])
            sizes.append(abs(size) * scale)

    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=seen)
    assert len(sizes) > 500
    assert min(sizes) >= 7.5 - 1e-6


def test_the_short_report_names_what_it_leaves_out() -> None:
    document = capacity_plan(example_plan())
    full, short = document.at(Depth.FULL), document.at(Depth.SHORT)
    said = str([section for section in short.sections if section.key == "basis"])
    assert "nettside (HTML) og i regnearket" in said
    gone = {s.heading for s in full.sections} - {s.heading for s in short.sections}
    assert gone == {
        *("Avveininger", "Hvorfor dette tallet", "Hvis målgrupper deler plasser"),
        *("Ordliste", "Risiko etter region og målgruppe"),
    }
    assert all(heading in said for heading in gone)
    assert {s.key for s in short.sections} <= {s.key for s in full.sections}


def test_every_assumption_stands_once_in_the_short_report() -> None:
    plan = example_plan()
    groups, forms, rest = Matrices(Speaker(plan, words_of("nb"))).blocks()
    assert isinstance(groups, Table)
    assert isinstance(forms, Table)
    assert len(groups.rows) == len(plan.agency.need_groups)
    assert len(forms.rows) == len(Form)
    cells = [cell for table in (groups, forms) for row in table.rows for cell in row[1:]]
    said = str(rest).count(" · ") + 1
    assert len([cell for cell in cells if cell is not None]) + said == len(plan.assumptions)
    assert "0,049 (Behandling høy)" in cells
    assert "3\u00a0300" in cells


def test_prices_are_named_as_planning_names_them() -> None:
    """Labels of the matrix of forms must follow the assumptions, or it would be empty."""
    plan = example_plan(regions=1, groups=1)
    prices = Prices(2025, 2025, 0.0, {Form.CALL_OFF: Price(0, 17700, 0.8), Form.BASE: Price(1, 2)})
    agency = replace(plan.agency, need_groups=())
    rows = assumptions(None, Policy(), prices, agency=agency)  # type: ignore[arg-type]
    blocks = Matrices(Speaker(replace(plan, assumptions=rows), words_of("nb"))).blocks()
    (forms,) = (block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in forms.rows] == ["Grunnkapasitet", "Avrop"]
    assert len(forms.columns) == 4
    assert re.search(r"Pris for|Tilgjengelighet av", str(blocks)) is None


def test_kinds_of_findings_are_counted_errors_first() -> None:
    warnings = tuple(Finding(Severity.WARNING, "x", f"advarsel {i}") for i in range(3))
    found = kinds_of((*warnings, Finding(Severity.ERROR, "y", "feil")))
    assert [(count, finding.message) for count, finding in found] == [
        (1, "feil"),
        (3, "advarsel 0"),
    ]
