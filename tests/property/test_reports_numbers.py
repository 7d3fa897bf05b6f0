"""Numbers, labels, colours and cells: laws that hold for every value."""

import itertools
import math
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import theme
from reports.charts.parts import spread
from reports.document import Kind
from reports.figures import svg, time_locale
from reports.glyphs import printable
from reports.numbers import MINUS, NO_BREAK, Numbers
from reports.panels import Figures
from reports.sentences import Speaker
from reports.words import words_of
from reports.writers.csv import safe_text
from reports.writers.html import css_string
from tests.plans import example_plan

NUMBERS = Numbers("nb")


def read_back(text: str) -> float:
    return float(text.replace(NO_BREAK, "").replace(MINUS, "-").replace(",", "."))


@given(st.floats(-1e13, 1e13), st.integers(0, 3))
def test_a_number_read_back_is_the_number(value: float, digits: int) -> None:
    text = NUMBERS.decimal(value, digits)
    assert read_back(text) == pytest.approx(round(value, digits), abs=10**-digits / 2 + 1e-3)
    assert " " not in text
    assert "-" not in text
    assert re.fullmatch(rf"{MINUS}?\d{{1,3}}({NO_BREAK}\d{{3}})*(,\d+)?", text)


def test_numbers_are_written_as_people_write_them() -> None:
    assert NUMBERS.nok(1234567.4) == f"1{NO_BREAK}234{NO_BREAK}567{NO_BREAK}kr"
    assert NUMBERS.money(123_456_789_012) == f"123{NO_BREAK}457{NO_BREAK}mill.{NO_BREAK}kr"
    assert NUMBERS.share(0.9734) == f"97,3{NO_BREAK}%"
    assert NUMBERS.percent(0.5) == f"50{NO_BREAK}%"
    assert NUMBERS.change(3) == "+3"
    assert NUMBERS.change(-3) == f"{MINUS}3"
    assert NUMBERS.change(0) == "0"
    assert NUMBERS.count(7.4) == "7,4"
    assert NUMBERS.day(date(2025, 12, 31)) == "31.12.2025"
    assert NUMBERS.month_name(11) == "november"
    assert NUMBERS.cell(float("nan"), Kind.NUMBER) == NUMBERS.cell(None, Kind.NOK) == "–"
    assert NUMBERS.cell((1.5e8, 2e8), Kind.RANGE) == "150–200"


@given(st.floats(0, 1))
def test_a_share_is_never_shown_as_none_or_all_unless_it_is(value: float) -> None:
    text = NUMBERS.share(value)
    assert (text == f"0,0{NO_BREAK}%") == (value == 0)
    assert (text == f"100,0{NO_BREAK}%") == (value == 1)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6).map(sorted), st.floats(0.1, 10))
def test_labels_keep_their_distance_and_order(values: list[float], gap: float) -> None:
    placed = spread(values, gap)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(placed))
    if all(b - a >= gap for a, b in itertools.pairwise(values)):
        assert placed == values


@given(st.text())
def test_no_cell_starts_as_a_formula(text: str) -> None:
    safe = safe_text(text)
    assert safe.endswith(printable(text))
    if safe[:1] in ("=", "@", "\t", "\r", "\n"):
        pytest.fail(f"{safe!r} is read as a formula")
    if safe[:1] in ("+", "-"):
        float(safe)


@given(st.text())
def test_a_css_string_cannot_be_left(text: str) -> None:
    assert re.fullmatch(r'"([A-Za-z0-9]|\\[0-9a-f]{6})*"', css_string(text))


def contrast(color: str, ground: str = "#ffffff") -> float:
    """WCAG 2.1 contrast ratio."""

    def light(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lin = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]

    high, low = sorted((light(color), light(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_the_known_one() -> None:
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)


def test_lines_and_edges_stand_out_from_the_page() -> None:
    for color in (theme.MAIN, theme.ACCENT, theme.REPEATED, theme.TODAY, theme.EDGE):
        assert contrast(color) >= 3
    for text in (theme.INK, theme.MUTED, theme.MAIN):
        assert contrast(text) >= 4.5


def test_white_numbers_stand_out_from_bars_and_lines_from_their_fields() -> None:
    for fill, tint in zip(theme.FORM_FILLS, theme.FORM_TINTS, strict=True):
        assert contrast("#ffffff", fill) >= 4.5
        assert contrast(fill, tint) >= 3
        assert contrast(theme.INK, tint) >= 4.5
        assert contrast(theme.TODAY, tint) >= 3
    for line in (theme.MAIN, theme.ACCENT):
        assert contrast(line, theme.OUTER) >= 3
    assert contrast(theme.REPEATED, theme.OUTER) >= 3


def test_months_and_days_are_norwegian() -> None:
    names = time_locale(NUMBERS)
    assert names["months"][0] == "januar"
    assert names["shortMonths"][9] == "okt"
    assert names["days"][0] == "søndag"
    assert all(len(names[key]) == 12 for key in ("months", "shortMonths"))


def test_a_drawing_gives_the_same_picture_twice_and_names_its_panels() -> None:
    speaker = Speaker(example_plan(regions=2, groups=2), words_of("nb"))
    drawing = Figures(speaker).curves()[0].drawing
    first = svg(drawing)
    svg.cache_clear()
    assert svg(drawing) == first
    for label in ("Akutt", "Behandling høy", "Forpliktede plasser", "Anbefalt"):
        assert label in first
    assert 'font-family="Inter' in first


def test_a_range_with_an_unknown_end_is_not_known() -> None:
    for kind in (Kind.RANGE, Kind.SPAN):
        assert Numbers().cell((math.nan, 3.0), kind) == Numbers().cell(None, kind)
