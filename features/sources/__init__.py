"""Readers: one file per kind of source; the only place here that opens files."""

import hashlib
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from features.sources.csv_file import read_csv
from features.sources.parquet_file import read_parquet
from features.sources.xlsx_file import read_xlsx
from features.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, RawTable, Sheet, fault, table_of
from forecasting.errors import InputError
from forecasting.findings import Finding

# File ending -> reader of its bytes.
SOURCES: Mapping[str, Callable[[bytes], Sheet]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
}
_MAGIC = {".xlsx": b"PK", ".parquet": b"PAR1"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = {
    ".xls": "gammelt Excel-format",
    ".xlsm": "arbeidsbok med makroer",
    ".xlsb": "binær arbeidsbok",
    ".ods": "OpenDocument-regneark",
}


def read_table(path: Path) -> RawTable:
    """Read one file, chosen by its ending. What is wrong with the file becomes findings.

    Raises InputError only where there is no such file, or where it is no ordinary file.
    """
    size = _size(path)
    if size > MAX_BYTES:
        message = f"Filen er for stor: {size // 1_000_000} MB, grensen er {MAX_BYTES // 1_000_000}."
        fix = "Del uttrekket i flere filer."
        return RawTable(path.name, "", findings=(fault("too_large", message, fix=fix),))
    before = _stamp(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"filen «{path.name}» kan ikke leses: {error.strerror}.", fix="Kontroller tilgangen."
        ) from error
    sheet = _bounded(_read(data, path.suffix.lower()))
    if _stamp(path) != before:
        message = "Filen ble endret mens den ble lest; prøv igjen (try again)."
        sheet = Sheet(findings=(fault("changed_file", message, fix="Vent til filen er ferdig."),))
    return table_of(sheet, name=path.name, sha256=hashlib.sha256(data).hexdigest())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from another: which file, its size, when it was written."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise InputError(
            f"filen «{path}» finnes ikke.", fix="Kontroller navnet og mappen."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            f"«{path}» er ingen vanlig fil.", fix="Oppgi en fil (CSV, XLSX eller Parquet)."
        )
    return status.st_size


def _read(data: bytes, ending: str) -> Sheet:
    if not data:
        fix = "Lag uttrekket på nytt."
        return Sheet(findings=(fault("empty_file", "Filen er tom (0 byte).", fix=fix),))
    if ending in _SAVE_AS:
        message = f"Filen er et {_SAVE_AS[ending]} ({ending}), som ikke leses."
        fix = "Lagre den som vanlig .xlsx uten makroer, eller som CSV."
        return Sheet(findings=(fault("unsupported_format", message, fix=fix),))
    if ending not in SOURCES:
        message = f"Filendelsen «{ending[:20]}» er ukjent."
        fix = f"Bruk en av: {', '.join(SOURCES)}."
        return Sheet(findings=(fault("unsupported_format", message, fix=fix),))
    disguised = _disguised(data, ending)
    return disguised if disguised is not None else SOURCES[ending](data)


def _disguised(data: bytes, ending: str) -> Sheet | None:
    """The refusal of a file whose content is not what its ending says."""
    if data.startswith(_OLE):
        return Sheet(findings=(_compound_file(data),))
    if ending in _MAGIC and not data.startswith(_MAGIC[ending]):
        what = "en HTML-side" if _is_html(data) else "noe annet"
        message = (
            f"Innholdet er ikke en gyldig {ending}-fil, men {what}; filen kan også være skadet."
        )
    elif ending not in _MAGIC and (_is_binary(data) or _is_html(data)):
        message = f"Innholdet er ikke ren tekst, som {ending} skal være (feil filformat)."
    else:
        return None
    fix = "Åpne filen i Excel og lagre den som .xlsx eller CSV."
    return Sheet(findings=(fault("wrong_content", message, fix=fix),))


def _compound_file(data: bytes) -> Finding:
    if "EncryptedPackage".encode("utf-16-le") in data:
        message = "Filen er beskyttet med passord og kan ikke leses."
        return fault("password_protected", message, fix="Lagre en kopi uten passord.")
    message = "Filen er et gammelt Excel-format (.xls), ikke det filendelsen sier."
    return fault("unsupported_format", message, fix="Lagre den som .xlsx.")


def _is_binary(data: bytes) -> bool:
    return data.startswith(
        (b"PK\x03\x04", b"PAR1", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
    )


def _is_html(data: bytes) -> bool:
    start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<table", b"<body", b"<?xml"))


def _bounded(sheet: Sheet) -> Sheet:
    if len(sheet.records) - 1 > MAX_ROWS:
        message = f"Filen har flere enn {MAX_ROWS} rader."
    elif sheet.records and len(sheet.records[0]) > MAX_COLUMNS:
        message = f"Filen har {len(sheet.records[0])} kolonner; grensen er {MAX_COLUMNS}."
    else:
        return sheet
    return Sheet(findings=(*sheet.findings, fault("too_large", message, fix="Del uttrekket.")))
