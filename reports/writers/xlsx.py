"""plan.xlsx: the plan to work on, with live plain formulas that also carry their values."""

import io
from typing import Any

from reports.disclosure import Released
from reports.document import Column, Kind, Table
from reports.sentences import Speaker
from reports.tables import Tables
from reports.words import words_of
from reports.writers.csv import safe_text

# No text becomes a formula, a link or a number by itself.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
ORDER = (
    *("about", "recommendation", "level", "lines", "curve", "demand", "risk"),
    *("assumptions", "findings", "level_table"),
)


def write(released: Released) -> dict[str, bytes]:
    """The plan as a workbook; what it is and rests on comes first."""
    import xlsxwriter

    from reports.writers.sheet_level import LevelSheets
    from reports.writers.sheet_plan import PlanSheets
    from reports.writers.workbook import CREATED, Book, footer_text

    speaker = Speaker(released.plan, words_of(released.document.language))
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, OPTIONS)
    title = {"title": released.document.title, "author": released.plan.agency.name}
    workbook.set_properties({**title, "created": CREATED})
    book = Book(workbook, footer_text(_footer(released)))
    plan_sheets, level_sheets = PlanSheets(book, speaker), LevelSheets(book, speaker)
    _about(book, released, speaker)
    plan_sheets.write_recommendation()
    level_sheets.write_level()
    plan_sheets.write_lines()
    _plain(book, speaker)
    level_sheets.write_table()
    workbook.close()
    return {"plan.xlsx": out.getvalue()}


def _footer(released: Released) -> str:
    return " · ".join(filter(None, (released.document.banner, released.document.basis)))


def _about(book: Any, released: Released, speaker: Speaker) -> None:
    """What the workbook is, what the plan says, what stands where, what it rests on."""
    words, document = speaker.words, released.document
    sheet = book.sheet(words["sheets.about"], landscape=False)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 88)
    book.heading(sheet, 0, document.title, size=16)
    texts = [document.subtitle, document.banner, *speaker.recommendation()]
    texts.append(words["sentences.duty"])
    row = 1
    for text in filter(None, texts):
        wrap = book.style(text_wrap=True, valign="top", bold=text == document.banner)
        sheet.merge_range(row, 0, row, 1, safe_text(text), wrap)
        sheet.set_row(row, 15 * (1 + len(text) // 115))
        row += 1
    guide = [(words[f"sheets.{name}"], words[f"sheet_guide.{name}"]) for name in ORDER[1:]]
    row = _pairs(book, sheet, (row + 1, words["words.contents"]), guide)
    basis = [(str(name), str(value)) for name, value in Tables(speaker).basis().rows]
    _pairs(book, sheet, (row + 1, words["headings.basis"]), basis)


def _pairs(book: Any, sheet: Any, head: tuple[int, str], pairs: list[tuple[str, str]]) -> int:
    """A heading and rows of name and text; the next free row."""
    row, title = head
    book.heading(sheet, row, title)
    wrap = book.style(text_wrap=True, valign="top")
    for at, (name, text) in enumerate(pairs, row + 1):
        sheet.write_string(at, 0, safe_text(name), wrap)
        sheet.write_string(at, 1, safe_text(text), wrap)
    return row + 1 + len(pairs)


def _plain(book: Any, speaker: Speaker) -> None:
    """Sheets that are one table each."""
    from reports.writers.sheets import Sheets

    sheets, words = Sheets(speaker.plan, speaker.words), speaker.words
    tables = {
        "curve": sheets.curve(),
        "demand": sheets.demand(),
        "risk": sheets.risk(),
        "assumptions": Tables(speaker).assumptions(),
        "findings": sheets.findings(),
    }
    for name, table in tables.items():
        sheet = book.sheet(words[f"sheets.{name}"])
        book.table(sheet, table)
        if name == "demand":
            _demand_chart(book, sheet, table, words[f"sheets.{name}"], speaker)


def _demand_chart(book: Any, sheet: Any, table: Table, name: str, speaker: Speaker) -> None:
    """The nation's expected referrals with low and high."""
    from reports.facts import NATION

    nation = speaker.nation.demand
    if nation is None:
        return
    before = [bands for bands in speaker.plan.demand[: _place(speaker)] if bands.key != NATION]
    first = 1 + sum(len(bands.periods) for bands in before)
    last = first + len(nation.periods) - 1
    columns = {"mean": 3, "low": _level(table, speaker, 0.05), "high": _level(table, speaker, 0.95)}
    chart = book.workbook.add_chart({"type": "line"})
    for label, column in columns.items():
        style = {"color": "#002c54", "width": 2.25}
        if label != "mean":
            style = {"color": "#2a7cc5", "width": 1.25, "dash_type": "dash"}
        chart.add_series(
            {
                "name": speaker.words[f"excel.{label}"],
                "categories": [name, first, 2, last, 2],
                "values": [name, first, column, last, column],
                "line": style,
            }
        )
    title = speaker.words["excel.chart_demand"]
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_x_axis({"num_format": "mmm yy", "date_axis": True})
    chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#e3e6ea"}}})
    chart.set_size({"width": 640, "height": 340})
    description = f"{title}. {speaker.demand_headline()}."
    sheet.insert_chart(1, len(table.columns) + 1, chart, {"description": description})


def _place(speaker: Speaker) -> int:
    keys = [bands.key for bands in speaker.plan.demand]
    return keys.index(speaker.nation.key)


def _level(table: Table, speaker: Speaker, level: float) -> int:
    """Column of a quantile level."""
    wanted = Column(speaker.words.numbers.percent(level), Kind.COUNT)
    return table.columns.index(wanted)
