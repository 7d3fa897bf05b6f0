"""Numbers and dates as people write them: 1 234 567,8 · 97,3 % · 12 kr · 31.12.2025."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from reports.document import Cell, Hidden, Kind, missing

NO_BREAK = "\u00a0"
MINUS = "\u2212"
UNKNOWN = "–"
MILLION = 1e6

# Our language codes in the words of the Unicode locale data.
LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
# How a language writes kroner (before and after the number), millions of them, and a day.
KRONER = {"nb": ("", " kr"), "nn": ("", " kr"), "en": ("NOK ", "")}
MILLIONS = {"nb": ("", " mill. kr"), "nn": ("", " mill. kr"), "en": ("NOK ", " million")}
# 31/12 is read differently on the two sides of the Atlantic, so English names the month.
DAYS = {"nb": "dd.MM.yyyy", "nn": "dd.MM.yyyy", "en": "d MMM yyyy"}


@dataclass(frozen=True)
class Numbers:
    """Formats of one language. Every group space is a no-break space."""

    language: str = "nb"

    @property
    def locale(self) -> str:
        """Name of the locale data."""
        return LOCALES[self.language]

    def decimal(self, value: float, digits: int = 0) -> str:
        """A number with exactly these decimals."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        # -0 would be shown as "-0".
        text: str = format_decimal(round(value, digits) + 0.0, pattern, locale=self.locale)
        return text.replace("\u202f", NO_BREAK).replace("-", MINUS)

    def count(self, value: float) -> str:
        """A whole number, or one decimal where it is not whole (effective places)."""
        return self.decimal(value, 0 if abs(value - round(value)) < 0.05 else 1)

    def change(self, value: float) -> str:
        """A count with its sign; 0 has none."""
        return ("+" if round(value, 1) > 0 else "") + self.count(value)

    def signed(self, value: float) -> str:
        """A number with one decimal and its sign; 0 has none."""
        return ("+" if round(value, 1) > 0 else "") + self.decimal(value, 1)

    @property
    def percent_sign(self) -> str:
        """What stands after a number of per cent: a blank and the sign, or the sign alone."""
        pattern: str = Locale.parse(self.locale).percent_formats[None].pattern
        return f"{NO_BREAK}%" if pattern[-2].isspace() else "%"

    def share(self, value: float) -> str:
        """A share as per cent with one decimal. Near 0 or 1 it says on which side it lies."""
        percent = round(100 * value, 1)
        if percent == 0 and value > 0:
            return f"<{NO_BREAK}{self.decimal(0.1, 1)}{self.percent_sign}"
        if percent == 100 and value < 1:
            return f">{NO_BREAK}{self.decimal(99.9, 1)}{self.percent_sign}"
        return f"{self.decimal(percent, 1)}{self.percent_sign}"

    def percent(self, value: float) -> str:
        """A share in a sentence: no decimal where it is 0."""
        zero, sign = self.decimal(0, 1)[1:], self.percent_sign
        return self.share(value).replace(f"{zero}{sign}", sign)

    def nok(self, value: float) -> str:
        """Whole kroner with their unit: 1 234 kr, NOK 1,234."""
        before, after = _unbroken(KRONER[self.language])
        return f"{before}{self.decimal(value)}{after}"

    def millions(self, value: float) -> str:
        """Millions of kroner without the unit; one decimal below 100."""
        amount = value / MILLION
        return self.decimal(amount, 0 if abs(amount) >= 100 else 1)

    def money(self, value: float) -> str:
        """Kroner in a sentence: millions with their unit."""
        before, after = _unbroken(MILLIONS[self.language])
        return f"{before}{self.millions(value)}{after}"

    def money_between(self, low: float, high: float) -> tuple[str, str]:
        """Two amounts that share one unit in a sentence: 1 100 and 1 400 mill. kr."""
        before, after = _unbroken(MILLIONS[self.language])
        return f"{before}{self.millions(low)}", f"{self.millions(high)}{after}"

    def span(self, low: float, high: float) -> str:
        """A range of kroner in millions."""
        return f"{self.millions(low)}–{self.millions(high)}"

    def between(self, low: float, high: float) -> str:
        """A range of counts."""
        return f"{self.count(low)}–{self.count(high)}"

    def day(self, value: date) -> str:
        """A day: 31.12.2025, in English 31 Dec 2025."""
        text: str = format_date(value, DAYS[self.language], locale=self.locale)
        return text.replace(" ", NO_BREAK)

    def month(self, value: date) -> str:
        """A month with its year."""
        text: str = format_date(value, "MMM yyyy", locale=self.locale)
        return text.replace(" ", NO_BREAK)

    def month_name(self, month: int) -> str:
        """Full name of month 1-12."""
        text: str = format_date(date(2024, month, 1), "LLLL", locale=self.locale)
        return text

    def cell(self, value: Cell, kind: Kind) -> str:
        """One table cell as text. What is not known is a dash."""
        if value is None or missing(value):
            return UNKNOWN
        if isinstance(value, Hidden):
            return str(value.value)
        if isinstance(value, tuple):
            return self.span(*value) if kind is Kind.RANGE else self.between(*value)
        if isinstance(value, date):
            return self.month(value) if kind is Kind.MONTH else self.day(value)
        if isinstance(value, str):
            return value
        return self._formats()[kind](value)

    def _formats(self) -> dict[Kind, Callable[[float], str]]:
        return {
            Kind.TEXT: str,
            Kind.COUNT: self.count,
            Kind.CHANGE: self.change,
            Kind.NUMBER: lambda value: self.decimal(value, 1),
            Kind.SIGNED: self.signed,
            Kind.RATIO: lambda value: self.decimal(value, 3),
            Kind.SHARE: self.share,
            Kind.NOK: self.nok,
            Kind.MNOK: self.millions,
        }


def _unbroken(ends: tuple[str, str]) -> tuple[str, str]:
    return ends[0].replace(" ", NO_BREAK), ends[1].replace(" ", NO_BREAK)
