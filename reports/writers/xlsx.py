"""The plan as a workbook to work on, with live plain formulas that also carry their values."""

import io
from typing import Any

from planning.plan import Plan
from reports.disclosure import Released
from reports.document import Column, Document, Kind, Table
from reports.sentences import Speaker, speaker_of
from reports.tables import Tables
from reports.trade_offs import exchange_table, frontier_table, in_kroner
from reports.writers.csv import safe_text
from reports.writers.tables_alone import section_tables, workbook

# Lines of the demand chart: low and high, then the mean.
LINES = (
    {"color": "#2a7cc5", "width": 1.25, "dash_type": "dash"},
    {"color": "#002c54", "width": 2.25},
)
ORDER = (
    *("about", "recommendation", "level", "lines", "curve", "demand", "risk", "sharing"),
    *("flexible", "owners", "frontier", "exchange", "assumptions", "findings", "level_table"),
)

OF_LEVELS = ("level", "level_table")


def write(released: Released) -> dict[str, bytes]:
    """The plan as a workbook: what it is and rests on, then what was decided, then the model's.

    A report that is a document alone becomes its tables.
    """
    if released.plan is None:
        return workbook(released.document)
    import xlsxwriter

    from reports.writers.sheet_decided import write_decided
    from reports.writers.sheet_level import LevelSheets
    from reports.writers.sheet_plan import PlanSheets
    from reports.writers.workbook import CREATED, OPTIONS, Book, footer_text

    plan, document = released.plan, released.document
    speaker = speaker_of(plan, document.language)
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, OPTIONS)
    title = {"title": document.title, "author": document.author}
    made.set_properties({**title, "created": CREATED})
    book = Book(
        made,
        speaker.words.numbers,
        footer_text(document.banner),
        footer_text(document.basis),
    )
    plan_sheets, level_sheets = PlanSheets(book, speaker), LevelSheets(book, speaker)
    _about(book, document, speaker)
    write_decided(book, document)
    plan_sheets.write_recommendation()
    # Another level is chosen from the curves: where one is hidden, there is nothing to choose from.
    choice = not speaker.nation.hides_parts
    if choice:
        level_sheets.write_level()
    plan_sheets.write_lines()
    _plain(book, speaker)
    for name, table in _beside(document, speaker).items():
        book.table(book.sheet(speaker.words[f"sheets.{name}"]), table)
    if choice:
        level_sheets.write_table()
    made.close()
    return {f"{document.name}.xlsx": out.getvalue()}


def _left_out(plan: Plan) -> tuple[str, ...]:
    """Sheets that a plan with hidden series has nothing for."""
    empty = {"sharing": plan.sharing, "flexible": plan.flexible, "exchange": plan.exchanges}
    empty["frontier"] = plan.frontier
    return (*OF_LEVELS, *(name for name, rows in empty.items() if not rows))


def _beside(document: Document, speaker: Speaker) -> dict[str, Table]:
    """Tables of what stands beside the plan, by the name of their sheet."""
    found = {table.caption: table for _, _, table in section_tables(document)}
    captions = {
        "version": "version.table",
        "set": "version.set_table",
        "changed": "version.changed_table",
        "scenarios": "scenarios.table",
        "reasons": "scenarios.reasons_table",
    }
    said = {name: speaker.words[caption] for name, caption in captions.items()}
    return {name: found[caption] for name, caption in said.items() if caption in found}


