"""The follow-up of each tertial: what came against the plan, and whether the plan is still good."""

from collections.abc import Iterator
from dataclasses import dataclass

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.followed import Compared, Followed, FollowedSeries, Standing, Verdict
from planning.plan import Plan
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
from reports.drawings import FanPanel, Fans
from reports.facts import Part, days_of, in_plan, level_of
from reports.frame import basis_table, framed
from reports.opened import OpenedBlocks, OpenedPlaces
from reports.panels import chunks
from reports.sentences import Speaker, speaker_of
from reports.words import Words


@dataclass(frozen=True)
class FollowedPlan:
    """A plan, what came of its days, and the file that says so (name, rows, sha256).

    `opened` are its places against the register that was given; None without one.
    """

    plan: Plan
    followed: Followed
    data_name: str
    data_rows: int
    data_sha256: str
    opened: OpenedPlaces | None = None


def tertial(found: FollowedPlan, *, language: str = "nb") -> Document:
    """The answer first, then the numbers. Raises UsageError for a language without words."""
    speaker = speaker_of(found.plan, language)
    said, words = _Said(found, speaker), speaker.words
    blocks: dict[str, tuple[Block, ...]] = {
        "tertial_answer": (
            Text(said.answer(), Tone.LEAD),
            said.overview(),
            said.came_from(),
            Text((words["sentences.duty"],)),
        ),
        "tertial_places": said.places().blocks(),
        "tertial_months": said.figures(),
        "tertial_series": (said.series(),),
        "basis": (basis_table(words, found.plan.basis),),
    }
    return framed(
        words,
        found.plan.basis,
        name="tertial",
        title=words.say("title.tertial", year=found.plan.year, agency=found.plan.agency.name),
        subtitle=words.say(
            "title.tertial_subtitle",
            first=words.numbers.day(found.followed.first),
            as_of=words.numbers.day(found.followed.as_of),
        ),
        author=found.plan.agency.name,
        sections=tuple(Section(k, words[f"headings.{k}"], b) for k, b in blocks.items() if b),
    )


