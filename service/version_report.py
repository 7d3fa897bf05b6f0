"""The report of one version of a yearly plan, for the command and for the page."""

from collections.abc import Iterable
from pathlib import Path

from forecasting.samples import WHOLE_NATION
from planning.plan import Plan
from planning.region_plan import region_plan
from reports.beside import Beside
from reports.files import INTERNAL, plan_files
from reports.writers.decided_csv import decided_csv
from service.files import require_writable, write_folder
from service.report_names import CHECKSUMS, listed_too, named
from service.report_sources import kept_beside
from service.tertial import kept_told
from service.yearly import Seen, kept_plan, seen
from service.yearly_store import Named


def version_files(
    home: Path, of: Named, number: int | None, *, formats: Iterable[str], language: str = "nb"
) -> dict[str, bytes]:
    """Files by name, with their checksums; the version in force where no number is given.

    A region's yearly plan has the report of that region. Raises UsageError for a version, a
    format or a language that is not there.
    """
    found = seen(home, of, number)
    plan, went = found.plan, kept_told(home, found.version.plan_id)
    if of.region != WHOLE_NATION:
        plan, went = region_plan(plan, of.region), went and went.of_region(of.region)
    beside = Beside(kept_beside(home, plan), found.version, _before(home, found), went)
    wanted = tuple(formats)
    made = plan_files(plan, language=language, formats=wanted, beside=beside)
    if "csv" in wanted:
        made |= decided_csv(plan, found.version)
    return named(made, plan, INTERNAL, language=language, version=found.version.number)


def _before(home: Path, found: Seen) -> Plan | None:
    """The plan of the version before; None of the first."""
    earlier = [v for v in found.yearly.versions if v.number < found.version.number]
    return kept_plan(home, earlier[-1].plan_id) if earlier else None


def write_version(files: dict[str, bytes], out: Path) -> tuple[Path, ...]:
    """Write them into a folder, whose list of checksums keeps what it names beside them."""
    require_writable(out)
    write_folder(out, {**files, CHECKSUMS: listed_too(files[CHECKSUMS], out)})
    return tuple(out / name for name in files)
