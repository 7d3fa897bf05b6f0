"""The PDF as a screen reader gets it: its tree of tags, read by a program that is not ours."""

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pypdf
import pytest

from reports import REPORTS
from reports.document import Depth, Document, Figure
from reports.files import report_files
from tests.made_reports import sources


@dataclass(frozen=True)
class Tag:
    """One element of the structure: its kind, what is said in its place, and what is inside."""

    kind: str
    alt: str
    attributes: dict[str, Any]
    inside: tuple["Tag", ...]

    def all(self, *kinds: str) -> Iterator["Tag"]:
        """Elements of these kinds, itself and inside, in reading order."""
        if self.kind in kinds:
            yield self
        for each in self.inside:
            yield from each.all(*kinds)


def tag_of(element: Any, roles: dict[str, str]) -> Tag:
    kind = str(element.get("/S", "/Root")).removeprefix("/")
    inner = element.get("/K", [])
    parts = inner if isinstance(inner, list) else [inner]
    opened = [part.get_object() for part in parts if not isinstance(part, int)]
    found = element.get("/A", {})
    each = found.get_object() if hasattr(found, "get_object") else found
    listed = each if isinstance(each, list) else [each]
    attributes = {str(k): v for a in listed for k, v in a.get_object().items()} if each else {}
    return Tag(
        roles.get(kind, kind),
        str(element.get("/Alt", "")),
        attributes,
        tuple(tag_of(part, roles) for part in opened if isinstance(part, dict) and "/S" in part),
    )


@cache
def document(name: str) -> Document:
    made = REPORTS[name](sources()[name])
    assert isinstance(made, Document)
    return made.at(Depth.SHORT)


@cache
def root(name: str) -> Any:
    made = report_files(REPORTS[name](sources()[name]), formats=("pdf",))
    return pypdf.PdfReader(io.BytesIO(made[f"{document(name).name}.pdf"])).trailer["/Root"]


def tree(name: str) -> Tag:
    top = root(name)["/StructTreeRoot"]
    roles = {
        k.removeprefix("/"): str(v).removeprefix("/") for k, v in top.get("/RoleMap", {}).items()
    }
    return tag_of(top, roles)


@pytest.mark.parametrize("name", REPORTS)
def test_it_claims_both_standards_and_says_title_and_language(name: str) -> None:
    xmp = root(name)["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part\W+2", xmp)
    assert re.search(r"pdfaid:conformance\W+A", xmp)
    assert re.search(r"pdfuaid:part\W+1", xmp)
    assert root(name)["/Lang"] == "nb"
    assert root(name)["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document(name).title.split(" –")[0] in xmp


@pytest.mark.parametrize("name", REPORTS)
def test_headings_are_tagged_and_skip_no_level(name: str) -> None:
    levels = [int(tag.kind[1]) for tag in tree(name).all("H1", "H2", "H3", "H4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == len(document(name).sections)
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_has_its_text(name: str) -> None:
    told = [tag.alt for tag in tree(name).all("Figure")]
    drawn = [b.alt for s in document(name).sections for b in s.blocks if isinstance(b, Figure)]
    assert sorted(set(told)) == sorted(set(drawn))


@pytest.mark.parametrize("name", REPORTS)
def test_every_table_has_headers_that_say_what_they_head(name: str) -> None:
    tables = list(tree(name).all("Table"))
    shown = [t for t in document(name).tables() if t.depth is not Depth.FULL]
    assert len(tables) == len(shown)
    for table in tables:
        first = next(table.all("TR"))
        heads = list(first.all("TH"))
        assert heads
        assert not list(first.all("TD"))
        assert {str(tag.attributes.get("/Scope")) for tag in heads} == {"/Column"}