def _about(book: Any, document: Document, speaker: Speaker) -> None:
    """What the workbook is, what the plan says, what stands where, what it rests on."""
    from reports.writers.sheet_decided import decided_heading

    words, decided = speaker.words, decided_heading(document)
    sheet = book.sheet(words["sheets.about"], landscape=False)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 88)
    book.heading(sheet, 0, document.title, size=16)
    whose = [words["decided.rest_of_book"]] if decided else []
    texts = [document.subtitle, document.banner, *whose, *speaker.protection()]
    texts += speaker.recommendation()
    texts.append(words["sentences.duty"])
    row, wrapped = 1, book.style(text_wrap=True, valign="top")
    for text in filter(None, texts):
        wrap = book.style(text_wrap=True, valign="top", bold=text == document.banner)
        sheet.merge_range(row, 0, row, 1, safe_text(text), wrap)
        sheet.set_row(row, 15 * (1 + len(text) // 115))
        row += 1
    names, said = (*ORDER[1:-1], *_beside(document, speaker), ORDER[-1]), words.table["sheet_guide"]
    if speaker.nation.hides_parts:
        names = tuple(name for name in names if name not in _left_out(speaker.plan))
        said = {**said, **words.table["sheet_guide_hidden"]}
    guide = [(words[f"sheets.{name}"], said[name]) for name in names]
    if decided:
        guide = [(decided, words["sheet_guide.decided"]), *guide]
    shown = words.numbers.cell
    basis = [(str(name), shown(value, Kind.TEXT)) for name, value in Tables(speaker).basis().rows]
    lists = {words["words.contents"]: guide, words["headings.basis"]: basis}
    for title, pairs in lists.items():
        book.heading(sheet, row + 1, title)
        row = _pairs(sheet, pairs, style=wrapped, top=row + 2)


def _pairs(sheet: Any, pairs: list[tuple[str, str]], *, style: Any, top: int) -> int:
    """Rows of name and text; the next free row."""
    for at, (name, text) in enumerate(pairs, top):
        sheet.write_string(at, 0, safe_text(name), style)
        sheet.write_string(at, 1, safe_text(text), style)
    return top + len(pairs)


def _plain(book: Any, speaker: Speaker) -> None:
    """Sheets that are one table each."""
    from reports.writers.sheets import Sheets

    sheets, words = Sheets(speaker.plan, speaker.words), speaker.words
    tables = {
        "curve": sheets.curve(),
        "demand": sheets.demand(),
        "risk": sheets.risk(),
        "frontier": in_kroner(frontier_table(speaker), words),
        "exchange": in_kroner(exchange_table(speaker), words),
        "sharing": sheets.sharing(),
        "flexible": sheets.flexible(),
        "owners": sheets.owners(),
        "assumptions": Tables(speaker).assumptions(),
        "findings": sheets.findings(),
    }
    left_out = _left_out(speaker.plan) if speaker.nation.hides_parts else ()
    for name, table in tables.items():
        if name in left_out:
            continue
        sheet = book.sheet(words[f"sheets.{name}"])
        book.table(sheet, table)
        if name == "demand":
            chart = _demand_chart(book, table, speaker)
            if chart is not None:
                text = {
                    "description": f"{words['excel.chart_demand']}. {speaker.demand_headline()}."
                }
                sheet.insert_chart(1, len(table.columns) + 1, chart, text)


def _demand_chart(book: Any, table: Table, speaker: Speaker) -> Any:
    """The nation's expected referrals with low and high; None where the plan has none."""
    nation, words = speaker.nation.demand, speaker.words
    if nation is None:
        return None
    first = 1 + sum(len(bands.periods) for bands in speaker.plan.demand[: _place(speaker)])
    rows, name = (first, first + len(nation.periods) - 1), words["sheets.demand"]
    columns = {"mean": 3, "low": _level(table, speaker, 0.05), "high": _level(table, speaker, 0.95)}
    chart = book.workbook.add_chart({"type": "line"})
    for label, column in columns.items():
        chart.add_series(
            {
                "name": words[f"excel.{label}"],
                "categories": [name, rows[0], 2, rows[1], 2],
                "values": [name, rows[0], column, rows[1], column],
                "line": LINES[label == "mean"],
            }
        )
    chart.set_title({"name": words["excel.chart_demand"], "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_x_axis({"num_format": book.pattern("mmm yy"), "date_axis": True})
    chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#e3e6ea"}}})
    chart.set_size({"width": 640, "height": 340})
    return chart


def _place(speaker: Speaker) -> int:
    keys = [bands.key for bands in speaker.plan.demand]
    return keys.index(speaker.nation.key)


def _level(table: Table, speaker: Speaker, level: float) -> int:
    """Column of a quantile level."""
    wanted = Column(speaker.words.numbers.percent(level), Kind.COUNT)
    return table.columns.index(wanted)
