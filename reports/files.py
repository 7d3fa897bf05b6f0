"""All files of a plan, in a fixed order, each through the one door."""

from collections.abc import Callable, Iterable
from typing import Final

from forecasting.errors import UsageError
from planning.plan import Plan
from reports.capacity_plan import capacity_plan
from reports.disclosure import Released, parse_profile
from reports.document import Document
from reports.stored import as_stored
from reports.writers import csv, docx, html, json, pdf, xlsx

Writer = Callable[[Released], dict[str, bytes]]

# Each writer loads its own library when it is called: a plan without PDF needs no typst.
WRITERS: Final[dict[str, Writer]] = {
    "json": json.write,
    "csv": csv.write,
    "xlsx": xlsx.write,
    "html": html.write,
    "pdf": pdf.write,
    "docx": docx.write,
}
# What a plan is kept with (contract: plan files); other formats are made when they are asked for.
KEPT: Final = ("json", "csv", "xlsx", "html", "pdf")


def plan_files(
    plan: Plan,
    *,
    language: str = "nb",
    profile: str = "internal",
    formats: Iterable[str] = KEPT,
) -> dict[str, bytes]:
    """Files of a plan by name, in the order of WRITERS whatever the order of `formats`.

    Raises UsageError for a format, language or profile that is not available.
    """
    return written(release(plan, language=language, profile=profile), formats=formats)


def report_files(
    document: Document, *, profile: str = "internal", formats: Iterable[str] = KEPT
) -> dict[str, bytes]:
    """Files of a report that is a document alone; otherwise like `plan_files`."""
    return written(Released(None, document, parse_profile(profile)), formats=formats)


def written(released: Released, *, formats: Iterable[str]) -> dict[str, bytes]:
    """What these formats write. Raises UsageError for one that is not available."""
    wanted = set(formats)
    unknown = sorted(wanted - set(WRITERS))
    if unknown:
        raise UsageError(
            f"format {unknown[0]!r} is not available.", fix=f"Use some of: {', '.join(WRITERS)}."
        )
    found: dict[str, bytes] = {}
    for name, write in WRITERS.items():
        if name in wanted:
            found |= write(released)
    return found


def release(plan: Plan, *, language: str, profile: str) -> Released:
    """The plan and its document, cleared for a profile."""
    cleared = parse_profile(profile)
    plan = as_stored(plan)
    return Released(plan, capacity_plan(plan, language=language), cleared)
