"""Proposes how a file's columns map to ours, and writes that to a configuration."""

from pathlib import Path

import tomlkit

from features.schema import BY_NAME, propose_mapping
from features.sources import read_table
from forecasting.errors import InputError, UsageError
from service.files import require_writable, write_file
from service.settings import packaged_text, parse_text


def write_mapping(extract: Path, *, config: Path | None, out: Path) -> list[dict[str, object]]:
    """Write `config` (else the packaged one) with the proposed mapping to the new file `out`.

    Returns one row per column of ours: theirs, or nothing where none fits.
    """
    if out.exists():
        raise UsageError(f"{out} is there already.", fix="Name another file in --out.")
    require_writable(out.parent)
    table = read_table(extract)
    if not table.header:
        raise InputError(f"{extract.name} has no header.", fix="Name the columns in row 1.")
    proposed = dict(propose_mapping(table).columns)
    document = tomlkit.parse(config.read_text(encoding="utf-8") if config else packaged_text())
    section = document.setdefault("mapping", tomlkit.table())
    section["columns"] = {ours: theirs for ours, theirs in proposed.items() if ours != theirs}
    text = tomlkit.dumps(document)
    parse_text(text, name=out.name)
    write_file(out, text.encode())
    return [
        {"ours": name, "theirs": proposed.get(name), "required": column.required}
        for name, column in BY_NAME.items()
    ]
