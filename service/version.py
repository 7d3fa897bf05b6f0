"""Which code made a number: the release, and a digest of the code and configuration itself."""

import hashlib
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "config",
    "experiments",
    "features",
    "forecasting",
    "models",
    "planning",
    "reports",
    "service",
)
# Kinds of files that a number or a page is made by.
KINDS = (".py", ".toml", ".html", ".css", ".js", ".json", ".typ")


def release() -> str:
    """The package's version; from pyproject.toml where it runs without being installed."""
    try:
        return version("plassplan")
    except PackageNotFoundError:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])


@cache
def code_version() -> str:
    """Release and digest of all code, configuration and layout; equal trees give equal words.

    A commit's name would differ between equal trees, be missing in an installed copy, and be
    the same before and after a change that was not committed.
    """
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in KINDS:
                digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{release()}+{digest.hexdigest()[:12]}"
