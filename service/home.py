"""Where state lives: the store, the keys and MLflow, in one folder of the user's own."""

import os
import secrets
from pathlib import Path

import platformdirs

from forecasting.errors import InputError

OWNER_ONLY_FILE = 0o600
OWNER_ONLY_FOLDER = 0o700
KEY_BYTES = 32


def home_path() -> Path:
    """PLASSPLAN_HOME, or else the user's data folder. Nothing is made by asking."""
    given = os.environ.get("PLASSPLAN_HOME")
    return Path(given).expanduser() if given else Path(platformdirs.user_data_dir("plassplan"))


def ensure_home(home: Path) -> Path:
    """The folder itself, made readable by its owner only. Raises InputError if it cannot be."""
    try:
        home.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        home.chmod(OWNER_ONLY_FOLDER)
    except OSError as error:
        raise InputError(
            f"the folder for Plassplan's data, {home}, cannot be used ({error.strerror}).",
            fix="Set PLASSPLAN_HOME to a folder that you may write in.",
        ) from error
    return home


def key_path(home: Path) -> Path:
    """The key that pseudonyms are made anew with; kept apart from the store's file."""
    return home / "keys" / "pseudonym.key"


def pseudonym_key(home: Path, *, make: bool) -> bytes:
    """The 256-bit key of this installation, made at first use if `make`.

    Raises InputError where there is none and none may be made: another key would give every
    child a second pseudonym.
    """
    path = key_path(home)
    try:
        if not path.exists() and make:
            _make_key(path)
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"the key for pseudonyms, {path}, is missing or damaged.",
            fix="Put the key back from your backup; without it nothing more can be loaded.",
        ) from error
    if len(key) != KEY_BYTES:
        raise InputError(
            f"the key for pseudonyms, {path}, has {len(key)} bytes instead of {KEY_BYTES}.",
            fix="Put the key back from your backup.",
        )
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link fails where another process was first, so that two never use different keys.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
