"""The sheets of levels: choose another level offline, see places and cost."""

import math
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from reports.document import Kind
from reports.writers.csv import safe_text
from reports.writers.sheet_plan import INPUT, LiveSheets

LEVEL_CELL = (3, 1)
TOP = 6
# The level table: level, sum of places, sum of cost, then places and then cost per series.
FIRST_ROW = 3
FIRST_SERIES = 3
LEVEL = "0.0##"


@dataclass(frozen=True)
class LevelSheets(LiveSheets):
    """Writes both sheets; the formulas only look up what the plan has computed."""

    @property
    def _series(self) -> int:
        return len(self.speaker.plan.curves)

    @property
    def _priced(self) -> bool:
        return all(curve.cost_nok is not None for curve in self.speaker.plan.curves)

    def write_level(self) -> None:
        """One level cell, and one per series that follows it unless it has its own."""
        book, levels = self.book, self.sheets.levels()
        sheet = book.sheet(self.word("sheets.level"))
        book.heading(sheet, 0, self.word("sheets.level"), size=16)
        percent = self.speaker.words.numbers.percent
        span = {"low": percent(levels[0]), "high": percent(levels[-1])}
        sheet.write_string(1, 0, self.speaker.words.say("excel.level_help", **span), book.style())
        sheet.write_string(2, 0, self.word("excel.level_prices"), book.style())
        sheet.write_string(3, 0, self.word("excel.level"), book.style(bold=True))
        sheet.write_string(3, 2, self.word("excel.level_words"), book.style())
        level = self.speaker.plan.policy.level
        sheet.write_number(*LEVEL_CELL, level, book.style(num_format=book.percent(LEVEL), **INPUT))
        error = self.speaker.words.say("excel.level_error", **span)
        rule = {
            "validate": "decimal",
            "criteria": "between",
            "minimum": levels[0],
            "maximum": levels[-1],
            "error_message": error,
        }
        sheet.data_validation(*LEVEL_CELL, *LEVEL_CELL, rule)
        cell = xl_rowcol_to_cell(*LEVEL_CELL, row_abs=True, col_abs=True)
        name = self.word("cell_names.level")
        book.workbook.define_name(name, f"='{self.word('sheets.level')}'!{cell}")
        self._rows(sheet, cell, len(levels))
        sheet.set_column(0, 1, 26)
        sheet.set_column(2, 6, 16)

    def _rows(self, sheet: Any, level_cell: str, levels: int) -> None:
        words, plan = self.speaker.words, self.speaker.plan
        titles = (
            *(words.column("region"), words.column("group"), self.word("excel.own_level")),
            *(self.word("excel.plan_places"), self.word("excel.level_places")),
            *(words.column("change"), self.word("excel.level_cost")),
        )
        for at, title in enumerate(titles):
            sheet.write_string(TOP, at, title, self.book.head(right=at > 1))
        for at, curve in enumerate(plan.curves):
            row, own = TOP + 1 + at, plan.level_of(curve.key)
            for x, name in enumerate(self.sheets.names(curve.key)):
                sheet.write_string(row, x, safe_text(name), self.book.style())
            yellow = self.book.style(num_format=self.book.percent(LEVEL), **INPUT)
            if own == plan.policy.level:
                sheet.write_formula(row, 2, f"={level_cell}", yellow, own)
            else:
                sheet.write_number(row, 2, own, yellow)
            sheet.write_number(row, 3, curve.chosen, self.book.kind(Kind.NOK))
            self._looked_up(sheet, row, at, levels=levels)
        self._sums(sheet, TOP + 1 + self._series)
        sheet.freeze_panes(TOP + 1, 2)
        sheet.autofilter(TOP, 0, TOP + self._series, len(titles) - 1)
        sheet.repeat_rows(TOP)

    def _looked_up(self, sheet: Any, row: int, at: int, *, levels: int) -> None:
        """Places and cost at the row's level, from the level table."""
        own = self.speaker.plan.level_of(self.speaker.plan.curves[at].key)
        places, cost = self.sheets.at_level(at, own)
        missing = self.word("excel.unreached")
        style = self.book.kind(Kind.NOK, align="right")
        found = self._lookup(row, FIRST_SERIES + at, levels)
        sheet.write_formula(row, 4, found, style, missing if places is None else places)
        planned, chosen = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, 4)
        change = 0 if places is None else places - self.speaker.plan.curves[at].chosen
        formula = f'=IF(ISNUMBER({chosen}),{chosen}-{planned},"")'
        sheet.write_formula(
            row, 5, formula, self.book.kind(Kind.CHANGE), "" if places is None else change
        )
        if self._priced:
            found = self._lookup(row, FIRST_SERIES + self._series + at, levels)
            sheet.write_formula(row, 6, found, style, missing if cost is None else cost)

    def _lookup(self, row: int, column: int, levels: int) -> str:
        """The first row of the level table whose level is at least the row's own."""
        table, last = f"'{self.word('sheets.level_table')}'!", FIRST_ROW + levels - 1
        level = xl_rowcol_to_cell(row, 2)
        below = f"SUMPRODUCT(--({table}{xl_range_abs(FIRST_ROW, 0, last, 0)}<{level}-0.0000001))"
        found = f"INDEX({table}{xl_range_abs(FIRST_ROW, column, last, column)},{below}+1)"
        return f'=IF(ISNUMBER({found}),{found},"{self.word("excel.unreached")}")'

    def _sums(self, sheet: Any, row: int) -> None:
        bold = {"bold": True, "top": 2}
        plan = self.speaker.plan
        pairs = [
            self.sheets.at_level(at, plan.level_of(curve.key))
            for at, curve in enumerate(plan.curves)
        ]
        chosen = sum(curve.chosen for curve in plan.curves)
        places = sum(found or 0 for found, _ in pairs)
        values = {3: chosen, 4: places, 5: places - chosen, 6: sum(cost or 0 for _, cost in pairs)}
        sheet.write_string(row, 0, self.word("words.sum"), self.book.style(**bold))
        for x in (1, 2):
            sheet.write_blank(row, x, None, self.book.style(**bold))
        for x, value in values.items():
            if x == 6 and not self._priced:
                continue
            cells = (xl_rowcol_to_cell(TOP + 1, x), xl_rowcol_to_cell(row - 1, x))
            # Of levels that are not numbers from the table nothing can be added.
            known, words = f"{cells[0]}:{cells[1]}", self.word("excel.unreached")
            sums = f'=IF(COUNT({known})={self._series},SUM({known}),"{words}")'
            formula = sums if self._series else "=0"
            kind = Kind.CHANGE if x == 5 else Kind.NOK
            sheet.write_formula(row, x, formula, self.book.kind(kind, **bold), value)

    def write_table(self) -> None:
        """Places and cost of every series at every level."""
        sheet, levels = self.book.sheet(self.word("sheets.level_table")), self.sheets.levels()
        self._heads(sheet)
        whole, level_style = (
            self.book.kind(Kind.NOK),
            self.book.style(num_format=self.book.percent(LEVEL)),
        )
        for row, level in enumerate(levels, FIRST_ROW):
            sheet.write_number(row, 0, level, level_style)
            found = [self.sheets.at_level(at, level) for at in range(self._series)]
            for at, (places, cost) in enumerate(found):
                if places is not None:
                    sheet.write_number(row, FIRST_SERIES + at, places, whole)
                if cost is not None:
                    sheet.write_number(row, FIRST_SERIES + self._series + at, cost, whole)
            self._total(sheet, (row, 1), [places for places, _ in found])
            self._total(sheet, (row, 2), [cost for _, cost in found])
        sheet.freeze_panes(FIRST_ROW, FIRST_SERIES)
        sheet.repeat_rows(0, FIRST_ROW - 1)
        if self._priced and self._series:
            self._chart(sheet.get_name(), len(levels))

    def _heads(self, sheet: Any) -> None:
        head = self.book.style(bold=True, text_wrap=True, valign="bottom")
        places, cost = self.word("excel.level_places"), self.word("excel.level_cost")
        nation = self.word("words.nation")
        columns = [("", "", self.word("excel.level")), (nation, "", places), (nation, "", cost)]
        for title in (places, cost):
            columns += [
                (*self.sheets.names(curve.key), title) for curve in self.speaker.plan.curves
            ]
        for x, texts in enumerate(columns):
            for y, text in enumerate(texts):
                sheet.write_string(y, x, safe_text(text), head)
        sheet.set_column(0, len(columns) - 1, 14)

    def _total(self, sheet: Any, at: tuple[int, int], values: list[Any]) -> None:
        """The sum over series, where every one of them reaches the level."""
        if not values or (at[1] == 2 and not self._priced):
            return
        first = FIRST_SERIES + (0 if at[1] == 1 else self._series)
        left, right = xl_col_to_name(first), xl_col_to_name(first + self._series - 1)
        cells = f"{left}{at[0] + 1}:{right}{at[0] + 1}"
        formula = f'=IF(COUNT({cells})={self._series},SUM({cells}),"")'
        value = "" if None in values else sum(values)
        sheet.write_formula(*at, formula, self.book.kind(Kind.NOK), value)

    def _chart(self, name: str, levels: int) -> None:
        """Cost against level, beside the level cell."""
        chart = self.book.workbook.add_chart({"type": "scatter", "subtype": "straight"})
        last = FIRST_ROW + levels - 1
        chart.add_series(
            {
                "name": self.word("words.nation"),
                "categories": [name, FIRST_ROW, 0, last, 0],
                "values": [name, FIRST_ROW, 2, last, 2],
                "line": {"color": "#2a7cc5", "width": 2.25},
            }
        )
        title = self.word("excel.chart_level")
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        bounds = {"min": 0.8, "max": 1, "num_format": self.book.percent("0")}
        chart.set_x_axis({**bounds, "name": self.word("excel.level")})
        line = {"visible": True, "line": {"color": "#e3e6ea"}}
        # Two commas: shown in millions, in every program.
        chart.set_y_axis(
            {"num_format": self.book.pattern("#,##0,,"), "major_gridlines": line, **self._floor()}
        )
        chart.set_size({"width": 760, "height": 320})
        target = self.book.workbook.get_worksheet_by_name(self.word("sheets.level"))
        target.insert_chart(TOP + self._series + 3, 0, chart, {"description": title})

    def _floor(self) -> dict[str, float]:
        """The axis starts below the lowest cost, so that the rise can be seen."""
        lowest = self.sheets.levels()[0]
        costs = [self.sheets.at_level(at, lowest)[1] for at in range(self._series)]
        least = sum(cost or 0.0 for cost in costs)
        step = 10 ** (math.floor(math.log10(least)) - 1) if least > 0 else 0
        return {"min": math.floor(least / step) * step} if step else {}
