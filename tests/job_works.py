"""What a job's process does in tests; it is loaded anew there, so it must stand in a module."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from service import run_scenario
from service.jobs.process import Written, work
from service.jobs.records import JobFolder


def nothing(_home: Path, path: Path) -> None:
    JobFolder(path).write("outcome.json", {"made": f"made-by-{path.name}"})


def endless(_home: Path, path: Path) -> None:
    folder = JobFolder(path)
    folder.out.mkdir()
    (folder.out / "half.csv").write_text("half")
    (path / "pid").write_text(str(os.getpid()))
    talk = Written(folder, steps=3)
    talk.say("Forecasting referrals for 12 months")
    while True:
        time.sleep(0.05)
        talk.tick(1, 4)


def dying(_home: Path, _path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deaf(_home: Path, path: Path) -> None:
    """In the midst of a step that tells nothing and looks at nothing."""
    (path / "pid").write_text(str(os.getpid()))
    time.sleep(3600)


def held_up(home: Path, path: Path) -> None:
    """The work itself, held up between keeping its run and saying so."""
    save = run_scenario.save_scenarios

    def slow(*given: Any) -> None:
        save(*given)
        (path / "saved").touch()
        time.sleep(3600)

    run_scenario.save_scenarios = slow
    work(home, path)
