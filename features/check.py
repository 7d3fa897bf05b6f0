"""Checks one extract, all findings at once, and says what would be stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import pandas as pd

from features.asof import known_at
from features.columns import Columns, convert
from features.personal import holds_national_id
from features.referrals import ReferralTable
from features.report import condensed
from features.rules import duplicates, guessable, overlaps, row_findings
from features.schema import BY_NAME, STORED, ExtractMapping, layout_of
from features.screen import cell_findings, header_findings, totals
from features.sources import read_table
from features.table import RawTable
from forecasting.agency import Agency
from forecasting.errors import InputError
from forecasting.findings import Finding, Severity, error, warning


class Outcome(StrEnum):
    """What becomes of a file."""

    ACCEPT = "accept"
    ACCEPT_WITH_WARNING = "accept_with_warning"
    REJECT = "reject"


@dataclass(frozen=True)
class CheckedExtract:
    """The answer to one extract. `referrals` is None where the file was rejected.

    `name` is the file's name, or a general one where the file's own may name a person.
    """

    name: str
    sha256: str
    outcome: Outcome
    rows_read: int
    rows_stored: int
    findings: tuple[Finding, ...]
    referrals: ReferralTable | None = None

    def to_dict(self) -> dict[str, object]:
        """The JSON of `plassplan check` (contract, section 3)."""
        return {
            "outcome": self.outcome.value,
            "rows_read": self.rows_read,
            "rows_stored": self.rows_stored,
            "findings": [
                {
                    "severity": finding.severity.value,
                    "code": finding.code,
                    "row": finding.row,
                    "column": finding.column,
                    "value": finding.value,
                    "message": finding.message,
                    "fix": finding.fix,
                }
                for finding in self.findings
            ],
        }


def check_file(
    path: Path, *, agency: Agency, mapping: ExtractMapping, today: date
) -> CheckedExtract:
    """Read and check one file. Raises InputError where there is no such file.

    A folder, a device, a pipe, or a link to a file in another folder is rejected unread.
    """
    table = _unread(path) or read_table(path)
    return check_extract(table, agency=agency, mapping=mapping, today=today)


def _unread(path: Path) -> RawTable | None:
    """The refusal of what is no file of its own."""
    if path.is_symlink() and path.resolve().parent != path.parent.resolve():
        wording = "not_a_file_link"
    elif path.exists() and not path.is_file():
        wording = "not_a_file"
    else:
        return None
    found = error("not_a_file", wording=wording)
    return RawTable(path.name, "", findings=(found,))


def check_extract(
    table: RawTable, *, agency: Agency, mapping: ExtractMapping, today: date
) -> CheckedExtract:
    """Check a table that was read: structure, persons, cells, rows; nothing is stored here.

    A date after `today` is an error for a referral, and not yet known for all that follows.
    """
    _known_names(mapping)
    findings = [*table.findings, *_file_name(table.name)]
    if not table.header:
        return _answer(table, findings, None)
    layout = layout_of(table.header, mapping)
    findings += header_findings(table, layout)
    findings += cell_findings(table, layout, mapping)
    sums = totals(table)
    findings += [_total(number) for number, s in zip(table.numbers, sums, strict=True) if s]
    keep = [not total for total in sums]
    if not any(keep):
        findings.append(error("no_rows"))
    columns = convert(table, layout, agency=agency, mapping=mapping, keep=keep)
    kept, repeated = duplicates(columns)
    findings += [*columns.findings, *repeated, *overlaps(columns, kept), *guessable(columns)]
    findings += row_findings(columns, agency=agency, today=today)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return _answer(table, findings, None)
    return _answer(table, findings, known_at(_referrals(columns, kept), today))


def _known_names(mapping: ExtractMapping) -> None:
    for name in mapping.unknown():
        raise InputError(
            f"[mapping] nevner kolonnen «{name}», som Plassplan ikke har.",
            fix=f"Bruk en av: {', '.join(BY_NAME)}.",
        )


def _file_name(name: str) -> list[Finding]:
    if not holds_national_id(Path(name).stem):
        return []
    return [warning("national_id_in_name")]


def _total(row: int) -> Finding:
    return warning("total_row", row=row)


def _referrals(columns: Columns, keep: list[bool]) -> ReferralTable:
    frame = pd.DataFrame({name: columns.values[name] for name in STORED}, dtype=object)
    frame = frame.loc[keep].reset_index(drop=True)
    return ReferralTable.of(frame.assign(outcome=_derived_outcome(frame)))


def _derived_outcome(frame: pd.DataFrame) -> "pd.Series[object]":
    """The outcome, or what the dates say where it is not given."""
    outcome = frame["outcome"]
    outcome = outcome.mask(outcome.isna() & frame["start_date"].notna(), "placed")
    outcome = outcome.mask(outcome.isna() & frame["withdrawn_date"].notna(), "withdrawn")
    return outcome.where(outcome.notna(), None)


def _answer(
    table: RawTable, findings: Iterable[Finding], referrals: ReferralTable | None
) -> CheckedExtract:
    short = condensed(findings)
    clean = Outcome.ACCEPT_WITH_WARNING if short else Outcome.ACCEPT
    return CheckedExtract(
        f"uttrekk{Path(table.name).suffix}" if _file_name(table.name) else table.name,
        table.sha256,
        Outcome.REJECT if referrals is None else clean,
        len(table.rows),
        0 if referrals is None else len(referrals),
        short,
        referrals,
    )
