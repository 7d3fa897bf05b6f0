"""One HTML file with everything in it; no script, nothing fetched, text escaped."""

import base64
import re
from importlib.resources import files

from reports.disclosure import Released
from reports.document import Depth
from reports.glyphs import in_all_texts, printable
from reports.writers.shown import shown

FONTS = {400: "Inter-Regular-latin.woff", 600: "Inter-SemiBold-latin.woff"}


def write(released: Released) -> dict[str, bytes]:
    """The document as one HTML page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["picture"] = _picture
    here = files("reports.writers")
    template = environment.from_string(here.joinpath("report.html").read_text(encoding="utf-8"))
    values = in_all_texts(shown(released.document.at(Depth.FULL)), printable)
    page = template.render(
        **values,
        css=_trusted(here.joinpath("report.css").read_text(encoding="utf-8")),
        fonts=[(weight, _font(name)) for weight, name in FONTS.items()],
        page_top=_trusted(
            css_string(" · ".join(filter(None, (values["title"], values["banner"]))))
        ),
        page_bottom=_trusted(css_string(values["basis"])),
    )
    return {f"{released.document.name}.html": (page + "\n").encode()}


def _trusted(text: str) -> str:
    """Text of our own that must not be escaped: the style sheet, a drawing."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  (own files, and strings escaped for CSS)


def _font(name: str) -> str:
    return base64.b64encode(files("reports").joinpath(f"fonts/{name}").read_bytes()).decode()


def css_string(text: str) -> str:
    """A string for a style sheet; all but letters and digits become escapes."""
    escaped = (c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return f'"{"".join(escaped)}"'


def _picture(svg: str, name: str) -> str:
    """A drawing for the page: silent (its text stands beside it), with names of its own."""
    own = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    return _trusted(own.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
