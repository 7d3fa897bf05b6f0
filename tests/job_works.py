"""What a job's process does in tests; it is loaded anew there, so it must stand in a module."""

import os
import signal
import time
from pathlib import Path

from service.jobs.process import Written
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
