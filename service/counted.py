"""What a forecast of counts rests on: a panel from a file or from the store, stamped."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.asof import data_date
from features.build import referral_panel
from features.sources.counts import read_counts
from forecasting.errors import InputError, UsageError
from forecasting.findings import Finding
from forecasting.panel import CountPanel, Quantity
from forecasting.samples import WHOLE_NATION
from service.evidence import referrals, refusals_in_words, safe_name
from service.requests import CountRequest
from service.settings import COUNTS_COLUMNS


@dataclass(frozen=True)
class Counts:
    """A panel of counts with the stamp of where it came from."""

    panel: CountPanel
    name: str
    sha256: str
    rows: int
    findings: tuple[Finding, ...] = ()


def read_panel(request: CountRequest, *, home: Path, today: date) -> Counts:
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
    with refusals_in_words(request.settings.agency):
        panel = read_counts(
            path,
            freq=request.freq,
            quantity=request.quantity,
            columns=columns,
            fill_zero=request.fill_zero,
        )
    if any(str(key) == WHOLE_NATION for key in panel.series):
        raise InputError(
            f"{safe_name(path)} has a series {WHOLE_NATION}, the word for the sum of all series.",
            fix="Give the series another unique_id.",
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Counts(panel, safe_name(path), digest, int(panel.observed.sum()))
