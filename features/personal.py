"""Finds national identity numbers, and says things about values without echoing them.

Shape comes first: any free-standing run of 11 digits (10 in a numeric cell, where the leading
zero is lost; 12 for a DUF number) is refused, in every notation. The check digits only decide
about runs that are glued to letters, so that random ids pass. The check is the relaxed one
that holds from 2032 (Skatteetaten: the first check digit leaves a rest of 0-3).
"""

import re
from datetime import date

from features.table import Cell
from features.words import tidy

# Between the groups of a written number: blanks, hyphens of all kinds, dots, slashes.
_GAP = r"[ \-‐‑‒–—−.,/_']{1,3}"
_GROUPINGS = (
    (6, 5),
    (6, 3, 2),
    (2, 2, 2, 5),
    (2, 2, 2, 3, 2),
    (4, 2, 5),
    (4, 7),
    (3, 3, 5),
    (3, 4, 4),
    (2, 3, 3, 3),
    (3, 3, 3, 2),
    (4, 6, 2),
    (6, 6),
    (1,) * 11,
)
# 4-2-5 and the like are also how case numbers are written ("2024-05-00012").
_DATED = {(4, 2, 5), (4, 7), (3, 3, 5), (3, 4, 4)}
_ENOUGH = re.compile(r"\d(?:[\W_]{0,3}\d){9}")
_RUN = re.compile(r"(?<!\d)\d{11,12}(?!\d)")
_SPACED = re.compile(r"(?<!\d)(?=\d+ )\d(?: ?\d){10,11}(?!\d| \d)")
# A random id that is no number even where its last group has decimal digits only.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUPED = tuple(
    re.compile(r"(?<!\d)" + _GAP.join(rf"\d{{{n}}}" for n in sizes) + r"(?!\d)")
    for sizes in _GROUPINGS
    if sizes not in _DATED
)
_WHOLE_NUMBER = re.compile(r"[+]?\d{1,3}(?:[ .,']?\d{3}){3}(?:[.,]0+)?")
_SCIENTIFIC = re.compile(r"(?<![\w.,])\d(?:[.,]\d+)?[eE]\+?(?:0?9|10|11)(?!\d)")
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
    if _SCIENTIFIC.search(plain):
        return True
    if not _ENOUGH.search(plain) or _UUID.fullmatch(plain):
        return False
    return (
        _WHOLE_NUMBER.fullmatch(plain) is not None
        or _SPACED.search(plain) is not None
        or any(pattern.search(plain) for pattern in _GROUPED)
        or any(_free_or_checked(plain, run) for run in _RUN.finditer(plain))
    )


def _free_or_checked(text: str, run: re.Match[str]) -> bool:
    before = text[run.start() - 1 : run.start()]
    after = text[run.end() : run.end() + 1]
    free = not (before.isalpha() or before == "_" or after.isalpha() or after == "_")
    digits = run.group()
    return free or (len(digits) == 11 and has_date_shape(digits) and has_valid_checks(digits))


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


def printable(text: str) -> str:
    """The text on one line of at most 60 characters, control characters written out."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
