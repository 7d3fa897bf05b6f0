"""The figures of the capacity plan: numbers to draw, with findings, alt texts and tables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import TypeVar

import numpy as np

from forecasting.places import Form
from planning.plan import Plan
from reports.document import Depth, Figure
from reports.drawings import (
    Bar,
    Bars,
    CurvePanel,
    Curves,
    DurationPanel,
    Durations,
    FanPanel,
    Fans,
    Frontier,
    Tile,
    Tiles,
    WaterfallPanel,
    Waterfalls,
)
from reports.facts import (
    COMMITTED_FORMS,
    NATION,
    Part,
    days_of,
    groups_of,
    level_of,
    regions_of,
    told_groups,
)
from reports.numbers import MILLION
from reports.sentences import Speaker, demanded_share
from reports.tables import Tables
from reports.trade_offs import frontier_ends, frontier_headline, frontier_table
from reports.why import (
    added_steps,
    why_headline,
    why_sentence,
    why_sum_headline,
    why_sum_sentence,
)

Each = TypeVar("Each")
# Most panels in one figure; more need groups get more figures.
PANELS = 8
HISTORY_MONTHS = 24


@dataclass(frozen=True)
class Figures:
    """Builds figures in one language."""

    speaker: Speaker

    @property
    def tables(self) -> Tables:
        """The tables behind the figures."""
        return Tables(self.speaker)

    @property
    def plan(self) -> Plan:
        """The plan drawn."""
        return self.speaker.plan

    def say(self, key: str, **values: object) -> str:
        """A sentence of the figures."""
        return self.speaker.words.say(f"sentences.{key}", year=self.plan.year, **values)

    def label(self, key: str) -> str:
        """A label in a figure."""
        return str(self.speaker.words[f"words.{key}"])

    def demand(self) -> tuple[Figure, ...]:
        """Fan charts of monthly referrals: the nation and each need group."""
        parts = (Part(self.plan, NATION), *groups_of(self.plan))
        drawn = [part for part in parts if part.demand is not None]
        return tuple(self._demand(chunk) for chunk in chunks(drawn))

    def _demand(self, parts: tuple[Part, ...]) -> Figure:
        names = ("history", "middle", "outer", "repeated")
        drawing = Fans(
            tuple(self._fan(part) for part in parts),
            self.label("referrals_axis"),
            tuple(self.label(name) for name in names),  # type: ignore[arg-type]
        )
        totals = self.speaker.totals(parts, lambda p: self.speaker.words.some(p.referrals))
        return Figure(
            self.speaker.demand_headline(),
            self.say("demand_subtitle"),
            self.say("demand_alt", groups=self._names(parts), totals=totals),
            self.speaker.demand_sentence(),
            drawing,
            self.tables.demand(),
        )

    def demand_by_region(self) -> tuple[Figure, ...]:
        """Fan charts of monthly referrals, a panel a region; nothing in plans without them."""
        drawn = [part for part in regions_of(self.plan) if part.demand is not None]
        return tuple(self._demand_by_region(chunk) for chunk in chunks(drawn))

    def _demand_by_region(self, parts: tuple[Part, ...]) -> Figure:
        totals = self.speaker.totals(parts, lambda p: self.speaker.words.some(p.referrals))
        return replace(
            self._demand(parts),
            headline=self.speaker.demand_by_region(parts).rstrip("."),
            subtitle=self.say("demand_regions_subtitle"),
            alt=self.say("demand_alt", groups=self._names(parts), totals=totals),
            sentence=self.say("demand_regions_sentence", totals=totals),
            table=self.tables.demand_by_region(),
            depth=Depth.FULL,
        )

    def map(self) -> tuple[Figure, ...]:
        """Regions as tiles; nothing where the configuration does not say where they lie."""
        parts = regions_of(self.plan)
        found = [self.plan.agency.region(part.key.region).tile for part in parts]
        placed = [at for at in found if at is not None]
        if len(placed) < len(parts) or len(parts) < 2:
            return ()
        drawing = Tiles(
            tuple(
                Tile(at, self.speaker.name(part), part.committed, part.change)
                for at, part in zip(placed, parts, strict=True)
            ),
            (self.label("more_places"), self.label("fewer_places"), self.label("same_places")),
        )
        return (
            Figure(
                self.speaker.largest_region(),
                self.say("map_subtitle"),
                self.speaker.regions_sentence("map_alt"),
                self.speaker.regions_sentence(),
                drawing,
                self.tables.map(),
                Depth.FULL,
            ),
        )

    def frontier(self) -> tuple[Figure, ...]:
        """What each level costs; nothing where prices are missing or the plan is older."""
        rows = self.plan.frontier
        if not rows:
            return ()
        plan = min(rows, key=lambda row: abs(row.level - self.plan.policy.level))
        drawing = Frontier(
            tuple((row.level, row.cost_nok / MILLION) for row in rows),
            (plan.level, plan.cost_nok / MILLION),
            self.label("level_axis"),
            self.label("cost_axis"),
            (self.label("every_level"), self.label("this_plan")),
        )
        return (
            Figure(
                frontier_headline(self.speaker),
                self.say("frontier_subtitle"),
                self.say("frontier_alt", **frontier_ends(self.speaker)),
                self.say("frontier_sentence", **frontier_ends(self.speaker)),
                drawing,
                frontier_table(self.speaker),
                Depth.FULL,
            ),
        )

    def in_short(self) -> tuple[Figure, ...]:
        """Why the sum is what it is and what each level costs, side by side in the short report."""
        return tuple(
            replace(
                figure,
                drawing=replace(figure.drawing, narrow=True),
                table=replace(figure.table, depth=Depth.FULL),
                depth=Depth.SHORT,
                half=True,
            )
            for figure in (*self._why_sum(), *self.frontier())
            if isinstance(figure.drawing, Waterfalls | Frontier)
        )

    def _names(self, parts: tuple[Part, ...]) -> str:
        return self.speaker.words.listed([self._title(part) for part in parts])

    def _title(self, part: Part) -> str:
        return self.label("all_groups") if part.key == NATION else self.speaker.name(part)

    def _fan(self, part: Part) -> FanPanel:
        bands = part.demand
        assert bands is not None  # only drawn parts come here
        periods, counts = part.history()
        past = dict(zip(days_of(periods), counts.tolist(), strict=True))
        months = days_of(bands.periods)
        recent = sorted((*past, *part.hidden_months))[-HISTORY_MONTHS:]
        low, inner_low, middle, inner_high, high = (
            tuple(level_of(bands, level).tolist()) for level in (0.05, 0.25, 0.5, 0.75, 0.95)
        )
        return FanPanel(
            self._title(part),
            tuple(recent),
            tuple(past.get(month) for month in recent),
            months,
            low,
            inner_low,
            middle,
            inner_high,
            high,
            _repeated(past, months),
        )

    def occupancy(self) -> tuple[Figure, ...]:
        """Load-duration curves over the committed places by form."""
        drawn = [p for p in groups_of(self.plan) if p.occupancy is not None]
        return tuple(self._occupancy(chunk) for chunk in chunks(drawn))

    def _occupancy(self, parts: tuple[Part, ...]) -> Figure:
        drawing = Durations(
            tuple(self._duration(part) for part in parts),
            self._forms(),
            self.label("days_axis"),
            self.label("places_axis"),
            (self.label("mean_day"), self.label("high_day")),
        )
        share = self.speaker.words.numbers.percent
        totals = self.speaker.totals(parts, lambda part: share(demanded_share(part)))
        return Figure(
            self.speaker.occupancy_headline(),
            self.say("occupancy_subtitle"),
            self.say("occupancy_alt", groups=self._names(parts), totals=totals),
            self.speaker.occupancy_sentence(),
            drawing,
            self.tables.occupancy(),
        )

    def _duration(self, part: Part) -> DurationPanel:
        bands = part.occupancy
        assert bands is not None  # only drawn parts come here
        high = level_of(bands, 0.95)
        return DurationPanel(
            self.speaker.name(part),
            tuple((self.speaker.words.form(form), tier) for form, tier in tiers_of(part)),
            tuple(np.sort(bands.mean)[::-1].tolist()),
            tuple(np.sort(high)[::-1].tolist()),
        )

    def curves(self) -> tuple[Figure, ...]:
        """Children without a place in time, around the recommendation."""
        drawn = [self._curves(chunk) for chunk in chunks(list(told_groups(self.plan)))]
        # The table is of all need groups: in the short report it stands once, after the last.
        return (*(_table_behind(figure) for figure in drawn[:-1]), *drawn[-1:])

    def _curves(self, parts: tuple[Part, ...]) -> Figure:
        panels = tuple(self._curve(part) for part in parts)
        drawing = Curves(
            panels,
            self.label("committed_axis"),
            self.label("children_axis"),
            (self.label("expected_children"), self.label("recommended"), self.label("today")),
            self.speaker.words["nouns.child"][1],
        )
        totals = self.speaker.totals(parts, lambda p: self.speaker.words.some(p.not_offered))
        return Figure(
            self.speaker.curve_headline(),
            " ".join((self._curve_subtitle(parts), *self._today_outside(panels))),
            self.say("curve_alt", groups=self._names(parts), totals=totals),
            self.speaker.curve_sentence(),
            drawing,
            self.tables.curve(),
        )

    def _curve_subtitle(self, parts: tuple[Part, ...]) -> str:
        cut = any(part.hides_parts for part in parts)
        return str(self.speaker.words["protection.curve"]) if cut else self.say("curve_subtitle")

    def _today_outside(self, panels: tuple[CurvePanel, ...]) -> tuple[str, ...]:
        """Need groups whose places today lie beyond what is drawn, so that no line shows them."""
        count = self.speaker.words.numbers.count
        beyond = [
            f"{panel.title} {count(panel.existing)}"
            for panel in panels
            if panel.existing is not None
            and not panel.places[0] <= panel.existing <= panel.places[-1]
        ]
        if not beyond:
            return ()
        return (self.say("curve_today_outside", groups=self.speaker.words.listed(beyond)),)

    def _curve(self, part: Part) -> CurvePanel:
        points = [part.at_offset(offset) for offset in part.offsets]
        return CurvePanel(
            self.speaker.name(part),
            tuple(places for places, _, _ in points),
            tuple(children for _, children, _ in points),
            float(part.committed),
            part.existing,
        )

    def why(self) -> tuple[Figure, ...]:
        """Where the recommended places come from; nothing in plans that do not say."""
        drawn = [part for part in groups_of(self.plan) if part.steps]
        return tuple(self._why(chunk) for chunk in chunks(drawn))

    def _why(self, parts: tuple[Part, ...]) -> Figure:
        short = self.speaker.words.table["waterfall_short"]
        # A source that moves no number in any panel is told by the table alone.
        moving = {source for part in parts for source, places in part.steps if places}
        drawing = Waterfalls(
            tuple(
                WaterfallPanel(
                    self.speaker.name(part),
                    tuple((short[s.value], n) for s, n in part.steps if s in moving),
                )
                for part in parts
            ),
            self._signs(),
        )
        totals = self.speaker.totals(parts, lambda p: self.speaker.words.some(p.committed))
        return Figure(
            why_headline(self.speaker),
            self.say("why_subtitle"),
            self.say("why_alt", groups=self._names(parts), totals=totals),
            why_sentence(self.speaker),
            drawing,
            self.tables.why(),
            Depth.FULL,
        )

    def _why_sum(self) -> tuple[Figure, ...]:
        """The waterfalls of all need groups added up; nothing in plans that do not say."""
        steps = added_steps(self.plan)
        if not any(places for _, places in steps):
            return ()
        short, names = self.speaker.words.table["waterfall_short"], self.label("all_groups")
        drawn = tuple((short[source.value], places) for source, places in steps if places)
        drawing = Waterfalls((WaterfallPanel("", drawn),), self._signs())
        places = self.speaker.words.some(sum(places for _, places in steps))
        return (
            Figure(
                why_sum_headline(self.speaker),
                self.say("why_sum_subtitle"),
                self.say("why_alt", groups=names, totals=f"{names} {places}"),
                why_sum_sentence(self.speaker),
                drawing,
                self.tables.why(),
            ),
        )

    def _signs(self) -> tuple[str, str, str]:
        return self.label("adds_places"), self.label("spares_places"), self.label("in_all")

    def regions(self) -> Figure:
        """Places by form in each region, today and recommended."""
        parts = regions_of(self.plan)
        bars = tuple(bar for part in parts for bar in self._bars(part))
        known = all(part.existing is not None for part in parts)
        return Figure(
            self.speaker.regions_headline(),
            self._regions_subtitle(parts, known=known),
            self.speaker.regions_sentence("regions_alt"),
            self.speaker.regions_sentence(),
            Bars(bars, self._forms(), self.label("places_axis")),
            self.tables.regions(),
        )

    def _regions_subtitle(self, parts: tuple[Part, ...], *, known: bool) -> str:
        said = self.say("regions_subtitle" if known else "regions_subtitle_unknown")
        called = any(part.places(Form.CALL_OFF) for part in parts)
        return f"{said} {self.say('regions_call_off')}" if called else said

    def _forms(self) -> tuple[str, ...]:
        return tuple(self.speaker.words.form(form) for form in COMMITTED_FORMS)

    def _bars(self, part: Part) -> tuple[Bar, ...]:
        name, words = self.speaker.name(part), self.speaker.words

        def bar(label: str, tiers: tuple[tuple[Form, float], ...]) -> Bar:
            return Bar(name, self.label(label), tuple((words.form(f), n) for f, n in tiers))

        bars = [bar("recommended", tiers_of(part))]
        if part.existing is not None:
            bars.insert(0, bar("today", existing_tiers(part)))
        return tuple(bars)


def _table_behind(figure: Figure) -> Figure:
    return replace(figure, table=replace(figure.table, depth=Depth.FULL))


def tiers_of(part: Part) -> tuple[tuple[Form, float], ...]:
    """Recommended committed places by form, call-off at its availability."""
    return _effective({form: part.places(form) for form in COMMITTED_FORMS}, part.committed)


def existing_tiers(part: Part) -> tuple[tuple[Form, float], ...]:
    """Today's committed places by form, call-off at its availability."""
    held = {form: part.existing_of(form) or 0.0 for form in COMMITTED_FORMS}
    return _effective(held, part.existing or 0.0)


def _effective(held: Mapping[Form, float], committed: float) -> tuple[tuple[Form, float], ...]:
    """Forms from the bottom up; call-off gets what the others leave of the committed places."""
    firm = sum(places for form, places in held.items() if form is not Form.CALL_OFF)
    left = min(held[Form.CALL_OFF], max(committed - firm, 0.0))
    tiers = ((form, left if form is Form.CALL_OFF else places) for form, places in held.items())
    return tuple((form, float(places)) for form, places in tiers if places > 0)


def _repeated(past: dict[date, float], months: tuple[date, ...]) -> tuple[float, ...]:
    """The last twelve observed months over again; nothing unless all of them were seen."""
    last = list(past)[-12:]
    by_month = {month.month: past[month] for month in last}
    if len(by_month) < 12:
        return ()
    return tuple(by_month[month.month] for month in months)


def chunks(parts: list[Each]) -> list[tuple[Each, ...]]:
    """Parts in as few figures as hold them, each about as large."""
    figures = ceil(len(parts) / PANELS)
    size = ceil(len(parts) / figures) if figures else 1
    return [tuple(parts[at : at + size]) for at in range(0, len(parts), size)]
