"""A made-up agency and ways to write tiny extracts as text."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from features.check import CheckedExtract, check_file
from features.referrals import ReferralTable
from features.schema import ExtractMapping
from forecasting.agency import Agency, NeedGroup, Region
from reports.wording import worded

TODAY = date(2026, 11, 22)
HEADER = "referral_id,received_date,region,need_group"


def norway() -> Agency:
    """Regions and need groups with the names that the shared bad inputs use."""
    regions = [
        ("nord", "Nord", ("Nord-Norge",), True),
        ("midt", "Midt-Norge", (), True),
        ("vest", "Vest", (), True),
        ("sor", "Sør", (), True),
        ("ost", "Øst", (), True),
        ("oslo", "Oslo", (), False),
    ]
    groups = [
        ("akutt", "Akutt", True, 0, "behandling_hoy"),
        ("behandling_hoy", "Behandling høy", False, 28, None),
        ("behandling_lav", "Behandling lav", False, 28, None),
        ("rus", "Rus", False, 28, None),
        ("omsorg", "Omsorg", False, 28, None),
    ]
    return Agency(
        "Test",
        tuple(
            Region(code, {"nb": label}, names, planned) for code, label, names, planned in regions
        ),
        tuple(
            NeedGroup(code, {"nb": label}, acute=acute, within_days=days, feeds=feeds)
            for code, label, acute, days, feeds in groups
        ),
    )


def check_text(
    text: str | bytes,
    folder: Path,
    *,
    name: str = "uttrekk.csv",
    mapping: ExtractMapping | None = None,
) -> CheckedExtract:
    """Check a file with this content; its findings are in words."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    checked = check_file(path, agency=norway(), mapping=mapping or ExtractMapping(), today=TODAY)
    return replace(checked, findings=worded(checked.findings, norway()))


def codes(checked: CheckedExtract) -> list[tuple[str, int | None]]:
    """Code and row of each finding."""
    return [(finding.code, finding.row) for finding in checked.findings]


def referrals(table: str) -> ReferralTable:
    """Referrals from a table drawn with | between cells, column names first; - is empty."""
    lines = [line.strip().strip("|") for line in table.strip().splitlines()]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    frame = pd.DataFrame(cells[1:], columns=cells[0], dtype=object)
    frame = frame.mask(frame == "-", None)
    if "referral_id" not in frame:
        frame["referral_id"] = [f"R{i}" for i in range(len(frame))]
    return ReferralTable.of(frame)
