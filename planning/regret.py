"""The robust choice of places: the smallest largest regret over the chosen scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecasting.panel import SeriesKey
from planning.compare import Bought, Comparison, Result

# Name of the choice with one place fewer than the base plan in every series.
ONE_LESS = "one_less"


@dataclass(frozen=True)
class Regret:
    """What a choice of places does worse under a scenario than the best choice there.

    `extra_cost_nok` and `extra_not_offered` are its mean cost and its mean children not
    offered a place in time, less those of the best choice; either can be below 0, but
    `regret_nok` = extra cost + price of a child x extra children is not.
    """

    choice: str
    scenario: str
    extra_cost_nok: float
    extra_not_offered: float
    regret_nok: float


@dataclass(frozen=True)
class Robust:
    """The robust choice for need groups that hang together, beside the base plan's.

    `price_nok` is what the base plan's last places cost per child that they help: the implied
    price, never below 0, at which children and kroner are added up. `worst` is the largest
    regret of each choice, `places` its committed places by need group over the nation.
    """

    need_groups: tuple[str, ...]
    price_nok: float
    choice: str
    base: str
    worst: Mapping[str, Regret]
    places: Mapping[str, Mapping[str, int]]
    regrets: tuple[Regret, ...]


def one_less(chosen: Mapping[SeriesKey, Bought]) -> dict[SeriesKey, Bought]:
    """One place fewer in every series: for what the last ones cost."""
    return {
        key: Bought(max(bought.firm - 1, 0), bought.call_off)
        if bought.firm
        else Bought(0, max(bought.call_off - 1, 0))
        for key, bought in chosen.items()
    }


def robust(found: Comparison, need_groups: Sequence[str], *, base: str) -> Robust | None:
    """The choice with the smallest largest regret for these need groups, over the nation.

    The choices are the places that each scenario recommends; the regret of one under a
    scenario is its loss less the least loss of any there, where the loss is the mean cost
    plus the implied price for every child not offered a place in time (Savage 1951). Of equal
    choices the base plan's, then the first. None without prices, or where the last places of
    the base plan help no child, so that no price follows.
    """
    scenarios = list(found.few)
    sums = {s: {c: _sum(found.few[s][c], need_groups) for c in scenarios} for s in scenarios}
    price = _implied_price(found, need_groups, base=base)
    if price is None:
        return None
    regrets = [r for s in scenarios for r in _regrets(s, sums[s], price)]
    worst = {
        choice: max((r for r in regrets if r.choice == choice), key=lambda r: r.regret_nok)
        for choice in scenarios
    }
    # Whole kroner: rounding errors must not choose.
    order = sorted(scenarios, key=lambda c: (round(worst[c].regret_nok), c != base))
    return Robust(
        need_groups=tuple(need_groups),
        price_nok=price,
        choice=order[0],
        base=base,
        worst=worst,
        places={
            choice: {
                group: sum(
                    result.places
                    for key, result in found.results[choice][choice].items()
                    if key.need_group == group
                )
                for group in need_groups
            }
            for choice in scenarios
        },
        regrets=tuple(regrets),
    )


@dataclass(frozen=True)
class _Sum:
    cost_nok: float
    not_offered: float


def _sum(results: Mapping[SeriesKey, Result], need_groups: Sequence[str]) -> _Sum:
    parts = [result for key, result in results.items() if key.need_group in need_groups]
    cost = sum(0.0 if part.cost_nok is None else float(part.cost_nok.mean()) for part in parts)
    return _Sum(cost, sum(part.not_offered for part in parts))


def _implied_price(found: Comparison, need_groups: Sequence[str], *, base: str) -> float | None:
    """Cost of the last place in every series per child that they help, over the nation."""
    under = found.results[base]
    if any(result.cost_nok is None for result in under[base].values()):
        return None
    now, less = (_sum(under[choice], need_groups) for choice in (base, ONE_LESS))
    helped = less.not_offered - now.not_offered
    return max(0.0, (now.cost_nok - less.cost_nok) / helped) if helped > 0 else None


def _regrets(scenario: str, sums: Mapping[str, _Sum], price: float) -> list[Regret]:
    def loss(choice: str) -> float:
        return sums[choice].cost_nok + price * sums[choice].not_offered

    best = min(sums, key=loss)
    return [
        Regret(
            choice,
            scenario,
            extra_cost_nok=each.cost_nok - sums[best].cost_nok,
            extra_not_offered=each.not_offered - sums[best].not_offered,
            regret_nok=max(0.0, loss(choice) - loss(best)),
        )
        for choice, each in sums.items()
    ]
