"""Measures the main job on this machine: seconds, and peak memory of all its processes.

python -m tests.bench main        (part of `make bench`)

The numbers in the README come from here. Everything is run as a user runs it, in processes
of its own, on the demonstration extract: 24 months ahead, 2 000 draws, two workers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

DRAWS, WORKERS = 2000, 2


@dataclass(frozen=True)
class Measured:
    """One command: what it was, seconds by the clock, and peak megabytes of its processes."""

    what: str
    seconds: float
    peak_mb: float


def measure(what: str, *arguments: str, home: Path) -> Measured:
    """Run one plassplan command to its end. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-c", "from service.cli import main; main()", *arguments]
    environment = {**os.environ, "PLASSPLAN_HOME": str(home)}
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak))
    watcher.start()
    code = process.wait()
    seconds = time.monotonic() - started
    watcher.join()
    if code:
        raise subprocess.CalledProcessError(code, arguments[0])
    return Measured(what, seconds, peak[0] / 1e6)


def _watch(pid: int, peak: list[int]) -> None:
    """Keep the highest sum of unique and shared-once memory of the process and its children."""
    try:
        top = psutil.Process(pid)
        while top.is_running() and top.status() != psutil.STATUS_ZOMBIE:
            peak[0] = max(peak[0], sum(_memory(each) for each in (top, *top.children(True))))
            time.sleep(0.2)
    except psutil.NoSuchProcess:
        return


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(full, "pss", full.rss))


def main_job(folder: Path) -> list[Measured]:
    """The demonstration extract, a plan for next year, and one 24 months ahead."""
    demo, home = folder / "demo", folder / "home"
    given = [
        str(demo / "referrals.csv"),
        *("--register", str(demo / "register.csv"), "--config", str(demo / "plassplan.toml")),
        *("--draws", str(DRAWS), "--workers", str(WORKERS), "--quiet"),
    ]
    made = measure("demo", "demo", str(demo), home=home)
    received = (demo / "referrals.csv").read_text().splitlines()[-1].split(",")[1]
    year = int(received[:4]) + 1
    return [
        made,
        measure("check", "check", given[0], "--config", given[4], home=home),
        measure(
            "plan, first run, next year", "plan", *given, "--out", str(folder / "a"), home=home
        ),
        measure(
            "plan, 24 months ahead",
            *("plan", *given, "--year", str(year + 1), "--out", str(folder / "b")),
            home=home,
        ),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This part has no options."""


def run(given: argparse.Namespace) -> None:
    """Run everything and print one table."""
    with tempfile.TemporaryDirectory() as name:
        rows = main_job(Path(name))
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
    for row in rows:
        print(f"{row.what:<32}{row.seconds:>8.1f} s{row.peak_mb:>8.0f} MB")
    print(json.dumps([vars(row) for row in rows]))
