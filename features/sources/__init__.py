"""Readers: one file per kind of source; the only place here that opens files."""

import hashlib
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from features.sources.csv_file import read_csv
from features.sources.parquet_file import read_parquet
from features.sources.xlsx_file import read_xlsx
from features.table import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, RawTable, Sheet, table_of
from forecasting.errors import InputError
from forecasting.findings import Finding, error

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
_SAVE_AS = (".xls", ".xlsm", ".xlsb", ".ods")


def read_table(path: Path) -> RawTable:
    """Read one file, chosen by its ending. What is wrong with the file becomes findings.

    Raises InputError only where there is no such file, or where it is no ordinary file.
    """
    size = _size(path)
    if size > MAX_BYTES:
        found = error("too_large", size=size // 1_000_000, most=MAX_BYTES // 1_000_000)
        return RawTable(path.name, "", findings=(found,))
    before = _stamp(path)
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise InputError(
            f"filen «{path.name}» kan ikke leses: {fault.strerror}.", fix="Kontroller tilgangen."
        ) from fault
    sheet = _bounded(_read(data, path.suffix.lower()))
    if _stamp(path) != before:
        sheet = Sheet(findings=(error("changed_file"),))
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
    except (OSError, ValueError) as fault:
        raise InputError(
            f"filen «{path}» finnes ikke.", fix="Kontroller navnet og mappen."
        ) from fault
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            f"«{path}» er ingen vanlig fil.", fix="Oppgi en fil (CSV, XLSX eller Parquet)."
        )
    return status.st_size


def _read(data: bytes, ending: str) -> Sheet:
    if not data:
        return Sheet(findings=(error("empty_file", wording="empty_file_bytes"),))
    if ending in _SAVE_AS:
        wording = f"unsupported_{ending[1:]}"
        return Sheet(findings=(error("unsupported_format", wording=wording, ending=ending),))
    if ending not in SOURCES:
        found = error(
            "unsupported_format",
            wording="unsupported_ending",
            ending=ending[:20],
            endings=", ".join(SOURCES),
        )
        return Sheet(findings=(found,))
    disguised = _disguised(data, ending)
    return disguised if disguised is not None else SOURCES[ending](data)


def _disguised(data: bytes, ending: str) -> Sheet | None:
    """The refusal of a file whose content is not what its ending says."""
    if data.startswith(_OLE):
        return Sheet(findings=(_compound_file(data),))
    if ending in _MAGIC and not data.startswith(_MAGIC[ending]):
        wording = "wrong_content_html" if _is_html(data) else "wrong_content"
    elif ending not in _MAGIC and (_is_binary(data) or _is_html(data)):
        wording = "wrong_content_text"
    else:
        return None
    return Sheet(findings=(error("wrong_content", wording=wording, ending=ending),))


def _compound_file(data: bytes) -> Finding:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return error("password_protected")
    return error("unsupported_format", wording="unsupported_old_excel")


def _is_binary(data: bytes) -> bool:
    return data.startswith(
        (b"PK\x03\x04", b"PAR1", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
    )


def _is_html(data: bytes) -> bool:
    start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<table", b"<body", b"<?xml"))


def _bounded(sheet: Sheet) -> Sheet:
    if len(sheet.records) - 1 > MAX_ROWS:
        found = error("too_large", wording="too_large_rows", most=MAX_ROWS)
    elif sheet.records and len(sheet.records[0]) > MAX_COLUMNS:
        width = len(sheet.records[0])
        found = error("too_large", wording="too_large_columns", columns=width, most=MAX_COLUMNS)
    else:
        return sheet
    return Sheet(findings=(*sheet.findings, found))
