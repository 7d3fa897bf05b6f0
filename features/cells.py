"""One cell at a time: text, number or date in, our value or a named problem out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from math import isnan
from zoneinfo import ZoneInfo

from features.personal import quoted, shown
from features.table import Cell
from features.words import Vocabulary, fold, tidy
from forecasting.findings import Severity, Value

LOCAL = ZoneInfo("Europe/Oslo")
OPEN_END = 2200  # years from here on mean "no end yet"
FIRST_YEAR = 1980  # older dates are placeholders of the system that wrote them
_ALIKE = 0.65
MISSING = frozenset(fold(word) for word in ("null", "none", "nan", "na", "n/a", "nat"))

_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{2}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(
    r"[T ](\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2}(?::\d{2})?)?"
)
_SERIAL = re.compile(r"\d{1,5}(?:[.,]\d+)?")
_PARAGRAPH = re.compile(r"(\d{1,2})\s*[-‐‑‒–—−]\s*(\d{1,2})([a-z])?(?!\d)")
_WHOLE = re.compile(r"[+-]?\d{1,9}(?:[.,]0*)?")
_ID = re.compile(r"\w[\w .:/#()&+-]*")
# Words of letters only, the first one with a capital: «Kari», «Kari Nordmann-Hansen».
_NAME = re.compile(r"[A-ZÆØÅ][a-zæøåéèüöä]+(?:[ -][^\W\d_]+)*\.?|[^\W\d_]+(?: [^\W\d_]+)+")
_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\s*[\d.,]+\s*$)")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell; the check adds row and column. `value` may be shown."""

    code: str
    value: str = ""
    severity: Severity = Severity.ERROR
    wording: str = ""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)


def problem(code: str, *, value: str = "", wording: str = "", **values: Value) -> Problem:
    """A problem that refuses the cell; `wording` names its sentence where a code has several."""
    return Problem(code, value, wording=wording, values=values)


def remark(code: str, *, value: str = "", **values: Value) -> Problem:
    """A problem that a person should know of, with a value that was read all the same."""
    return Problem(code, value, Severity.WARNING, values=values)


@dataclass(frozen=True)
class Read:
    """What one cell became: a value, a problem, or (as a warning) both."""

    value: str | int | date | None = None
    problem: Problem | None = None


def is_missing(cell: Cell) -> bool:
    """Whether a cell holds nothing, or a word for nothing."""
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return True
    if not isinstance(cell, str):
        return False
    text = tidy(cell)
    return len(text) <= 4 and (text in {"", "-", "–", "—"} or fold(text) in MISSING)


def is_formula(cell: Cell) -> bool:
    """Whether a spreadsheet would run the cell: =, +, -, @ or a control character in front."""
    if not isinstance(cell, str) or not cell or len(cell.strip()) < 2:
        return False
    lead = cell.lstrip(" \u00a0\ufeff\u200b")
    return _FORMULA.match(lead) is not None and not _is_number(lead)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.,\s]+(?:[eE][+-]?\d+)?", text) is not None and text[0] in "+-"


# --- dates ---------------------------------------------------------------------------------


def read_date(cell: Cell, *, open_end: bool = False) -> Read:
    """A day in Norway's calendar. `open_end`: a far-away year means that there is no end yet."""
    if isinstance(cell, bool):
        return _no_date(cell)
    if isinstance(cell, datetime):
        cell = _local(cell)
    elif isinstance(cell, int | float):
        return _serial(float(cell), str(cell))
    day = cell if isinstance(cell, date) else None
    return _plausible(day, open_end=open_end) if day else _text_date(str(cell), open_end=open_end)


def _local(moment: datetime) -> date:
    return (moment.astimezone(LOCAL) if moment.tzinfo else moment).date()


def _text_date(text: str, *, open_end: bool) -> Read:
    plain = tidy(text)
    stem, clock = _without_time(plain)
    if match := _ISO.fullmatch(stem) or _COMPACT.fullmatch(stem):
        return _day(match.groups(), plain, clock=clock, open_end=open_end)
    if match := _DAY_FIRST.fullmatch(stem):
        return _two_readings(match, plain) or _day(
            (match[4], match[3], match[1]), plain, clock=clock, open_end=open_end
        )
    if _SHORT_YEAR.fullmatch(stem):
        return _refuse("two_digit_year", stem)
    if _SERIAL.fullmatch(plain):
        return _serial(float(plain.replace(",", ".")), plain)
    return _no_date(text)


def _without_time(plain: str) -> tuple[str, re.Match[str] | None]:
    for match in _TIME.finditer(plain):
        if match.end() == len(plain) and match.start() >= 8:
            return plain[: match.start()], match
    return plain, None


def _two_readings(match: re.Match[str], plain: str) -> Read | None:
    """The refusal of a date whose first number may be the month; a dot means day first."""
    first, mark, second, year = match.groups()
    a, b = int(first), int(second)
    if b > 12 >= a:
        return _refuse("month_first", plain)
    if mark == "." or max(a, b) > 12 or a == b:
        return None
    day_first, month_first = f"{year}-{b:02d}-{a:02d}", f"{year}-{a:02d}-{b:02d}"
    return _refuse("ambiguous_date", plain, day_first=day_first, month_first=month_first)


