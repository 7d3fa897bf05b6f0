"""Jobs as they lie on disk: one folder each, with what was asked, how far it is, how it ended.

Only one process runs jobs, and it alone writes `state.json`; the job itself writes
`progress.json`, `keeping.json` (what it is about to keep) and `outcome.json`; whoever asks to
stop it leaves the empty file `cancel`. So no file has two writers, and every file is replaced
whole.
"""

import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from forecasting.errors import InputError
from service.home import OWNER_ONLY_FOLDER, ensure_home

FOLDER = "jobs"
ID_BYTES = 8
# Ended jobs that are kept to be looked at; what they made is in the store.
KEPT = 30
# A folder is asked for as soon as its extract is copied.
SECONDS_TO_ASK = 3600.0

Read = TypeVar("Read")


class UnknownJobError(InputError):
    """There is no such job. The id is not repeated: it came from outside."""


class Reason(StrEnum):
    """What a job was refused for, for pages to word: `message` is for the command line and API.

    The plan's data has changed, is gone or is another's; it was rejected; the plan is too old;
    a scenario or own assumptions do not fit the plan; the computation found no answer; other.
    """

    MOVED_ON = "moved_on"
    NO_EXTRACT = "no_extract"
    REJECTED = "rejected"
    NO_INPUTS = "no_inputs"
    SCENARIO = "scenario"
    COMPUTATION = "computation"
    OTHER = "other"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Trouble(StrEnum):
    """Why a job failed.

    Its input, a fault of ours, a process that could not start or that died, or a server that
    stopped.
    """

    INPUT = "input"
    FAULT = "fault"
    UNSTARTED = "unstarted"
    DIED = "died"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Asked:
    """What a job is to do, in plain values. It holds no rows of an extract."""

    job_id: str
    made_at: datetime
    what: Mapping[str, Any]


@dataclass(frozen=True)
class Ended:
    """How a job stands; `made` is the id of what it made, `trouble` why it failed.

    `reason` says what was refused where `trouble` is the input, and `scenario` the code of the
    scenario that it was refused for, if it was for one.
    """

    state: JobState
    at: datetime
    made: str = ""
    trouble: Trouble | None = None
    message: str = ""
    fix: str = ""
    reason: Reason = Reason.OTHER
    scenario: str = ""


@dataclass(frozen=True)
class Progress:
    """Step `step` of `steps`, called `name`; `done` of its `total` tasks after `seconds`."""

    step: int = 0
    steps: int = 0
    name: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> int | None:
        """Of this step, if its tasks go on as they went; None until one in twenty is done."""
        if not self.total or self.done * 20 < self.total:
            return None
        return round(self.seconds / self.done * (self.total - self.done))


