"""All files of a plan, in a fixed order, each through the one door."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from forecasting.errors import UsageError
from planning.plan import Plan
from reports.beside import NOTHING, Beside
from reports.capacity_plan import capacity_plan
from reports.disclosure import Released, Rules
from reports.disclosure.audit import require_protected
from reports.disclosure.protect import protected
from reports.document import Document
from reports.stored import as_stored
from reports.writers import csv, docx, html, json, pdf, xlsx

INTERNAL: Final = Rules()

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
    rules: Rules = INTERNAL,
    formats: Iterable[str] = KEPT,
    earlier: Sequence[Plan] = (),
    beside: Beside = NOTHING,
) -> dict[str, bytes]:
    """Files of a plan by name, in the order of WRITERS whatever the order of `formats`.

    `earlier` are exports that the same readers have already.

    Raises UsageError for a format or language that is not available, ComputationError where
    hidden counts could be worked out.
    """
    released = release(plan, language=language, rules=rules, earlier=earlier, beside=beside)
    return written(released, formats=formats)


def report_files(
    document: Document, *, rules: Rules = INTERNAL, formats: Iterable[str] = KEPT
) -> dict[str, bytes]:
    """Files of a report that is a document alone, made from what `cleared` gave."""
    return written(Released(None, document, rules.profile), formats=formats)


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


def release(
    plan: Plan,
    *,
    language: str = "nb",
    rules: Rules = INTERNAL,
    earlier: Sequence[Plan] = (),
    beside: Beside = NOTHING,
) -> Released:
    """The plan and its document, cleared for a profile and proved to hold what is hidden.

    What stands beside the plan is for its own readers alone.
    """
    own = cleared(plan, rules=rules, earlier=earlier)
    shown = NOTHING if rules.protects else beside
    return Released(own, capacity_plan(own, language=language, beside=shown), rules.profile)


def cleared(plan: Plan, *, rules: Rules = INTERNAL, earlier: Sequence[Plan] = ()) -> Plan:
    """The plan as a profile may see it. Raises ComputationError where that could be undone."""
    # The digits of plan.json first: a report made from the stored plan is then the same one.
    own = protected(as_stored(plan), rules)
    require_protected((own, *earlier))
    return own
