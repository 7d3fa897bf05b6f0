"""What happens in a job's own process: the chain behind `scenario run`, and nothing else."""

import logging
import multiprocessing
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path

from forecasting.errors import ComputationError, PlassplanError
from planning.scenario import ScenarioError
from service.evidence import RejectedError
from service.jobs.records import JobFolder, Progress, Reason, Trouble
from service.plan_inputs import NoInputsError, kept_plan_inputs
from service.processes import one_thread_each
from service.run_scenario import run_scenarios, steps_of
from service.scenario_asked import ScenarioAsked, WrongFieldError, check_data, plan_request

# Ticks are many; a page is looked at once a second.
SECONDS_BETWEEN = 0.3
REPORT_FAULT = "Start it again; if it fails again, report the name of the fault."
_log = logging.getLogger(__name__)


class Written:
    """Progress as a file that the page reads. Ends the process when the server is gone."""

    def __init__(self, folder: JobFolder, *, steps: int) -> None:
        self._folder, self._steps = folder, steps
        self._step, self._name = 0, ""
        self._began = self._written = time.monotonic()

    def say(self, text: str) -> None:
        """The next step."""
        self._step, self._name = self._step + 1, text
        self._began = time.monotonic()
        self._write(0, 0)

    def tick(self, done: int, total: int) -> None:
        """So many of this step's tasks are done."""
        if time.monotonic() - self._written > SECONDS_BETWEEN:
            self._write(done, total)

    def _write(self, done: int, total: int) -> None:
        server = multiprocessing.parent_process()
        if server is not None and not server.is_alive():
            # Nobody could stop this work any more, nor tell how it went.
            raise SystemExit("the server is gone")
        self._written = time.monotonic()
        seconds = self._written - self._began
        steps = max(self._step, self._steps)
        progress = Progress(self._step, steps, self._name, done, total, seconds)
        self._folder.write("progress.json", asdict(progress))


def work(home: Path, path: Path) -> None:
    """Run the job of this folder and write how it went."""
    # Ctrl-C reaches every process of a terminal; the server ends this one itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread_each()
    # The chain looks for its home where every command does.
    os.environ["PLASSPLAN_HOME"] = str(home)
    folder = JobFolder(path)
    try:
        folder.write("outcome.json", {"made": _made(home, folder)})
    except PlassplanError as error:
        told = _told(Trouble.INPUT, error.message, error.fix)
        folder.write("outcome.json", {**told, **_why(error)})
    except Exception as error:
        # The text of an error can hold what was read; its type cannot.
        _log.error("%s in a job", type(error).__name__)
        name = type(error).__name__
        folder.write("outcome.json", _told(Trouble.FAULT, name, REPORT_FAULT))


def _told(trouble: Trouble, message: str, fix: str) -> dict[str, str]:
    told = {"trouble": trouble, "message": message, "fix": fix}
    return {**told, "reason": Reason.OTHER, "scenario": ""}


def _why(error: PlassplanError) -> dict[str, str]:
    """What was refused, as far as a page has words for it."""
    match error:
        case WrongFieldError(field=Reason.MOVED_ON | Reason.NO_EXTRACT as field):
            return {"reason": field}
        case ScenarioError():
            return {"reason": Reason.SCENARIO, "scenario": error.scenario}
        case RejectedError():
            return {"reason": Reason.REJECTED}
        case NoInputsError():
            return {"reason": Reason.NO_INPUTS}
        case ComputationError():
            return {"reason": Reason.COMPUTATION}
        case _:
            return {"reason": Reason.OTHER}


def _made(home: Path, folder: JobFolder) -> str:
    asked = ScenarioAsked.of(folder.asked().what)
    inputs = kept_plan_inputs(home, asked.plan_id)
    extract = next(iter(folder.extract.glob("*")), None)
    check_data(inputs, given=extract is not None, home=home)
    request = plan_request(inputs, asked, extract=extract, out=folder.out)
    talk = Written(folder, steps=steps_of(asked.codes, request.settings))
    outcome = run_scenarios(
        request,
        asked.codes,
        reason=asked.reason,
        who=asked.name,
        talk=talk,
        keeping=lambda run_id: folder.write("keeping.json", {"made": run_id}),
    )
    return outcome.kept_as
