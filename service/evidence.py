"""What a computation rests on: referrals or counts from a file or the store, stamped."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.asof import data_date
from features.build import referral_panel
from features.check import CheckedExtract, check_file
from features.referrals import ReferralTable
from features.sources.counts import read_counts

from forecasting.errors import InputError, UsageError
from forecasting.findings import Finding, Severity
from forecasting.panel import CountPanel, Quantity
from service.requests import CountRequest
from service.settings import COUNTS_COLUMNS, Settings
from service.store import stored_referrals

STORE_NAME = "store"
# A long number in a file's name may be a person's.
LONG_NUMBER = re.compile(r"\d[\d\s.-]{8,}\d")


class RejectedError(InputError):
    """An extract was rejected: findings, not a fault of the command (exit code 1)."""

    exit_code = 1


@dataclass(frozen=True)
class Referrals:
    """Accepted referrals with the stamp of where they came from."""

    table: ReferralTable
    name: str
    sha256: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Counts:
    """A panel of counts with the stamp of where it came from."""

    panel: CountPanel
    name: str
    sha256: str
    rows: int
    findings: tuple[Finding, ...] = ()


def checked(extract: Path, *, settings: Settings, today: date) -> CheckedExtract:
    """Check one extract against the settings."""
    return check_file(extract, agency=settings.agency, mapping=settings.mapping, today=today)


def referrals(extract: Path | None, *, settings: Settings, home: Path, today: date) -> Referrals:
    """Referrals of one extract, or (None) of the store. Raises RejectedError."""
    if extract is None:
        table, stamp = stored_referrals(home)
        return Referrals(table, STORE_NAME, stamp, ())
    answer = checked(extract, settings=settings, today=today)
    if answer.referrals is None:
        raise rejected(answer)
    return Referrals(answer.referrals, safe_name(extract), answer.sha256, answer.findings)


def rejected(answer: CheckedExtract) -> RejectedError:
    """The error that names the first fault of a rejected extract and how many there are."""
    errors = [finding for finding in answer.findings if finding.severity is Severity.ERROR]
    first = errors[0]
    more = f" ({len(errors) - 1} more: see plassplan check)" if len(errors) > 1 else ""
    return RejectedError(f"the extract was rejected. {first.message}{more}", fix=first.fix)


def counts(request: CountRequest, *, home: Path, today: date) -> Counts:
    """The panel that a forecast or backtest is made from."""
    if request.counts is not None:
        return _counts_of_file(request.counts, request)
    if request.quantity is not Quantity.REFERRALS:
        raise UsageError(
            f"the store holds no {request.quantity.value}, only referrals.",
            fix="Name a file of counts, or leave out --quantity.",
        )
    found = referrals(None, settings=request.settings, home=home, today=today)
    panel = referral_panel(
        found.table,
        agency=request.settings.agency,
        as_of=data_date(found.table),
        freq=request.freq,
    )
    return Counts(panel, found.name, found.sha256, len(found.table.frame))


def _counts_of_file(path: Path, request: CountRequest) -> Counts:
    columns = {
        ours: theirs
        for ours, theirs in request.settings.mapping.columns.items()
        if ours in (*COUNTS_COLUMNS, "region", "need_group")
    }
    panel = read_counts(
        path,
        freq=request.freq,
        quantity=request.quantity,
        columns=columns,
        fill_zero=request.fill_zero,
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Counts(panel, safe_name(path), digest, int(panel.observed.sum()))


def safe_name(path: Path) -> str:
    """The file's name, with any long number in it taken out."""
    return LONG_NUMBER.sub("…", path.name)
