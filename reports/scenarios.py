"""The comparison of scenarios: what each asks for, and which places stand all of them best."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forecasting.basis import Basis
from forecasting.samples import WHOLE_NATION
from reports.document import (
    Block,
    Cell,
    Column,
    Depth,
    Document,
    Figure,
    Kind,
    Section,
    Table,
    Text,
    Tone,
)
from reports.drawings import Bar, Bars
from reports.frame import basis_table, framed
from reports.tables import known_only
from reports.words import Words, words_of

MILLION = 1e6


@dataclass(frozen=True)
class ScenarioRow:
    """One scenario for one series or sum: what the base plan's places give, and what it asks.

    `held` are the base plan's committed places as they count under the scenario; `not_offered`
    the children a year without one in time; `places` what the scenario recommends, at `cost_nok`
    (None without prices).
    """

    scenario: str
    region: str
    need_group: str
    held: int
    not_offered: float
    places: int
    cost_nok: float | None
    cost_range_nok: tuple[float, float] | None


@dataclass(frozen=True)
class RobustRow:
    """The robust choice of one need group beside the base plan; regrets in NOK."""

    need_group: str
    choice: str
    places: int
    base_places: int
    price_nok: float
    regret_nok: float
    extra_cost_nok: float
    extra_children: float
    base_regret_nok: float


@dataclass(frozen=True)
class RegretRow:
    """What one choice of places does worse than the best one under a scenario."""

    need_groups: tuple[str, ...]
    choice: str
    scenario: str
    regret_nok: float


@dataclass(frozen=True)
class ComparedScenarios:
    """A comparison as it was written: rows, names by code and language, and reasons.

    `base` comes first.

    `year` is the plan's, and the year whose prices every cost is in.
    """

    agency: str
    year: int
    base: str
    names: Mapping[str, Mapping[str, str]]
    reasons: Mapping[str, str]
    need_groups: Mapping[str, str]
    rows: tuple[ScenarioRow, ...]
    robust: tuple[RobustRow, ...]
    regrets: tuple[RegretRow, ...]
    basis: Basis

    def of(self, scenario: str, need_group: str = WHOLE_NATION) -> ScenarioRow | None:
        """The sum over the nation; None where the scenario has other need groups."""
        wanted = (scenario, WHOLE_NATION, need_group)
        rows = (r for r in self.rows if (r.scenario, r.region, r.need_group) == wanted)
        return next(rows, None)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Codes in the order of the comparison, the base plan first."""
        return tuple(dict.fromkeys(row.scenario for row in self.rows))

    def of_region(self, region: str) -> "ComparedScenarios":
        """The same of one region, whose sums then stand where those of the nation did.

        Ranges of cost do not add up and are left out, and so is the robust choice, which is the
        nation's.
        """
        mine = [row for row in self.rows if row.region == region]
        by_group = [replace(row, region=WHOLE_NATION) for row in mine]
        sums = (
            _summed([row for row in mine if row.scenario == code])
            for code in dict.fromkeys(row.scenario for row in mine)
        )
        return replace(self, rows=(*by_group, *sums), robust=(), regrets=())


def _summed(rows: Sequence[ScenarioRow]) -> ScenarioRow:
    """The rows of one scenario as one."""
    costs = [row.cost_nok for row in rows if row.cost_nok is not None]
    return ScenarioRow(
        rows[0].scenario,
        WHOLE_NATION,
        WHOLE_NATION,
        held=sum(row.held for row in rows),
        not_offered=sum(row.not_offered for row in rows),
        places=sum(row.places for row in rows),
        cost_nok=sum(costs) if len(costs) == len(rows) else None,
        cost_range_nok=None,
    )


def scenarios_beside(found: ComparedScenarios, words: Words) -> tuple[Block, ...]:
    """Scenarios side by side in the report of the plan that they start from."""
    said = _Said(found, words)
    reasons = replace(said.reasons(), depth=Depth.FULL)
    return Text((*said.apart(), *said.prices())), known_only(said.side_by_side()), reasons


def scenario_report(found: ComparedScenarios, *, language: str = "nb") -> Document:
    """Scenarios side by side, with the robust choice. Raises UsageError for a language
    without words."""
    words = words_of(language)
    said = _Said(found, words)
    blocks: dict[str, tuple[Block, ...]] = {
        "scenarios_answer": (
            Text(said.answer(), Tone.LEAD),
            said.side_by_side(),
            Text((words["sentences.duty"],)),
        ),
        "scenarios_places": (said.figure(),),
        "scenarios_groups": (said.by_group(),),
        "scenarios_robust": said.robust(),
        "scenarios_reasons": (said.reasons(),),
        "basis": (basis_table(words, found.basis),),
    }
    return framed(
        words,
        found.basis,
        name="scenarios",
        title=words.say("title.scenarios", agency=found.agency),
        subtitle=words.say("title.scenarios_subtitle", as_of=words.numbers.day(found.basis.as_of)),
        author=found.agency,
        sections=tuple(Section(key, words[f"headings.{key}"], b) for key, b in blocks.items() if b),
    )


