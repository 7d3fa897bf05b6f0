"""The plain sheets of plan.xlsx: raw values of the plan as typed tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import Curve, Plan
from reports.document import HIDDEN, Cell, Column, Kind, Table
from reports.facts import Part, days_of, places_at
from reports.flexible import FlexibleBlocks
from reports.sentences import Speaker
from reports.sharing import SharingBlocks
from reports.wording import Wording
from reports.words import Words

# Levels that the level table holds, besides those of the plan itself.
LEVELS = tuple(round(0.8 + 0.001 * step, 3) for step in range(200))
# Columns of the sheet on sharing that, but for the first, only the nation has.
NATIONAL = {
    "offered": Kind.SHARE,
    "not_offered": Kind.NUMBER,
    "away": Kind.SHARE,
    "away_children": Kind.NUMBER,
    "year_cost": Kind.NOK,
}


@dataclass(frozen=True)
class Sheets:
    """Tables of one plan in one language."""

    plan: Plan
    words: Words

    def names(self, key: SeriesKey) -> tuple[str, str]:
        """Names of a series or of a sum."""
        agency = self.plan.agency
        return self.words.region(agency, key.region), self.words.group(agency, key.need_group)

    def _columns(self, **kinds: Kind) -> tuple[Column, ...]:
        """Region and need group, then columns named in the tables of words."""
        return (
            Column(self.words.column("region")),
            Column(self.words.column("group")),
            *(Column(self._title(name), kind) for name, kind in kinds.items()),
        )

    def _title(self, name: str) -> str:
        excel = self.words.table["excel"]
        return str(excel[name] if name in excel else self.words.column(name))

    def curve(self) -> Table:
        """What every number of committed places gives."""
        columns = self._columns(
            committed=Kind.COUNT,
            offered=Kind.SHARE,
            not_offered=Kind.NUMBER,
            high_children=Kind.NUMBER,
            level_cost=Kind.NOK,
            chosen=Kind.TEXT,
        )
        rows = tuple(row for curve in self.plan.curves for row in self._curve(curve))
        return Table("", columns, rows, "", heads=2)

    def _curve(self, curve: Curve) -> Iterator[tuple[Cell, ...]]:
        """A row for every number of places; of a hidden curve that of the recommended ones."""
        yes = self.words["basis_names.yes"]
        if Part(self.plan, curve.key).hides_today:
            cost = HIDDEN if self.plan.prices else None
            yield (*self.names(curve.key), curve.chosen, *(HIDDEN,) * 3, cost, yes)
            return
        for places in range(len(curve.offered_share)):
            yield (
                *self.names(curve.key),
                places,
                float(curve.offered_share[places]),
                float(curve.not_offered_mean[places]),
                float(curve.not_offered_high[places]),
                curve.cost_of(places),
                yes if places == curve.chosen else "",
            )

    def demand(self) -> Table:
        """Referrals per month: mean and quantiles, sums over the nation too."""
        levels = self.plan.demand[0].levels if self.plan.demand else ()
        columns = (
            *self._columns(month=Kind.MONTH, mean=Kind.NUMBER),
            *(Column(self.words.numbers.percent(level), Kind.COUNT) for level in levels),
        )
        rows = [
            (*self.names(bands.key), period, mean, *values)
            for bands in self.plan.demand
            for period, mean, values in zip(
                days_of(bands.periods), bands.mean.tolist(), bands.values.T.tolist(), strict=True
            )
        ]
        return Table("", columns, tuple(rows), "", heads=2)

    def risk(self) -> Table:
        """Risk of every series and sum, unrounded."""
        columns = self._columns(
            to_meet=Kind.NUMBER,
            offered=Kind.SHARE,
            error=Kind.SHARE,
            not_offered=Kind.NUMBER,
            cost_low=Kind.NUMBER,
            cost_high=Kind.NUMBER,
            years=Kind.SHARE,
            p_none=Kind.SHARE,
            full_mean=Kind.NUMBER,
            full_high=Kind.NUMBER,
            free=Kind.SHARE,
            lost=Kind.COUNT,
            wait=Kind.COUNT,
        )
        brackets = {row.key: (row.lost, row.wait) for row in self.plan.brackets}
        rows: list[tuple[Cell, ...]] = []
        for risk in self.plan.risks:
            told = (
                *(risk.offered_share, risk.standard_error),
                *(risk.not_offered_mean, risk.not_offered_low, risk.not_offered_high),
                *(risk.years_meeting, risk.p_none),
                *(risk.longest_full_mean, risk.longest_full_high, risk.free_day_share),
                *brackets.get(risk.key, (None, None)),
            )
            hidden = Part(self.plan, risk.key).hides_today
            shown = (HIDDEN,) * len(told) if hidden else told
            rows.append((*self.names(risk.key), risk.to_meet, *shown))
        return Table("", columns, tuple(rows), "", heads=2)

    def sharing(self) -> Table:
        """Every arrangement of sharing, unrounded: each region, then the nation."""
        names = SharingBlocks(Speaker(self.plan, self.words))
        columns = (
            *self._columns(arrangement=Kind.TEXT, own_places=Kind.COUNT, shared_places=Kind.COUNT),
            *(Column(self._title(name), kind) for name, kind in NATIONAL.items()),
        )
        rows: list[tuple[Cell, ...]] = []
        for row in self.plan.sharing:
            said = names.arrangement(row)
            for part in row.regions:
                key = SeriesKey(part.region, row.need_group)
                own = (said, part.own_places, None, part.offered_share)
                rows.append((*self.names(key), *own, None, None, None, None))
            key = SeriesKey(WHOLE_NATION, row.need_group)
            whole = (said, row.places - row.shared_places, row.shared_places, row.offered_share)
            rest = (row.not_offered_mean, row.away_share, row.away_mean, row.cost_nok)
            rows.append((*self.names(key), *whole, *rest))
        return Table("", columns, tuple(rows), "", heads=2)

    def flexible(self) -> Table:
        """Every number of flexible places tried, unrounded: each need group, then the set."""
        names = FlexibleBlocks(Speaker(self.plan, self.words))
        columns = self._columns(
            flexible_set=Kind.TEXT,
            flexible_places=Kind.COUNT,
            alone_places=Kind.COUNT,
            fixed_places=Kind.COUNT,
            alone_offered=Kind.SHARE,
            offered=Kind.SHARE,
            crowded_offered=Kind.SHARE,
            alone_cost=Kind.NOK,
            year_cost=Kind.NOK,
            best=Kind.TEXT,
        )
        rows: list[tuple[Cell, ...]] = []
        for row in self.plan.flexible:
            said = (names.name([g.need_group for g in row.groups]), row.flexible_places)
            best = self.words["basis_names.yes"] if row.best else ""
            for group in row.groups:
                places = (group.alone_places, group.fixed_places)
                shares = (group.alone_share, group.offered_share, group.crowded_share)
                key = SeriesKey(row.region, group.need_group)
                rows.append((*self.names(key), *said, *places, *shares, None, None, best))
            key = SeriesKey(row.region, WHOLE_NATION)
            places = (row.alone_places, row.fixed_places)
            cost = (row.alone_cost_nok, row.cost_nok)
            rows.append((*self.names(key), *said, *places, None, None, None, *cost, best))
        return Table("", columns, tuple(rows), "", heads=2)

    def owners(self) -> Table:
        """Who runs the places of each series; empty where no share of an owner is limited."""
        columns = self._columns(form=Kind.TEXT, owner=Kind.TEXT, all_places=Kind.COUNT)
        rows = tuple(
            (
                *self.names(line.key),
                *(self.words.form(line.form), self.words[f"owners.{line.owner}"], line.places),
            )
            for line in self.plan.owner_lines
        )
        return Table("", columns, rows, "", heads=2)

    def findings(self) -> Table:
        """All findings."""
        names = ("severity", "code", "message", "fix", "row", "column", "value", "series")
        columns = tuple(Column(self._title(name)) for name in names)
        wording = Wording(self.words, self.plan.agency)
        rows = [
            (
                *(self.words[f"words.{row.severity.value}"], row.code, *wording.finding(row)),
                *(row.row, row.column, row.value, row.series),
            )
            for row in self.plan.findings
        ]
        return Table("", columns, tuple(rows), "")

    def levels(self) -> tuple[float, ...]:
        """Levels of the level table in rising order, the plan's own among them."""
        own = {self.plan.level_of(curve.key) for curve in self.plan.curves}
        return tuple(sorted({*LEVELS, *own, self.plan.policy.level}))

    def at_level(self, at: int, level: float) -> tuple[int | None, float | None]:
        """Places and cost of one curve at a level; None where it is never reached."""
        curve = self.plan.curves[at]
        own, binds = self.plan.level_of(curve.key), self.plan.policy.binds
        places = places_at(curve, level, own=own, binds=binds)
        return places, None if places is None else curve.cost_of(places)
