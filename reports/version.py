"""Which version of a yearly plan a report is of: who made and signed it, what they set."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from planning.assumptions import changed
from planning.plan import Plan
from planning.yearly import Override, Version
from reports.decided import DecidedBlocks
from reports.document import Block, Column, Kind, Table, Text, Tone
from reports.sentences import Speaker


@dataclass(frozen=True)
class VersionBlocks:
    """The blocks about one version of the speaker's plan, and the plan of the version before."""

    speaker: Speaker
    version: Version
    before: Plan | None = None

    def blocks(self) -> tuple[Block, ...]:
        """What the version is and, where numbers were set, what they were set to and do."""
        held = self.version.held
        if not held:
            return self._about(), Text((self._say("as_model"),), Tone.NOTE), *self._changed()
        done = DecidedBlocks(self.speaker, self.version).series()
        return self._about(), self._set(held), *done, *self._changed()

    def _changed(self) -> Iterator[Table]:
        """Assumptions that are not those of the version before: who changed them stands above."""
        if self.before is None:
            return
        words, wording = self.speaker.words, self.speaker.wording
        rows = []
        for pair in changed(self.before, self.speaker.plan):
            before, now = (None if row is None else wording.assumption(row) for row in pair)
            named = now or before
            assert named is not None, "one of the two plans has it"
            cells = (None if row is None else row.value for row in (before, now))
            rows.append((named.name, *cells, named.unit))
        if rows:
            titles = (words.column("name"), words["yearly.before"], words["yearly.now"])
            columns = tuple(Column(title) for title in (*titles, words.column("unit")))
            yield Table(self._say("changed_table"), columns, tuple(rows), self._say("source"))

    def _say(self, key: str, **values: object) -> str:
        return self.speaker.words.say(f"version.{key}", **values)

    def _about(self) -> Table:
        words, version = self.speaker.words, self.version
        signed = version.signature
        rows = [
            (words["yearly.number"], words.numbers.count(version.number)),
            (words["yearly.status"], words[f"yearly.{version.status.value}"]),
            (words["yearly.reason"], version.reason),
            (words["yearly.made"], self._by(version.who.name, version.who.role, version.made_at)),
        ]
        if signed is not None:
            by = self._by(signed.who.name, signed.who.role, signed.at)
            rows.append((words["yearly.signed"], by))
        columns = (Column(words.column("item")), Column(words.column("value")))
        return Table(self._say("table"), columns, tuple(rows), self._say("source"))

    def _by(self, name: str, role: str, at: date) -> str:
        person = self.speaker.words.say("yearly.by_person", name=name, role=role)
        return f"{person}, {self.speaker.words.numbers.day(at)}"

    def _set(self, held: tuple[Override, ...]) -> Table:
        words = self.speaker.words
        columns = (
            Column(words.column("region")),
            Column(words.column("group")),
            Column(self._say("form")),
            Column(words["yearly.model"], Kind.COUNT),
            Column(words["yearly.chosen"], Kind.COUNT),
            Column(words["yearly.change"], Kind.CHANGE),
            Column(words["yearly.reason"]),
            Column(words["yearly.who"]),
        )
        rows = tuple(self._row(each) for each in held)
        return Table(self._say("set_table"), columns, rows, self._say("source"), heads=2)

    def _row(self, each: Override) -> tuple[str | int, ...]:
        words, plan = self.speaker.words, self.speaker.plan
        model = sum(
            line.places for line in plan.lines if (line.key, line.form) == (each.key, each.form)
        )
        assert each.places is not None, "an override that holds has a number"
        return (
            words.region(plan.agency, each.key.region),
            words.group(plan.agency, each.key.need_group),
            words.form(each.form),
            model,
            each.places,
            each.places - model,
            each.reason,
            words.say("yearly.by_person", name=each.who.name, role=each.who.role),
        )
