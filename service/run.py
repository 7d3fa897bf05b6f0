"""The chains behind check and load; each larger chain has a file of its own (run_*.py)."""

from datetime import date
from pathlib import Path

from features.check import CheckedExtract
from service import clock
from service.evidence import checked
from service.settings import Settings
from service.store import Dataset, load_extract


def run_check(extract: Path, *, settings: Settings, today: date) -> CheckedExtract:
    """Check one extract. Stores nothing."""
    return checked(extract, settings=settings, today=today)


def run_load(
    extract: Path, *, settings: Settings, home: Path
) -> tuple[CheckedExtract, Dataset | None]:
    """Check one extract and store it; None where it was rejected."""
    answer = checked(extract, settings=settings, today=clock.today())
    if answer.referrals is None:
        return answer, None
    return answer, load_extract(home, answer, sha256=answer.sha256, now=clock.now())
