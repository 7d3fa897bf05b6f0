"""What one place in the fed group is worth in places of the group that feeds it, in the plan."""

from planning.counted import first_shares
from planning.frontier import Exchange, Throughput, exchange
from planning.money import Market, year_cost
from planning.plan import ExchangeRow
from planning.sizing import Sized
from planning.walks import Places, Walks
from planning.whole import whole_places

# Places of the fed group that are tried on both sides of the recommendation.
SHOWN = 3


def exchange_rows(
    walks: Walks, sized: tuple[Sized, ...], market: Market
) -> tuple[ExchangeRow, ...]:
    """Around the recommendation, and at the fed group's places of today; none where uncoupled."""
    chain = walks.chain
    if chain.fed_key is None:
        return ()
    first, fed = sized
    around = range(max(0, fed.chosen - SHOWN), fed.chosen + SHOWN + 1)
    existing = market.existing_committed(fed.key)
    tried = {*around, *(() if existing is None else (whole_places(existing),))}
    through = Throughput.of(chain.children, len(chain.grid.month))
    found = exchange(
        [first_shares(part, first.goal) for part in (walks.coarse, walks)],
        sorted(tried),
        level=first.goal.level,
        throughput=through,
        near=first.chosen,
    )
    chosen = (first.chosen, fed.chosen)
    return tuple(_row(one, walks, through, chosen=chosen, market=market) for one in found)


def _row(
    one: Exchange, walks: Walks, through: Throughput, *, chosen: Places, market: Market
) -> ExchangeRow:
    chain = walks.chain
    assert chain.fed_key is not None
    cost = None
    if one.places is not None:
        cost = _cost(walks, (one.places, one.fed_places), chosen=chosen, market=market)
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


def _cost(walks: Walks, places: Places, *, chosen: Places, market: Market) -> float | None:
    """Mean cost of both groups' places: that of the chosen ones and, on few paths, what differs."""
    costs = [
        _cost_on(walks.few, places, market),
        _cost_on(walks.few, chosen, market),
        _cost_on(walks, chosen, market),
    ]
    differs, few, every = costs
    return None if differs is None or few is None or every is None else differs - few + every


def _cost_on(walks: Walks, places: Places, market: Market) -> float | None:
    if market.prices is None:
        return None
    keys, total = (walks.chain.key, walks.chain.fed_key), 0.0
    for key, outcome in zip(keys, walks.run(*places), strict=True):
        assert key is not None
        mix = market.mix(outcome.use.mean(axis=0), key)
        if mix is None:
            return None
        total += float(year_cost(mix, outcome, market).mean())
    return total
