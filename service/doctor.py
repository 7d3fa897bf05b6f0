"""Whether everything that Plassplan needs is in order on this machine."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from forecasting.errors import PlassplanError
from service.home import ensure_home, home_path, key_path
from service.processes import default_workers
from service.settings import load_settings
from service.store import datasets
from service.version import code_version


@dataclass(frozen=True)
class Result:
    """One thing that was examined, and how it stands."""

    what: str
    good: bool
    found: str

    def row(self) -> dict[str, object]:
        """For a table or JSON."""
        return {"what": self.what, "good": self.good, "found": self.found}


def examine() -> list[Result]:
    """Every check, in the order in which one would mend them."""
    checks: dict[str, Callable[[], str]] = {
        "version": code_version,
        "python": _python,
        "packages": _packages,
        "configuration": _configuration,
        "home": _home,
        "store": _store,
        "key": _key,
        "processes": lambda: f"{default_workers()} at most",
    }
    return [_result(what, check) for what, check in checks.items()]


def _result(what: str, check: Callable[[], str]) -> Result:
    try:
        return Result(what, True, check())
    except PlassplanError as error:
        return Result(what, False, str(error))
    except (OSError, PackageNotFoundError) as error:
        return Result(what, False, f"{type(error).__name__}: {error}")


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _packages() -> str:
    try:
        wanted = [line.split(";")[0] for line in requires("plassplan") or ()]
    except PackageNotFoundError:
        return "not installed: run from its source folder"
    names = ["".join(c if c.isalnum() or c in "-_." else " " for c in w).split()[0] for w in wanted]
    return f"{len([version(name) for name in names])} found"


def _configuration() -> str:
    settings = load_settings()
    return f"{settings.name}, {settings.config_hash[:12]}"


def _home() -> str:
    home = ensure_home(home_path())
    with tempfile.TemporaryFile(dir=home):
        return str(home)


def _store() -> str:
    return f"whole, {len(datasets(home_path()))} extracts"


def _key() -> str:
    path: Path = key_path(home_path())
    return "there" if path.exists() else "made when the first extract is loaded"
