"""The assumptions of a plan in little room: a row per need group, a row per form, the rest.

Every assumption stands in exactly one of the three: what fits no matrix is in the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.document import Block, Column, Depth, Kind, Table, Text, Tone
from reports.sentences import Speaker
from reports.wording import Said

# Row, column and value of one cell.
Entry = tuple[str, str, str]
# Assumptions that have a row per form.
PRICES = ("price_ready", "price_used", "price_availability")


@dataclass(frozen=True)
class Matrices:
    """Sorts the assumptions of one plan."""

    speaker: Speaker

    def blocks(self) -> tuple[Block, ...]:
        """Both matrices where they hold something, then the rest as one paragraph."""
        words, plan = self.speaker.words, self.speaker.plan
        by_group, by_form = list[Entry](), list[Entry]()
        rest = []
        for row in plan.assumptions:
            said = self.speaker.wording.assumption(row)
            if row.values and "group" in row.values:
                by_group.append(self._of_group(said))
            elif row.name in PRICES and row.values:
                by_form.append((said.about, words.column(row.name), said.value))
            else:
                rest.append(f"{said.name}: {said.value} {said.unit}".strip())
        year = plan.prices.plan_year if plan.prices else plan.year
        prices = words.say("sentences.prices_table", year=year)
        tables = (
            self._table(words["sentences.groups_table"], words.column("group"), by_group),
            self._table(prices, words["excel.form"], by_form),
        )
        text = Text(
            (words.say("sentences.assumed_else", values=" · ".join(rest)),),
            Tone.NOTE,
            Depth.SHORT,
        )
        return (*(t for t in tables if t.rows), *((text,) if rest else ()))

    def _of_group(self, said: Said) -> Entry:
        """Need group, what is assumed with its unit, and value, with the group it goes on to."""
        what = said.what[:1].upper() + said.what[1:]
        value = f"{said.value} ({said.to})" if said.to else said.value
        return said.about, ", ".join(filter(None, (what, said.unit))), value

    def _table(self, caption: str, head: str, found: Iterable[Entry]) -> Table:
        """Rows and columns in the order in which they first appear."""
        cells = {(row, column): value for row, column, value in found}
        names = dict.fromkeys(row for row, _ in cells)
        titles = dict.fromkeys(column for _, column in cells)
        return Table(
            caption,
            # Text that is a number, or begins with one, stands to the right.
            (Column(head), *(Column(title, Kind.NUMBER) for title in titles)),
            tuple((name, *(cells.get((name, title)) for title in titles)) for name in names),
            "",
            depth=Depth.SHORT,
        )
