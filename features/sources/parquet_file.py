"""Parquet: size from the metadata before anything is unpacked, then typed cells."""

import io
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.personal import holds_national_id, masked, printable
from features.table import MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Cell, Sheet
from forecasting.findings import Finding, error

_BATCH = 20_000
_MAX_UNPACKED = 1_000_000_000
# What the library raises for damaged or hostile files.
_DAMAGE = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError, TypeError)


def read_parquet(data: bytes) -> Sheet:
    """All records of a Parquet file, the column names first."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if (found := _too_large(file.metadata)) is not None:
            return Sheet(findings=(found,))
        return _records(file)
    except _DAMAGE:
        return Sheet(findings=(error("corrupt_file", ending="parquet"),))


def _too_large(metadata: Any) -> Finding | None:
    if metadata.num_rows <= MAX_ROWS and metadata.num_columns <= MAX_COLUMNS:
        return None
    return error(
        "too_large",
        wording="too_large_table",
        rows=metadata.num_rows,
        columns=metadata.num_columns,
        most_rows=MAX_ROWS,
        most_columns=MAX_COLUMNS,
    )


def _records(file: Any) -> Sheet:
    schema = file.schema_arrow
    nested = [field.name for field in schema if not _is_plain(field.type)]
    if nested:
        return Sheet(findings=(error("nested_column", columns=len(nested)),))
    records: list[tuple[Cell, ...]] = [tuple(schema.names)]
    unpacked = 0
    for batch in file.iter_batches(batch_size=_BATCH):
        columns = [_distinct(column) for column in batch.columns]
        unpacked += sum(map(_unpacked, columns))
        if unpacked > _MAX_UNPACKED or len(records) > MAX_ROWS:
            return Sheet(findings=(error("too_large", wording="too_large_unpacked"),))
        if (long := _too_long(columns, batch.schema.names)) is not None:
            return Sheet(findings=(long,))
        records += zip(*map(_cells, columns), strict=True)
    return Sheet(tuple(records), _not_numbers(records))


def _distinct(column: Any) -> Any:
    """Text with each word once: few bytes of a file may stand for very many of memory."""
    return column.dictionary_encode() if _is_text(column.type) else column


def _unpacked(column: Any) -> int:
    """Bytes of a column with each word written out as often as it stands there."""
    if not (pa.types.is_dictionary(column.type) and _is_text(column.dictionary.type)):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return pc.sum(lengths).as_py() or 0


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _too_long(columns: list[Any], names: list[str]) -> Finding | None:
    for name, column in zip(names, columns, strict=True):
        if pa.types.is_dictionary(column.type) and _is_text(column.dictionary.type):
            longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
            if longest > MAX_TEXT:
                return error(
                    "field_too_long",
                    wording="field_too_long_column",
                    name=_heading(name),
                    most=MAX_TEXT,
                )
    return None


def _heading(name: str) -> str:
    return masked(name) if holds_national_id(name) else printable(name)


def _cells(column: Any) -> list[Cell]:
    if not pa.types.is_dictionary(column.type):
        return [_cell(value) for value in column.to_pylist()]
    words = [_cell(value) for value in column.dictionary.to_pylist()]
    return [None if place is None else words[place] for place in column.indices.to_pylist()]


def _is_plain(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return not (
        pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    )


def _cell(value: Any) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        # pandas' own timestamps become plain ones.
        return (
            datetime.fromisoformat(value.isoformat()[:32]) if type(value) is not datetime else value
        )
    if value is None or isinstance(value, str | int | float | date):
        return value
    return str(value)


def _not_numbers(records: list[tuple[Cell, ...]]) -> tuple[Finding, ...]:
    return tuple(
        error("not_a_number", row=row, name=_heading(str(name)))
        for row, record in enumerate(records[1:], start=2)
        for name, cell in zip(records[0], record, strict=True)
        if isinstance(cell, float) and not isfinite(cell)
    )
