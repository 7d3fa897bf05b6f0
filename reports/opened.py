"""Whether a plan's places have been opened, in the follow-up of a tertial."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forecasting.places import Form
from planning.opened import Opened, summed
from planning.plan import Plan
from reports.document import Block, Cell, Column, Depth, Kind, Table, Text, Tone
from reports.words import Words


@dataclass(frozen=True)
class OpenedPlaces:
    """The register that was given now (name, sha256), held against the plan's places."""

    rows: tuple[Opened, ...]
    name: str
    sha256: str


@dataclass(frozen=True)
class OpenedBlocks:
    """The sentence and the tables; `found` is None where no register was given."""

    plan: Plan
    found: OpenedPlaces | None
    as_of: date
    words: Words

    def _say(self, key: str, **values: object) -> str:
        return self.words.say(f"opened.{key}", **values)

    def sentences(self) -> Iterator[str]:
        """How many of the plan's places the register has, and what it has beside them."""
        if self.found is None:
            yield self._say("unknown")
            return
        planned, _, opened, lacking, more = summed(self.found.rows)
        words, day = self.words, self.words.numbers.day(self.as_of)
        places = words.noun("committed_place", planned)
        if lacking:
            yield self._say(
                "lacking",
                places=places,
                as_of=day,
                opened=words.numbers.count(opened),
                lacking=words.numbers.count(lacking),
            )
        else:
            yield self._say("all", places=places, as_of=day)
        if more:
            yield self._say("more", more=words.noun("place", more))

    def blocks(self) -> tuple[Block, ...]:
        """By need group, and by region, need group and form; nothing without a register."""
        if self.found is None:
            return ()
        told = self._say("register", name=self.found.name, sha=self.found.sha256[:8])
        call_off = (self._say("call_off"),) if self._has(Form.CALL_OFF) else ()
        return self._by_group(), Text((told, *call_off), Tone.NOTE), self._by_series()

    def _has(self, form: Form) -> bool:
        return self.found is not None and any(row.form is form for row in self.found.rows)

    def _rows(self, need_group: str | None = None) -> tuple[Opened, ...]:
        assert self.found is not None  # blocks() has none without a register
        return tuple(row for row in self.found.rows if need_group in (None, row.key.need_group))

    def _by_group(self) -> Table:
        words = self.words
        codes = dict.fromkeys(row.key.need_group for row in self._rows())
        rows: list[tuple[Cell, ...]] = [
            (words.group(self.plan.agency, code), *summed(self._rows(code))) for code in codes
        ]
        total = (words["words.sum"], *summed(self._rows()))
        columns = (Column(words.column("group")), *self._columns())
        return Table(self._say("table"), columns, (*rows, total), self._say("source"), totals=1)

    def _by_series(self) -> Table:
        words, agency = self.words, self.plan.agency
        rows = tuple(
            (
                words.region(agency, row.key.region),
                words.group(agency, row.key.need_group),
                words.form(row.form),
                *summed((row,)),
            )
            for row in self._rows()
        )
        titles = (words.column("region"), words.column("group"), words["version.form"])
        columns = (*map(Column, titles), *self._columns())
        caption, source = self._say("series_table"), self._say("source")
        return Table(caption, columns, rows, source, heads=3, depth=Depth.FULL)

    def _columns(self) -> Iterator[Column]:
        for name in ("planned", "there", "opened", "missing", "beside"):
            yield Column(self._say(f"column_{name}"), Kind.COUNT)
