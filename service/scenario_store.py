"""Scenarios that were run with a reason, kept so that they can be looked at side by side."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from forecasting.basis import Basis
from forecasting.errors import InputError
from reports.stored import basis_of_plain
from service.database import connection, transaction

# What the basis of a run and that of its base plan have in common.
_ALIKE = ("data_sha256", "register_sha256", "as_of", "config_hash", "seed", "draws", "settings")


class UnknownScenariosError(InputError):
    """There is no such run. The id is not repeated: it came from outside."""


@dataclass(frozen=True)
class KeptScenarios:
    """One run of scenarios: why it was made, what it rests on, and its table as text.

    `basis` and `table` are the files basis.json and scenarios.csv of the run. `who` asked for it
    on a page; empty for a run of the command line.
    """

    run_id: str
    year: int
    reason: str
    basis: str
    table: str
    made_at: datetime
    who: str = ""

    @classmethod
    def of(
        cls, files: Mapping[str, bytes], *, year: int, reason: str, made_at: datetime, who: str = ""
    ) -> "KeptScenarios":
        """The run that wrote these files; its id is made from what they hold."""
        basis, table = files["basis.json"], files["scenarios.csv"]
        digest = hashlib.sha256(basis + table).hexdigest()[:12]
        texts = basis.decode("utf-8"), table.decode("utf-8")
        return cls(f"scenarios-{year}-{digest}", year, reason, *texts, made_at, who)

    @cached_property
    def rests_on(self) -> Mapping[str, Any]:
        """What it rests on, with each scenario and its reason."""
        found: Mapping[str, Any] = json.loads(self.basis)
        return found

    def starts_from(self, basis: Basis) -> bool:
        """Whether its base plan is the plan of this basis: same data, settings, random numbers."""
        own = basis_of_plain(dict(self.rests_on))
        return all(getattr(own, name) == getattr(basis, name) for name in _ALIKE)

    @cached_property
    def rows(self) -> tuple[Mapping[str, str], ...]:
        """The table, row by row."""
        return tuple(csv.DictReader(io.StringIO(self.table.removeprefix("\ufeff"))))


def save_scenarios(home: Path, run: KeptScenarios) -> None:
    """Keep a run; the same one again changes nothing, its first reason neither."""
    with connection(home) as db, transaction(db):
        db.execute(
            "INSERT OR IGNORE INTO scenario_runs (id, year, reason, basis, rows, made_at, who)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                run.run_id,
                run.year,
                run.reason,
                run.basis,
                run.table,
                run.made_at.isoformat(),
                run.who,
            ),
        )


def kept_scenarios(home: Path) -> tuple[KeptScenarios, ...]:
    """Every run that was kept, newest first."""
    with connection(home, examine=False) as db:
        rows = db.execute(
            "SELECT id, year, reason, basis, rows, made_at, who FROM scenario_runs"
            " ORDER BY made_at DESC, id"
        ).fetchall()
    return tuple(
        KeptScenarios(run_id, year, reason, basis, table, datetime.fromisoformat(made), who)
        for run_id, year, reason, basis, table, made, who in rows
    )


def is_run_kept(home: Path, run_id: str) -> bool:
    """Whether the store holds this run."""
    with connection(home, examine=False) as db:
        found = db.execute("SELECT 1 FROM scenario_runs WHERE id = ?", (run_id,)).fetchone()
    return found is not None


def kept_run(home: Path, run_id: str) -> KeptScenarios:
    """One run. Raises UnknownScenariosError."""
    for run in kept_scenarios(home):
        if run.run_id == run_id:
            return run
    raise UnknownScenariosError(
        "there is no such run of scenarios.", fix="See /api/v1/scenarios for the ids."
    )
