"""Sheets «Anbefaling» and «Plasser»: live formulas over the plan's lines, prices to change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from forecasting.places import Form, Price
from planning.plan import PlanLine
from reports.document import HIDDEN, Column, Kind, Table
from reports.facts import COMMITTED_FORMS, Part, groups_of
from reports.sentences import Speaker
from reports.tables import cost_today
from reports.writers.csv import safe_text
from reports.writers.sheets import Sheets
from reports.writers.workbook import Book

INPUT = {"bg_color": "#fff2b3", "border": 1, "border_color": "#a56d13"}
FORMS = tuple(Form)
# Rows and columns of the two sheets, from 0.
PRICE_TOP = 6
DAYS_ROW = PRICE_TOP + len(FORMS)
TABLE_TOP = DAYS_ROW + 2
READY, USED = 1, 2
# The last column of the table of need groups.
LAST_COLUMN = 11
PLACES, USED_DAYS, COST, PLAN_COST = 3, 5, 6, 7
# The column of changes in the table of need groups.
CHANGE = 7
# Those of the cost at the prices of the sheet, and how far it is from the plan's.
COST_NOW, GAP = 8, 10


@dataclass(frozen=True)
class LiveSheets:
    """A pair of sheets with formulas: the book they go into, and the plan's words."""

    book: Book
    speaker: Speaker

    @property
    def sheets(self) -> Sheets:
        """The plain tables."""
        return Sheets(self.speaker.plan, self.speaker.words)

    def word(self, key: str) -> str:
        """A word of the workbook."""
        return str(self.speaker.words[key])


