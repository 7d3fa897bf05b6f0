"""The assumptions of a plan in little room: a row per need group, a row per form, the rest.

Every assumption stands in exactly one of the three: what fits no matrix is in the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forecasting.places import Form
from planning.plan import Assumption
from reports.document import Block, Column, Depth, Kind, Table, Text, Tone
from reports.sentences import Speaker

# Row, column and value of one cell.
Entry = tuple[str, str, str]


@dataclass(frozen=True)
class Matrices:
    """Sorts the assumptions of one plan."""

    speaker: Speaker

    @property
    def rows(self) -> tuple[Assumption, ...]:
        """The assumptions."""
        return self.speaker.plan.assumptions

    def blocks(self) -> tuple[Block, ...]:
        """Both matrices where they hold something, then the rest as one paragraph."""
        words, plan = self.speaker.words, self.speaker.plan
        by_group, by_form = self._by_group(), self._by_form()
        used = {**by_group, **by_form}
        year = plan.prices.plan_year if plan.prices else plan.year
        prices = words.say("sentences.prices_table", year=year)
        tables = (
            self._table(words["sentences.groups_table"], words.column("group"), by_group.values()),
            self._table(prices, words["excel.form"], by_form.values()),
        )
        rest = [self._said(row) for row in self.rows if row.name not in used]
        said = words.say("sentences.assumed_else", values=" · ".join(rest))
        text = Text((said,), Tone.NOTE, Depth.SHORT)
        return (*(t for t in tables if t.rows), *((text,) if rest else ()))

    def _by_group(self) -> dict[str, Entry]:
        """Need group, what is assumed with its unit, and value, by name of the assumption."""
        agency, language = self.speaker.plan.agency, self.speaker.words.language
        labels = [group.label(language) for group in agency.need_groups]
        found = {}
        for row in self.rows:
            label, _, what = row.name.partition(": ")
            if label in labels and what:
                found[row.name] = (label, *self._cell(row, what, labels))
        return found

    def _cell(self, row: Assumption, what: str, labels: Sequence[str]) -> tuple[str, str]:
        """Heading and value; a need group at the end of what is assumed goes to the value."""
        value = self.speaker.words.value(row.value, row.unit)
        to = next((label for label in labels if what.endswith(f" {label}")), "")
        if to:
            what, value = what.removesuffix(f" {to}"), f"{value} ({to})"
        return ", ".join(filter(None, (what[:1].upper() + what[1:], row.unit))), value

    def _by_form(self) -> dict[str, Entry]:
        """Form, column and value, by name of the assumption."""
        words = self.speaker.words
        patterns: Mapping[str, str] = words.table["price_rows"]
        places = {
            pattern.format(form=words.form(form).lower()): (words.form(form), words.column(name))
            for form in Form
            for name, pattern in patterns.items()
        }
        return {
            row.name: (*places[row.name], words.value(row.value, row.unit))
            for row in self.rows
            if row.name in places
        }

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

    def _said(self, row: Assumption) -> str:
        value = self.speaker.words.value(row.value, row.unit)
        return f"{row.name}: {value} {row.unit}".strip()
