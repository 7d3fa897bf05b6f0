"""What exported files are called, and the list of their checksums."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from planning.plan import Plan
from reports.disclosure import Profile, Rules

# Files for people carry what they are in their name, for they are mailed and kept among others.
# Data files keep the names that programs read, so that an export is a plan's folder again.
FOR_PEOPLE = ("plan.xlsx", "plan.pdf", "plan.html", "plan.docx")
NATION = "landet"
PROFILES = {Profile.INTERNAL: "", Profile.SHARED: "delt", Profile.PUBLIC: "offentlig"}
CHECKSUMS = "SHA256SUMS"


def named(
    files: Mapping[str, bytes], plan: Plan, rules: Rules, *, language: str, version: int | None
) -> dict[str, bytes]:
    """The files under their names, with a list that `sha256sum -c` reads.

    `kapasitetsplan_ost_2027_v3_2026-11-21.xlsx`: region, plan year, number among the kept plans
    of that year (left out where the plan is not kept), profile and language where they are not
    the usual ones, data date.
    """
    regions = {curve.key.region for curve in plan.curves}
    parts = (
        "kapasitetsplan",
        next(iter(regions)) if len(regions) == 1 else NATION,
        str(plan.year),
        "" if version is None else f"v{version}",
        PROFILES[rules.profile],
        "" if language == "nb" else language,
        plan.basis.as_of.isoformat(),
    )
    # A stored plan is a file that anyone may have written: its codes are no path.
    stem = "_".join(re.sub(r"[^\w-]", "-", part) for part in parts if part)
    found = {
        name.replace("plan", stem, 1) if name in FOR_PEOPLE else name: content
        for name, content in files.items()
    }
    return {**found, CHECKSUMS: checksums(found)}


def listed_too(checksums: bytes, folder: Path) -> bytes:
    """The list, after the lines of files that an earlier export left in the folder.

    Else a second export there would leave the first one's files in no list.
    """
    try:
        earlier = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return checksums
    new = checksums.decode()
    names = {line.partition("  ")[2] for line in new.splitlines()}
    kept = [
        f"{line}\n"
        for line in earlier
        if (name := line.partition("  ")[2]) not in names and (folder / name).is_file()
    ]
    return ("".join(kept) + new).encode()


def checksums(files: Mapping[str, bytes]) -> bytes:
    """One line a file, in the form of sha256sum."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    return "".join(lines).encode()
