"""What flexible places between need groups would give: computed sentences and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from planning.plan import Flexible, Plan
from reports.document import Block, Cell, Column, Depth, Kind, Table, Text, Tone
from reports.facts import total
from reports.sentences import Speaker
from reports.tables import known_only
from reports.words import Words


@dataclass(frozen=True)
class SetOfGroups:
    """Need groups that may share places, with the best number of flexible ones by region."""

    need_groups: tuple[str, ...]
    best: tuple[Flexible, ...]

    @property
    def flexible_places(self) -> int:
        """Flexible places of all regions."""
        return sum(row.flexible_places for row in self.best)

    @property
    def fixed_places(self) -> int:
        """Fixed places beside them."""
        return sum(row.fixed_places for row in self.best)

    @property
    def alone_places(self) -> int:
        """Fixed places where none is flexible."""
        return sum(row.alone_places for row in self.best)

    @property
    def saved(self) -> int:
        """Places that flexible ones spare."""
        return self.alone_places - self.fixed_places - self.flexible_places

    @property
    def saved_nok(self) -> float | None:
        """Kroner a year that they spare; None without prices."""
        return total(row.saved_nok for row in self.best)

    @property
    def hardest(self) -> Flexible:
        """The region in which a group is crowded out most if all places are open to all."""
        return max(self.best, key=lambda row: row.loser.lost_share)


def sets_of(plan: Plan) -> tuple[SetOfGroups, ...]:
    """The sets of need groups in a plan, in its order."""
    rows: dict[tuple[str, ...], list[Flexible]] = {}
    for row in plan.flexible:
        if row.best:
            rows.setdefault(tuple(group.need_group for group in row.groups), []).append(row)
    return tuple(SetOfGroups(groups, tuple(best)) for groups, best in rows.items())


@dataclass(frozen=True)
class FlexibleBlocks:
    """The section on flexible places, in one language; nothing where no groups may share."""

    speaker: Speaker

    @property
    def _words(self) -> Words:
        return self.speaker.words

    def blocks(self) -> tuple[Block, ...]:
        """Sentences on every set of need groups, the rule, and a table of each set."""
        found = sets_of(self.speaker.plan)
        if not found:
            return ()
        said = tuple(f"{self.sentence(each)} {self.limit(each)}".rstrip() for each in found)
        rule = self._words.say(f"flexible_rules.{found[0].best[0].rule}")
        note = self._words.say("sentences.flexible_note", rule=rule)
        return (
            Text(said, Tone.LIST, Depth.FULL),
            *(self.table(each) for each in found),
            Text((note,), Tone.NOTE, Depth.FULL),
        )

    def name(self, need_groups: Sequence[str]) -> str:
        """Name of a set of need groups."""
        agency = self.speaker.plan.agency
        return self._words.listed([self._words.group(agency, code) for code in need_groups])

    def sentence(self, found: SetOfGroups) -> str:
        """What flexible places spare over the regions."""
        words, name = self._words, self.name(found.need_groups)
        if found.flexible_places == 0:
            return words.say("sentences.flexible_none", groups=name)
        cost = found.saved_nok
        kroner = "" if cost is None else words.numbers.money(cost)
        return words.say(
            "sentences.flexible_saves",
            groups=name,
            flexible=words.noun("flexible_place", found.flexible_places),
            fixed=words.some(found.fixed_places),
            alone=words.some(found.alone_places),
            saved=words.noun("place", found.saved),
            cost=words.say("sentences.sharing_cost", cost=kroner) if kroner else "",
        )

    def limit(self, found: SetOfGroups) -> str:
        """Which group loses most if all places are open to all; nothing where none does."""
        row, words = found.hardest, self._words
        if row.loser.lost_share <= 0:
            return ""
        agency = self.speaker.plan.agency
        return words.say(
            "sentences.flexible_limit",
            group=words.group(agency, row.loser.need_group),
            region=words.region(agency, row.region),
            before=words.numbers.percent(row.loser.alone_share),
            after=words.numbers.percent(row.loser.crowded_share),
        )

    def table(self, found: SetOfGroups) -> Table:
        """One row a region: places with and without flexible ones, and who loses most."""
        words = self._words
        columns = (
            Column(words.column("region")),
            self._column("flexible_places", Kind.COUNT),
            self._column("fixed_places", Kind.COUNT),
            self._column("alone_places", Kind.COUNT),
            self._column("saved_places", Kind.COUNT),
            self._column("saved_cost", Kind.MNOK),
            self._column("crowded_group", Kind.TEXT),
            self._column("alone_offered", Kind.SHARE),
            self._column("crowded_offered", Kind.SHARE),
        )
        rows = tuple(self._row(row) for row in found.best)
        caption = words.say("sentences.flexible_table", groups=self.name(found.need_groups))
        source = words.say("sources.plan", year=self.speaker.plan.year)
        return known_only(Table(caption, columns, rows, source, depth=Depth.FULL))

    def _row(self, row: Flexible) -> tuple[Cell, ...]:
        agency, loser = self.speaker.plan.agency, row.loser
        return (
            self._words.region(agency, row.region),
            *(row.flexible_places, row.fixed_places, row.alone_places),
            *(row.alone_places - row.places, row.saved_nok),
            self._words.group(agency, loser.need_group),
            *(loser.alone_share, loser.crowded_share),
        )

    def _column(self, name: str, kind: Kind) -> Column:
        return Column(self._words.column(name), kind)
