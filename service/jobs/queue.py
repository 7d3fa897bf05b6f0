"""The queue of jobs: huey keeps it on disk and gives it to one worker, which minds the process."""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from huey import SqliteHuey
from huey.consumer import Consumer

from forecasting.errors import UsageError
from service.jobs.process import REPORT_FAULT, work
from service.jobs.records import (
    Asked,
    Ended,
    JobFolder,
    JobShelf,
    JobState,
    Reason,
    Trouble,
    remembered,
)
from service.processes import tied
from service.scenario_store import is_run_kept

# One runs; so many may wait. More would wait for hours on a laptop, and nobody would know why.
MOST_WAITING = 3
LOOK_EVERY = 0.2
A_DAY = 86_400.0
SECONDS_TO_END = 5.0
# So long a server that is stopped may take to let go of its jobs.
SECONDS_TO_HAND_OVER = 3 * SECONDS_TO_END
SPAWN = multiprocessing.get_context("spawn")

Work = Callable[[Path, Path], None]
Kept = Callable[[Path, str], bool]
_log = logging.getLogger(__name__)


class FullQueueError(UsageError):
    """No more jobs can wait."""


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer inside the server, which has signal handlers of its own."""

    def _set_signal_handlers(self) -> None:
        """Leave the server's."""


class Jobs:
    """Jobs of one home: asked for, looked at, stopped. `worker` runs them, in `serve` only.

    `todo` is what a job's process does, given the home and the job's folder; `is_kept` whether
    what it makes, by its id, is kept in the home.
    """

    def __init__(
        self,
        home: Path,
        *,
        now: Callable[[], datetime],
        todo: Work = work,
        is_kept: Kept = is_run_kept,
    ) -> None:
        self.shelf = JobShelf(home)
        self._now, self._todo, self._is_kept = now, todo, is_kept
        self._asking = threading.Lock()
        self._stopping = threading.Event()
        # Journal as in the store: WAL can corrupt a file in SQLite before 3.51.3.
        self._huey = SqliteHuey(
            "plassplan",
            filename=str(self.shelf.root / "queue.sqlite"),
            results=False,
            journal_mode="delete",
            fsync=True,
            strict_fifo=True,
        )
        self._enqueue = self._huey.task(name="run_job")(self._run)

    def ask(self, what: Mapping[str, Any], prepare: Callable[[JobFolder], None]) -> Asked:
        """Put a job in the queue; `prepare` lays what it needs into its folder first.

        Raises FullQueueError, and what `prepare` raises; then nothing is left.
        """
        with self._asking:
            self.check_room()
            job_id, folder = self.shelf.new()
            try:
                prepare(folder)
            except BaseException:
                folder.remove()
                raise
            asked = Asked(job_id, self._now(), what)
            folder.write("asked.json", asdict(asked))
            self._enqueue(job_id)
            self.shelf.prune()
        return asked

    def check_room(self) -> None:
        """Raises FullQueueError where no more jobs may wait."""
        waiting = [state for _, state in self._known() if state.state is JobState.QUEUED]
        if len(waiting) >= MOST_WAITING:
            raise FullQueueError(
                f"{len(waiting)} jobs wait already.", fix="Wait for one to end, or cancel one."
            )

    def active(self) -> list[JobFolder]:
        """The jobs that have not ended, newest first."""
        return [folder for folder, state in self._known() if not state.state.ended]

    def _known(self) -> list[tuple[JobFolder, Ended]]:
        return remembered(lambda each: (each, self.state(each)), self.shelf.every())

    def state(self, folder: JobFolder) -> Ended:
        """How a job stands; one whose process is gone has failed, and that is written down."""
        state = folder.state()
        if state.state is JobState.RUNNING:
            with self.shelf.alone(wait=0) as nobody_runs:
                state = folder.state()
                if nobody_runs and state.state is JobState.RUNNING:
                    state = self._stopped()
                    folder.become(state)
        return self._as_kept(folder, state)

    def _as_kept(self, folder: JobFolder, state: Ended) -> Ended:
        """The state, but done where the store holds what the job made, however it ended.

        A job can be stopped after its run was kept and before it said so; then nobody may be
        told that nothing was kept.
        """
        if not state.state.ended or state.state is JobState.DONE:
            return state
        keeping = folder.read("keeping.json")
        if keeping is None or not self._is_kept(self.shelf.home, keeping["made"]):
            return state
        return Ended(JobState.DONE, state.at, made=keeping["made"])

    def cancel(self, folder: JobFolder) -> None:
        """Stop a job, or take it out of the queue; one that has ended stays as it is."""
        if not self.state(folder).state.ended:
            folder.ask_cancel()
            if folder.state().state is JobState.CANCELLED:
                folder.clear()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Run what is asked for, one job at a time, until the block is left.

        What runs then is stopped and called failed; what waits runs after the next start. Of
        several servers of one home the first runs the jobs of all; the others leave them alone.
        """
        with self.shelf.alone(wait=SECONDS_TO_HAND_OVER, what="worker") as first:
            if not first:
                yield
                return
            self._bury_lost()
            self.shelf.prune()
            with self._consuming():
                yield

    @contextmanager
    def _consuming(self) -> Iterator[None]:
        self._stopping.clear()
        consumer = _Consumer(self._huey, workers=1, periodic=False, max_delay=1.0)
        consumer.start()
        try:
            yield
        finally:
            self._stopping.set()
            consumer.stop(graceful=True)
            for _, thread in consumer.worker_threads:
                thread.join(2 * SECONDS_TO_END)

    def _bury_lost(self) -> None:
        """Jobs that no queue knows, since the server died as it took them, have failed."""
        with self.shelf.alone(wait=0) as nobody_runs:
            if not nobody_runs:
                return
            waiting = {task.args[0] for task in self._huey.pending()}
            known = remembered(lambda each: (each, each.state()), self.shelf.every())
            for folder, state in known:
                if not state.state.ended and folder.path.name not in waiting:
                    folder.become(self._stopped())

    def _run(self, job_id: str) -> None:
        folder = self.shelf.one(job_id)
        if folder.state().state.ended:
            return
        with self.shelf.alone(wait=A_DAY) as alone:
            end = self._run_alone(folder) if alone else self._stopped()
            folder.become(self._as_kept(folder, end))

    def _run_alone(self, folder: JobFolder) -> Ended:
        if folder.cancel_asked:
            return Ended(JobState.CANCELLED, self._now())
        try:
            folder.become(Ended(JobState.RUNNING, self._now()))
            return self._minded(folder)
        except Exception as error:
            # Nobody else hears of it, and the job would wait or run for ever.
            _log.error("%s while a job was minded", type(error).__name__)
            return self._failed(Trouble.FAULT, type(error).__name__, REPORT_FAULT)

    def _minded(self, folder: JobFolder) -> Ended:
        """Start the process, stop it when asked to, and say how it ended."""
        process = SPAWN.Process(
            target=tied, args=(self._todo, self.shelf.home, folder.path), name=folder.path.name
        )
        process.daemon = True
        try:
            process.start()
        except (OSError, MemoryError) as error:
            return self._failed(
                Trouble.UNSTARTED,
                f"the process of the job could not be started ({type(error).__name__}).",
                "Close other programs, since memory may be short, and start it again.",
            )
        try:
            while process.is_alive() and not (folder.cancel_asked or self._stopping.is_set()):
                time.sleep(LOOK_EVERY)
        finally:
            _end(process)
        return self._ended(folder, exit_code=process.exitcode)

    def _ended(self, folder: JobFolder, *, exit_code: int | None) -> Ended:
        told = folder.read("outcome.json")
        if told is not None and told.get("made"):
            # It was kept before it could be stopped.
            return Ended(JobState.DONE, self._now(), made=told["made"])
        if folder.cancel_asked:
            return Ended(JobState.CANCELLED, self._now())
        if self._stopping.is_set():
            return self._stopped()
        if told is None:
            return self._died(exit_code)
        failed = self._failed(Trouble(told["trouble"]), told["message"], told["fix"])
        return replace(failed, reason=Reason(told["reason"]), scenario=told["scenario"])

    def _died(self, exit_code: int | None) -> Ended:
        return self._failed(
            Trouble.DIED,
            f"the process of the job ended without an answer (exit code {exit_code}).",
            "Start it again; if it ends so again, close other programs: memory may be short.",
        )

    def _stopped(self) -> Ended:
        return self._failed(
            Trouble.STOPPED,
            "plassplan serve was stopped while the job ran.",
            "Start it again; nothing was kept of it.",
        )

    def _failed(self, trouble: Trouble, message: str, fix: str) -> Ended:
        return Ended(JobState.FAILED, self._now(), trouble=trouble, message=message, fix=fix)


def _end(process: SpawnProcess) -> None:
    """See that a process is over; one that has ended stays as it is."""
    if process.is_alive():
        process.terminate()
        process.join(SECONDS_TO_END)
    if process.is_alive():
        process.kill()
    process.join()
