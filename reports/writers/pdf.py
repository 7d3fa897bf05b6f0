"""The short report as PDF/A-2a and PDF/UA-1, tagged. Typst sets the type.

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
from reports.writers.shown import Shown, column_widths, shown

STANDARDS: Final = ["a-2a", "ua-1"]


def write(released: Released) -> dict[str, bytes]:
    """The document as PDF. Raises ComputationError where the standard cannot be met."""
    import typst

    # Its type stub cannot say that a template may come as bytes.
    engine: Any = typst

    values = in_all_texts(shown(released.document.at(Depth.SHORT)), drawable)
    name, as_of = released.document.name, released.document.as_of
    inputs = {
        "document": json.dumps(_laid_out(values), ensure_ascii=False),
        "author": drawable(released.document.author),
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
            raise ComputationError(f"{name}.pdf could not be made: {error.message}.") from error
    assert isinstance(pdf, bytes)  # one file, never a list of pages
    return {f"{name}.pdf": pdf}


def _laid_out(values: Shown) -> Shown:
    """Adds column widths to every table."""
    for section in values["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "text":
                continue
            table = block["table"] if block["kind"] == "figure" else block
            table["widths"] = column_widths(table)
    return values
