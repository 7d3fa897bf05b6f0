"""The yearly plan, from what is known and what is chosen."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.agency import Agency
from forecasting.basis import Basis
from forecasting.findings import Finding, warning
from forecasting.panel import CountPanel, SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.streams import Streams
from planning.alternatives import all_sharing
from planning.assumptions import assumptions, bound_assumption
from planning.cheapest import along_curve, asked
from planning.efficient import frontier, own_levels
from planning.evidence import Evidence, Pair, build_chain, chains
from planning.exchanges import exchange_rows
from planning.flexible import all_flexible
from planning.flow import Chain
from planning.limit_findings import budget_findings, limit_findings
from planning.mix import Mix
from planning.money import OPTIONAL, Market, money, plan_lines
from planning.owners import contracted, owner_findings
from planning.plan import (
    DEMAND_LEVELS,
    OCCUPANCY_LEVELS,
    Bands,
    Bracket,
    Curve,
    Money,
    Plan,
    PlanLine,
)
from planning.policy import Policy, Prices
from planning.present import present
from planning.register_findings import register_findings
from planning.risk import all_risks
from planning.sizing import Sized, goal_of, seen_on, size_chain
from planning.todays import existing_costs
from planning.walks import Walks
from planning.waterfall import Ladder
from planning.whole import places_around, whole_places
from planning.window import Window


@dataclass(frozen=True)
class Choices:
    """What the planner chose for one plan year.

    `begins` is the first day that is planned, where the year had begun before the data date.
    """

    year: int
    policy: Policy
    prices: Prices | None
    begins: date | None = None

    @property
    def window(self) -> Window:
        """The days of the plan year that are planned."""
        return Window.of_year(self.year, begins=self.begins)


def market_of(evidence: Evidence, choices: Choices) -> Market:
    """What places cost and which can be had in the plan year."""
    return Market(
        choices.window,
        choices.prices,
        evidence.register,
        choices.policy.limits,
        lead_days=(choices.window.first - evidence.as_of).days,
    )


def make_plan(
    evidence: Evidence,
    choices: Choices,
    *,
    agency: Agency,
    basis: Basis,
    streams: Streams,
    findings: tuple[Finding, ...] = (),
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Plan:
    """The yearly plan: places, forms, cost and risk for every planned region and need group.

    The same arguments give the same plan, whatever the number of `workers` (threads).
    `progress` is told how many of the chains of groups are sized, and of how many.
    """
    market = market_of(evidence, choices)
    sized = size_all(
        evidence,
        choices,
        agency=agency,
        market=market,
        streams=streams,
        exchanges=True,
        workers=workers,
        progress=progress,
    )
    held = contracted(sized, market)
    lines, costs = _bought(sized, held.mixes, market)
    ladder = Ladder(evidence, choices.policy, choices.window, streams)
    curves = tuple(_curve(part, market) for part in sized)
    total = costs.get(SeriesKey(WHOLE_NATION, WHOLE_NATION))
    # A budget is of the whole year, and what is left of it is not known here.
    own = own_levels(curves, agency)
    over = () if choices.begins else budget_findings(curves, total, choices.policy, own=own)
    return Plan(
        year=choices.year,
        agency=agency,
        policy=choices.policy,
        prices=choices.prices,
        lines=lines,
        curves=curves,
        risks=all_risks(sized, level=choices.policy.level, window=market.window),
        brackets=tuple(Bracket(part.key, lost=part.lost, wait=part.wait) for part in sized),
        demand=demand_bands(evidence.samples, agency),
        occupancy=_occupancy(sized, evidence, window=choices.window),
        history=evidence.history,
        same_as_last_year=last_year(evidence.history),
        total_cost=total,
        existing_offered=_existing_offered(curves),
        assumptions=(
            *assumptions(evidence, choices.policy, choices.prices, agency=agency),
            *(() if held.bound is None else (bound_assumption(held.bound),)),
        ),
        findings=(
            *findings,
            *_market_findings(market),
            *limit_findings(sized, market),
            *over,
            *owner_findings(held),
        ),
        basis=basis,
        costs=costs,
        exchanges=tuple(row for part in sized for row in part.exchanges),
        frontier=frontier(curves, binds=choices.policy.binds, own=own_levels(curves, agency)),
        sharing=all_sharing(
            evidence,
            sized,
            agency=agency,
            market=market,
            policy=choices.policy,
            streams=streams,
            workers=workers,
        ),
        waterfalls=ladder.waterfalls(sized, agency, workers=workers),
        demand_so_far=so_far_bands(evidence.samples, agency, window=market.window),
        begins=choices.begins,
        flexible=all_flexible(
            evidence,
            sized,
            agency=agency,
            market=market,
            policy=choices.policy,
            streams=streams,
            workers=workers,
        ),
        bound=held.bound,
        owner_lines=held.lines,
        owner_shares=held.shares,
        existing_cost=existing_costs(sized, market),
        present=present([part.key for part in sized], evidence, market.window),
    )


def _bought(
    sized: Sequence[Sized], mixes: Mapping[SeriesKey, Mix], market: Market
) -> tuple[tuple[PlanLine, ...], dict[SeriesKey, Money]]:
    """Lines of all series, and the cost of each and of all sums (empty without prices)."""
    lines: list[PlanLine] = []
    cost: dict[SeriesKey, NDArray[np.float64]] = {}
    for part in sized:
        own, cost[part.key] = plan_lines(part, mixes[part.key], market)
        lines.extend(own)
    return tuple(lines), {} if market.prices is None else summed_costs(cost)


def summed_costs(cost: Mapping[SeriesKey, NDArray[np.float64]]) -> dict[SeriesKey, Money]:
    """Cost of each series, region, need group and of all, added path by path. `cost` is [path]."""
    sums: dict[SeriesKey, NDArray[np.float64]] = {}
    for key, own in cost.items():
        for into in (
            key,
            SeriesKey(key.region, WHOLE_NATION),
            SeriesKey(WHOLE_NATION, key.need_group),
            SeriesKey(WHOLE_NATION, WHOLE_NATION),
        ):
            sums[into] = sums[into] + own if into in sums else own
    return {key: money(total) for key, total in sums.items()}


def size_all(
    evidence: Evidence,
    choices: Choices,
    *,
    agency: Agency,
    market: Market,
    streams: Streams,
    exchanges: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Sized, ...]:
    """Every planned series sized, in the agency's order of regions and need groups.

    `exchanges` asks also what places of fed groups are worth (see Sized).
    """
    tasks = [(region.code, pair) for region in agency.planned_regions() for pair in chains(agency)]

    def chain_of(task: tuple[str, Pair], seen: Evidence, streams: Streams) -> Chain:
        region, pair = task
        return build_chain(
            seen,
            pair,
            region=region,
            window=market.window,
            policy=choices.policy,
            streams=streams,
        )

    def size(task: tuple[str, Pair]) -> tuple[Sized, ...]:
        chain = chain_of(task, evidence, streams)
        keys = (chain.key, chain.fed_key or chain.key)
        goal, fed_goal = (goal_of(key, agency=agency, policy=choices.policy) for key in keys)
        own, fed = (_whole(market.existing_committed(key)) for key in keys)
        limited = (asked(market, keys[0], goal), asked(market, keys[1], fed_goal))
        walks = Walks(chain)
        fitted = size_chain(walks, asked=limited, exact=(own, fed))
        if exchanges:
            fitted = (
                replace(fitted[0], exchanges=exchange_rows(walks, fitted, market)),
                *fitted[1:],
            )
        if evidence.fresh is None:
            return seen_on(fitted, chain)
        other = replace(evidence, samples=evidence.fresh)
        return seen_on(fitted, chain_of(task, other, streams.child("fresh paths")))

    # Threads: the walk lets go of the interpreter, and the draws need not be copied.
    sized: dict[SeriesKey, Sized] = {}
    with ThreadPoolExecutor(workers) as pool:
        for done, parts in enumerate(pool.map(size, tasks), start=1):
            sized.update({part.key: part for part in parts})
            progress(done, len(tasks))
    return tuple(
        sized[SeriesKey(region.code, group.code)]
        for region in agency.planned_regions()
        for group in agency.need_groups
    )


def _whole(existing: float | None) -> tuple[int, ...]:
    """The whole numbers of places on both sides of those that exist."""
    return () if existing is None else places_around(existing)


def demand_bands(samples: ForecastSamples, agency: Agency) -> tuple[Bands, ...]:
    """Forecast referrals a month: each series, need group over the nation, region, and all."""
    order = [group.code for group in agency.need_groups]
    by_group = samples.total(lambda key: SeriesKey(WHOLE_NATION, key.need_group))
    sums = sorted(by_group.series, key=lambda key: order.index(key.need_group))
    parts = [(samples, key) for key in samples.series]
    parts += [(by_group, key) for key in sums]
    by_region = samples.total(lambda key: SeriesKey(key.region, WHOLE_NATION))
    parts += [(by_region, key) for key in by_region.series]
    everything = samples.total()
    parts += [(everything, key) for key in everything.series]
    return tuple(
        _bands(key, source.of(key), periods=source.periods, levels=DEMAND_LEVELS)
        for source, key in parts
    )


def so_far_bands(samples: ForecastSamples, agency: Agency, *, window: Window) -> tuple[Bands, ...]:
    """Referrals from the first month within the window to the end of each, as `demand_bands`.

    Draws are added over months before quantiles are taken.
    """
    inside = (samples.periods >= np.datetime64(window.first)) & (
        samples.periods <= np.datetime64(window.last)
    )
    counts = samples.counts[:, :, inside].cumsum(axis=2)
    return demand_bands(replace(samples, periods=samples.periods[inside], counts=counts), agency)


def last_year(history: CountPanel) -> dict[SeriesKey, float]:
    """Referrals in the last year of the history, per series; NaN where a period is missing."""
    periods = history.freq.per_year
    counts, observed = history.counts[:, -periods:], history.observed[:, -periods:]
    whole = observed.all(axis=1) & (counts.shape[1] == periods)
    sums = np.where(whole, counts.sum(axis=1), np.nan)
    return {key: float(total) for key, total in zip(history.series, sums, strict=True)}


def _bands(
    key: SeriesKey,
    draws: NDArray[np.int64],
    *,
    periods: NDArray[np.datetime64],
    levels: tuple[float, ...],
) -> Bands:
    """Mean and quantiles of draws [draw, period]."""
    # Small whole numbers are sorted fastest, by their digits.
    small = draws.size and draws.max() <= np.iinfo(np.int16).max
    ordered = np.sort(draws.T.astype(np.int16) if small else draws.T, axis=1, kind="stable")
    # The smallest value that so great a share of the draws does not exceed ("inverted_cdf").
    rank = np.maximum(np.ceil(np.array(levels) * len(draws)).astype(np.int64) - 1, 0)
    return Bands(key, periods, draws.mean(axis=0), levels, ordered[:, rank].T.astype(np.float64))


def _occupancy(sized: Sequence[Sized], evidence: Evidence, *, window: Window) -> tuple[Bands, ...]:
    """Places wanted per day of the plan year: each series, and each need group over the nation."""
    grid = evidence.grid(window)
    inside = grid.month >= 0
    days = grid.days[inside]
    nation: dict[str, NDArray[np.int64]] = {}
    bands = []
    for part in sized:
        wanted = part.wanted[:, inside]
        group = part.key.need_group
        nation[group] = nation[group] + wanted if group in nation else wanted
        bands.append(_bands(part.key, wanted, periods=days, levels=OCCUPANCY_LEVELS))
    for group, wanted in nation.items():
        key = SeriesKey(WHOLE_NATION, group)
        bands.append(_bands(key, wanted, periods=days, levels=OCCUPANCY_LEVELS))
    return tuple(bands)


def _curve(part: Sized, market: Market) -> Curve:
    existing = market.existing_committed(part.key)
    there = along_curve(part.steps, market, part.key)
    return Curve(
        key=part.key,
        offered_share=np.array([step.offered_share for step in part.steps]),
        assured_share=np.array([step.assured_share for step in part.steps]),
        not_offered_mean=np.array([step.missed_mean for step in part.steps]),
        not_offered_high=np.array([step.missed_high for step in part.steps]),
        cost_nok=there.cost_nok,
        fitted=there.places,
        chosen=part.chosen,
        by_level=part.by_level,
        needed=part.needed,
        existing=None if existing is None else whole_places(existing),
    )


def _existing_offered(curves: Sequence[Curve]) -> Mapping[SeriesKey, float]:
    """Offered share with the whole committed places of today; left out without a register."""
    return {
        curve.key: float(curve.offered_share[int(curve.existing)])
        for curve in curves
        if curve.existing is not None
    }


def _market_findings(market: Market) -> tuple[Finding, ...]:
    """What the plan can't say because it was not given, and what the register leaves open."""
    found = []
    if market.register is None:
        found.append(warning("no_register"))
    else:
        found.extend(
            register_findings(market.register, market.prices, year=market.window.first.year)
        )
    if market.prices is None:
        found.append(warning("no_prices"))
    else:
        found += [
            warning(
                "no_price_of_form",
                # Without a price nothing says how often call-off places can be had.
                wording="no_price_of_call_off" if form is Form.CALL_OFF else "no_price_of_form",
                form=form.value,
            )
            for form in OPTIONAL
            if market.price(form) is None
        ]
    return tuple(found)
