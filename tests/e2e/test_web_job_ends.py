"""Jobs end as they should where something comes between: a kill, a cancel, a lack of memory."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import psutil
import pytest

from service import clock
from service.jobs.queue import Jobs, Work
from service.jobs.records import KEPT, Asked, Ended, JobFolder, JobState
from service.scenario_store import kept_scenarios
from tests.job_works import held_up, nothing
from tests.web_jobs import API, Office, Open

ROOT = Path(__file__).parents[2]


def jobs_of(home: Path, todo: Work = nothing) -> Jobs:
    return Jobs(home, now=clock.now, todo=todo)


def asked(jobs: Jobs) -> JobFolder:
    return jobs.shelf.one(jobs.ask({"reason": "why"}, lambda _: None).job_id)


# A run that was kept


def test_a_job_that_is_cancelled_after_its_run_was_kept_is_done(opened: Open) -> None:
    office = opened(held_up)
    with office.jobs.worker():
        job = office.ask()
        _until(_saved(office, job["id"]).exists)
        office.client.send("POST", f"{API}/jobs/{job['id']}/cancel")
        ended = office.until(job["id"], "done", "failed", "cancelled")
    (run,) = kept_scenarios(office.home)
    assert (ended["state"], ended["made"]) == ("done", run.run_id)
    page = office.client.get(f"/scenarioer/jobb/{job['id']}")
    assert page.headers["location"] == f"/scenarioer/{run.run_id}"


def test_a_server_that_is_stopped_after_the_run_was_kept_leaves_a_done_job(opened: Open) -> None:
    office = opened(held_up)
    with office.jobs.worker():
        job = office.ask()
        _until(_saved(office, job["id"]).exists)
    (run,) = kept_scenarios(office.home)
    assert office.job(job["id"])["made"] == run.run_id


def test_only_a_run_that_is_there_makes_a_job_done(tmp_path: Path) -> None:
    """It said what it would keep, and its server was killed before or after it did."""
    kept: list[str] = []
    jobs = Jobs(tmp_path, now=clock.now, todo=nothing, is_kept=lambda _, made: made in kept)
    folder = asked(jobs)
    folder.write("keeping.json", {"made": "scenarios-2026-x"})
    folder.become(Ended(JobState.RUNNING, clock.now()))
    assert jobs.state(folder).state is JobState.FAILED
    kept.append("scenarios-2026-x")
    assert jobs.state(folder) == Ended(JobState.DONE, jobs.state(folder).at, "scenarios-2026-x")


# A server that is killed

SERVER = """
import sys, time
from pathlib import Path
from service import clock
from service.jobs.queue import Jobs
from tests.job_works import deaf
if __name__ == "__main__":
    jobs = Jobs(Path(sys.argv[1]), now=clock.now, todo=deaf)
    jobs.ask({}, lambda _: None)
    with jobs.worker():
        time.sleep(3600)
"""


def test_work_ends_within_seconds_of_a_killed_server_in_the_midst_of_a_step(
    tmp_path: Path,
) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path)], cwd=ROOT)
    try:
        pids: list[str] = []

        def told() -> bool:
            pids[:] = [path.read_text() for path in tmp_path.glob("jobs/*/pid")]
            return any(pids)

        _until(told)
        work = psutil.Process(int(pids[0]))
        assert work.is_running()
    finally:
        server.kill()
        server.wait()
    _until(lambda: _is_over(work), seconds=10)


# A process that cannot start, a fault of ours


def test_a_process_that_cannot_start_is_a_failed_job(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(nothing)

    def start(_process: SpawnProcess) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patch, office.jobs.worker():
        patch.setattr(SpawnProcess, "start", start)
        job = office.until(office.ask()["id"], "failed")
        assert job["trouble"] == "unstarted"
        text = office.client.get(f"/scenarioer/jobb/{job['id']}").text
        assert "Beregningen kunne ikke starte" in text
        assert "for lite minne" in text
        patch.undo()
        # The worker goes on with the next one.
        assert office.until(office.ask()["id"], "failed", "done")["state"] == "done"


def test_a_fault_while_a_job_is_minded_is_a_failed_job(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(nothing)

    def broken(*_: Any, **__: Any) -> Ended:
        raise KeyError("reason")

    monkeypatch.setattr(Jobs, "_ended", broken)
    with office.jobs.worker():
        job = office.until(office.ask()["id"], "failed")
    assert (job["trouble"], job["message"]) == ("fault", "KeyError")


# Jobs that are forgotten while they are looked at


def test_a_job_that_is_forgotten_while_all_are_listed_is_left_out(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(nothing)
    stays, goes = office.ask()["id"], office.ask()["id"]
    read = JobFolder.asked

    def forgotten(folder: JobFolder) -> Asked:
        if folder.path.name == goes:
            folder.remove()
        return read(folder)

    monkeypatch.setattr(JobFolder, "asked", forgotten)
    assert [each["id"] for each in office.client.get(f"{API}/jobs").json()] == [stays]
    assert office.client.get("/scenarioer").status_code == 200


def test_a_job_that_is_being_forgotten_never_waits_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_of(tmp_path)
    folder = asked(jobs)
    folder.become(Ended(JobState.CANCELLED, clock.now()))
    seen: list[list[JobFolder]] = []

    def halfway(path: Path, **_: Any) -> None:
        (path / "state.json").unlink()
        seen.append(jobs.active())

    monkeypatch.setattr("service.jobs.records.shutil.rmtree", halfway)
    folder.remove()
    assert seen == [[]]


def test_jobs_can_be_looked_at_while_others_are_forgotten(tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path)
    for _ in range(KEPT + 60):
        asked(jobs).become(Ended(JobState.CANCELLED, clock.now()))
        jobs.cancel(jobs.shelf.every()[-1])
    over = threading.Event()
    faults: list[Exception] = []

    def look() -> None:
        while not over.is_set():
            try:
                assert jobs.active() == []
            except Exception as error:
                faults.append(error)

    looking = threading.Thread(target=look)
    looking.start()
    for folder in jobs.shelf.every():
        folder.remove()
        folder.clear()
    over.set()
    looking.join()
    assert faults == []


def _saved(office: Office, job_id: str) -> Path:
    return office.jobs.shelf.one(job_id).path / "saved"


def _is_over(process: psutil.Process) -> bool:
    # Where nobody takes it away it stays as a zombie.
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _until(true: Callable[[], bool], *, seconds: float = 120.0) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last
        time.sleep(0.05)
