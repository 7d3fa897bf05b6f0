"""Runs of scenarios that are asked for over HTTP: started, looked at, cancelled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from service.jobs.queue import Jobs
from service.jobs.records import JobFolder, JobState, Trouble, remembered
from service.scenario_form import StartForm, start


@dataclass(frozen=True)
class JobAnswer:
    """How a job stands; `made` is the id of the kept run, for /api/v1/scenarios/{run_id}.

    `done` of the `total` tasks of step `step` of `steps`; `seconds_left` are of that step, and
    null until they can be told. `message` and `fix` say why a job failed.
    """

    id: str
    state: JobState
    asked_at: datetime
    step: int
    steps: int
    doing: str
    done: int
    total: int
    seconds_left: int | None
    made: str
    trouble: Trouble | None
    message: str
    fix: str


def job_api(jobs: Jobs) -> APIRouter:
    """The addresses of jobs, and the one that starts a run of scenarios."""
    router = APIRouter()

    @router.post("/scenarios", status_code=202)
    def start_scenarios(form: Annotated[StartForm, Depends()]) -> JobAnswer:
        """Run one to three scenarios beside a kept plan; answers with the job to look at."""
        return answer(jobs, jobs.shelf.one(start(form, jobs).job_id))

    @router.get("/jobs")
    def list_jobs() -> tuple[JobAnswer, ...]:
        """The jobs, newest first; of those that have ended the last ones."""
        return tuple(remembered(lambda each: answer(jobs, each), jobs.shelf.every()))

    @router.get("/jobs/{job_id}")
    def show_job(job_id: str) -> JobAnswer:
        """How far one job is, and how it ended."""
        return answer(jobs, jobs.shelf.one(job_id))

    @router.post("/jobs/{job_id}/cancel")
    def cancel_job(job_id: str) -> JobAnswer:
        """Stop one job; one that has ended stays as it is."""
        folder = jobs.shelf.one(job_id)
        jobs.cancel(folder)
        return answer(jobs, folder)

    return router


def answer(jobs: Jobs, folder: JobFolder) -> JobAnswer:
    """How a job stands now."""
    state, progress, asked = jobs.state(folder), folder.progress(), folder.asked()
    return JobAnswer(
        id=asked.job_id,
        state=state.state,
        asked_at=asked.made_at,
        step=progress.step,
        steps=progress.steps,
        doing=progress.name,
        done=progress.done,
        total=progress.total,
        seconds_left=progress.seconds_left,
        made=state.made,
        trouble=state.trouble,
        message=state.message,
        fix=state.fix,
    )
