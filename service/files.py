"""Output folders that are whole or not there: nothing half-written is ever left."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from forecasting.errors import ComputationError, InputError, PlassplanError

NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


def require_writable(out: Path) -> None:
    """Fail now, not after a long computation, where `out` cannot be written. Makes nothing."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, not a folder.", fix="Name another folder in --out.")
    folder = out
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder.", fix="Name another folder in --out.")
    with _plain_errors(out), tempfile.TemporaryFile(dir=folder):
        pass


def write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write these files into `out`, all or none; other files in `out` are left alone.

    Names may hold sub-folders. Everything is first written and synced beside `out`; then a
    new folder is renamed into place, and in an old one each file replaced, with the old ones
    put back should that fail. Raises ComputationError for a full disk, else InputError.
    """
    with _plain_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
        try:
            for name, content in files.items():
                _write_synced(draft / "new" / name, content)
            _move_into_place(draft, out, list(files))
            _sync_folder(out.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all."""
    write_folder(path.parent, {path.name: content})


def _move_into_place(draft: Path, out: Path, names: list[str]) -> None:
    if not out.exists():
        (draft / "new").chmod(0o777 & ~_umask())
        (draft / "new").rename(out)
        return
    moved: list[str] = []
    try:
        for name in names:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            if (out / name).exists():
                _keep(out / name, draft / "old" / name)
            moved.append(name)
            os.replace(draft / "new" / name, out / name)
        for folder in {(out / name).parent for name in names}:
            _sync_folder(folder)
    except BaseException:
        _put_back(draft, out, moved)
        raise


def _keep(path: Path, copy: Path) -> None:
    """A second name for the old file, or a copy where the file system has no links."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, copy)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise
        shutil.copy2(path, copy)


def _put_back(draft: Path, out: Path, moved: list[str]) -> None:
    for name in moved:
        if (draft / "old" / name).exists():
            os.replace(draft / "old" / name, out / name)
        elif not (draft / "new" / name).exists():
            (out / name).unlink(missing_ok=True)


def _write_synced(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _plain_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _told(out, error) from error


def _told(out: Path, error: OSError) -> PlassplanError:
    reason = error.strerror or str(error)
    if error.errno in NO_SPACE:
        return ComputationError(
            f"{out} was not written, because the disk is full ({reason}).",
            fix="Free some space and run the same command again; older files there are as before.",
        )
    return InputError(
        f"{out} cannot be written ({reason}).",
        fix="Name another folder in --out, or ask for the right to write there.",
    )
