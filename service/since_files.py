"""What changed since an earlier plan, as a file and as rows to print."""

from collections.abc import Iterable

from forecasting.agency import Agency
from forecasting.errors import InputError
from planning.earlier import Reason, Since
from reports.words import words_of
from reports.writers.csv import to_bytes
from service.talk import Row


def since_csv(changes: Iterable[Since]) -> bytes:
    """since.csv: need_group, step and places; before, every reason, and now."""
    rows: list[tuple[str | int, ...]] = [("need_group", "step", "places")]
    for each in changes:
        rows.append((each.need_group, "before", each.before))
        rows += [(each.need_group, reason.value, places) for reason, places in each.steps]
        rows.append((each.need_group, "now", each.now))
    return to_bytes(rows)


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