@dataclass(frozen=True)
class _Said:
    """Sentences, tables and the figure of one comparison."""

    found: ComparedScenarios
    words: Words

    def name(self, code: str) -> str:
        """In the report's language where the scenario has a name in it, else in bokmål."""
        if code == self.found.base:
            return str(self.words["scenario.base"])
        names = self.found.names[code]
        return names.get(self.words.language, names.get("nb", code))

    def say(self, key: str, **values: object) -> str:
        return self.words.say(f"scenarios.{key}", **values)

    @property
    def _base(self) -> ScenarioRow:
        base = self.found.of(self.found.base)
        assert base is not None, "every comparison has its base plan"
        return base

    def _sums(self) -> Iterator[tuple[str, ScenarioRow]]:
        for code in self.found.scenarios:
            row = self.found.of(code)
            if row is not None:
                yield code, row

    def answer(self) -> tuple[str, ...]:
        """How far the scenarios lie apart, and what the robust choice is."""
        return *self.apart(), *self._robust_sentence(), *self.prices()

    def apart(self) -> tuple[str, ...]:
        """How far the scenarios lie apart in places and in children."""
        sums, words = dict(self._sums()), self.words
        least, most = (f(sums, key=lambda code: sums[code].places) for f in (min, max))
        worst = max(sums, key=lambda code: sums[code].not_offered)
        places = self.say(
            "places",
            base=words.noun("committed_place", self._base.places),
            least=words.numbers.count(sums[least].places),
            least_in=self.name(least),
            most=words.numbers.count(sums[most].places),
            most_in=self.name(most),
        )
        children = self.say(
            "children",
            base=words.noun("child", self._base.not_offered),
            worst=words.noun("child", sums[worst].not_offered),
            worst_in=self.name(worst),
        )
        return places, children, *self._lost()

    def _lost(self) -> Iterator[str]:
        """Scenarios in which places of the base plan do not count, and what must replace them.

        Else a sum below the base plan's would read as if losing them were a gain.
        """
        base = self._base.places
        for code, row in self._sums():
            if row.held < base:
                yield self.say(
                    "lost",
                    scenario=self.name(code),
                    held=self.words.numbers.count(row.held),
                    base=self.words.noun("committed_place", base),
                    more=self.words.numbers.count(row.places - row.held),
                    places=self.words.numbers.count(row.places),
                )

    def prices(self) -> tuple[str, ...]:
        """The price year of all cost; nothing where there is none."""
        return () if self._base.cost_nok is None else (self.say("prices", year=self.found.year),)

    def _robust_sentence(self) -> tuple[str, ...]:
        """Places of the robust choice and of the base plan; nothing where prices are missing."""
        rows, words = self.found.robust, self.words
        if not rows:
            return (self.say("no_robust"),)
        robust, base = sum(r.places for r in rows), sum(r.base_places for r in rows)
        change = words.numbers.change(robust - base) if robust != base else self.say("same")
        places = words.noun("committed_place", robust)
        return (self.say("robust", places=places, base=words.some(base), change=change),)

    def side_by_side(self) -> Table:
        """A row a scenario, with signed differences from the base plan."""
        titles = (
            ("scenario.places", Kind.COUNT),
            ("scenario.places_change", Kind.CHANGE),
            ("scenario.children", Kind.NUMBER),
            ("scenario.children_change", Kind.SIGNED),
            ("scenario.cost", Kind.MNOK),
            ("scenario.cost_change", Kind.SIGNED),
            ("columns.cost_range", Kind.RANGE),
        )
        columns = (
            Column(self.words["scenario.name"]),
            *(Column(self.words[title], kind) for title, kind in titles),
        )
        rows = tuple((self.name(code), *self._compared(row)) for code, row in self._sums())
        return Table(self.say("table"), columns, rows, self._source)

    def _compared(self, row: ScenarioRow) -> tuple[Cell, ...]:
        base, own = self._base, row.scenario != self.found.base
        known = own and row.cost_nok is not None and base.cost_nok is not None
        cost = (row.cost_nok or 0.0) - (base.cost_nok or 0.0)
        return (
            row.places,
            row.places - base.places if own else None,
            row.not_offered,
            row.not_offered - base.not_offered if own else None,
            row.cost_nok,
            cost / MILLION if known else None,
            row.cost_range_nok,
        )

    def by_group(self) -> Table:
        """Recommended places of each need group: a row a scenario, and its change."""
        codes = [code for code in self.found.need_groups if self.found.of(self.found.base, code)]
        columns = [Column(self.words["scenario.name"])]
        for code in codes:
            columns += [
                Column(self.found.need_groups[code], Kind.COUNT),
                Column(self.words.column("change"), Kind.CHANGE),
            ]
        rows = tuple(
            (
                self.name(scenario),
                *(cell for code in codes for cell in self._places(scenario, code)),
            )
            for scenario in self.found.scenarios
        )
        return Table(self.say("groups_table"), tuple(columns), rows, self._source)

    def _places(self, scenario: str, code: str) -> tuple[Cell, Cell]:
        row, base = (self.found.of(s, code) for s in (scenario, self.found.base))
        if row is None or base is None:
            return None, None
        own = scenario != self.found.base
        return row.places, row.places - base.places if own else None

    def figure(self) -> Figure:
        """Recommended places, a bar a scenario."""
        form = str(self.words["words.committed_axis"])
        bars = tuple(
            Bar("", self.name(code), ((form, float(row.places)),)) for code, row in self._sums()
        )
        told = self.words.listed(
            [f"{self.name(code)} {self.words.some(row.places)}" for code, row in self._sums()]
        )
        table = Table(
            self.say("figure_table"),
            (Column(self.words["scenario.name"]), Column(form, Kind.COUNT)),
            tuple((self.name(code), row.places) for code, row in self._sums()),
            self._source,
            # The short report has the same numbers in the table above.
            depth=Depth.FULL,
        )
        return Figure(
            self._figure_headline(),
            self.say("figure_subtitle"),
            self.say("figure_alt", totals=told),
            self.say("figure_sentence", totals=told),
            Bars(bars, (form,), form),
            table,
        )

    def _figure_headline(self) -> str:
        """The scenario farthest from the base plan."""
        changes = {code: row.places - self._base.places for code, row in self._sums()}
        farthest = max(changes, key=lambda code: abs(changes[code]))
        if changes[farthest] == 0:
            return self.say("figure_same")
        change = self.words.numbers.change(changes[farthest])
        return self.say("figure_headline", scenario=self.name(farthest), change=change)

    def robust(self) -> tuple[Block, ...]:
        """The robust choice of every need group, what regret is, and all regrets."""
        if not self.found.robust:
            return ()
        titles = (
            ("base_places", Kind.COUNT),
            ("robust_places", Kind.COUNT),
            ("chosen_as_in", Kind.TEXT),
            ("base_regret", Kind.MNOK),
            ("regret", Kind.MNOK),
            ("extra_cost", Kind.MNOK),
            ("extra_children", Kind.NUMBER),
            ("price", Kind.MNOK),
        )
        columns = (
            Column(self.words.column("group")),
            *(Column(self.words[f"scenario.{title}"], kind) for title, kind in titles),
        )
        rows = tuple(
            (
                self.found.need_groups.get(row.need_group, row.need_group),
                *(row.base_places, row.places, self.name(row.choice)),
                *(row.base_regret_nok, row.regret_nok),
                *(row.extra_cost_nok, row.extra_children, row.price_nok),
            )
            for row in self.found.robust
        )
        said = (self.say("regret_note"), *self._own_regret(), self._price_note())
        note = Text(said, Tone.NOTE)
        table = Table(self.say("robust_table"), columns, rows, self._source)
        return note, table, *self._regrets()

    def _own_regret(self) -> Iterator[str]:
        """That the base plan can have regret under its own assumptions, how much, and why."""
        base = self.found.base
        own = [r for r in self.found.regrets if (r.choice, r.scenario) == (base, base)]
        felt = [r for r in own if round(r.regret_nok / MILLION, 1) > 0]
        if felt:
            yield self.say(
                "own_regret",
                regret=self.words.numbers.money(sum(r.regret_nok for r in felt)),
                groups=self._groups([group for r in felt for group in r.need_groups]),
            )

    def _price_note(self) -> str:
        """The implied price is of the last places; the price per child in a plan of the next."""
        low, high = (f(self.found.robust, key=lambda row: row.price_nok) for f in (min, max))
        money, plan_column = self.words.numbers.money, self.words.column("cost_child")
        named = plan_column.rpartition(",")[0] or plan_column
        if money(low.price_nok) == money(high.price_nok):
            return self.say("price_same", price=money(low.price_nok), column=named)
        return self.say(
            "price_range",
            low=money(low.price_nok),
            low_group=self._groups([low.need_group]),
            high=money(high.price_nok),
            high_group=self._groups([high.need_group]),
            column=named,
        )

    def _groups(self, codes: Sequence[str]) -> str:
        return self.words.listed([self.found.need_groups.get(code, code) for code in codes])

    def _regrets(self) -> Iterator[Table]:
        """For need groups that hang together: a row a choice, a column a scenario."""
        for groups in dict.fromkeys(row.need_groups for row in self.found.regrets):
            mine = {
                (r.choice, r.scenario): r.regret_nok
                for r in self.found.regrets
                if r.need_groups == groups
            }
            scenarios = list(dict.fromkeys(scenario for _, scenario in mine))
            choices = list(dict.fromkeys(choice for choice, _ in mine))
            columns = (
                Column(self.say("choice")),
                *(Column(self.name(each), Kind.MNOK) for each in scenarios),
            )
            rows = tuple((self.name(c), *(mine.get((c, s)) for s in scenarios)) for c in choices)
            named = self._groups(groups)
            yield Table(self.say("regrets_table", groups=named), columns, rows, self._source)

    def reasons(self) -> Table:
        """Why each scenario was asked."""
        columns = (Column(self.words["scenario.name"]), Column(self.words["scenario.why"]))
        rows = tuple((self.name(code), why) for code, why in self.found.reasons.items())
        return Table(self.say("reasons_table"), columns, rows, "")

    @property
    def _source(self) -> str:
        return self.say("source")
