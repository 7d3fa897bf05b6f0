"""What people see in a terminal: data on stdout; talk, progress and faults on stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import typer

from forecasting.errors import PlassplanError

Row = Mapping[str, object]


class OutputFormat(StrEnum):
    """How rows are written to stdout."""

    TABLE = "table"
    JSON = "json"


class Talk(Protocol):
    """Told how far long work has come."""

    def say(self, text: str) -> None:
        """One sentence on what begins now."""
        ...

    def tick(self, done: int, total: int) -> None:
        """So many of the tasks of the last sentence are done."""
        ...


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """Say nothing."""

    def tick(self, done: int, total: int) -> None:
        """Say nothing."""


SILENT = Silent()


class Spoken:
    """Says it on stderr: one line that counts in a terminal, one line a sentence elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._text = ""

    def say(self, text: str) -> None:
        """One line."""
        if self._live and self._text:
            sys.stderr.write("\r\x1b[K")
        self._text = text
        typer.echo(text, err=True)

    def tick(self, done: int, total: int) -> None:
        """The same line again, with the count."""
        if self._live:
            sys.stderr.write(f"\r\x1b[K  {done}/{total}" if done < total else "\r\x1b[K")
            sys.stderr.flush()


def talk(*, quiet: bool) -> Talk:
    """Spoken, unless --quiet."""
    return Silent() if quiet else Spoken()


def error_text(error: PlassplanError) -> str:
    """The fault and its fix, as one line without control characters."""
    return " ".join(f"Error: {error}".split())


def emit(rows: Sequence[Row], *, form: OutputFormat, title: str = "") -> None:
    """Write rows to stdout, as a JSON list or as a table with the keys as headings."""
    if form is OutputFormat.JSON:
        emit_json(list(rows))
        return
    if not rows:
        typer.echo("(none)")
        return
    _print_table(rows, title)


def emit_json(value: object) -> None:
    """Write one JSON value to stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _print_table(rows: Sequence[Row], title: str) -> None:
    # rich takes 0.1 s to load, which --help must not pay.
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left")
    for name in rows[0]:
        numeric = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(str(name), justify="right" if numeric else "left")
    decimals = {name: _decimals([row[name] for row in rows]) for name in rows[0]}
    for row in rows:
        table.add_row(*(Text(_cell(row[name], decimals[name])) for name in rows[0]))
    console.print(table)


def _decimals(column: Sequence[object]) -> int:
    """Decimals of all numbers of a column, so that they can be compared down it.

    None where all are whole; four where all are shares, whose differences are small.
    """
    values = [value for value in column if isinstance(value, float)]
    if all(value.is_integer() for value in values):
        return 0
    return 4 if all(abs(value) <= 1 for value in values) else 1


def _cell(value: object, decimals: int) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.{decimals}f}".replace(",", " ")
        case _:
            return str(value)
