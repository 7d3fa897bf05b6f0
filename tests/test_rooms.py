"""The rooms: what is packaged, checked and guarded is the same list, and pure rooms stay pure."""

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from models import FORECASTERS, STAY_MODELS
from service.settings import load_settings
from service.version import ROOMS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# A line of these may not touch a file, the clock, the environment or the terminal.
PURE = ("forecasting", "models", "planning", "reports", "features")
# Rooms within pure rooms that read what they are for: sources read files, words their table.
READERS = ("features/sources",)
IMPURE_CALLS = {"open", "print", "input", "breakpoint", "exec", "eval"}
IMPURE_IMPORTS = {"os", "sys", "time", "socket", "subprocess", "random", "tempfile", "shutil"}
WORDS_FOR_READING = {"read_text", "read_bytes", "write_text", "write_bytes", "getenv", "environ"}
# Files that may do what the rule forbids, and why.
ALLOWED = {
    "reports/words.py": "reads its own packaged table of words",
    "reports/writers/docx.py": "reads its own packaged template",
    "reports/glyphs.py": "reads the signs of its own packaged font",
    "reports/writers/html.py": "reads its own packaged template",
    "reports/writers/pdf.py": "reads its own packaged template and fonts",
}


def python_files(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_packages_are_the_same_everywhere() -> None:
    skipped = {"tests", "build"}
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - skipped
    packaged = {
        word.rstrip("*") for word in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    typed = set(PROJECT["tool"]["mypy"]["packages"])
    guarded = set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert folders == packaged == typed == guarded == set(ROOMS)


def test_no_other_distribution_owns_our_names() -> None:
    owners = packages_distributions()
    assert {
        room: owners.get(room, []) for room in ROOMS if set(owners.get(room, [])) - {"plassplan"}
    } == {}


def held_pure() -> list[Path]:
    """Files of the pure rooms but for readers and the exceptions."""
    return [
        path
        for path in python_files(*PURE)
        if name_of(path) not in ALLOWED and not name_of(path).startswith(READERS)
    ]


@pytest.mark.parametrize("path", held_pure(), ids=name_of)
def test_pure_rooms_touch_nothing_outside(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    imported = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not calls & IMPURE_CALLS
    assert not imported & IMPURE_IMPORTS
    assert not attributes & WORDS_FOR_READING


@pytest.mark.parametrize("name", ALLOWED)
def test_every_exception_is_still_needed(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_model_is_registered() -> None:
    registered = {
        type(make()).__module__ for make in (*FORECASTERS.values(), *STAY_MODELS.values())
    }
    files = {f"models.{path.stem}" for path in (ROOT / "models").glob("*.py")}
    # No model: what stay models may share, and only models may call statsmodels.
    assert files - {"models.__init__", "models.stay_drift"} == registered


def test_a_model_goes_by_its_name_in_the_registry() -> None:
    assert {name: make().name for name, make in FORECASTERS.items()} == {n: n for n in FORECASTERS}
    assert {name: make().name for name, make in STAY_MODELS.items()} == {n: n for n in STAY_MODELS}


def test_no_code_of_the_agency_stands_in_python() -> None:
    agency = load_settings().agency
    codes = {row.code for row in (*agency.regions, *agency.need_groups)}
    found = [
        f"{name_of(path)}:{node.lineno}: {node.value}"
        for path in python_files(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in codes
    ]
    assert found == []


def test_nothing_reaches_outside_the_clone() -> None:
    outside = re.compile(r"/work/|/home/\w+/\w|\.\./shared")
    text = {".py", ".toml", ".md", ".txt", ".cfg", ".html", ".css", ".js", ".typ"}
    kept = [
        path
        for room in (*ROOMS, "docs", "tests")
        for path in (ROOT / room).rglob("*")
        if path.suffix in text
    ]
    for path in (*kept, ROOT / "README.md", ROOT / "Makefile", ROOT / "pyproject.toml"):
        if path != Path(__file__):
            assert not outside.search(path.read_text(encoding="utf-8")), name_of(path)


def test_nothing_is_unpickled_or_logged_by_itself() -> None:
    forbidden = re.compile(r"\bautolog\(|\bpickle\.load|\bjoblib\.load|\byaml\.load\(")
    for path in python_files(*ROOMS):
        assert not forbidden.search(path.read_text(encoding="utf-8")), name_of(path)
