"""Office programs that are not ours open the files: the workbook computes what the plan says.

LibreOffice is a system package; where it is missing these tests are skipped, and CI installs it.
"""

import io
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
import python_calamine

from forecasting.places import Form
from planning.plan import Plan
from reports.facts import places_at
from reports.files import plan_files
from tests.plans import example_plan

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

# Cells of the sheets «Anbefaling» and «Nivå» that people change.
BASE_READY, SPOT_USED, LEVEL = "B7", "C11", "B4"
Sheets = Mapping[str, list[list[Any]]]


@cache
def plan() -> Plan:
    return example_plan()


@cache
def made() -> dict[str, bytes]:
    return plan_files(plan(), formats=("json", "xlsx", "docx"))


def converted(files: dict[str, bytes], folder: Path, to: str) -> dict[str, bytes]:
    """The files opened and saved by LibreOffice, in one start of it."""
    assert SOFFICE is not None
    out = folder / "out"
    for name, content in files.items():
        (folder / name).write_bytes(content)
    subprocess.run(
        [
            *(SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", to, "--outdir", str(out)),
            *(str(folder / name) for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {path.stem: path.read_bytes() for path in out.iterdir()}


def changed(change: Callable[[Any], None]) -> bytes:
    """The workbook after a change by hand, without any stored value: all must be computed."""
    book = openpyxl.load_workbook(io.BytesIO(made()["plan.xlsx"]))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheets(content: bytes) -> Sheets:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def dearer(book: Any) -> None:
    book["Anbefaling"][BASE_READY].value += 1000
    book["Anbefaling"][SPOT_USED].value *= 2


def lower(book: Any) -> None:
    book["Nivå"][LEVEL].value = 0.9


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sheets]:
    """The workbook as it is, with other prices, and with another level, all recalculated."""
    changes = {"same": lambda _: None, "dearer": dearer, "lower": lower}
    files = {f"{name}.xlsx": changed(change) for name, change in changes.items()}
    found = converted(files, tmp_path_factory.mktemp("office"), "xlsx")
    return {name: sheets(content) for name, content in found.items()}


def total(found: Sheets, sheet: str) -> list[Any]:
    return next(row for row in found[sheet] if row[0] == "Sum")


def test_what_is_computed_are_the_totals_of_plan_json(computed: dict[str, Sheets]) -> None:
    stored = json.loads(made()["plan.json"])
    row = total(computed["same"], "Anbefaling")
    assert row[8] == pytest.approx(stored["total_cost"]["mean"])
    assert row[9] == pytest.approx(stored["total_cost"]["mean"])
    assert row[6] == sum(curve["chosen"] for curve in stored["curves"])
    for at, form in enumerate(form for form in Form if form.committed):
        told = sum(line["places"] for line in stored["lines"] if line["form"] == form.value)
        assert row[2 + at] == told
    level = total(computed["same"], "Nivå")
    assert level[3] == level[4] == row[6]


def test_every_value_stored_with_a_formula_is_what_the_formula_gives(
    computed: dict[str, Sheets],
) -> None:
    """Programs that do not compute show the stored values; they must not differ (0.1 øre)."""
    stored, found = sheets(made()["plan.xlsx"]), computed["same"]
    assert list(stored) == list(found)
    compared = 0
    for name, rows in stored.items():
        for mine, theirs in zip(rows, found[name], strict=False):
            for cell, other in zip(mine, theirs, strict=False):
                if isinstance(cell, float):
                    assert other == pytest.approx(cell, rel=1e-9, abs=1e-3), name
                    compared += 1
    assert compared > 5000


def test_a_changed_price_changes_the_cost_by_places_and_days(computed: dict[str, Sheets]) -> None:
    before, after = (total(computed[name], "Anbefaling") for name in ("same", "dearer"))
    base = sum(line.places for line in plan().lines if line.form is Form.BASE)
    spot = sum(
        line.cost_nok.mean for line in plan().lines if line.form is Form.SPOT and line.cost_nok
    )
    # Single purchases are paid by use alone, so twice their price is twice their cost.
    assert after[8] - before[8] == pytest.approx(1000 * base * plan().days + spot)
    assert after[9] == before[9], "the cost in the plan stands beside it, unchanged"
    assert after[10] == pytest.approx(after[8] - after[9])
    assert after[2:7] == before[2:7], "prices move no places"


def test_another_level_gives_its_places_and_cost(computed: dict[str, Sheets]) -> None:
    row = total(computed["lower"], "Nivå")
    at = [places_at(c, 0.9, own=plan().level_of(c.key)) for c in plan().curves]
    assert row[4] == sum(places for places in at if places is not None)
    cost = [
        float(c.cost_nok[n])
        for c, n in zip(plan().curves, at, strict=True)
        if c.cost_nok is not None and n is not None
    ]
    assert row[6] == pytest.approx(sum(cost))
    assert row[4] < row[3], "the plan's own places stand beside them"
    assert row[5] == row[4] - row[3]


def test_no_cell_is_an_error(computed: dict[str, Sheets]) -> None:
    for found in computed.values():
        for name, rows in found.items():
            texts = [cell for row in rows for cell in row if isinstance(cell, str)]
            assert not [t for t in texts if t.startswith(("#", "Err:"))], name


def test_the_word_file_opens_with_its_basis_on_every_page(tmp_path: Path) -> None:
    pdf = converted({"plan.docx": made()["plan.docx"]}, tmp_path, "pdf")["plan"]
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 5
    for number, text in enumerate(pages, 1):
        shown = text.replace("\u00a0", " ")
        assert "18 452 rader" in shown
        assert f"Side {number} av {len(pages)}" in shown
