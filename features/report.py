"""Findings about cells: where, what, and how to mend it, with long lists kept short."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from features.cells import Problem
from forecasting.findings import Finding, Severity

# Of one kind in one column this many are named one by one; the rest are counted.
NAMED = 200


def at(problem: Problem, *, row: int, column: str) -> Finding:
    """The finding for a problem in one cell."""
    return Finding(
        problem.severity,
        problem.code,
        f"Rad {row}, kolonne {column}: {problem.message}",
        fix=problem.fix,
        row=row,
        column=column,
        value=problem.value or None,
    )


def error(
    code: str, message: str, *, fix: str = "", row: int | None = None, column: str | None = None
) -> Finding:
    """A finding that rejects the file; the message is prefixed with row and column."""
    return Finding(Severity.ERROR, code, _where(row, column) + message, fix, row, column)


def warning(
    code: str, message: str, *, fix: str = "", row: int | None = None, column: str | None = None
) -> Finding:
    """A finding that is kept with the data; the message is prefixed with row and column."""
    return Finding(Severity.WARNING, code, _where(row, column) + message, fix, row, column)


def _where(row: int | None, column: str | None) -> str:
    parts = [f"rad {row}"] * (row is not None) + [f"kolonne {column}"] * (column is not None)
    where = ", ".join(parts)
    return f"{where[0].upper()}{where[1:]}: " if where else ""


def condensed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, errors first, in file order; of very many alike the rest as one."""
    kinds: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        kinds[finding.severity.value, finding.code, finding.column or ""].append(finding)
    short = [one for alike in kinds.values() for one in _first(alike)]
    return tuple(sorted(short, key=lambda f: (f.severity is Severity.WARNING, f.row or 0)))


def _first(alike: list[Finding]) -> list[Finding]:
    rest = alike[NAMED:]
    if not rest:
        return alike
    rows = [finding.row for finding in rest if finding.row is not None]
    message = (
        f"{len(rest)} til av samme slag, i radene {min(rows)}–{max(rows)}."
        if rows
        else (f"{len(rest)} til av samme slag.")
    )
    return [*alike[:NAMED], replace(rest[-1], message=message, value=None)]
