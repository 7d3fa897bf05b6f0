"""What sharing places between regions would give: computed sentences and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from planning.plan import Plan, Sharing
from planning.policy import Arrangement
from reports.document import Block, Cell, Column, Depth, Kind, Table, Text, Tone
from reports.facts import groups_of, total
from reports.sentences import Speaker
from reports.tables import known_only
from reports.words import Words


@dataclass(frozen=True)
class Alternatives:
    """The arrangements of one need group, as the plan holds them."""

    rows: tuple[Sharing, ...]

    def _one(self, arrangement: Arrangement) -> Sharing:
        return next(row for row in self.rows if row.arrangement is arrangement)

    @property
    def own(self) -> Sharing:
        """Own places only."""
        return self._one(Arrangement.OWN_PLACES)

    @property
    def pool(self) -> Sharing:
        """All places for all children, those at home first."""
        return self._one(Arrangement.MUTUAL_HELP)

    @property
    def blind(self) -> Sharing:
        """The same without regard to where a child lives."""
        return self._one(Arrangement.NATIONAL_POOL)

    @property
    def standby(self) -> Sharing | None:
        """The national standby that saves most places; None where none saves any."""
        rows = [row for row in self.rows if row.arrangement is Arrangement.NATIONAL_STANDBY]
        best = min(rows, key=lambda row: row.places, default=None)
        return best if best is not None and best.places < self.own.places else None

    @property
    def proximity(self) -> int:
        """Price of proximity: places more that it takes to meet all children at home."""
        return self.own.places - self.pool.places

    @property
    def proximity_nok(self) -> float | None:
        """The same in kroner a year; None without prices."""
        if self.own.cost_nok is None or self.pool.cost_nok is None:
            return None
        return self.own.cost_nok - self.pool.cost_nok


def alternatives_of(plan: Plan, need_group: str) -> Alternatives | None:
    """What the plan holds for a need group; None for a single region and in older plans."""
    rows = tuple(row for row in plan.sharing if row.need_group == need_group)
    return Alternatives(rows) if rows else None


@dataclass(frozen=True)
class SharingBlocks:
    """The section on sharing, in one language; nothing where the plan holds none."""

    speaker: Speaker

    @property
    def _words(self) -> Words:
        return self.speaker.words

    def blocks(self) -> tuple[Block, ...]:
        """Sentences and one table of all need groups, then a table of each in the full report."""
        found = {
            self.speaker.name(part): alternatives
            for part in groups_of(self.speaker.plan)
            if (alternatives := alternatives_of(self.speaker.plan, part.key.need_group))
        }
        if not found:
            return ()
        said = tuple(self.sentence(name, each) for name, each in found.items())
        note = Text((self._words["sentences.sharing_note"],), Tone.NOTE, Depth.FULL)
        single = (self.table(name, each) for name, each in found.items())
        # The PDF has room for one paragraph; the rest stands in the full report and as a sheet.
        return (
            Text((self.nation(tuple(found.values())),)),
            Text(said, Tone.LIST, Depth.FULL),
            self.summary(found),
            note,
            *single,
        )

    def nation(self, found: Sequence[Alternatives]) -> str:
        """All need groups together: each is pooled by itself, and means are added."""
        words = self._words
        cost = total(each.proximity_nok for each in found)
        return words.say(
            "sentences.sharing_nation",
            pool=words.noun("place", sum(each.pool.places for each in found)),
            own=words.some(sum(each.own.places for each in found)),
            away=words.noun("child", sum(each.pool.away_mean for each in found)),
            more=words.noun("place", sum(each.proximity for each in found)),
            cost=_cost(words, cost),
        )

    def sentence(self, name: str, found: Alternatives) -> str:
        """What one pool would save, and what it would mean for children and kroner."""
        words, own, pool = self._words, found.own, found.pool
        if own.places == 0:
            return words.say("sentences.sharing_none", group=name)
        said = [
            words.say(
                "sentences.sharing_pool",
                group=name,
                places=words.noun("place", pool.places),
                own=words.some(own.places),
                away=words.of_years(pool.away_share),
                blind=words.of_years(found.blind.away_share),
            )
        ]
        if found.proximity > 0:
            cost = _cost(words, found.proximity_nok)
            places = words.noun("place", found.proximity)
            said.append(words.say("sentences.sharing_price", places=places, cost=cost))
        if found.standby is not None:
            said.append(self._standby(own, found.standby))
        return " ".join(said)

    def _standby(self, own: Sharing, found: Sharing) -> str:
        """How many regional places so many national ones stand in for."""
        given = own.places - found.places + found.shared_places
        return self._words.say(
            "sentences.sharing_standby",
            fewer=self._words.noun("place", found.fewer),
            given=self._words.some(given),
            shared=self._words.noun("shared_standby_place", found.shared_places),
        )

    def summary(self, found: dict[str, Alternatives]) -> Table:
        """One row a need group: own places, one pool, the price of proximity, who moves."""
        columns = (
            Column(self._words.column("group")),
            self._column("own_places", Kind.COUNT),
            self._column("pool_places", Kind.COUNT),
            self._column("proximity", Kind.CHANGE),
            self._column("proximity_cost", Kind.MNOK),
            self._column("away", Kind.SHARE),
            self._column("away_children", Kind.NUMBER),
            self._column("away_blind", Kind.SHARE),
        )
        rows = tuple((name, *_summary(each)) for name, each in found.items())
        caption = self._words["sentences.sharing_table"]
        return known_only(Table(caption, columns, rows, self._source, depth=Depth.FULL))

    def table(self, name: str, found: Alternatives) -> Table:
        """Every arrangement of one need group."""
        columns = (
            self._column("arrangement", Kind.TEXT),
            self._column("all_places", Kind.COUNT),
            self._column("shared_places", Kind.COUNT),
            self._column("cost", Kind.MNOK),
            self._column("offered", Kind.SHARE),
            self._column("worst_region", Kind.TEXT),
            self._column("worst_offered", Kind.SHARE),
            self._column("not_offered", Kind.NUMBER),
            self._column("away", Kind.SHARE),
            self._column("away_children", Kind.NUMBER),
        )
        rows = tuple((self.arrangement(row), *self._row(row)) for row in found.rows)
        caption = self._words.say("sentences.sharing_group_table", group=name)
        return known_only(Table(caption, columns, rows, self._source, depth=Depth.FULL))

    def arrangement(self, row: Sharing) -> str:
        """Name of an arrangement."""
        fewer = self._words.noun("place", row.fewer)
        return self._words.say(f"arrangements.{row.arrangement}", fewer=fewer)

    def _row(self, row: Sharing) -> tuple[Cell, ...]:
        worst = self._words.region(self.speaker.plan.agency, row.worst.region)
        return (
            *(row.places, row.shared_places, row.cost_nok, row.offered_share),
            *(worst, row.worst.offered_share, row.not_offered_mean),
            *(row.away_share, row.away_mean),
        )

    def _column(self, name: str, kind: Kind) -> Column:
        return Column(self._words.column(name), kind)

    @property
    def _source(self) -> str:
        return self._words.say("sources.plan", year=self.speaker.plan.year)


def _cost(words: Words, nok: float | None) -> str:
    """The end of a sentence; nothing without prices."""
    if nok is None:
        return ""
    return words.say("sentences.sharing_cost", cost=words.numbers.money(nok))


def _summary(found: Alternatives) -> tuple[Cell, ...]:
    return (
        *(found.own.places, found.pool.places, found.proximity, found.proximity_nok),
        *(found.pool.away_share, found.pool.away_mean, found.blind.away_share),
    )
