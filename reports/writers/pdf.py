"""plan.pdf: PDF/A-2a and PDF/UA-1, tagged, with its fonts inside. Typst sets the type.

The document is handed over as data, never as markup, so no text can become a command. A
missing text alternative stops the build: the standard is checked, not claimed.
"""

import json
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import Any, Final

from forecasting.errors import ComputationError
from reports.disclosure import Released
from reports.writers.shown import Shown, shown

STANDARDS: Final = ["a-2a", "ua-1"]
# Sections whose figures stand close together, with their tables in the annex.
BEHIND = ("demand", "occupancy")


def write(released: Released) -> dict[str, bytes]:
    """The document as PDF. Raises ComputationError where the standard cannot be met."""
    import typst

    # Its type stub cannot say that a template may come as bytes.
    engine: Any = typst

    values = shown(released.document)
    as_of = released.plan.basis.as_of
    inputs = {
        "document": json.dumps(_laid_out(values), ensure_ascii=False),
        "author": released.plan.agency.name,
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
    """Adds column widths, and moves the tables behind small multiples to the annex."""
    annex: list[Shown] = []
    for section in values["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "figure":
                block["table"]["widths"] = _widths(block["table"])
                annex += [block["table"]] if section["key"] in BEHIND else []
                block["apart"] = section["key"] in BEHIND
            elif block["kind"] == "table":
                block["widths"] = _widths(block)
    once = {table["caption"]: {"kind": "table", **table} for table in annex}
    heading = values["words"]["numbers_behind"]
    values["sections"].append(
        {"key": "behind", "heading": heading, "annex": True, "blocks": list(once.values())}
    )
    return values


def _widths(table: Shown) -> list[int]:
    """Relative widths: words by their longest text, numbers by what they need."""
    widths = []
    for at, column in enumerate(table["columns"]):
        longest = max((len(row[at]) for row in table["rows"]), default=0)
        word = max(len(word) for word in column["title"].split())
        if column["numeric"]:
            # Headings break into three lines at most.
            widths.append(max(longest, min(word, 9), len(column["title"]) // 3) + 1)
        else:
            widths.append(min(max(longest, word), 22 if at < table["heads"] else 45) + 2)
    return widths
