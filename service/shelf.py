"""Where finished plans stand, for those who read them: the page and the API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from forecasting.errors import InputError

# Every file of a plan that can be fetched, with its media type. run.json stays with the run.
PLAN_FILES: Mapping[str, str] = {
    "plan.json": "application/json",
    "plan.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "plan.pdf": "application/pdf",
    "plan.html": "text/html; charset=utf-8",
    "demand.csv": "text/csv; charset=utf-8",
    "occupancy.csv": "text/csv; charset=utf-8",
    "places.csv": "text/csv; charset=utf-8",
    "curve.csv": "text/csv; charset=utf-8",
    "risk.csv": "text/csv; charset=utf-8",
    "exchange.csv": "text/csv; charset=utf-8",
    "frontier.csv": "text/csv; charset=utf-8",
    "sharing.csv": "text/csv; charset=utf-8",
    "flexible.csv": "text/csv; charset=utf-8",
    "owners.csv": "text/csv; charset=utf-8",
    "waterfall.csv": "text/csv; charset=utf-8",
    "assumptions.csv": "text/csv; charset=utf-8",
    "findings.csv": "text/csv; charset=utf-8",
    "basis.json": "application/json",
}

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class UnknownPlanError(InputError):
    """There is no such plan, or it lacks the file. The id is not repeated: it came from outside."""


class PlanShelf(Protocol):
    """Finished plans by id. What stands here does not change."""

    def ids(self) -> tuple[str, ...]:
        """Ids of the plans, newest first."""
        ...

    def read(self, plan_id: str, name: str) -> bytes:
        """One file of one plan. Raises UnknownPlanError."""
        ...


@dataclass(frozen=True)
class FolderShelf:
    """Plan folders below `root`, as `plassplan plan --out` writes them; the name is the id."""

    root: Path

    def ids(self) -> tuple[str, ...]:
        """Names of the folders that hold a plan, the last written first."""
        if not self.root.is_dir():
            return ()
        found = [
            (path.stat().st_mtime, path.parent.name)
            for path in self.root.glob("*/plan.json")
            if _ID.fullmatch(path.parent.name)
        ]
        return tuple(name for _, name in sorted(found, reverse=True))

    def read(self, plan_id: str, name: str) -> bytes:
        """One file of one plan. Raises UnknownPlanError, also for a path out of the shelf."""
        if not _ID.fullmatch(plan_id) or name not in PLAN_FILES:
            raise unknown_plan()
        path = (self.root / plan_id / name).resolve()
        if not path.is_relative_to(self.root.resolve()) or not path.is_file():
            raise unknown_plan()
        return path.read_bytes()


def unknown_plan() -> UnknownPlanError:
    """The error for a plan or file that is not there."""
    return UnknownPlanError("there is no such plan or file.", fix="See /api/v1/plans for the ids.")
