"""What a plan rests on: referrals from a file or from the store, stamped."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from features.check import CheckedExtract, check_file
from features.referrals import ReferralTable
from features.sources.register import read_register
from forecasting.agency import Agency
from forecasting.errors import InputError, RefusedError
from forecasting.findings import Finding, Severity
from forecasting.places import Register
from reports.wording import worded
from service.settings import Settings
from service.store import stored_referrals

STORE_NAME = "store"
# Findings named in the refusal of a register or of counts.
SHOWN = 50
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


def checked(extract: Path, *, settings: Settings, today: date) -> CheckedExtract:
    """Check one extract against the settings; its findings are in words."""
    answer = check_file(extract, agency=settings.agency, mapping=settings.mapping, today=today)
    return replace(answer, findings=worded(answer.findings, settings.agency))


def referrals(extract: Path | None, *, settings: Settings, home: Path, today: date) -> Referrals:
    """Referrals of one extract, or (None) of the store. Raises RejectedError."""
    if extract is None:
        table, stamp = stored_referrals(home)
        return Referrals(table, STORE_NAME, stamp, ())
    answer = checked(extract, settings=settings, today=today)
    if answer.referrals is None:
        raise rejected(answer)
    return Referrals(answer.referrals, safe_name(extract), answer.sha256, answer.findings)


def read_stamped(register: Path | None, *, agency: Agency) -> tuple[Register | None, str]:
    """The register of places with the stamp of its file, or nothing."""
    if register is None:
        return None, ""
    with refusals_in_words(agency):
        found = read_register(register, agency=agency)
    return found, sha256(register.read_bytes()).hexdigest()


@contextmanager
def refusals_in_words(agency: Agency) -> Iterator[None]:
    """What a reader refuses a file for, said row by row; of very many the first."""
    try:
        yield
    except RefusedError as refused:
        said = worded(refused.findings, agency)
        listed = "\n".join(f"  {each.message}" for each in said[:SHOWN])
        rest = f"\n  … og {len(said) - SHOWN} til." if len(said) > SHOWN else ""
        raise InputError(
            f"«{refused.name}» har feil:\n{listed}{rest}\n", fix=said[0].fix
        ) from refused


def rejected(answer: CheckedExtract) -> RejectedError:
    """The error that names the first fault of a rejected extract and how many there are."""
    errors = [finding for finding in answer.findings if finding.severity is Severity.ERROR]
    return RejectedError(
        f"the extract was rejected for {len(errors)} faults, the first: {errors[0].message}",
        fix="Run plassplan check to see them all, with how to mend each.",
    )


def safe_name(path: Path) -> str:
    """The file's name, with any long number in it taken out."""
    return LONG_NUMBER.sub("…", path.name)