@dataclass(frozen=True)
class PlanSheets(LiveSheets):
    """Writes both sheets; formulas carry the values they give with the plan's prices."""

    @property
    def _live(self) -> bool:
        """Whether cost follows the prices: not where the use of some places is hidden."""
        return not self.speaker.nation.hides_parts

    @property
    def _days(self) -> int:
        return self.speaker.plan.days

    def price(self, form: Form) -> Price | None:
        """Price of a form in the plan year; None without one."""
        prices = self.speaker.plan.prices
        return None if prices is None or form not in prices.by_form else prices.of(form)

    def used_days(self, line: PlanLine) -> float:
        """Place-days in use that the line's cost pays for; from the used share without a price."""
        price, money = self.price(line.form), line.cost_nok
        if price is None or money is None or price.used == 0:
            return self._days * line.places * line.used_share
        return max(money.mean - self._days * line.places * price.ready, 0.0) / price.used

    def cost(self, line: PlanLine) -> float:
        """What the cost formula of a line gives with the plan's prices."""
        price = self.price(line.form)
        if price is None:
            return 0.0
        ready = self._days * line.places * price.ready
        return ready + self.used_days(line) * price.used

    def write_lines(self) -> None:
        """Every line: places, use, cost by formula, cost in the plan, what exists."""
        lines = self.speaker.plan.lines
        sheet = self.book.sheet(self.word("sheets.lines"))
        self.book.table(sheet, self._lines_table(lines))
        for at, line in enumerate(lines, 1):
            if self._live:
                self._cost_formula(sheet, at, line)
            if line.change is not None and line.form.committed:
                cells = (xl_rowcol_to_cell(at, PLACES), xl_rowcol_to_cell(at, 10))
                style = self.book.kind(Kind.CHANGE)
                sheet.write_formula(at, 11, f"={cells[0]}-{cells[1]}", style, line.change)

    def _lines_table(self, lines: tuple[PlanLine, ...]) -> Table:
        words = self.speaker.words
        kinds = {
            "form": Kind.TEXT,
            "places": Kind.COUNT,
            "used_share": Kind.SHARE,
            "used_days": Kind.NOK,
            "cost": Kind.NOK,
            "plan_cost": Kind.NOK,
            "cost_low": Kind.NOK,
            "cost_high": Kind.NOK,
        }
        columns = (
            Column(words.column("region")),
            Column(words.column("group")),
            *(Column(self.word(f"excel.{name}"), kind) for name, kind in kinds.items()),
            Column(words.column("existing"), Kind.COUNT),
            Column(words.column("change"), Kind.CHANGE),
        )
        return Table("", columns, tuple(self._line(line) for line in lines), "", heads=3)

    def _hidden(self, line: PlanLine) -> bool:
        return Part(self.speaker.plan, line.key).hides_today

    def _line(self, line: PlanLine) -> tuple[Any, ...]:
        money = line.cost_nok
        cost = (None,) * 3 if money is None else (money.mean, money.low, money.high)
        name = (*self.sheets.names(line.key), self.speaker.words.form(line.form))
        # Single purchases are a use and a cost, never places to have.
        held = (line.places, line.existing) if line.form.committed else (None, None)
        if self._hidden(line):
            priced = (HIDDEN if self.speaker.plan.prices else None,) * 4
            return (*name, held[0], HIDDEN, HIDDEN, *priced, held[1], None)
        used = (held[0], line.used_share, self.used_days(line))
        return (*name, *used, None, *cost, held[1], None)

    def _cost_formula(self, sheet: Any, at: int, line: PlanLine) -> None:
        prices = f"'{self.word('sheets.recommendation')}'!"
        row = PRICE_TOP + FORMS.index(line.form)
        ready, used, days = (
            prices + xl_rowcol_to_cell(*cell, row_abs=True, col_abs=True)
            for cell in ((row, READY), (row, USED), (DAYS_ROW, READY))
        )
        places = xl_rowcol_to_cell(at, PLACES) if line.form.committed else str(line.places)
        used_days = xl_rowcol_to_cell(at, USED_DAYS)
        formula = f"={places}*{days}*{ready}+{used_days}*{used}"
        sheet.write_formula(at, COST, formula, self.book.kind(Kind.NOK), self.cost(line))

    def write_recommendation(self) -> None:
        """The answer, prices to change, and sums by need group that follow them."""
        book, words = self.book, self.speaker.words
        sheet = book.sheet(self.word("sheets.recommendation"))
        book.heading(sheet, 0, self.speaker.title(), size=16)
        sheet.write_string(1, 0, self.speaker.recommended(), book.style(bold=True, font_size=12))
        # Over the table's columns: a text that runs on would shrink the printed page.
        wrapped = book.style(text_wrap=True, valign="top")
        sheet.merge_range(2, 0, 2, LAST_COLUMN, safe_text(self.speaker.level()), wrapped)
        sheet.set_row(2, 45)
        banner = words["title.banner"] if self.speaker.plan.basis.synthetic else ""
        sheet.write_string(3, 0, banner, book.style(bold=True, font_color="#7a4f0a"))
        self._prices(sheet)
        self._groups(sheet)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 12, 16)
        if not self._live:
            for column in (COST_NOW, GAP):
                sheet.set_column(column, column, None, None, {"hidden": True})

    def _prices(self, sheet: Any) -> None:
        year = {"year": self.speaker.plan.year}
        head = self.book.style(bold=True, bottom=2, align="right")
        title = self.speaker.words.say("excel.prices", **year)
        sheet.write_string(
            PRICE_TOP - 1, 0, title, self.book.style(bold=True, bottom=2, text_wrap=True)
        )
        sheet.write_string(PRICE_TOP - 1, READY, self.word("excel.ready"), head)
        sheet.write_string(PRICE_TOP - 1, USED, self.word("excel.used"), head)
        note = self.word("excel.input" if self._live else "excel.no_input")
        sheet.write_string(PRICE_TOP - 1, USED + 2, note, self.book.style())
        yellow = self.book.kind(Kind.NOK, **(INPUT if self._live else {}))
        for at, form in enumerate(FORMS, PRICE_TOP):
            sheet.write_string(at, 0, self.speaker.words.form(form), self.book.style())
            price = self.price(form)
            for column, value in ((READY, price and price.ready), (USED, price and price.used)):
                sheet.write(at, column, value, yellow)
        if self._live:
            # Else one letter among the prices would be #VALUE! in every sum.
            rule = {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "ignore_blank": False,
                "error_message": self.word("excel.price_error"),
            }
            last = PRICE_TOP + len(FORMS) - 1
            sheet.data_validation(PRICE_TOP, READY, last, USED, rule)
        sheet.write_string(DAYS_ROW, 0, self.word("excel.days"), self.book.style())
        sheet.write_number(DAYS_ROW, READY, self._days, self.book.kind(Kind.NOK))

    def _groups(self, sheet: Any) -> None:
        words = self.speaker.words
        titles = (
            words.column("group"),
            words.column("existing"),
            *(words.form(form) for form in COMMITTED_FORMS),
            words.column("committed"),
            words.column("change"),
            self.word("excel.cost"),
            self.word("excel.plan_cost"),
            self.word("excel.difference"),
            words.column("not_offered"),
            self.word("excel.cost_today"),
        )
        for at, title in enumerate(titles):
            sheet.write_string(TABLE_TOP, at, title, self.book.head(right=at > 0))
        parts = groups_of(self.speaker.plan)
        for at, part in enumerate(parts, TABLE_TOP + 1):
            sheet.write_string(at, 0, safe_text(self.speaker.name(part)), self.book.style())
            for x, (formula, value, kind) in enumerate(self._group(at, part), 1):
                self._put(sheet, (at, x), (formula, value, kind))
        self._sum(sheet, TABLE_TOP + 1 + len(parts))
        sheet.freeze_panes(TABLE_TOP + 1, 1)
        if parts:
            self._chart(sheet, len(parts))

    def _put(self, sheet: Any, at: tuple[int, int], cell: tuple[str, Any, Kind]) -> None:
        formula, value, kind = cell
        if formula and value is not None:
            sheet.write_formula(*at, formula, self.book.kind(kind), value)
        else:
            self.book.cell(sheet, at, value, kind=kind)

    def _group(self, at: int, part: Part) -> Iterator[tuple[str, Any, Kind]]:
        """Formula, value and kind of each cell behind the name."""
        yield "", part.existing, Kind.COUNT
        for column, form in enumerate(COMMITTED_FORMS, 2):
            yield self._sum_lines(at, PLACES, column), part.places(form), Kind.NOK
        yield "", part.committed, Kind.COUNT
        committed, existing = xl_rowcol_to_cell(at, 6), xl_rowcol_to_cell(at, 1)
        yield f"={committed}-{existing}", part.change, Kind.CHANGE
        yield from self._costs(at, part) if self._live else self._told(part)

    def _told(self, part: Part) -> Iterator[tuple[str, Any, Kind]]:
        """The plan's own costs, which no formula can follow."""
        hidden = HIDDEN if part.hides_today else None
        yield "", None, Kind.NOK
        yield "", hidden if hidden and self.speaker.plan.prices else part.cost, Kind.NOK
        yield "", None, Kind.NOK
        yield "", hidden or part.not_offered, Kind.NUMBER
        yield "", cost_today(part), Kind.NOK

    def _costs(self, at: int, part: Part) -> Iterator[tuple[str, Any, Kind]]:
        """Cost at the prices of the sheet, beside that of the plan."""
        yield self._sum_lines(at, COST), sum(self.cost(line) for line in part.lines), Kind.NOK
        yield self._sum_lines(at, PLAN_COST), part.cost, Kind.NOK
        now, planned = xl_rowcol_to_cell(at, 8), xl_rowcol_to_cell(at, 9)
        cost = part.cost
        gap = None if cost is None else sum(self.cost(line) for line in part.lines) - cost
        yield f"={now}-{planned}", gap, Kind.NOK
        yield "", part.not_offered, Kind.NUMBER
        yield "", part.cost_today, Kind.NOK

    def _sum_lines(self, at: int, column: int, form_column: int | None = None) -> str:
        """SUMIFS over the lines of the need group in this row, and of the form in the heading."""
        last, sheet = len(self.speaker.plan.lines), f"'{self.word('sheets.lines')}'!"
        names = xl_rowcol_to_cell(at, 0, col_abs=True)
        found = f"{sheet}{xl_range_abs(1, column, last, column)}"
        found += f",{sheet}{xl_range_abs(1, 1, last, 1)},{names}"
        if form_column is not None:
            heading = xl_rowcol_to_cell(TABLE_TOP, form_column, row_abs=True)
            found += f",{sheet}{xl_range_abs(1, 2, last, 2)},{heading}"
        return f"=SUMIFS({found})"

    def _sum(self, sheet: Any, at: int) -> None:
        nation = self.speaker.nation
        bold = {"bold": True, "top": 2}
        sheet.write_string(at, 0, self.word("words.sum"), self.book.style(**bold))
        for x, (_, value, kind) in enumerate(self._group(at, nation), 1):
            if value is None:
                sheet.write_blank(at, x, None, self.book.style(**bold))
                continue
            # Of hidden need groups nothing can be added: the sum is the plan's own.
            if x > CHANGE and not self._live:
                self.book.cell(sheet, (at, x), value, kind=kind)
                continue
            cells = (xl_rowcol_to_cell(TABLE_TOP + 1, x), xl_rowcol_to_cell(at - 1, x))
            formula = f"=SUM({cells[0]}:{cells[1]})" if at > TABLE_TOP + 1 else "=0"
            sheet.write_formula(at, x, formula, self.book.kind(kind, **bold), value)
        name = f"'{self.word('sheets.recommendation')}'!"
        for label, column in (("places", 6), ("cost", 8 if self._live else 9)):
            cell = xl_rowcol_to_cell(at, column, row_abs=True, col_abs=True)
            self.book.workbook.define_name(self.word(f"cell_names.{label}"), f"={name}{cell}")

    def _chart(self, sheet: Any, groups: int) -> None:
        chart = self.book.workbook.add_chart({"type": "column"})
        name, first, last = self.word("sheets.recommendation"), TABLE_TOP + 1, TABLE_TOP + groups
        series = [(6, "words.recommended", "#002c54")]
        if self.speaker.nation.existing is not None:
            series.insert(0, (1, "words.today", "#a3aab2"))
        for column, label, color in series:
            chart.add_series(
                {
                    "name": self.word(label),
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, column, last, column],
                    "fill": {"color": color},
                    "data_labels": {"value": True, "num_format": self.book.pattern("#,##0")},
                }
            )
        title = self.word("excel.chart_places")
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#e3e6ea"}}})
        chart.set_size({"width": 900, "height": 320})
        sheet.insert_chart(last + 3, 0, chart, {"description": self._described(title)})

    def _described(self, title: str) -> str:
        totals = self.speaker.totals(
            groups_of(self.speaker.plan), lambda part: self.speaker.words.some(part.committed)
        )
        return f"{title}. {self.word('words.recommended')}: {totals}."
