"""The plan beside the one it was compared with: why the places differ, and how that one fared."""

from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.samples import WHOLE_NATION
from planning.earlier import Earlier, Fared, Reason, Since
from reports.document import Block, Cell, Column, Depth, Figure, Kind, Table, Text
from reports.drawings import WaterfallPanel, Waterfalls
from reports.panels import chunks
from reports.sentences import Speaker
from reports.words import Words


@dataclass(frozen=True)
class EarlierBlocks:
    """The section on an earlier plan; nothing where the plan was compared with none."""

    speaker: Speaker

    @property
    def _words(self) -> Words:
        return self.speaker.words

    def blocks(self) -> tuple[Block, ...]:
        """What changed in words, drawn and as numbers; then what came against that plan."""
        earlier = self.speaker.plan.earlier
        if earlier is None:
            return ()
        table = self.table(earlier)
        figures = tuple(self._figure(part, earlier, table) for part in chunks(list(earlier.since)))
        said = (self.changed(earlier), *self.fared(earlier))
        return (Text(said), *figures, *self._fared_tables(earlier))

    def _name(self, need_group: str) -> str:
        try:
            return self._words.group(self.speaker.plan.agency, need_group)
        except InputError:
            return need_group  # only the earlier plan has it

    def _say(self, key: str, **values: object) -> str:
        return self._words.say(f"earlier.{key}", **values)

    def changed(self, earlier: Earlier) -> str:
        """The sum of all need groups, and the reason that moves most places."""
        before, now = (
            sum(getattr(each, end) for each in earlier.since) for end in ("before", "now")
        )
        sums = {
            reason: sum(dict(each.steps)[reason] for each in earlier.since) for reason in Reason
        }
        most = max(sums, key=lambda reason: abs(sums[reason]))
        words = self._words
        values = {
            "before": words.noun("committed_place", before),
            "now": words.numbers.count(now),
            "year": earlier.year,
            "this": self.speaker.plan.year,
        }
        if sums[most] == 0:
            return self._say("unchanged", **values)
        change = words.numbers.change(sums[most])
        return self._say("changed", **values, change=change, reason=self._say(most.value))

    def fared(self, earlier: Earlier) -> tuple[str, ...]:
        """What came in all, against what that plan expected; nothing where no month has come."""
        found = [each for each in earlier.fared if each.need_group == WHOLE_NATION]
        return tuple(self._fared(each, earlier) for each in found)

    def _fared(self, each: Fared, earlier: Earlier) -> str:
        numbers = self._words.numbers
        return self._say(
            "fared",
            as_of=numbers.day(earlier.as_of),
            came=self._words.noun("referral", each.came),
            expected=self._words.some(each.expected),
            outside=numbers.count(each.below + each.above),
            months=numbers.count(each.months),
        )

    def table(self, earlier: Earlier) -> Table:
        """A row a need group: before, every reason, now; and their sum."""
        columns = (
            Column(self._words.column("group")),
            Column(self._words["since.before"], Kind.COUNT),
            *(Column(self._words[f"since.{reason.value}"], Kind.CHANGE) for reason in Reason),
            Column(self._words["since.now"], Kind.COUNT),
        )
        numbers = [(each.before, *(n for _, n in each.steps), each.now) for each in earlier.since]
        rows: list[tuple[Cell, ...]] = [
            (self._name(each.need_group), *row)
            for each, row in zip(earlier.since, numbers, strict=True)
        ]
        total = (self._words["words.sum"], *map(sum, zip(*numbers, strict=True)))
        caption = self._say("table", year=earlier.year)
        return Table(caption, columns, (*rows, total), self._say("source"), totals=1)

    def _figure(self, part: tuple[Since, ...], earlier: Earlier, table: Table) -> Figure:
        short = self._words.table["since_short"]
        panels = tuple(
            WaterfallPanel(
                self._name(each.need_group),
                (
                    (short["before"], float(each.before)),
                    *((short[reason.value], float(n)) for reason, n in each.steps),
                ),
            )
            for each in part
        )
        labels = (
            self._words["words.adds_places"],
            self._words["words.spares_places"],
            short["now"],
        )
        told = [
            f"{self._name(e.need_group)} {self._words.numbers.change(e.now - e.before)}"
            for e in part
        ]
        totals = self._words.listed(told)
        return Figure(
            self._headline(part),
            self._say("subtitle", year=earlier.year),
            self._say("alt", totals=totals),
            self._say("sentence", totals=totals),
            Waterfalls(panels, labels),
            table,
            Depth.FULL,
        )

    def _headline(self, part: tuple[Since, ...]) -> str:
        """The need group whose places changed most."""
        most = max(part, key=lambda each: abs(each.now - each.before))
        if most.now == most.before:
            return self._say("headline_same")
        change = self._words.numbers.change(most.now - most.before)
        return self._say("headline", group=self._name(most.need_group), change=change)

    def _fared_tables(self, earlier: Earlier) -> tuple[Table, ...]:
        if not earlier.fared:
            return ()
        kinds = (
            ("months", Kind.COUNT),
            ("came", Kind.COUNT),
            ("expected", Kind.NUMBER),
            ("below", Kind.COUNT),
            ("above", Kind.COUNT),
        )
        columns = (
            Column(self._words.column("group")),
            *(Column(self._say(f"column_{name}"), kind) for name, kind in kinds),
        )
        rows = tuple(
            (self._name(each.need_group), *(getattr(each, name) for name, _ in kinds))
            for each in earlier.fared
        )
        caption = self._say("fared_table", year=earlier.year)
        return (Table(caption, columns, rows, self._say("source"), depth=Depth.FULL),)
