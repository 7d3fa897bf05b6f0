"""The parts of a workbook's zip: sizes, damage, macros, entities, links, hidden text."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from features.sources.xlsx_words import hidden_words
from features.table import MAX_COLUMNS, MAX_ROWS
from forecasting.findings import Finding, Severity, error, warning

_MAX_UNPACKED = 400_000_000
_MAX_RATIO = 120
_SMALL = 30_000_000  # below this a high ratio does no harm
_MAX_PARTS = 5_000
# Cells of an almost empty sheet that still fit in memory.
_MAX_AREA = 30_000_000
_REFERENCE = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"')
_UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3}\d{1,7})"[^>]*>\s*'
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</"
)
_ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\bt="e"[^>]*>')
_PLACE = re.compile(rb'\br="([A-Z]{1,3}\d{1,7})"')
# A formula that asks another program or another file: «cmd|'/C calc'!A0», «[1]Ark1!A1».
_OUTWARD = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>[^<]*[|\[][^<]*<")
_EXTERNAL = re.compile(rb'TargetMode\s*=\s*["\']External["\']', re.IGNORECASE)
_LINKING = ("externallinks/", "xl/connections", "querytables/", "xl/embeddings/", "xl/activex/")
_CELLS_NAMED = 50


def inspected(data: bytes) -> tuple[Finding, ...]:
    """What is wrong with the zip; nothing is unpacked before the sizes are known."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            if (found := _size(file, len(data))) is not None:
                return (found,)
            return tuple(_parts(file))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OverflowError,
    ):
        return (error("corrupt_file", ending="xlsx"),)


def _size(file: zipfile.ZipFile, packed: int) -> Finding | None:
    infos = file.infolist()
    unpacked = sum(info.file_size for info in infos)
    greedy = unpacked > _SMALL and unpacked > _MAX_RATIO * packed
    if unpacked <= _MAX_UNPACKED and not greedy and len(infos) <= _MAX_PARTS:
        return None
    return error("zip_bomb", packed=packed / 1e6, unpacked=round(unpacked / 1e6))


def _parts(file: zipfile.ZipFile) -> Iterator[Finding]:
    names = file.namelist()
    if not any(name.startswith("xl/") for name in names):
        yield error("wrong_content", wording="wrong_content_zip")
        return
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        yield error("macros")
    linked = any(part in name.lower() for name in names for part in _LINKING)
    for name in names:
        # Reading to the end compares the checksum: a damaged part raises BadZipFile.
        content = file.read(name)
        linked = linked or _links(name, content)
        found = list(_part(name, content))
        yield from found
        if any(finding.severity is Severity.ERROR for finding in found):
            return
    if linked:
        yield warning("external_links")


def _links(name: str, content: bytes) -> bool:
    if name.endswith(".rels"):
        return _EXTERNAL.search(content) is not None
    return name.startswith("xl/worksheets/sheet") and _OUTWARD.search(content) is not None


def _part(name: str, content: bytes) -> Iterator[Finding]:
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    if _ENTITY.search(content) or _ENTITY.search(content.replace(b"\x00", b"")[:10_000]):
        yield error("xml_entities")
        return
    yield from hidden_words(name, content)
    if name.startswith("xl/worksheets/sheet"):
        yield from _cells(content)


def _cells(content: bytes) -> Iterator[Finding]:
    columns: set[bytes] = set()
    last = count = 0
    for letters, row in _REFERENCE.findall(content):
        columns.add(letters)
        last = max(last, int(row))
        count += 1
    width = max((column_number(letters.decode()) for letters in columns), default=0)
    if width > MAX_COLUMNS or last > MAX_ROWS or width * last > max(_MAX_AREA, 20 * count):
        yield error("too_large", wording="too_large_sheet", width=width, last=last)
    for cell in _UNCOMPUTED.findall(content)[:_CELLS_NAMED]:
        yield _at(cell.decode(), "formula", wording="formula_uncomputed")
    broken = (_PLACE.search(cell.group()) for cell in _ERROR_CELL.finditer(content))
    for place in [place for place in broken if place is not None][:_CELLS_NAMED]:
        yield _at(place[1].decode(), "cell_error", wording="cell_error")


def _at(cell: str, code: str, *, wording: str) -> Finding:
    """A fault in one cell; `column` holds its letters until the header is known."""
    letters, row = cell.rstrip("0123456789"), int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return error(code, wording=wording, row=row, column=letters, cell=cell)


def column_number(letters: str) -> int:
    """The place of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters.encode():
        number = 26 * number + letter - 64
    return number