@dataclass(frozen=True)
class _Said:
    """Sentences, tables and figures of one follow-up."""

    found: FollowedPlan
    speaker: Speaker

    @property
    def words(self) -> Words:
        return self.speaker.words

    @property
    def came(self) -> Followed:
        return self.found.followed

    def say(self, key: str, **values: object) -> str:
        return self.words.say(f"tertial.{key}", **values)

    def name(self, key: SeriesKey) -> str:
        """Region and need group; one of them where the other is a sum."""
        plan = self.found.plan
        if key.region == WHOLE_NATION:
            return self.words.group(plan.agency, key.need_group)
        group = self.words.group(plan.agency, key.need_group)
        return f"{self.words.region(plan.agency, key.region)}, {group}"

    def answer(self) -> tuple[str, ...]:
        """The verdict, referrals and children so far, and the series that are off the plan."""
        verdict = str(self.words[f"followed.{self.came.verdict.value}"])
        return (
            verdict,
            *self._because(),
            *self._referrals(),
            self._children(),
            *self._off_plan(),
            *self.places().sentences(),
        )

    def places(self) -> OpenedBlocks:
        """The plan's places against the register."""
        found = self.found
        return OpenedBlocks(found.plan, found.opened, self.came.as_of, self.words)

    def _because(self) -> tuple[str, ...]:
        """Whose numbers the verdict comes from: the sum can follow a plan that a group does not."""
        if self.came.verdict not in (Verdict.WATCH, Verdict.REVISE):
            return ()
        names = [
            self.say("the_sum") if each is self.came.nation else self._title(each)
            for each in (self.came.nation, *self.came.need_groups)
            if each.verdict is self.came.verdict
        ]
        return (self.say("because", names=self.words.listed(names)),) if names else ()

    def _referrals(self) -> tuple[str, ...]:
        """Referrals of the whole months; nothing where none has passed, or one is missing."""
        so_far, words = self.came.nation.so_far, self.words
        if so_far.came is None:
            return ()
        said = self.say(
            "referrals",
            came=words.noun("referral", so_far.came),
            months=words.noun("month", self.came.months),
            expected=words.some(so_far.expected),
        )
        return (f"{said} {self._band(so_far)}".strip(),)

    def _band(self, compared: Compared) -> str:
        if compared.standing is Standing.UNKNOWN:
            return ""
        return self.say(
            "band",
            low=self.words.some(compared.low),
            high=self.words.some(compared.high),
            standing=self.words[f"followed.{compared.standing.value}"],
        )

    def _children(self) -> str:
        children = self.came.nation.children
        return self.say(
            "children",
            missed=self.words.noun("child", children.met.missed),
            high=self.words.some(children.year_high),
        )

    def _off_plan(self) -> tuple[str, ...]:
        names = self.words.listed([self.name(key) for key in self.came.off_plan])
        return (self.words.say("followed.off_plan", series=names),) if names else ()

    def came_from(self) -> Text:
        """The file that says what came: it is not the one that the plan was made from."""
        said = self.say(
            "data",
            name=self.words.data(self.found.data_name),
            rows=self.words.noun("row", self.found.data_rows),
            sha=self.found.data_sha256[:8],
        )
        return Text((self.say("rule"), said), Tone.NOTE)

    def overview(self) -> Table:
        """Every need group and the nation."""
        rows = tuple(self._row(each) for each in self.came.need_groups)
        columns = (Column(self.words.column("group")), *self._columns())
        nation = self.came.nation
        last = (self.words["words.sum"], *self._row(nation)[1:-1], self._verdict_of_sum())
        return Table(self.say("table"), columns, (*rows, last), self.say("source"), totals=1)

    def _verdict_of_sum(self) -> str:
        """That it is the sum's own, where it is not that of the plan as a whole."""
        short = str(self.words[f"followed.short_{self.came.nation.verdict.value}"])
        same = self.came.nation.verdict is self.came.verdict
        return short if same else self.say("sum_alone", verdict=short)

    def series(self) -> Table:
        """Every region and need group."""
        agency = self.found.plan.agency
        rows = tuple(
            (self.words.region(agency, each.key.region), *self._row(each))
            for each in self.came.series
        )
        columns = (
            Column(self.words.column("region")),
            Column(self.words.column("group")),
            *self._columns(),
        )
        return Table(
            self.say("series_table"),
            columns,
            rows,
            self.say("source"),
            heads=2,
            depth=Depth.FULL,
        )

    def _columns(self) -> Iterator[Column]:
        for name, kind in (
            ("came", Kind.COUNT),
            ("expected", Kind.NUMBER),
            ("band", Kind.SPAN),
            ("used", Kind.COUNT),
            ("days_band", Kind.SPAN),
            ("missed", Kind.COUNT),
            ("year_high", Kind.COUNT),
            ("verdict", Kind.TEXT),
        ):
            own = name == "days_band"
            yield Column(self.say(name) if own else str(self.words[f"followed.{name}"]), kind)

    def _row(self, each: FollowedSeries) -> tuple[Cell, ...]:
        days, children = each.days, each.children
        return (
            self.words.group(self.found.plan.agency, each.key.need_group),
            *(each.so_far.came, each.so_far.expected, _span(each.so_far)),
            None if days is None else days.last.came,
            None if days is None else _span(days.last),
            *(children.met.missed, children.year_high),
            str(self.words[f"followed.short_{each.verdict.value}"]),
        )

    def figures(self) -> tuple[Figure, ...]:
        """Months that came over the plan's bands: the nation and each need group."""
        drawn = [
            each
            for each in (self.came.nation, *self.came.need_groups)
            if Part(self.found.plan, each.key).demand is not None
        ]
        return tuple(self._figure(part) for part in chunks(drawn))

    def _figure(self, parts: tuple[FollowedSeries, ...]) -> Figure:
        labels = ("middle", "outer", "repeated")
        middle, outer, repeated = (str(self.words[f"words.{label}"]) for label in labels)
        drawing = Fans(
            tuple(self._panel(each) for each in parts),
            str(self.words["words.referrals_axis"]),
            (self.say("history"), middle, outer, repeated),
        )
        outside = sum(
            month.referrals.standing not in (Standing.WITHIN, Standing.UNKNOWN)
            for each in parts
            for month in each.months
        )
        values = {
            "outside": self.words.numbers.count(outside),
            "all": self.words.numbers.count(sum(len(each.months) for each in parts)),
        }
        names = self.words.listed([self._title(each) for each in parts])
        return Figure(
            self.say("headline", **values),
            self.say("subtitle"),
            self.say("alt", groups=names, **values),
            self.say("sentence", **values),
            drawing,
            self._months(parts),
            Depth.FULL if not self.came.months else Depth.ALWAYS,
        )

    def _title(self, each: FollowedSeries) -> str:
        return self.words.group(self.found.plan.agency, each.key.need_group)

    def _panel(self, each: FollowedSeries) -> FanPanel:
        bands = Part(self.found.plan, each.key).demand
        assert bands is not None  # only those with bands are drawn
        mine = in_plan(bands, self.found.plan)
        levels = (0.05, 0.25, 0.5, 0.75, 0.95)
        low, inner_low, middle, inner_high, high = (
            tuple(level_of(bands, level)[mine].tolist()) for level in levels
        )
        seen = [m for m in each.months if m.referrals.came is not None]
        return FanPanel(
            self._title(each),
            tuple(month.month for month in seen),
            tuple(month.referrals.came or 0.0 for month in seen),
            days_of(bands.periods[mine]),
            *(low, inner_low, middle, inner_high, high),
        )

    def _months(self, parts: tuple[FollowedSeries, ...]) -> Table:
        columns = (
            Column(self.words.column("group")),
            Column(self.words.column("months"), Kind.MONTH),
            Column(str(self.words["followed.came"]), Kind.COUNT),
            Column(str(self.words["followed.expected"]), Kind.NUMBER),
            Column(str(self.words["followed.band"]), Kind.SPAN),
            Column(self.say("standing")),
        )
        rows = tuple(
            (
                self._title(each),
                month.month,
                *(month.referrals.came, month.referrals.expected, _span(month.referrals)),
                str(self.words[f"followed.{month.referrals.standing.value}"]),
            )
            for each in parts
            for month in each.months
        )
        return Table(
            self.say("months_table"),
            columns,
            rows,
            self.say("source"),
            heads=2,
            depth=Depth.FULL,
        )


def _span(compared: Compared) -> tuple[float, float] | None:
    known = compared.standing is not Standing.UNKNOWN
    return (compared.low, compared.high) if known else None
