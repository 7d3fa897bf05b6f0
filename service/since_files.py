"""What changed since an earlier plan, as a file and as rows to print."""

import csv
import io
from collections.abc import Iterable

from forecasting.agency import Agency
from forecasting.errors import InputError
from planning.earlier import Reason, Since
from reports.words import words_of
from reports.writers.csv import to_bytes
from service.talk import Row

SINCE = "since.csv"


def since_name(earlier_id: str) -> str:
    """What the store calls the comparison with an earlier plan."""
    return f"since-{earlier_id}.csv"


def since_csv(changes: Iterable[Since]) -> bytes:
    """since.csv: need_group, step and places; before, every reason, and now."""
    rows: list[tuple[str | int, ...]] = [("need_group", "step", "places")]
    for each in changes:
        rows.append((each.need_group, "before", each.before))
        rows += [(each.need_group, reason.value, places) for reason, places in each.steps]
        rows.append((each.need_group, "now", each.now))
    return to_bytes(rows)


def since_from_csv(content: bytes) -> tuple[Since, ...]:
    """What `since_csv` wrote."""
    by_group: dict[str, dict[str, int]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        by_group.setdefault(row["need_group"], {})[row["step"]] = int(row["places"])
    return tuple(
        Since(
            group,
            steps["before"],
            tuple((reason, steps[reason.value]) for reason in Reason),
            steps["now"],
        )
        for group, steps in by_group.items()
    )


def since_rows(changes: Iterable[Since], agency: Agency) -> list[Row]:
    """A row a need group: before, each reason, now."""
    words = words_of("nb")

    def label(code: str) -> str:
        try:
            return agency.need_group(code).label("nb")
        except InputError:
            return code  # only the earlier plan has it

    return [
        {
            words.column("group"): label(each.need_group),
            words["since.before"]: each.before,
            **{words[f"since.{Reason(reason).value}"]: places for reason, places in each.steps},
            words["since.now"]: each.now,
        }
        for each in changes
    ]
