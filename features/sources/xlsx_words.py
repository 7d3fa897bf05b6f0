"""Words in a workbook that no cell holds: properties, comments, margins, text boxes, names."""

import re
from collections.abc import Callable, Iterator

from features.personal import holds_national_id
from forecasting.findings import Finding, error, warning

_TAG = re.compile(r"<[^>]*>")
_PROPERTIES = re.compile(
    r"<(?:\w+:)?(title|subject|description|keywords|category|creator|lastModifiedBy|manager)"
    r"\b[^>]*>([^<]*)(?=<)"
)
_AUTHORS = ("creator", "lastModifiedBy", "manager")
_FULL_NAME = re.compile(r"[^\W\d_][^\W\d_.'-]*(?: [^\W\d_][^\W\d_.'-]*){1,4}")
_PROGRAM = re.compile(
    r"\b(?:microsoft|office|user|bruker|excel|admin\w*|python|report)\b", re.IGNORECASE
)
_MARGIN = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^>]*>([^<]*)(?=<)")
_NAMED_RANGE = re.compile(r"<(?:\w+:)?definedName\b[^>]*>([^<]*)(?=<)")
_SHAPE_TEXT = re.compile(r"<(?:\w+:)?t\b[^>]*>([^<]*)(?=<)")
_LAYOUT = re.compile(r"&amp;(?:[LCRPNDTFAZGBIUESXYO]|K[0-9A-F]{6}|&quot;[^&]*&quot;|\d+)")


def hidden_words(name: str, content: bytes) -> Iterator[Finding]:
    """What is said outside the cells of one part of a workbook; the words are not echoed."""
    where, words = _said(name, content.decode("utf-8", "replace"))
    if any(map(holds_national_id, words)):
        yield error("national_id", wording="national_id_hidden", part=name)
    elif where and any(word.strip() for word in words):
        yield warning("comments" if where == _COMMENT else "hidden_text", part=name)


_COMMENT = "En kommentar i arket"


def _said(name: str, text: str) -> tuple[str, list[str]]:
    """Where words stand, as a message names it, and the words that are not the program's own."""
    low = name.lower()
    if "comments" in low:
        return _COMMENT, _all(text)
    for start, where, words in _PLACES:
        if low.startswith(start):
            return where, words(text)
    return "", []


def _all(text: str) -> list[str]:
    return _TAG.sub("\n", text).split("\n")


def _properties(text: str) -> list[str]:
    found = _PROPERTIES.findall(text)
    return [
        words
        for kind, words in found
        if kind not in _AUTHORS or holds_national_id(words) or _is_person(words)
    ]


def _is_person(words: str) -> bool:
    """Whether an author is named in full; a login or the program's own name is none."""
    return _FULL_NAME.fullmatch(words.strip()) is not None and not _PROGRAM.search(words)


def _margins(text: str) -> list[str]:
    return [_LAYOUT.sub(" ", words) for words in _MARGIN.findall(text)]


def _named_ranges(text: str) -> list[str]:
    return [words for words in _NAMED_RANGE.findall(text) if holds_national_id(words)]


# Part of the zip -> what it is called and what is said in it; the first that fits.
_PLACES: tuple[tuple[str, str, Callable[[str], list[str]]], ...] = (
    ("docprops/custom.xml", "Dokumentegenskapene (properties)", _all),
    ("docprops/", "Dokumentegenskapene (properties)", _properties),
    ("xl/worksheets/sheet", "Toppteksten eller bunnteksten (header, footer)", _margins),
    ("xl/drawings/", "En tekstboks i arket", _SHAPE_TEXT.findall),
    ("xl/workbook.xml", "Et navngitt område", _named_ranges),
)