@dataclass(frozen=True)
class JobFolder:
    """The files of one job."""

    path: Path

    @property
    def extract(self) -> Path:
        """The folder of the extract that was sent along; it goes when the job ends."""
        return self.path / "extract"

    @property
    def out(self) -> Path:
        """Where the job may write; it goes when the job ends."""
        return self.path / "out"

    @property
    def cancel_asked(self) -> bool:
        """Whether somebody wants it stopped."""
        return (self.path / "cancel").exists()

    def ask_cancel(self) -> None:
        """Say that it is to stop."""
        (self.path / "cancel").touch()

    def write(self, name: str, value: object) -> None:
        """Replace one file, whole."""
        draft = self.path / f"{name}.part"
        draft.write_text(json.dumps(value, ensure_ascii=False, default=str), encoding="utf-8")
        os.replace(draft, self.path / name)

    def read(self, name: str) -> dict[str, Any] | None:
        """One file; None where there is none yet."""
        try:
            found: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found

    def asked(self) -> Asked:
        """What it is to do. Raises UnknownJobError."""
        found = self.read("asked.json")
        if found is None:
            raise unknown_job()
        return Asked(found["job_id"], datetime.fromisoformat(found["made_at"]), found["what"])

    def state(self) -> Ended:
        """How it stands by what was written; one in the queue that is to stop has stopped."""
        found = self.read("state.json")
        if found is None:
            waits = JobState.CANCELLED if self.cancel_asked else JobState.QUEUED
            return Ended(waits, self.asked().made_at)
        return Ended(
            state=JobState(found["state"]),
            at=datetime.fromisoformat(found["at"]),
            made=found["made"],
            trouble=Trouble(found["trouble"]) if found["trouble"] else None,
            message=found["message"],
            fix=found["fix"],
            # Jobs that ended before 2026-11-26 hold no reason.
            reason=Reason(found.get("reason", Reason.OTHER)),
            scenario=found.get("scenario", ""),
        )

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(**(self.read("progress.json") or {}))

    def become(self, state: Ended) -> None:
        """Write how it stands; with its end go the extract and all it has written."""
        self.write("state.json", asdict(state))
        if state.state.ended:
            self.clear()

    def remove(self) -> None:
        """Remove the job itself."""
        # First what it is known by: without its state alone it would seem to wait.
        (self.path / "asked.json").unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def clear(self) -> None:
        """Remove the extract and all that the job wrote: the record has no folders."""
        # A list, not a walk: two may clear at once, a page that cancels and the worker.
        for folder in list(self.path.glob("*/")):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class JobShelf:
    """All jobs of one home."""

    home: Path

    @property
    def root(self) -> Path:
        """The folder of all jobs, which only its owner can open; made if it is not there."""
        root = ensure_home(self.home) / FOLDER
        root.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
        return root

    def new(self) -> tuple[str, JobFolder]:
        """A folder for a job that is not asked for yet."""
        job_id = f"job-{secrets.token_hex(ID_BYTES)}"
        folder = JobFolder(self.root / job_id)
        folder.path.mkdir(mode=OWNER_ONLY_FOLDER)
        return job_id, folder

    def one(self, job_id: str) -> JobFolder:
        """The folder of a job. Raises UnknownJobError."""
        found = {folder.path.name: folder for folder in self.every()}.get(job_id)
        if found is None:
            raise unknown_job()
        return found

    def every(self) -> list[JobFolder]:
        """Every job that was asked for, newest first."""
        found = [JobFolder(path.parent) for path in self.root.glob("job-*/asked.json")]
        asked = remembered(lambda each: (each.asked().made_at, each), found)
        return [each for _, each in sorted(asked, key=lambda pair: pair[0], reverse=True)]

    def prune(self) -> None:
        """Forget the oldest jobs that have ended, and what a server that died left of others.

        Rows of children must not stay where no job needs them: they go from jobs that have ended,
        and with folders that were begun long ago and never asked for.
        """
        known = remembered(lambda each: (each, each.state()), self.every())
        ended = [each for each, state in known if state.state.ended]
        for folder in ended[:KEPT]:
            folder.clear()
        for folder in ended[KEPT:]:
            folder.remove()
        for path in self.root.glob("job-*"):
            if not (path / "asked.json").exists() and _age(path) > SECONDS_TO_ASK:
                JobFolder(path).remove()

    @contextmanager
    def alone(self, *, wait: float, what: str = "alone") -> Iterator[bool]:
        """Whether this is the only one to run a job of this home, until the block is left.

        With another `what`, the only one to do that. A lock of SQLite's ends with its process
        however that ends, on every system.
        """
        with closing(sqlite3.connect(self.root / f"{what}.sqlite", timeout=wait)) as db:
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                yield False
                return
            yield True


def remembered(read: Callable[[JobFolder], Read], folders: Iterable[JobFolder]) -> list[Read]:
    """What is read of each job, but for those that were forgotten since they were listed."""
    found = []
    for folder in folders:
        with suppress(UnknownJobError):
            found.append(read(folder))
    return found


def _age(path: Path) -> float:
    """Seconds since a folder was last written to; 0 where it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def unknown_job() -> UnknownJobError:
    """The error for an id that is not there."""
    return UnknownJobError("there is no such job.", fix="Use the id that the start answered.")
