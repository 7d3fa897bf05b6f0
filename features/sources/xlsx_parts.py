"""The parts of a workbook's zip: sizes, damage, macros, entities, links, hidden text."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from features.personal import holds_national_id
from features.table import MAX_COLUMNS, MAX_ROWS, fault, notice
from forecasting.findings import Finding, Severity

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
_TAG = re.compile(r"<[^>]*>")


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
        message = "Filen er ikke en gyldig xlsx-fil: den er skadet eller avkuttet (corrupt)."
        fix = "Overfør eller lagre filen på nytt."
        return (fault("corrupt_file", message, fix=fix),)


def _size(file: zipfile.ZipFile, packed: int) -> Finding | None:
    infos = file.infolist()
    unpacked = sum(info.file_size for info in infos)
    greedy = unpacked > _SMALL and unpacked > _MAX_RATIO * packed
    if unpacked <= _MAX_UNPACKED and not greedy and len(infos) <= _MAX_PARTS:
        return None
    message = f"Filen er for stor: {packed / 1e6:.1f} MB zip blir {unpacked / 1e6:.0f} MB utpakket."
    return fault("zip_bomb", message, fix="Lagre arket på nytt med bare uttrekket i.")


def _parts(file: zipfile.ZipFile) -> Iterator[Finding]:
    names = file.namelist()
    if not any(name.startswith("xl/") for name in names):
        message = "Innholdet er en zip-fil, men ikke en gyldig xlsx-fil."
        yield fault("wrong_content", message, fix="Lagre arket som .xlsx.")
        return
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        message = "Arbeidsboken inneholder makroer og leses ikke."
        yield fault("macros", message, fix="Lagre den som vanlig .xlsx.")
    if any("externallinks/" in name.lower() for name in names):
        message = "Arbeidsboken har lenker til andre filer; de følges ikke."
        yield notice("external_links", message, fix="Bryt lenkene og lim inn verdier.")
    for name in names:
        # Reading to the end compares the checksum: a damaged part raises BadZipFile.
        found = list(_part(name, file.read(name)))
        yield from found
        if any(finding.severity is Severity.ERROR for finding in found):
            return


def _part(name: str, content: bytes) -> Iterator[Finding]:
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    if _ENTITY.search(content) or _ENTITY.search(content.replace(b"\x00", b"")[:10_000]):
        message = "Arbeidsboken inneholder XML-entiteter og leses ikke."
        yield fault("xml_entities", message, fix="Lagre arket på nytt fra Excel.")
    elif "comments" in name.lower() or name.startswith("docProps/"):
        yield from _words(name, content)
    elif name.startswith("xl/worksheets/sheet"):
        yield from _cells(content)


def _words(name: str, content: bytes) -> Iterator[Finding]:
    text = _TAG.sub(" ", content.decode("utf-8", "replace"))
    comments = "comments" in name.lower()
    where = "En kommentar" if comments else "Dokumentegenskapene"
    if any(holds_national_id(word) for word in text.split("  ")) or holds_national_id(text):
        message = f"{where} inneholder det som kan være et fødselsnummer."
        yield fault("national_id", message, fix="Fjern kommentarer og egenskaper i Excel.")
    elif comments and text.strip():
        yield notice("comments", "Kommentarer i arket er ikke lest.", fix="Slett kommentarene.")


def _cells(content: bytes) -> Iterator[Finding]:
    columns: set[bytes] = set()
    last = count = 0
    for letters, row in _REFERENCE.findall(content):
        columns.add(letters)
        last = max(last, int(row))
        count += 1
    width = max((_number(letters) for letters in columns), default=0)
    if width > MAX_COLUMNS or last > MAX_ROWS or width * last > max(_MAX_AREA, 20 * count):
        message = f"Arket er for stort: celler ut til kolonne nr. {width} og rad {last}."
        yield fault("too_large", message, fix="Slett innhold utenfor tabellen.")
    for cell in _UNCOMPUTED.findall(content)[:20]:
        message = f"Celle {cell.decode()} har en formel uten verdi."
        row = int(re.sub(r"\D", "", cell.decode()))
        yield fault("formula", message, fix="Lim inn verdier i stedet for formler.", row=row)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