def _day(
    parts: tuple[str, ...], plain: str, *, clock: re.Match[str] | None, open_end: bool
) -> Read:
    """The day of year, month and day as written, moved to Norway's clock."""
    try:
        found = date(int(parts[0]), int(parts[1]), int(parts[2]))
        if clock is not None:
            found = _at(found, clock)
    except (ValueError, OverflowError):
        return _refuse("impossible_date", plain)
    return _plausible(found, open_end=open_end)


def _at(day: date, clock: re.Match[str]) -> date:
    hour, minute, second, zone = clock.groups()
    moment = datetime(  # noqa: DTZ001 - a clock without a zone is local time already
        day.year, day.month, day.day, int(hour), int(minute), int(second or 0)
    )
    return _local(moment.replace(tzinfo=_zone(zone))) if zone else moment.date()


def _zone(text: str) -> timezone:
    if text == "Z":
        return timezone.utc  # noqa: UP017
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-offset if text[0] == "-" else offset)


def _serial(number: float, text: str) -> Read:
    if not 1 <= number < 100_000:
        return Read(None, problem("unreadable_date", shown=quoted(text)))
    if int(number) == 60:
        return Read(None, problem("excel_serial", value=text, wording="excel_serial_60"))
    days = timedelta(days=int(number))
    by_1900 = date(1899, 12, 30) + days
    by_1904 = date(1904, 1, 1) + days
    return _refuse("excel_serial", quoted(text), by_1900=str(by_1900), by_1904=str(by_1904))


def _plausible(day: date, *, open_end: bool) -> Read:
    if day.year >= OPEN_END and open_end:
        return Read(None, remark("open_end", value=str(day), shown=str(day)))
    if not FIRST_YEAR <= day.year < OPEN_END:
        return _refuse("placeholder_date", str(day), written=f"{day:%d.%m}.{day.year}")
    return Read(day)


def _refuse(code: str, value: str, **values: Value) -> Read:
    return Read(None, Problem(code, value, values={"shown": value, **values}))


def _no_date(cell: Cell) -> Read:
    return _refuse("unreadable_date", shown(cell))


# --- codes, numbers, ids, paragraphs ---------------------------------------------------------


def read_code(cell: Cell, words: Vocabulary) -> Read:
    """The code that a word means."""
    text = _plain_text(cell)
    if (code := words.code(text)) is not None:
        return Read(code)
    near = words.nearest(text)
    # A value that resembles none of the words may be anything, a name too.
    alike = near and len(text.split()) <= 3 and words.nearest(text, close=_ALIKE)
    value = quoted(text) if alike else shown(cell)
    wording = ("unknown_value", "unknown_value_near", "unknown_value_between")[len(near)]
    values: dict[str, Value] = dict(zip(("near", "next"), near, strict=False))
    values |= {"shown": value, "options": ", ".join(words.labels())}
    return Read(None, Problem("unknown_value", value, wording=wording, values=values))


def read_number(cell: Cell, *, low: int, high: int, usual: int) -> Read:
    """A whole number from `low` to `high`; above `usual` it is stored with a warning."""
    text = _plain_text(cell)
    if isinstance(cell, bool) or not _WHOLE.fullmatch(text):
        value = quoted(text) if text[:1].isdigit() else shown(cell)
        return Read(None, problem("bad_number", value=value, shown=value, low=low, high=high))
    number = int(float(text.replace(",", ".")))
    if not low <= number <= high:
        value = quoted(str(number))
        away = problem(
            "bad_number", value=value, wording="bad_number_range", shown=value, low=low, high=high
        )
        return Read(None, away)
    if number > usual:
        return Read(number, remark("unusual_number", value=str(number), shown=str(number)))
    return Read(number)


def read_id(cell: Cell) -> Read:
    """An id as text. Values are never shown: an id may be somebody's."""
    text = _plain_text(cell)
    if isinstance(cell, bool) or len(text) > 64 or not _ID.fullmatch(text) or ".." in text:
        return Read(None, problem("bad_id", length=len(text)))
    return Read(text)


def read_pseudonym(cell: Cell) -> Read:
    """An id that stands for a child; what looks like a name is refused unseen."""
    text = _plain_text(cell)
    if _NAME.fullmatch(text):
        return Read(None, problem("name", length=len(text)))
    return read_id(cell)


def read_municipality(cell: Cell) -> Read:
    """A four-digit municipality number; a lost zero or a decimal tail is mended and named."""
    text = _plain_text(cell)
    match = re.fullmatch(r"(\d{3,4})(?:[.,]0+)?", text)
    if isinstance(cell, bool) or match is None:
        return _refuse("bad_municipality", shown(cell))
    number = match[1].zfill(4)
    if number == text:
        return Read(number)
    return Read(number, remark("mended_municipality", value=text, shown=text, number=number))


def read_paragraph(cell: Cell) -> Read:
    """The paragraph of the Child Welfare Act, as "4-4"."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        changed = problem("bad_legal_basis", wording="bad_legal_basis_date", shown=str(cell))
        return Read(None, changed)
    match = _PARAGRAPH.search(_plain_text(cell).casefold())
    if match is None:
        return Read(None, problem("bad_legal_basis", shown=shown(cell)))
    return Read(f"{int(match[1])}-{int(match[2])}{match[3] or ''}")


def _plain_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return tidy(str(cell))
