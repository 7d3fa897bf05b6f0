"""The code's version tells equal code from changed code, wherever it stands."""

import shutil
from pathlib import Path

import pytest

from service import version
from service.version import KINDS, ROOMS, ROOT, code_version, release


def version_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:  # the code's own version is asked for after it
        patch.setattr(version, "ROOT", root)
        return code_version.__wrapped__()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The rooms' files of the kinds that count, elsewhere."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.suffix in KINDS:
                target = tmp_path / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_equal_trees_have_equal_versions(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "planning" / "__pycache__").mkdir()
    (copy / "planning" / "__pycache__" / "plan.pyc").write_bytes(b"x")
    assert version_at(copy, monkeypatch) == code_version()
    assert code_version().startswith(f"{release()}+")


@pytest.mark.parametrize("name", ["config/plassplan.toml", "service/run.py"])
def test_a_changed_file_changes_the_version(
    copy: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = copy / name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert version_at(copy, monkeypatch) != code_version()


def test_a_moved_file_changes_the_version(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "service" / "run.py").rename(copy / "service" / "ran.py")
    assert version_at(copy, monkeypatch) != code_version()
