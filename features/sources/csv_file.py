"""Separated text: finds encoding and delimiter, and says in which row the file breaks."""

import codecs
import csv
import io
import re

from features.table import MAX_ROWS, Sheet
from forecasting.findings import Finding, error, warning

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_HEAD, _LINES = 200_000, 20  # characters and lines that the delimiter is looked for in
_SPARE_LINES = 1_000  # blank lines, titles, line breaks within fields
_QUOTED = re.compile(r'"[^"]*"')


def read_csv(data: bytes) -> Sheet:
    """All records of a text file. Row numbers count records, as a spreadsheet shows them."""
    text, findings = _decoded(data)
    if text is None:
        return Sheet(findings=findings)
    if "\x00" in text:
        return Sheet(findings=(*findings, _nul(text)))
    if (lines := max(text.count("\n"), text.count("\r"))) > MAX_ROWS + _SPARE_LINES:
        found = error("too_large", wording="too_large_lines", most=MAX_ROWS, lines=lines)
        return Sheet(findings=(*findings, found))
    delimiter, text = _delimiter(text)
    records: list[tuple[str, ...]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            records.append(tuple(record))
            if len(records) > MAX_ROWS + 1:
                break
    except csv.Error as fault:
        return Sheet(findings=(*findings, _unreadable(str(fault), len(records) + 1)))
    return Sheet(tuple(records), findings)


def _decoded(data: bytes) -> tuple[str | None, tuple[Finding, ...]]:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None) or _utf16(data)
    try:
        return data.decode(encoding or "utf-8"), ()
    except UnicodeDecodeError:
        if encoding is not None:
            return None, (_bad_encoding(encoding),)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None, (_bad_encoding("UTF-8, UTF-16, Windows-1252"),)
    return text, (warning("encoding"),)


def _utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of mostly western text is NUL."""
    head = data[:2000]
    if len(head) >= 8 and head[1::2].count(0) > 0.7 * len(head[1::2]):
        return "utf-16-le"
    if len(head) >= 8 and head[::2].count(0) > 0.7 * len(head[::2]):
        return "utf-16-be"
    return None


def _bad_encoding(tried: str) -> Finding:
    return error("encoding", wording="encoding_unknown", tried=tried)


def _nul(text: str) -> Finding:
    before = text[: text.index("\x00")]
    row = (
        len(before.splitlines())
        if before and before[-1] not in "\r\n"
        else (len(before.splitlines()) + 1)
    )
    row = max(row, 1)
    return error("control_character", wording="control_character_nul", row=row)


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter of the header, and the text without Excel's `sep=` line."""
    if match := _SEPARATOR_LINE.match(text):
        return match[1], text[match.end() :]
    lines = [line for line in text[:_HEAD].splitlines() if line.strip()][:_LINES]
    # A title over the table has no delimiter: then the lines below it tell.
    for part in (*lines[:1], "\n".join(lines)):
        bare = _QUOTED.sub("", part)
        if any(mark in bare for mark in _DELIMITERS):
            return max(_DELIMITERS, key=bare.count), text
    return ",", text


def _unreadable(reason: str, row: int) -> Finding:
    if "field larger" in reason:
        return error("field_too_long", row=row, most=csv.field_size_limit())
    return error("unclosed_quote", row=row)
