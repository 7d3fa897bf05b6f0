"""What a version of the yearly plan decides, beside what the model recommends.

The report, its workbook and `plassplan yearly show` all say it with what stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.decided import DecidedPart, by_group, decided_parts, summed
from planning.override import Effect
from planning.yearly import Version
from reports.document import Block, Cell, Column, Depth, Kind, Table, Text, Tone
from reports.effect_said import dearer, direction, effect_sentences, readiness, series_name
from reports.facts import COMMITTED_FORMS, Part, groups_of
from reports.sentences import Speaker
from reports.tables import known_only

# Key of the section that holds it.
DECIDED = "decided"


@dataclass(frozen=True)
class DecidedBlocks:
    """Tables and sentences of one version of the speaker's plan; `region` as in YearlyPlan."""

    speaker: Speaker
    version: Version
    region: str = WHOLE_NATION

    @cached_property
    def parts(self) -> tuple[DecidedPart, ...]:
        """Every series."""
        return decided_parts(self.speaker.plan, self.version.held, region=self.region)

    @cached_property
    def whole(self) -> DecidedPart:
        """All of them."""
        return summed(self.parts)

    @property
    def differs(self) -> bool:
        """Whether the planner set any number; else what was decided is the model's plan."""
        return bool(self.version.held)

    @property
    def heading(self) -> str:
        """Of the section: decided where it is signed, proposed where it is a draft."""
        return self._say(f"heading_{self._state}")

    def blocks(self) -> tuple[Block, ...]:
        """What was decided, to stand before the model's own numbers."""
        said, note = Text(self.sentences(), Tone.LEAD), Text(self.explained(), Tone.NOTE)
        return said, self.table(), *((note,) if note.paragraphs else ()), self.forms()

    def series(self) -> tuple[Block, ...]:
        """What was set does to each series, in words."""
        found = tuple(" ".join(said) for said in self.effects())
        return (Text(found, Tone.LIST, Depth.FULL),) if found else ()

    def effects(self) -> tuple[tuple[str, ...], ...]:
        """The sentences of each series in which the planner set a number."""
        words, plan = self.speaker.words, self.speaker.plan
        return tuple(effect_sentences(words, each, plan) for each in self.whole.effects)

    def table(self) -> Table:
        """Places, cost and children by need group: the model's, and those decided."""
        rows = [(self._group(part.key), *_cells(part)) for part in self._groups()]
        rows.append((self.speaker.words["words.sum"], *_cells(self.whole)))
        found = Table(self._caption("table"), self._columns(), tuple(rows), self._source, totals=1)
        return known_only(found)

    def forms(self) -> Table:
        """The decided places by form; call-off counts with less than a place each."""
        words = self.speaker.words
        columns = (
            Column(words.column("group")),
            *(Column(words.form(form), Kind.COUNT) for form in COMMITTED_FORMS),
            Column(self._title("committed"), Kind.COUNT),
        )
        rows = [(self._group(part.key), *_forms(part)) for part in self._groups()]
        rows.append((words["words.sum"], *_forms(self.whole)))
        return Table(self._caption("forms"), columns, tuple(rows), self._source, totals=1)

    def sentences(self) -> tuple[str, ...]:
        """Places, children and cost of what was decided, against the model; what is below."""
        if not self.differs:
            return (str(self.speaker.words["version.as_model"]),)
        below = self._below(self.whole.effects)
        return (self._places(), self._children(), *self._cost(), *below)

    def explained(self) -> tuple[str, ...]:
        """What the cost is the cost of, and why readiness can go another way."""
        whole = self.whole
        changes = whole.cost_change_nok, whole.ready_change_nok
        said = (
            (self._say("cost_of"),) if whole.effects and whole.cost_change_nok is not None else ()
        )
        words, plan = self.speaker.words, self.speaker.plan
        why = dearer(words, whole.effects, plan)
        return (*said, *readiness(words, *changes), *why)

    def _places(self) -> str:
        words, part = self.speaker.words, self.whole
        kind = "same" if part.change == 0 else "more" if part.change > 0 else "fewer"
        return self._say(
            f"places_{self._state}",
            numbers=words.noun("number", len(self.version.held)),
            year=self.speaker.plan.year,
            number=self.version.number,
            decided=words.noun("committed_place", part.decided.places),
            model=words.numbers.count(part.model.places),
            change=self._say(f"places_{kind}", n=words.numbers.count(abs(part.change))),
        )

    def _children(self) -> str:
        said, part = self.speaker.words.some, self.whole
        return self._say(
            "children", decided=said(part.decided.not_offered), model=said(part.model.not_offered)
        )

    def _cost(self) -> Iterator[str]:
        words, plan = self.speaker.words, self.speaker.plan
        decided, change = self.whole.decided.cost_nok, self.whole.cost_change_nok
        model = self.whole.model.cost_nok
        if plan.prices is None:
            yield words.say("yearly.effect_no_prices")
            return
        if decided is None or model is None or change is None:
            yield words.say("yearly.effect_cost_unknown")
            return
        money = words.numbers.money
        way = f"{money(abs(change))} {direction(words, change)}" if change else self._say("as_much")
        said = self._say("cost", decided=money(decided), model=money(model), change=way)
        range_ = Part(plan, SeriesKey(self.region, WHOLE_NATION)).cost_range
        if range_ is not None:
            low, high = words.numbers.money_between(*range_)
            said += " " + self._say("range", low=low, high=high)
        yield said

    def _below(self, found: tuple[Effect, ...]) -> Iterator[str]:
        words, plan = self.speaker.words, self.speaker.plan
        names = [series_name(words, each, plan) for each in found if each.below_level]
        if names:
            yield words.say("version.below", series=words.listed(names))

    def _group(self, key: SeriesKey) -> str:
        return self.speaker.words.group(self.speaker.plan.agency, key.need_group)

    def _groups(self) -> tuple[DecidedPart, ...]:
        """In the order of every other table of need groups."""
        found = {part.key.need_group: part for part in by_group(self.parts)}
        order = (part.key.need_group for part in groups_of(self.speaker.plan))
        return tuple(found[code] for code in order if code in found)

    def _columns(self) -> tuple[Column, ...]:
        kinds = {"committed": Kind.COUNT, "cost": Kind.MNOK, "not_offered": Kind.NUMBER}
        pairs = {
            name: (Column(self._title(name, "model"), kind), Column(self._title(name), kind))
            for name, kind in kinds.items()
        }
        change = Column(self.speaker.words.column("change"), Kind.CHANGE)
        group = Column(self.speaker.words.column("group"))
        return (group, *pairs["committed"], change, *pairs["cost"], *pairs["not_offered"])

    def _title(self, column: str, whose: str | None = None) -> str:
        """A heading of the model's tables, with whose number it is."""
        named = self.speaker.words.column(column)
        return f"{self._say(f'by_{whose or self._state}')}: {named[0].lower()}{named[1:]}"

    def _caption(self, name: str) -> str:
        return self._say(f"{name}_{self._state}", year=self.speaker.plan.year)

    @property
    def _state(self) -> str:
        return self.version.status.value

    @property
    def _source(self) -> str:
        return self._say("source")

    def _say(self, key: str, **values: object) -> str:
        return self.speaker.words.say(f"decided.{key}", **values)


def _cells(part: DecidedPart) -> tuple[Cell, ...]:
    model, decided = part.model, part.decided
    return (
        *(model.places, decided.places, part.change),
        *(model.cost_nok, decided.cost_nok),
        *(model.not_offered, decided.not_offered),
    )


def _forms(part: DecidedPart) -> tuple[Cell, ...]:
    def places(form: Form) -> int:
        return sum(line.places for line in part.lines if line.form is form)

    return (*(places(form) for form in COMMITTED_FORMS), part.decided.places)
