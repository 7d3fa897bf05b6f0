"""Findings about cells: where and what, with long lists kept short."""

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
        row=row,
        column=column,
        value=problem.value or None,
        wording=problem.wording or problem.code,
        values=problem.values,
    )


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
    ends = {"first": min(rows), "last": max(rows)} if rows else {}
    wording = "alike_in_rows" if rows else "alike"
    values = {**rest[-1].values, "count": len(rest), **ends}
    return [*alike[:NAMED], replace(rest[-1], wording=wording, value=None, values=values)]
