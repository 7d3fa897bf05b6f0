"""Findings on single rows, summed by kind: what may leave the check and stand in a plan."""

from collections import Counter

from forecasting.findings import Finding, Severity

# Kinds of which a report says what their rows have in common; of the others it gives the code.
KINDS = frozenset(
    (
        *("duplicate_row", "guessable_pseudonym", "long_open_stay"),
        *("mended_municipality", "open_end", "overlapping_stays"),
    )
)
HEADER_ROW = 1


def summed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The same findings without anything that is one child's: one a kind and column.

    A finding on a data row names its dates and values, which no report may hold; findings on
    the file and its header are kept as they are.
    """
    ours = [each for each in findings if each.row is not None and each.row > HEADER_ROW]
    counts = Counter((each.severity, each.code, each.column) for each in ours)
    return (
        *(each for each in findings if each.row is None or each.row <= HEADER_ROW),
        *(_sum(key, count) for key, count in counts.items()),
    )


def _sum(key: tuple[Severity, str, str | None], count: int) -> Finding:
    severity, code, column = key
    other = "rows_of_column" if column else "rows_of_a_kind"
    wording = f"rows_{code}" if code in KINDS else other
    return Finding(severity, code, column=column, wording=wording, values={"rows": count})
