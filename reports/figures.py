"""Draws figures as SVG with vl-convert, without network and without a browser.

The same drawing always gives the same bytes: data stand in the chart in a fixed order, and
time scales are in UTC, so the machine's time zone is not seen.
"""

import io
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any, Literal

from babel.dates import get_day_names, get_month_names

from reports import theme
from reports.charts import (
    bars,
    calibrations,
    curves,
    durations,
    fans,
    frontiers,
    tiles,
    waterfalls,
)
from reports.charts.parts import Spec
from reports.drawings import (
    Bars,
    Curves,
    Drawing,
    Durations,
    Fans,
    Frontier,
    Pit,
    Reliability,
    Tiles,
    Waterfalls,
)
from reports.glyphs import drawable, in_all_texts
from reports.numbers import MINUS, Numbers

Width = Literal["wide", "abbreviated"]


# HTML and PDF of one plan, and a page seen again, draw each picture once.
@lru_cache(maxsize=64)
def svg(drawing: Drawing, *, language: str = "nb") -> str:
    """The drawing as an SVG text, with numbers and months of the language."""
    import vl_convert

    _register_fonts()
    numbers = Numbers(language)
    picture: str = vl_convert.vegalite_to_svg(
        in_all_texts(chart(drawing, numbers), drawable),
        config=theme.config(),
        format_locale=number_locale(numbers),
        time_format_locale=time_locale(numbers),
        allowed_base_urls=[],
    )
    return picture


# Dots an inch, and colours that flat fields and smooth letters need: sharp in print, and less
# than a tenth of a megabyte a figure.
DPI = 160
COLOURS = 64


@lru_cache(maxsize=64)
def png(picture: str) -> bytes:
    """An SVG text as PNG, for programs that show no SVG of their own."""
    import vl_convert
    from PIL import Image

    _register_fonts()
    # A CSS pixel is 1/96 inch.
    content = vl_convert.svg_to_png(picture, scale=DPI / 96, ppi=DPI)
    whole, small = Image.open(io.BytesIO(content)).convert("RGB"), io.BytesIO()
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", dpi=(DPI, DPI))
    return small.getvalue()


def chart(drawing: Drawing, numbers: Numbers) -> Spec:  # noqa: PLR0911  (one a kind)
    """The drawing in the Vega-Lite grammar."""
    match drawing:
        case Fans():
            return fans.chart(drawing, numbers)
        case Durations():
            return durations.chart(drawing, numbers)
        case Curves():
            return curves.chart(drawing, numbers)
        case Bars():
            return bars.chart(drawing, numbers)
        case Waterfalls():
            return waterfalls.chart(drawing, numbers)
        case Frontier():
            return frontiers.chart(drawing, numbers)
        case Tiles():
            return tiles.chart(drawing, numbers)
        case Pit():
            return calibrations.pit_chart(drawing)
        case Reliability():
            return calibrations.reliability_chart(drawing)


@cache
def _register_fonts() -> None:
    import vl_convert

    with as_file(files("reports") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


def number_locale(numbers: Numbers) -> dict[str, Any]:
    """How the chart library writes numbers in this language."""
    return {
        "decimal": numbers.decimal(0, 1)[1],
        "thousands": numbers.decimal(1000)[1],
        "grouping": [3],
        "currency": numbers.nok(0).split("0"),
        "minus": MINUS,
        "percent": numbers.percent_sign,
    }


def time_locale(numbers: Numbers) -> dict[str, Any]:
    """Names of days and months in this language, for the chart library."""

    def days(width: Width) -> list[str]:
        names = get_day_names(width, locale=numbers.locale)
        return [str(names[day]) for day in (6, 0, 1, 2, 3, 4, 5)]

    def months(width: Width) -> list[str]:
        names = get_month_names(width, "stand-alone", locale=numbers.locale)
        return [str(names[month]).rstrip(".") for month in range(1, 13)]

    return {
        "dateTime": "%d.%m.%Y %H.%M",
        "date": "%d.%m.%Y",
        "time": "%H.%M",
        "periods": ["", ""],
        "days": days("wide"),
        "shortDays": days("abbreviated"),
        "months": months("wide"),
        "shortMonths": months("abbreviated"),
    }
