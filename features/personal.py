"""Finds national identity numbers, and says things about values without echoing them.

Shape comes first: any free-standing run of 11 digits (10 in a numeric cell, where the leading
zero is lost; 12 for a DUF number) is refused, in every notation. Only of runs that are glued to
letters the date and the check digits are asked, so that random ids pass. The check is the
relaxed one that holds from 2032 (Skatteetaten: the first check digit leaves a rest of 0-3).
"""

import re
from datetime import date

from features.table import Cell
from features.words import tidy

# Between the groups of a written number: blanks, hyphens of all kinds, dots, slashes.
_GAP = r"[ \-‐‑‒–—−.,/_']{1,3}"
# Groupings that case numbers have too ("2024-05-00012") are left out.
_GROUPINGS = (
    (6, 5),
    (6, 3, 2),
    (6, 2, 3),
    (2, 2, 2, 2, 3),
    (2, 2, 2, 5),
    (2, 2, 2, 3, 2),
    (2, 3, 3, 3),
    (3, 3, 3, 2),
    (4, 6, 2),
    (6, 6),
    (1,) * 11,
)
_ENOUGH = re.compile(r"\d(?:[\W_]{0,3}\d){9}")
_CHUNK = re.compile(r"(?<![^\W_])(?:\d{11,12}|[^\W_]*[^\W\d_][^\W_]*)(?![^\W_])")
_GLUED = re.compile(r"([^\W\d_]*)(\d{11})([^\W\d_]*)")
_HEX_LETTERS = re.compile(r"[a-f]{1,2}|[A-F]{1,2}")
_SPACED = re.compile(r"(?<!\d)(?=\d+ )\d(?: ?\d){10,11}(?!\d| \d)")
# A random id that is no number even where its last group has decimal digits only.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUPED = tuple(
    re.compile(r"(?<!\d)" + _GAP.join(rf"\d{{{n}}}" for n in sizes) + r"(?!\d)")
    for sizes in _GROUPINGS
)
_WHOLE_NUMBER = re.compile(r"[+]?\d{1,3}(?:[ .,']?\d{3}){3}(?:[.,]0+)?")
_SCIENTIFIC = re.compile(r"(?<![\w.,])\d(?:[.,]\d+[eE]\+?|[eE]\+)(?:0?9|10|11)(?!\w)")
_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SHOWN = 60


def has_valid_checks(digits: str) -> bool:
    """Whether 11 digits carry the two check digits of a national number (rests 0-3)."""
    numbers = [int(c) for c in digits]
    first = sum(w * n for w, n in zip((*_WEIGHTS[0], 1), numbers, strict=False)) % 11
    second = sum(w * n for w, n in zip((*_WEIGHTS[1], 1), numbers, strict=True)) % 11
    return first <= 3 and second == 0


def has_date_shape(digits: str) -> bool:
    """Whether 11 digits begin as a birth date (day +40; month +40, +65 or +80) or as FH."""
    day, month = int(digits[:2]), int(digits[2:4])
    real_day = 1 <= day <= 31 or 41 <= day <= 71
    real_month = any(1 <= month - shift <= 12 for shift in (0, 40, 65, 80))
    return digits[0] in "89" or (real_day and real_month)


def holds_national_id(cell: Cell) -> bool:
    """Whether a cell holds what may be a national identity number, in any notation."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, date):
        return False
    if isinstance(cell, int | float):
        return 1e9 <= abs(cell) < 1e12
    return _in_text(cell)


def _in_text(text: str) -> bool:
    if len(text) < 4:
        return False
    plain = tidy(text)
    if _SCIENTIFIC.search(plain) or ("duf" in plain.casefold() and _ENOUGH.search(plain)):
        return True
    if not _ENOUGH.search(plain) or _UUID.fullmatch(plain):
        return False
    return (
        _WHOLE_NUMBER.fullmatch(plain) is not None
        or _SPACED.search(plain) is not None
        or any(pattern.search(plain) for pattern in _GROUPED)
        or any(_is_run(plain, chunk) for chunk in _CHUNK.finditer(plain))
    )


def _is_run(text: str, chunk: re.Match[str]) -> bool:
    """Whether one chunk of letters and digits is, or holds, a number of a person."""
    if chunk.group().isdigit():
        # "bp_" and twelve decimal digits is a random id in hexadecimal.
        joined = "_" in text[max(chunk.start() - 1, 0) : chunk.end() + 1]
        return len(chunk.group()) == 11 or not joined
    glued = _GLUED.fullmatch(chunk.group())
    if glued is None or _HEX_LETTERS.fullmatch(glued[1] + glued[3]):
        return False
    return has_date_shape(glued[2]) and has_valid_checks(glued[2])


def masked(cell: Cell) -> str:
    """What may be said about a personal value: its first digits or letter, and its length."""
    text = tidy(str(cell))
    digits = "".join(c for c in text if c.isdigit())
    if isinstance(cell, int | float):
        digits = str(int(cell))
    if len(digits) >= 10 and len(digits) >= len(text) / 2:
        return f"{digits[:3]}…({len(digits)} siffer)"
    return f"{text[:1]}…({len(text)} tegn)"


def shown(cell: Cell) -> str:
    """A value as a message may show it: on one line, short, masked if it may be personal.

    Values that read like prose, hold an address sign or begin as names do are masked, too;
    single lower-case words, numbers and dates are shown.
    """
    text = tidy(str(cell))
    prose = len(text) > _SHOWN or len(text.split()) > 2 or "@" in text
    named = any(word[:1].isupper() and word[1:].islower() for word in text.split())
    if holds_national_id(cell) or prose or named:
        return masked(cell)
    return printable(text)


def quoted(text: str) -> str:
    """A number or a known kind of word as a message may show it: masked if it is long."""
    personal = sum(c.isdigit() for c in text) >= 9 or holds_national_id(text)
    return masked(text) if personal else printable(text)


def printable(text: str) -> str:
    """The text on one line of at most 60 characters, control characters written out."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
