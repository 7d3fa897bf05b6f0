"""An output folder is whole or not there, wherever writing fails."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forecasting.errors import ComputationError, InputError, PlassplanError
from service import files
from service.files import require_writable, write_folder

OLD = {"a.csv": b"old a", "sub/b.csv": b"old b", "basis.json": b"old basis"}
NEW = {"a.csv": b"new a", "c.csv": b"new c", "sub/b.csv": b"new b", "basis.json": b"new basis"}
STRANGER = {"notes.txt": b"somebody else's"}


def content(folder: Path) -> dict[str, bytes]:
    """Every file under the folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class FaultError(OSError):
    """The fault that we inject."""


@contextmanager
def failing_at(n: int, monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[str]]:
    """The n-th call (from 1) that touches the disk fails with this error number."""
    calls: list[str] = []

    def failing(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            calls.append(name)
            if len(calls) == n:
                raise FaultError(number, os.strerror(number))
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for name in ("fsync", "replace", "link", "rename"):
            patch.setattr(os, name, failing(name, getattr(os, name)))
        real_open = open

        def opened(path: object, mode: str = "r", *rest: object, **named: object) -> object:
            if "w" in mode:
                calls.append("open")
                if len(calls) == n:
                    raise FaultError(number, os.strerror(number))
            return real_open(path, mode, *rest, **named)  # type: ignore[call-overload]

        patch.setattr(files, "open", opened, raising=False)
        yield calls


def number_of_calls(folder: Path, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a write that succeeds touches the disk."""
    if old:
        write_folder(folder, old)
    with failing_at(0, monkeypatch, errno.EIO) as calls:
        write_folder(folder, NEW)
    return len(calls)


@pytest.mark.parametrize("old", [{}, OLD], ids=["new folder", "over an older one"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failure_at_any_write_leaves_all_old_or_all_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: dict[str, bytes], number: int
) -> None:
    total = number_of_calls(tmp_path / "count" / "out", old, monkeypatch)
    assert total > 2 * len(NEW)
    for n in range(1, total + 1):
        out = tmp_path / str(n) / "out"
        if old:
            write_folder(out, old)
        before = content(out)
        told = None
        with failing_at(n, monkeypatch, number):
            try:
                write_folder(out, NEW)
            except PlassplanError as error:
                told = error
        after = content(out)
        assert after in (before, old | NEW), f"call {n}"
        # Only where links are not to be had, another way is taken and nothing fails.
        assert told is not None or after == old | NEW
        if told is not None:
            assert isinstance(told, ComputationError if number == errno.ENOSPC else InputError)
            assert told.fix
        assert [path.name for path in out.parent.iterdir()] in ([], ["out"]), "leftovers"


def test_only_our_own_files_are_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, OLD | STRANGER)
    write_folder(out, NEW)
    assert content(out) == OLD | STRANGER | NEW


def test_a_new_folder_has_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    write_folder(tmp_path / "out", NEW)
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_file_in_the_way_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    for out in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="is a file, not a folder"):
            require_writable(out)


def test_asking_makes_nothing(tmp_path: Path) -> None:
    require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


WRITE_FOREVER = """
import sys
from pathlib import Path
from service.files import write_folder
out = Path(sys.argv[1])
print("ready", flush=True)
for turn in range(10**9):
    write_folder(out / str(turn), {f"{i}.csv": b"x" * 10_000 for i in range(20)})
"""


@pytest.mark.parametrize("wait", [0.01, 0.03, 0.05, 0.08])
def test_a_kill_leaves_only_whole_folders(tmp_path: Path, wait: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOREVER, tmp_path],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
    made = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    for folder in made:
        assert {len(text) for text in content(folder).values()} == {10_000}
        assert len(content(folder)) == 20
