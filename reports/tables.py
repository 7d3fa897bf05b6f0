"""The tables of the capacity plan, each from the plan alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forecasting.findings import Finding, Severity
from forecasting.panel import SeriesKey
from planning.plan import Plan, Source
from reports.document import HIDDEN, Cell, Column, Depth, Kind, Table, missing
from reports.facts import AHEAD, COMMITTED_FORMS, NATION, Part, groups_of, regions_of
from reports.frame import basis_table
from reports.sentences import Speaker, demanded_share
from reports.words import Words

# Findings shown in a report, and of each kind; all of them stand in findings.csv.
FINDINGS_SHOWN = 30
OF_A_KIND = 3
# Kinds of findings in the short report.
KINDS_SHOWN = 5
# Rows of the table of all lines that the short report has room for.
LINES_SHOWN = 40

Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Tables:
    """Builds tables in one language. Columns without any known value are left out."""

    speaker: Speaker

    @property
    def plan(self) -> Plan:
        """The plan shown."""
        return self.speaker.plan

    @property
    def words(self) -> Words:
        """The language."""
        return self.speaker.words

    def source(self, key: str) -> str:
        """A source line; of places that no register is known for, the plan's."""
        if key == "register" and self.speaker.nation.existing is None:
            key = "plan"
        return self.words.say(f"sources.{key}", year=self.plan.year)

    def column(self, name: str, kind: Kind) -> Column:
        """A typed column with its heading."""
        return Column(self.words.column(name), kind)

    def recommendation(self) -> Table:
        """Places by form, change, cost and children left without, by need group."""
        columns = (Column(self.words.column("group")), *self._place_columns())
        rows = [(self.speaker.name(part), *_places(part)) for part in groups_of(self.plan)]
        return self._summed("recommendation_table", columns, tuple(rows))

    def brief(self) -> Table:
        """The recommendation without its forms, and what today's places would cost."""
        found = self.recommendation()
        forms = {self.words.form(form) for form in COMMITTED_FORMS}
        keep = [i for i, column in enumerate(found.columns) if column.title not in forms]
        return self._with_cost_today(_with_columns(found, keep))

    def _with_cost_today(self, found: Table) -> Table:
        """A table of need groups and their sum with that cost behind today's places."""
        parts = (*groups_of(self.plan), Part(self.plan, NATION))
        columns = (*found.columns[:2], self.column("cost_today", Kind.MNOK), *found.columns[2:])
        rows = (
            (*row[:2], cost_today(part), *row[2:])
            for row, part in zip(found.rows, parts, strict=True)
        )
        return known_only(replace(found, columns=columns, rows=tuple(rows)))

    def regions(self) -> Table:
        """The same by region."""
        columns = (Column(self.words.column("region")), *self._place_columns())
        rows = [(self.speaker.name(part), *_places(part)) for part in regions_of(self.plan)]
        found = self._summed("regions_table", columns, tuple(rows))
        return replace(found, depth=Depth.FULL)

    def _place_columns(self) -> tuple[Column, ...]:
        return (
            self.column("existing", Kind.COUNT),
            *(Column(self.words.form(form), Kind.COUNT) for form in COMMITTED_FORMS),
            self.column("committed", Kind.COUNT),
            self.column("change", Kind.CHANGE),
            self.column("cost", Kind.MNOK),
            self.column("cost_range", Kind.RANGE),
            self.column("not_offered", Kind.NUMBER),
        )

    def _summed(self, caption: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Table:
        last = (self.words["words.sum"], *_places(Part(self.plan, NATION)))
        said = self.words.say(f"sentences.{caption}", year=self.plan.year)
        return known_only(Table(said, columns, (*rows, last), self.source("register"), totals=1))

    def lines(self) -> Table:
        """Places of every form, need group by need group, with the sum of each region."""
        names = (Column(self.words.column("region")), Column(self.words.column("group")))
        columns = (*names, *self._place_columns())
        rows: list[Row] = []
        subtotals: list[int] = []
        for region in regions_of(self.plan):
            parts = [Part(self.plan, curve.key) for curve in region.curves]
            rows += [(*self._names(part.key), *_places(part)) for part in parts]
            if len(parts) > 1:
                subtotals.append(len(rows))
                rows.append((self.speaker.name(region), self.words["words.sum"], *_places(region)))
        caption = self.words.say("sentences.lines_table")
        source = self.source("register")
        # More rows than fill half a page stand in the full report and in the workbook only.
        depth = Depth.FULL if len(rows) > LINES_SHOWN else Depth.ALWAYS
        found = Table(
            caption, columns, tuple(rows), source, heads=2, subtotals=tuple(subtotals), depth=depth
        )
        return known_only(without(found, Kind.RANGE))

    def _names(self, key: SeriesKey) -> tuple[str, str]:
        agency = self.plan.agency
        return self.words.region(agency, key.region), self.words.group(agency, key.need_group)

    def demand(self) -> Table:
        """Expected referrals of the year by need group, against a year like the last."""
        columns = (
            Column(self.words.column("group")),
            self.column("expected", Kind.COUNT),
            self.column("last_year", Kind.COUNT),
            self.column("change", Kind.CHANGE),
        )
        parts = (*groups_of(self.plan), Part(self.plan, NATION))
        rows = [(self._group_name(part), *_growth(part)) for part in parts]
        caption = self.words.say("sentences.demand_table", year=self.plan.year)
        source = self.source("history")
        return Table(caption, columns, tuple(rows), source, totals=1, depth=Depth.FULL)

    def demand_by_region(self) -> Table:
        """The same by region."""
        found = self.demand()
        columns = (Column(self.words.column("region")), *found.columns[1:])
        rows = [(self.speaker.name(part), *_growth(part)) for part in regions_of(self.plan)]
        caption = self.words.say("sentences.demand_regions_table", year=self.plan.year)
        return replace(found, caption=caption, columns=columns, rows=(*rows, found.rows[-1]))

    def map(self) -> Table:
        """What the map shows."""
        columns = (
            Column(self.words.column("region")),
            self.column("committed", Kind.COUNT),
            self.column("change", Kind.CHANGE),
        )
        rows = [(self.speaker.name(p), p.committed, p.change) for p in regions_of(self.plan)]
        caption = self.words.say("sentences.map_table", year=self.plan.year)
        return known_only(Table(caption, columns, tuple(rows), self.source("register")))

    def curve_ahead(self) -> Table:
        """Children without a place in time at the recommendation and at each place more."""
        columns = (
            Column(self.words.column("group")),
            *(
                Column(
                    self.words.numbers.change(n) if n else self.words.column("as_planned"),
                    Kind.NUMBER,
                )
                for n in AHEAD
            ),
        )
        rows: list[Row] = [
            (self.speaker.name(part), *_ahead(part)) for part in groups_of(self.plan)
        ]
        caption = self.words.say("sentences.curve_ahead_table")
        return Table(caption, columns, tuple(rows), self.source("plan"), depth=Depth.FULL)

    def _group_name(self, part: Part) -> str:
        return self.words["words.sum"] if part.key == NATION else self.speaker.name(part)

    def occupancy(self) -> Table:
        """Places wanted at once: mean and busiest day, against the committed places."""
        columns = (
            Column(self.words.column("group")),
            self.column("mean_day", Kind.NUMBER),
            self.column("top_day", Kind.NUMBER),
            self.column("top_day_high", Kind.COUNT),
            self.column("committed", Kind.COUNT),
            self.column("demanded_share", Kind.SHARE),
        )
        rows = [(self.speaker.name(part), *_occupancy(part)) for part in groups_of(self.plan)]
        caption = self.words.say("sentences.occupancy_table", year=self.plan.year)
        return Table(caption, columns, tuple(rows), self.source("plan"), depth=Depth.FULL)

    def curve(self) -> Table:
        """What one place more or fewer in each region gives."""
        columns = (
            Column(self.words.column("group")),
            self.column("committed", Kind.COUNT),
            self.column("one_less", Kind.NUMBER),
            self.column("as_planned", Kind.NUMBER),
            self.column("one_more", Kind.NUMBER),
            self.column("cost_more", Kind.MNOK),
            self.column("cost_child", Kind.MNOK),
        )
        rows = [(self.speaker.name(part), *_marginal(part)) for part in groups_of(self.plan)]
        caption = self.words.say("sentences.curve_table")
        return known_only(Table(caption, columns, tuple(rows), self.source("plan")))

    def why(self) -> Table:
        """Where the committed places come from: a row a need group, a column a source."""
        titles = self.words.table["waterfall"]
        columns = (
            Column(self.words.column("group")),
            *(
                # Parts of places throughout, so that all numbers of a row have as many decimals.
                Column(titles[source.value], Kind.NUMBER if source is Source.LOAD else Kind.SIGNED)
                for source in Source
            ),
            self.column("committed", Kind.COUNT),
        )
        parts = [part for part in groups_of(self.plan) if part.steps]
        rows: list[Row] = [
            (self.speaker.name(part), *(places for _, places in part.steps), part.committed)
            for part in parts
        ]
        caption = self.words.say("sentences.why_table", year=self.plan.year)
        return Table(caption, columns, tuple(rows), self.source("plan"))

    def risk(self) -> Table:
        """Risk by region and for the nation."""
        columns = (
            Column(self.words.column("region")),
            *self._risk_columns(),
            self.column("years", Kind.SHARE),
            self.column("month", Kind.TEXT),
        )
        regions = [(self.speaker.name(p), *_risk(p), *self._year(p)) for p in regions_of(self.plan)]
        nation = Part(self.plan, NATION)
        last = (self.words["words.nation"], *_risk(nation), *self._year(nation))
        caption = self.words.say("sentences.risk_table")
        return known_only(Table(caption, columns, (*regions, last), self.source("plan"), totals=1))

    def series_risk(self) -> Table:
        """Risk of every region and need group, with full spells."""
        columns = (
            Column(self.words.column("region")),
            Column(self.words.column("group")),
            *self._risk_columns(),
            self.column("full_mean", Kind.NUMBER),
            self.column("full_high", Kind.COUNT),
            self.column("free", Kind.SHARE),
        )
        parts = [Part(self.plan, curve.key) for curve in self.plan.curves]
        rows = [(*self._names(p.key), *_risk(p), *_full(p)) for p in parts]
        caption, source = self.words.say("sentences.series_risk_table"), self.source("plan")
        return known_only(Table(caption, columns, tuple(rows), source, heads=2))

    def _risk_columns(self) -> tuple[Column, ...]:
        return (
            self.column("to_meet", Kind.COUNT),
            self.column("offered", Kind.SHARE),
            self.column("not_offered", Kind.NUMBER),
            self.column("range_children", Kind.SPAN),
            self.column("p_none", Kind.SHARE),
            self.column("lost", Kind.COUNT),
            self.column("wait", Kind.COUNT),
        )

    def _year(self, part: Part) -> Row:
        """Share of years that meet the level, and the worst month."""
        risk = part.risk
        if risk is None:
            return (None, None)
        if part.hides_today:
            return (HIDDEN, HIDDEN)
        month = self.words.numbers.month_name(risk.worst_month) if risk.worst_month else None
        return (risk.years_meeting, month or self.words["words.never"].lower())

    def assumptions(self) -> Table:
        """Every assumption with its source."""
        columns = tuple(Column(self.words.column(n)) for n in ("name", "value", "unit", "source"))
        said = map(self.speaker.wording.assumption, self.plan.assumptions)
        rows = tuple((row.name, row.value, row.unit, row.source) for row in said)
        caption = self.words.say("sentences.assumptions_table")
        return Table(caption, columns, rows, self.source("settings"), depth=Depth.FULL)

    def findings(self) -> Table:
        """The first findings of each kind; `findings.csv` has them all."""
        columns = tuple(
            Column(self.words.column(name)) for name in ("severity", "message", "where", "fix")
        )
        rows = tuple(self._finding(finding) for finding in first_of_each(self.plan.findings))
        caption = self.words.say("sentences.findings_table")
        return Table(caption, columns, rows, self.source("check"), depth=Depth.FULL)

    def kinds_of_findings(self) -> Table:
        """One row per kind, errors and the most frequent first: how many, and the first."""
        columns = (
            self.column("count", Kind.COUNT),
            *(self.column(name, Kind.TEXT) for name in ("severity", "first", "fix")),
        )
        rows = tuple(
            (count, severity, message, fix)
            for count, (severity, message, _, fix) in (
                (count, self._finding(first)) for count, first in kinds_of(self.plan.findings)
            )
        )
        caption = self.words.say("sentences.findings_kinds_table")
        source = self.source("check")
        return Table(caption, columns, rows[:KINDS_SHOWN], source, heads=0, depth=Depth.SHORT)

    def _finding(self, finding: Finding) -> Row:
        kind = "warning" if finding.severity is Severity.WARNING else "error"
        row = None if finding.row is None else f"{self.words['nouns.row'][0]} {finding.row}"
        where = " · ".join(part for part in (finding.series, row, finding.column) if part)
        message, fix = self.speaker.wording.finding(finding)
        return (self.words[f"words.{kind}"], message, where, fix)

    def glossary(self) -> Table:
        """The words used, one meaning each."""
        columns = (Column(self.words.column("term")), Column(self.words.column("meaning")))
        rows = tuple((term, meaning) for term, meaning in self.words["glossary.terms"])
        caption = self.words.say("sentences.glossary_table")
        return Table(caption, columns, rows, "", depth=Depth.FULL)

    def basis(self) -> Table:
        """Everything needed to make the same numbers again."""
        return basis_table(self.words, self.plan.basis)


def _places(part: Part) -> Row:
    priced = HIDDEN if part.plan.prices else None
    rest: Row = (priced, priced, HIDDEN)
    return (
        part.existing,
        *(part.places(form) for form in COMMITTED_FORMS),
        part.committed,
        part.change,
        *(rest if part.hides_today else (part.cost, part.cost_range, part.not_offered)),
    )


def cost_today(part: Part) -> Cell:
    """Mean cost with today's places; hidden where it is not told of a sum with hidden parts."""
    known = part.existing is not None and part.plan.prices is not None
    return HIDDEN if part.cost_today is None and part.hides_parts and known else part.cost_today


def _ahead(part: Part) -> Row:
    """Children without a place in time, by places more."""
    return tuple(HIDDEN if part.hides_today else part.at_offset(n)[1] for n in AHEAD)


def _growth(part: Part) -> Row:
    if part.hides_last_year:
        return (round(part.referrals), HIDDEN, HIDDEN)
    last = part.last_year
    change = None if last is None or part.rounds else round(part.referrals) - round(last)
    return (round(part.referrals), None if last is None else round(last), change)


def _occupancy(part: Part) -> Row:
    bands = part.occupancy
    if bands is None:
        unsaid = HIDDEN if part.hides_days else None
        return (unsaid, unsaid, unsaid, part.committed, unsaid)
    top = int(bands.mean.argmax())
    high = float(bands.values[bands.levels.index(0.95)][top])
    share = demanded_share(part) if part.committed else None
    return (float(bands.mean.mean()), float(bands.mean[top]), high, part.committed, share)


def _marginal(part: Part) -> Row:
    if part.hides_today:
        priced = HIDDEN if part.plan.prices else None
        return (part.committed, HIDDEN, HIDDEN, HIDDEN, priced, priced)
    (places, now, cost), (_, more, dearer) = (part.at_offset(offset) for offset in (0, 1))
    fewer = part.at_offset(-1)[1] if -1 in part.offsets else HIDDEN
    if dearer is None and part.hides_parts and part.plan.prices:
        return (places, fewer, now, more, HIDDEN, HIDDEN)
    extra = None if cost is None or dearer is None else dearer - cost
    per_child = None if extra is None or now - more < 0.005 else extra / (now - more)
    return (places, fewer, now, more, extra, per_child)


def _risk(part: Part) -> Row:
    risk = part.risk
    if risk is None:
        return (None,) * 5 + part.bracket
    to_meet = float(round(risk.to_meet)) if risk.to_meet >= 10 else risk.to_meet
    if part.hides_today:
        return (to_meet, *(HIDDEN,) * 6)
    return (
        to_meet,
        risk.offered_share,
        risk.not_offered_mean,
        (risk.not_offered_low, risk.not_offered_high),
        risk.p_none,
        *part.bracket,
    )


def _full(part: Part) -> Row:
    risk = part.risk
    if risk is None:
        return (None, None, None)
    if part.hides_today:
        return (HIDDEN, HIDDEN, HIDDEN)
    return (risk.longest_full_mean, risk.longest_full_high, risk.free_day_share)


def first_of_each(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that a report shows: a few of each kind, in their order."""
    seen: Counter[str] = Counter()
    kept = []
    for finding in findings:
        seen[finding.code] += 1
        if seen[finding.code] <= OF_A_KIND:
            kept.append(finding)
    return kept[:FINDINGS_SHOWN]


def kinds_of(findings: Sequence[Finding]) -> list[tuple[int, Finding]]:
    """How many findings there are of each kind, with the first one of it."""
    counts = Counter((finding.severity, finding.code) for finding in findings)
    first = {(finding.severity, finding.code): finding for finding in reversed(findings)}
    found = [(counts[kind], first[kind]) for kind in counts]
    return sorted(found, key=lambda row: (row[1].severity is Severity.WARNING, -row[0]))


def known_only(table: Table) -> Table:
    """The table without columns in which nothing is known."""
    keep = [
        i
        for i in range(len(table.columns))
        if i < table.heads or any(not missing(row[i]) for row in table.rows)
    ]
    return _with_columns(table, keep) if table.rows else table


def without(table: Table, kind: Kind) -> Table:
    """The table without its columns of a kind."""
    return _with_columns(table, [i for i, c in enumerate(table.columns) if c.kind is not kind])


def _with_columns(table: Table, keep: Sequence[int]) -> Table:
    return replace(
        table,
        columns=tuple(table.columns[i] for i in keep),
        rows=tuple(tuple(row[i] for i in keep) for row in table.rows),
    )
