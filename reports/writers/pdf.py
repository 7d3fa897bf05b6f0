"""plan.pdf: the short report as PDF/A-2a and PDF/UA-1, tagged. Typst sets the type.

The document is handed over as data, never as markup, so no text can become a command. A
missing text alternative stops the build: the standard is checked, not claimed.
"""

import json
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import Any, Final

from forecasting.errors import ComputationError
from reports.disclosure import Released
from reports.document import Depth
from reports.glyphs import drawable, in_all_texts
from reports.writers.shown import Shown, shown

STANDARDS: Final = ["a-2a", "ua-1"]


def write(released: Released) -> dict[str, bytes]:
    """The document as PDF. Raises ComputationError where the standard cannot be met."""
    import typst

    # Its type stub cannot say that a template may come as bytes.
    engine: Any = typst

    values = in_all_texts(shown(released.document.at(Depth.SHORT)), drawable)
    as_of = released.plan.basis.as_of
    inputs = {
        "document": json.dumps(_laid_out(values), ensure_ascii=False),
        "author": drawable(released.plan.agency.name),
    }
    here = files("reports")
    template = here.joinpath("writers/report.typ").read_bytes()
    with as_file(here / "fonts") as fonts:
        try:
            pdf = engine.compile(
                template,
                font_paths=[str(fonts)],
                ignore_system_fonts=True,
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                # The day the data were known, so that equal plans give equal files.
                timestamp=datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise ComputationError(f"plan.pdf could not be made: {error.message}.") from error
    assert isinstance(pdf, bytes)  # one file, never a list of pages
    return {"plan.pdf": pdf}


def _laid_out(values: Shown) -> Shown:
    """Adds column widths to every table."""
    for section in values["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "text":
                continue
            table = block["table"] if block["kind"] == "figure" else block
            table["widths"] = _widths(table)
    return values


def _widths(table: Shown) -> list[int]:
    """Relative widths: words by their longest text, numbers by what they need."""
    widths = []
    # Names before numbers break over lines; names in a list of words have the room.
    numeric = any(column["numeric"] for column in table["columns"])
    cap = 22 if numeric else 40
    # Of two names the first stands once beside many rows, and may break over them.
    caps = [14, 32] if table["heads"] > 1 else [cap]
    for at, column in enumerate(table["columns"]):
        longest = max((len(row[at]) for row in table["rows"]), default=0)
        word = max(len(word) for word in column["title"].split())
        if column["numeric"]:
            # Headings break into three lines at most; long words in cells break.
            needed = min(longest, 14)
            widths.append(max(needed, min(word, 9), len(column["title"]) // 3) + 1)
        else:
            widths.append(min(max(longest, word), caps[at] if at < table["heads"] else 45) + 2)
    return widths
