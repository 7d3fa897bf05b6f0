"""A workbook with one look: formats, typed tables, print set-up. Plain cells, no macros."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from reports.document import Cell, Hidden, Kind, Table, missing
from reports.numbers import NO_BREAK, Numbers
from reports.writers.csv import safe_text

# Separators and names of the report's language, whatever that of the program that opens it.
LOCALES = {"nb": "[$-414]", "nn": "[$-814]", "en": "[$-809]"}
DAYS = {"nb": "dd.mm.yyyy", "nn": "dd.mm.yyyy", "en": "d mmm yyyy"}
FORMATS = {
    Kind.COUNT: "#,##0.##",
    Kind.CHANGE: "+#,##0.##;−#,##0.##;0",
    Kind.NUMBER: "#,##0.0",
    Kind.RATIO: "#,##0.000",
    Kind.SIGNED: "+#,##0.0;−#,##0.0;0.0",
    Kind.NOK: "#,##0",
    Kind.MNOK: "#,##0",
    Kind.MONTH: "mmm yyyy",
}
# No text becomes a formula, a link or a number by itself.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
WHOLE = "#,##0"
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  (a fixed date: equal plans give equal files)
WIDEST = 60


@dataclass
class Book:
    """A workbook being written, and its formats, each made once."""

    workbook: Any
    numbers: Numbers
    banner: str
    footer: str
    _formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def pattern(self, pattern: str) -> str:
        """A number format that says its language itself."""
        return LOCALES[self.numbers.language] + pattern

    def percent(self, digits: str) -> str:
        """The number format of a share, with these digits."""
        sign = self.numbers.percent_sign.replace(NO_BREAK, "\\ ")
        return self.pattern(f"{digits}{sign}")

    def style(self, **properties: Any) -> Any:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"font_size": 10, **properties})
        return self._formats[key]

    def kind(self, kind: Kind, **properties: Any) -> Any:
        """The format of a kind of cell."""
        match kind:
            case Kind.SHARE:
                pattern = self.percent("0.0")
            case Kind.DATE:
                pattern = self.pattern(DAYS[self.numbers.language])
            case _ if kind in FORMATS:
                pattern = self.pattern(FORMATS[kind])
            case _:
                return self.style(**properties)
        return self.style(num_format=pattern, **properties)

    def sheet(self, name: str, *, landscape: bool = True) -> Any:
        """A new sheet, set up for print, with what it rests on below every page."""
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.8)
        sheet.set_header(f"&R&7{self.banner}")
        sheet.set_footer(f"&L&7{self.footer}&R&7&P / &N")
        return sheet

    def head(self, *, right: bool) -> Any:
        """The format of a column heading, aligned as its cells are."""
        align = {"align": "right" if right else "left", "valign": "bottom"}
        return self.style(bold=True, text_wrap=True, bottom=2, font_color="#002c54", **align)

    def heading(self, sheet: Any, row: int, text: str, *, size: int = 12) -> None:
        """A heading in the first column."""
        sheet.write_string(
            row, 0, safe_text(text), self.style(bold=True, font_size=size, font_color="#002c54")
        )

    def table(self, sheet: Any, table: Table, *, top: int = 0, filtered: bool = True) -> int:
        """A table from row `top`; frozen and filtered if it is the sheet's own. Next free row."""
        for at, column in enumerate(table.columns):
            sheet.write_string(top, at, column.title, self.head(right=column.kind.numeric))
            sheet.set_column(at, at, _width(table, at))
        for y, row in enumerate(table.rows, top + 1):
            for x, cell in enumerate(row):
                self.cell(sheet, (y, x), cell, kind=table.columns[x].kind)
        if filtered:
            sheet.freeze_panes(top + 1, table.heads)
            sheet.autofilter(top, 0, top + len(table.rows), len(table.columns) - 1)
            sheet.repeat_rows(top)
        return top + 1 + len(table.rows)

    def cell(self, sheet: Any, at: tuple[int, int], value: Cell, *, kind: Kind) -> None:
        """One typed cell; what is not known is left empty."""
        if value is None or missing(value):
            sheet.write_blank(*at, None, self.style())
        elif isinstance(value, Hidden):
            sheet.write_string(*at, value.value, self.style(align="right"))
        elif isinstance(value, str):
            sheet.write_string(*at, safe_text(value), self.style(valign="top"))
        elif isinstance(value, date):
            sheet.write_datetime(*at, value, self.kind(kind, align="left"))
        elif isinstance(value, tuple):
            raise TypeError(f"a range stands in two columns of a workbook, not in one: {value}")
        else:
            sheet.write_number(*at, value, self._number(float(value), kind))

    def _number(self, value: float, kind: Kind) -> Any:
        """Whole counts without a decimal mark, which `#,##0.##` would leave hanging."""
        if kind is Kind.COUNT and value.is_integer():
            return self.style(num_format=self.pattern(WHOLE))
        return self.kind(kind)


def _width(table: Table, at: int) -> float:
    """Column width by its longest text, its heading broken over lines."""
    texts = [row[at] for row in table.rows if isinstance(row[at], str)]
    title = table.columns[at].title
    longest = max((len(str(text)) for text in texts), default=0)
    least = max(len(word) for word in title.split()) if title else 0
    return min(max(longest, least, 11 if table.columns[at].kind.numeric else 8) + 2, WIDEST)


def footer_text(text: str) -> str:
    """Text for a page footer, where & is a command and 255 characters the limit."""
    return text.replace("&", "&&")[:230]
