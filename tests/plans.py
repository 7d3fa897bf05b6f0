"""Example plans for tests: realistic ones and extreme ones, made without a forecast.

Each series is an Erlang loss system of a chosen load, so that curves, lines, costs and risks
belong together; months and days follow a simple season. Nothing here is a result.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency, NeedGroup, Region
from forecasting.basis import Basis
from forecasting.findings import Finding, Severity, warning
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.places import Form, Price
from forecasting.samples import WHOLE_NATION
from planning.build import last_year
from planning.efficient import frontier
from planning.goal import Binds
from planning.plan import (
    DEMAND_LEVELS,
    OCCUPANCY_LEVELS,
    Assumption,
    Bands,
    Bracket,
    CostBound,
    Curve,
    ExchangeRow,
    Flexible,
    FlexibleGroup,
    Money,
    Plan,
    PlanLine,
    Present,
    Risk,
    SharedRegion,
    Sharing,
    Source,
    Waterfall,
)
from planning.policy import Arrangement, FlexibleRule, Policy, Prices

REGIONS = {"nord": "Nord", "midt": "Midt-Norge", "vest": "Vest", "sor": "Sør", "ost": "Øst"}
TILES = {"nord": (2, 0), "midt": (1, 1), "vest": (0, 2), "sor": (1, 3), "ost": (1, 2)}
REGION_SHARES = (0.11, 0.16, 0.25, 0.21, 0.27)
GROUPS = {
    "akutt": ("Akutt", 980.0, 42.0),
    "behandling_hoy": ("Behandling høy", 62.0, 250.0),
    "behandling_lav": ("Behandling lav", 75.0, 240.0),
    "rus": ("Rus", 110.0, 170.0),
    "omsorg": ("Omsorg", 313.0, 500.0),
}
PRICES = {
    Form.BASE: Price(13300, 3300),
    Form.STANDBY: Price(6600, 13300),
    Form.GUARANTEED: Price(12749, 0),
    Form.CALL_OFF: Price(0, 17700, 0.8),
    Form.SPOT: Price(0, 28900),
}
FORM_NAMES = {
    Form.BASE: "grunnkapasitet",
    Form.STANDBY: "beredskap",
    Form.GUARANTEED: "rammeavtale med garanti",
    Form.CALL_OFF: "avrop",
    Form.SPOT: "enkeltkjøp",
}
# Shares of the committed places by form, in merit order (call-off gets the rest).
FORM_SHARES = {Form.BASE: 0.6, Form.GUARANTEED: 0.2, Form.STANDBY: 0.1}


@dataclass(frozen=True)
class Recipe:
    """What an example plan is made of; `load_scale` 0 gives a plan without any demand."""

    regions: int = 5
    groups: int = 5
    register: bool = True
    prices: bool = True
    load_scale: float = 1.0
    price_scale: float = 1.0
    synthetic: bool = True
    findings: bool = True
    long_names: bool = False
    tail: str = ""
    sums: bool = True
    sharing: bool = True
    flexible: bool = True
    year: int = 2025
    level: float = 0.97


def example_plan(recipe: Recipe | None = None, **changes: object) -> Plan:
    """A plan after this recipe; `changes` replace single fields of it."""
    recipe = replace(recipe or Recipe(), **changes)  # type: ignore[arg-type]
    return _Kitchen(recipe).plan()


def _loss(load: float, most: int) -> NDArray[np.float64]:
    """Erlang's loss probability for 0 … most places."""
    loss = np.ones(most + 1)
    for places in range(1, most + 1):
        loss[places] = load * loss[places - 1] / (places + load * loss[places - 1])
    return loss if load > 0 else np.zeros(most + 1)


