"""Findings on single rows, summed by kind: what may leave the check and stand in a plan."""

from collections import Counter

from forecasting.findings import Finding, Severity

# What rows of each kind have in common, in the words of a report.
KINDS = {
    "duplicate_row": "er like en annen rad og teller én gang",
    "guessable_pseudonym": "har pseudonymer som kan gjettes",
    "long_open_stay": "har opphold som har vært åpne i mer enn fem år",
    "mended_municipality": "har kommunenummer som ble rettet",
    "open_end": "har en sluttdato som betyr at oppholdet er åpent",
    "overlapping_stays": "har opphold som overlapper et annet for samme barn",
}
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
    what = KINDS.get(code, f"har funnet «{code}»" + (f" i kolonnen {column}" if column else ""))
    return Finding(
        severity,
        code,
        f"{count} {'rad' if count == 1 else 'rader'} i uttrekket {what}.",
        "Kjør plassplan check for å se radene.",
        column=column,
    )
