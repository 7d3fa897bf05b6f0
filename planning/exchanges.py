"""What one place in the fed group is worth in places of the group that feeds it, in the plan."""

from forecasting.panel import SeriesKey
from planning.counted import COARSE, first_shares
from planning.flow import Chain, Outcome
from planning.frontier import Exchange, Throughput, exchange
from planning.money import Market, year_cost
from planning.plan import ExchangeRow
from planning.sizing import Sized
from planning.whole import whole_places

# Places of the fed group that are tried on both sides of the recommendation.
SHOWN = 3


def exchange_rows(
    chain: Chain, sized: tuple[Sized, ...], market: Market
) -> tuple[ExchangeRow, ...]:
    """Around the recommendation, and at the fed group's places of today; none where uncoupled."""
    if chain.fed_key is None:
        return ()
    first, fed = sized
    around = range(max(0, fed.chosen - SHOWN), fed.chosen + SHOWN + 1)
    existing = market.existing_committed(fed.key)
    tried = {*around, *(() if existing is None else (whole_places(existing),))}
    through = Throughput.of(chain.children, len(chain.grid.month))
    found = exchange(
        [first_shares(part, first.goal) for part in (chain.head(COARSE), chain)],
        sorted(tried),
        level=first.goal.level,
        throughput=through,
        near=first.chosen,
    )
    return tuple(_row(one, chain, through, market=market) for one in found)


def _row(one: Exchange, chain: Chain, through: Throughput, *, market: Market) -> ExchangeRow:
    assert chain.fed_key is not None
    cost = None
    if one.places is not None:
        outcomes = chain.run(one.places, one.fed_places)
        keys = (chain.key, chain.fed_key)
        parts = [_cost(o, key, market) for o, key in zip(outcomes, keys, strict=True)]
        known = [part for part in parts if part is not None]
        cost = sum(known) if len(known) == len(parts) else None
    return ExchangeRow(
        key=chain.key,
        fed_group=chain.fed_key.need_group,
        fed_places=one.fed_places,
        places=one.places,
        ceiling=one.ceiling,
        passed=through.passed(one.fed_places),
        asked=through.asked,
        cost_nok=cost,
    )


def _cost(outcome: Outcome, key: SeriesKey, market: Market) -> float | None:
    if market.prices is None:
        return None
    mix = market.mix(outcome.use.mean(axis=0), key)
    if mix is None:
        return None
    return float(year_cost(mix, outcome, market).mean())