@dataclass(frozen=True)
class _Kitchen:
    recipe: Recipe

    @property
    def days(self) -> int:
        return 366 if calendar.isleap(self.recipe.year) else 365

    def agency(self) -> Agency:
        names = list(REGIONS.items()) + [(f"r{i:02}", f"Region {i}") for i in range(6, 40)]
        groups = [(code, row[0]) for code, row in GROUPS.items()]
        groups += [(f"g{i:02}", f"Gruppe {i}") for i in range(6, 60)]
        suffix = " – kombinert omsorgs- og utviklingsstøtteavdeling for ungdom"
        tail = suffix if self.recipe.long_names else self.recipe.tail
        return Agency(
            "Bufetat",
            tuple(
                Region(code, {"nb": name + tail}, tile=TILES.get(code))
                for code, name in names[: self.recipe.regions]
            ),
            tuple(
                NeedGroup(code, {"nb": name + tail}, acute=i == 0, within_days=0 if i == 0 else 28)
                for i, (code, name) in enumerate(groups[: self.recipe.groups])
            ),
            synthetic=self.recipe.synthetic,
        )

    def series(self) -> Iterator[tuple[SeriesKey, float, float]]:
        """Key, children to be met in the year, and mean load in places."""
        agency = self.agency()
        for i, region in enumerate(agency.regions):
            for group in agency.need_groups:
                _, yearly, stay = GROUPS.get(group.code, ("", 60.0, 200.0))
                rate = yearly * REGION_SHARES[i % 5] * self.recipe.load_scale
                yield SeriesKey(region.code, group.code), rate, rate * stay / 365

    def prices(self) -> Prices | None:
        if not self.recipe.prices:
            return None
        scaled = {
            form: Price(
                p.ready * self.recipe.price_scale, p.used * self.recipe.price_scale, p.availability
            )
            for form, p in PRICES.items()
        }
        return Prices(2022, self.recipe.year, 0.05, scaled)

    def curve(self, key: SeriesKey, rate: float, load: float) -> Curve:
        most = 0 if load == 0 else int(load + 5 * load**0.5 + 4)
        loss = _loss(load, most)
        offered = 1 - loss if load > 0 else np.ones(most + 1)
        chosen = int((offered >= self.recipe.level).argmax())
        prices = self.prices()
        cost = None
        if prices is not None:
            ready = prices.of(Form.BASE).ready
            cost = self.days * (ready * np.arange(most + 1.0) + load * 30000.0 * loss)
        return Curve(
            key,
            offered,
            rate * loss,
            rate * loss * 1.6 + (1 if load > 0 else 0),
            cost,
            chosen,
            float(round(load * 1.05)) if self.recipe.register else None,
            assured_share=offered,
            by_level=chosen,
        )

    def lines(self, curve: Curve, load: float) -> Iterator[PlanLine]:
        left, rest = curve.chosen, max(curve.chosen, 1)
        prices = self.prices()
        for form in Form:
            places = round(curve.chosen * FORM_SHARES.get(form, 0))
            if form is Form.CALL_OFF:
                places = int(np.ceil(left / 0.8 - 1e-9))
            if form is Form.SPOT:
                places = 1 if curve.chosen else 0
            if form in FORM_SHARES:
                places = min(places, left)
                left -= places
            used = min(load / rest, 0.95) if places else 0.0
            existing = None
            if self.recipe.register:
                existing = round(load * 1.05) if form is Form.BASE else 0
            yield PlanLine(
                curve.key, form, places, used, self.money(prices, form, (places, used)), existing
            )

    def money(self, prices: Prices | None, form: Form, size: tuple[int, float]) -> Money | None:
        if prices is None:
            return None
        price, (places, used) = prices.of(form), size
        mean = self.days * places * (price.ready + used * price.used)
        return Money(mean, mean * 0.97, mean * 1.04)

    def risk(self, key: SeriesKey, parts: list[Curve]) -> Risk:
        not_offered = sum(float(c.not_offered_mean[c.chosen]) for c in parts)
        rates = sum(rate for k, rate, _ in self.series() if k in {c.key for c in parts})
        single = WHOLE_NATION not in (key.region, key.need_group)
        return Risk(
            key,
            to_meet=rates,
            offered_share=1 - not_offered / rates if rates else 1.0,
            standard_error=0.002 if rates else 0.0,
            not_offered_mean=not_offered,
            not_offered_low=not_offered * 0.4,
            not_offered_high=not_offered * 1.8,
            years_meeting=0.62 if rates else 1.0,
            p_none=float(np.exp(-not_offered)),
            longest_full_mean=6.4 if single and rates else (0.0 if single else np.nan),
            longest_full_high=14.0 if single and rates else (0.0 if single else np.nan),
            free_day_share=0.93 if single else np.nan,
            worst_month=11 if rates else 0,
        )

    def risks(self, curves: list[Curve]) -> tuple[Risk, ...]:
        agency = self.agency()
        sums = {SeriesKey(WHOLE_NATION, g.code): [] for g in agency.need_groups}
        sums |= {SeriesKey(r.code, WHOLE_NATION): [] for r in agency.regions}
        sums[SeriesKey(WHOLE_NATION, WHOLE_NATION)] = list(curves)
        for curve in curves:
            sums[SeriesKey(WHOLE_NATION, curve.key.need_group)].append(curve)
            sums[SeriesKey(curve.key.region, WHOLE_NATION)].append(curve)
        singles = [self.risk(curve.key, [curve]) for curve in curves]
        return (*singles, *(self.risk(key, parts) for key, parts in sums.items()))

    def bracket(self, curve: Curve) -> Bracket:
        wider = 2 if curve.chosen else 0
        return Bracket(curve.key, max(curve.chosen - 1, 0), curve.chosen + wider)

    def totals(self, column: int) -> dict[SeriesKey, float]:
        """Yearly rate (1) or load (2) of each series, need group and the nation."""
        out: dict[SeriesKey, float] = {}
        for row in self.series():
            key = row[0]
            for target in (
                key,
                SeriesKey(WHOLE_NATION, key.need_group),
                SeriesKey(WHOLE_NATION, WHOLE_NATION),
            ):
                out[target] = out.get(target, 0.0) + float(row[column])
        return out

    def bands(self, key: SeriesKey, mean: NDArray[np.float64], daily: bool) -> Bands:
        levels = OCCUPANCY_LEVELS if daily else DEMAND_LEVELS
        z = {0.05: -1.64, 0.1: -1.28, 0.25: -0.67, 0.5: 0.0, 0.75: 0.67, 0.9: 1.28, 0.95: 1.64}
        spread = np.sqrt(mean + (0.1 * mean) ** 2)
        values = [np.floor(np.maximum(mean + z.get(p, 2.33) * spread, 0)) for p in levels]
        unit = "D" if daily else "M"
        first = np.datetime64(f"{self.recipe.year}-01", "M").astype(f"datetime64[{unit}]")
        periods = (first + np.arange(len(mean))).astype("datetime64[D]")
        return Bands(key, periods, mean, levels, np.stack(values))

    def demand(self) -> tuple[Bands, ...]:
        season = 1 + 0.15 * np.sin(2 * np.pi * np.arange(12) / 12)
        rates = self.totals(1)
        for key, rate, _ in self.series():
            region = SeriesKey(key.region, WHOLE_NATION)
            rates[region] = rates.get(region, 0.0) + rate
        return tuple(
            self.bands(key, rate / 12 * season, daily=False) for key, rate in rates.items()
        )

    def demand_so_far(self) -> tuple[Bands, ...]:
        return tuple(self.bands(b.key, b.mean.cumsum(), daily=False) for b in self.demand())

    def occupancy(self) -> tuple[Bands, ...]:
        season = 1 + 0.08 * np.sin(2 * np.pi * np.arange(self.days) / self.days)
        whole = SeriesKey(WHOLE_NATION, WHOLE_NATION)
        return tuple(
            self.bands(key, load * season, daily=True)
            for key, load in self.totals(2).items()
            if key != whole
        )

    def history(self) -> CountPanel:
        rows = list(self.series())
        months = 36
        first = np.datetime64(f"{self.recipe.year - 3}-01", "M")
        periods = (first + np.arange(months)).astype("datetime64[D]")
        wave = 1 + 0.2 * np.sin(np.arange(months) * 1.3)
        counts = np.stack([np.floor(rate / 12 * wave * 0.92) for _, rate, _ in rows])
        return CountPanel(
            Quantity.REFERRALS,
            Frequency.MONTH,
            date(self.recipe.year - 1, 12, 31),
            tuple(key for key, _, _ in rows),
            periods,
            counts,
            np.ones(counts.shape, dtype=bool),
        )

    def findings(self) -> tuple[Finding, ...]:
        """Two that are worded where they are shown, and one of a plan stored before."""
        if not self.recipe.findings:
            return ()
        return (
            warning("many_on_one_day", series="nord/rus", referrals=31, day="2024-05-05"),
            warning(
                "failed_fit", series="nord/rus", model="ets", names="nord/rus", reason="no fit."
            ),
            Finding(
                Severity.WARNING, "thin_history", "=HYPERLINK(1) tynn historikk", series="nord/rus"
            ),
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """All kinds that planning states, and one of a plan stored before."""
        return (
            Assumption("level", "0.97", "share", "chosen", {}),
            Assumption("discipline", "wait", "", "chosen", {}),
            Assumption("spot_found", "0.5", "share", "chosen", {}),
            Assumption("form_limit", "form_limit", "", "chosen", {"form": "base", "fewer": 0.1}),
            *self.group_assumptions(),
            self.price_year(),
            *(self.price_assumptions() if self.recipe.prices else ()),
            Assumption("+SUM(A1)", "@x", "-", "=1+1"),
        )

    def price_year(self) -> Assumption:
        values = {"price_year": "2022", "index": 0.05}
        return Assumption("price_year", str(self.recipe.year), "year", "price_index", values)

    def group_assumptions(self) -> Iterator[Assumption]:
        codes = [group.code for group in self.agency().need_groups]
        for code in codes:
            group = {"group": code}
            stays = {**group, "stays": 178, "asked": 20}
            yield Assumption("within_days", "28", "days", "configured", group)
            yield Assumption("stay", "242.1", "nights", "stays_own", stays)
            yield Assumption("demand_share", "0.861", "share", "estimated", group)
        if len(codes) > 1:
            values = {"group": codes[0], "to": codes[1]}
            yield Assumption("onward_share", "0.049", "share", "estimated", values)

    def price_assumptions(self) -> Iterator[Assumption]:
        for form, price in PRICES.items():
            named = {"form": form.value}
            ready, used = f"{price.ready:.0f}", f"{price.used:.0f}"
            yield Assumption("price_ready", ready, "nok_a_day", "configured", named)
            yield Assumption("price_used", used, "nok_a_day_used", "configured", named)
            if price.availability < 1:
                share = f"{price.availability:g}"
                yield Assumption("price_availability", share, "share", "configured", named)

    def plan(self) -> Plan:
        rows = list(self.series())
        curves = [self.curve(*row) for row in rows]
        lines = [
            line
            for curve, (_, _, load) in zip(curves, rows, strict=True)
            for line in self.lines(curve, load)
        ]
        costs = [line.cost_nok.mean for line in lines if line.cost_nok is not None]
        total = Money(sum(costs), sum(costs) * 0.96, sum(costs) * 1.05) if costs else None
        return Plan(
            year=self.recipe.year,
            agency=self.agency(),
            policy=Policy(level=self.recipe.level),
            prices=self.prices(),
            lines=tuple(lines),
            curves=tuple(curves),
            risks=self.risks(curves),
            brackets=tuple(self.bracket(c) for c in curves),
            demand=self.demand(),
            occupancy=self.occupancy(),
            history=self.history(),
            same_as_last_year=last_year(self.history()),
            total_cost=total,
            existing_offered={key: 0.91 for key, _, _ in rows} if self.recipe.register else {},
            existing_cost=self.existing_cost(curves),
            assumptions=self.assumptions(),
            findings=self.findings(),
            basis=self.basis(),
            costs=self.costs(lines),
            exchanges=self.exchanges(curves),
            frontier=frontier(curves, binds=Binds.BOTH),
            sharing=tuple(self.sharing(curves)) if self.recipe.sharing else (),
            flexible=tuple(self.flexible(curves)) if self.recipe.flexible else (),
            bound=None if total is None else CostBound(total.mean, 0.9964 * total.mean),
            waterfalls=self.waterfalls(curves, {key: load for key, _, load in rows}),
            demand_so_far=self.demand_so_far(),
            present=tuple(self.present()),
        )

    def present(self) -> Iterator[Present]:
        """As many children as the load; what is left of exponential stays in the mean of a year."""
        for key, _, load in self.series():
            stay = GROUPS.get(key.need_group, ("", 60.0, 200.0))[2]
            left = stay / 365 * (1 - np.exp(-365 / stay))
            yield Present(key, round(load), float(left) * round(load))

    def existing_cost(self, curves: list[Curve]) -> dict[SeriesKey, float]:
        """A million kroner for every place of today."""
        known = self.recipe.register and self.prices() is not None
        return {c.key: 1e6 * c.existing for c in curves if known and c.existing is not None}

    def exchanges(self, curves: list[Curve]) -> tuple[ExchangeRow, ...]:
        """One place of the second group for two of the first, and none at the lowest number."""
        rows = []
        first, *more = self.agency().need_groups
        for curve in (c for c in curves if more and c.key.need_group == first.code):
            fed = SeriesKey(curve.key.region, more[0].code)
            chosen = next(c.chosen for c in curves if c.key == fed)
            for away in range(-min(2, chosen), 3):
                needed = None if away == -2 else max(0, curve.chosen - 2 * away)
                cost = None if needed is None or not self.recipe.prices else 1e7 * needed
                part = (0.9 if away == -2 else 1.0, 0.01 * (chosen + away), 0.05, cost)
                rows.append(ExchangeRow(curve.key, fed.need_group, chosen + away, needed, *part))
        return tuple(rows)

    def sharing(self, curves: list[Curve]) -> Iterator[Sharing]:
        """Made up, but the order is right: own places most, a pool fewest and most away."""
        prices = self.prices()
        ready = None if prices is None else self.days * prices.of(Form.BASE).ready
        for group in self.agency().need_groups if self.recipe.regions > 1 else ():
            own = [curve for curve in curves if curve.key.need_group == group.code]
            missed = sum(float(c.not_offered_mean[c.chosen]) for c in own)
            asked = self.totals(1)[SeriesKey(WHOLE_NATION, group.code)]
            for arrangement, fewer, share, away in (
                (Arrangement.OWN_PLACES, 0, 1.0, 0.0),
                (Arrangement.NATIONAL_STANDBY, 1, 1.0, 0.013),
                (Arrangement.MUTUAL_HELP, 0, 0.8, 0.184),
                (Arrangement.NATIONAL_POOL, 0, 0.0, 0.787),
            ):
                places = [max(0, round(share * c.chosen) - fewer) for c in own]
                shared = 0 if share else round(0.8 * sum(c.chosen for c in own))
                shared += fewer * (len(own) // 2) * (asked > 0)
                yield Sharing(
                    need_group=group.code,
                    arrangement=arrangement,
                    fewer=fewer,
                    shared_places=shared,
                    regions=tuple(
                        SharedRegion(c.key.region, n, 0.971 + 0.001 * i if asked else 1.0)
                        for i, (c, n) in enumerate(zip(own, places, strict=True))
                    ),
                    offered_share=0.974 if asked else 1.0,
                    not_offered_mean=missed,
                    away_share=away if asked else 0.0,
                    away_mean=away * asked,
                    cost_nok=None if ready is None else ready * (sum(places) + shared),
                )

    def flexible(self, curves: list[Curve]) -> Iterator[Flexible]:
        """Made up: the first two groups of each region share none, or two places for three."""
        prices = self.prices()
        ready = None if prices is None else self.days * prices.of(Form.BASE).ready
        pair = [group.code for group in self.agency().need_groups[:2]]
        for region in self.agency().regions if len(pair) == 2 else ():
            own = [c for c in curves if c.key.region == region.code and c.key.need_group in pair]
            alone = [c.chosen for c in own]
            for flexible in (0, 2) if min(alone) > 1 else (0,):
                fixed = [alone[0] - flexible, alone[1] - flexible // 2]
                yield Flexible(
                    region=region.code,
                    rule=FlexibleRule.FIRST_COME,
                    flexible_places=flexible,
                    groups=tuple(
                        FlexibleGroup(c.key.need_group, a, n, 0.975, 0.972, crowded)
                        for c, a, n, crowded in zip(own, alone, fixed, (0.91, 0.99), strict=True)
                    ),
                    existing=0 if self.recipe.register else None,
                    alone_cost_nok=None if ready is None else ready * sum(alone),
                    cost_nok=None if ready is None else ready * (sum(fixed) + flexible),
                    best=flexible == 2 or min(alone) <= 1,
                )

    def waterfalls(
        self, curves: list[Curve], loads: dict[SeriesKey, float]
    ) -> tuple[Waterfall, ...]:
        """Load, and the rest half chance, a third uncertain year, less what a season spares."""
        found: dict[SeriesKey, dict[Source, float]] = {}
        for curve in curves:
            load = round(loads[curve.key], 1)
            rest = curve.chosen - load
            parts = {Source.LOAD: load, Source.CHANCE: rest / 2, Source.YEAR: rest / 3}
            parts = {source: round(places, 1) for source, places in parts.items()}
            parts[Source.SEASON] = -1.0 if rest else 0.0
            parts[Source.GROUPS] = round(curve.chosen - sum(parts.values()), 1)
            for key in (curve.key, SeriesKey(WHOLE_NATION, curve.key.need_group)):
                into = found.setdefault(key, dict.fromkeys(Source, 0.0))
                for source, places in parts.items():
                    into[source] = round(into[source] + places, 1)
        return tuple(Waterfall(key, tuple(parts.items())) for key, parts in found.items())

    def costs(self, lines: list[PlanLine]) -> dict[SeriesKey, Money]:
        """Cost of every need group and region, in the plans that know it."""
        means: dict[SeriesKey, float] = {}
        for line in lines if self.recipe.sums else []:
            for key in (
                SeriesKey(WHOLE_NATION, line.key.need_group),
                SeriesKey(line.key.region, WHOLE_NATION),
                line.key,
            ):
                if line.cost_nok is not None:
                    means[key] = means.get(key, 0.0) + line.cost_nok.mean
        return {key: Money(mean, mean * 0.95, mean * 1.07) for key, mean in means.items()}

    def basis(self) -> Basis:
        return Basis(
            data_sha256="3f5a" * 16,
            data_rows=18452,
            as_of=date(self.recipe.year - 1, 12, 31),
            config_hash="9b1c" * 16,
            model="pool",
            weights={"negbin_glm": 0.41, "ets": 0.22, "seasonal_naive": 0.37},
            seed=1,
            draws=2000,
            code_version="0.1.0",
            synthetic=self.recipe.synthetic,
            data_name="referrals.csv",
            register_sha256="77aa" * 16 if self.recipe.register else "",
            settings={"level": "0.97", "discipline": "mixed"},
        )
