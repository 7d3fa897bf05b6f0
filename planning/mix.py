"""Which form each place should have: screening curves with limits, solved exactly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numba import njit
from numpy.typing import NDArray

from forecasting.places import Form, Owner, Price
from planning.limits import Range
from planning.whole import whole_places

_CHEAPER = 1e-9
_FREE = Range()


@dataclass(frozen=True)
class Mix:
    """The forms of one series' committed places.

    `form[place]` is the form that place (lowest number, most used, first) is bought in;
    `contracts` the whole places to have of each form: for call-off more than it holds places
    here, since only its availability counts. `cost_nok` is the mean cost of the year. Where it
    matters who runs the places, `owner[place]` says it, and `by_owner` the whole places of each.
    """

    form: tuple[Form, ...]
    contracts: Mapping[Form, int]
    cost_nok: float
    owner: tuple[Owner, ...] = ()
    by_owner: Mapping[tuple[Form, Owner], int] = field(default_factory=dict)

    @property
    def places(self) -> int:
        """Committed places, whole ones."""
        return len(self.form)

    def parts(self, form: Form) -> Iterator[tuple[Owner | None, int, NDArray[np.bool_]]]:
        """The places of a form by owner: who, how many, and which they are. [place]"""
        own = np.array([f is form for f in self.form], dtype=bool)
        if not self.owner:
            yield None, self.contracts.get(form, 0), own
        for (each, owner), count in self.by_owner.items():
            if each is form:
                yield owner, count, own & np.array([o is owner for o in self.owner], dtype=bool)


@dataclass(frozen=True)
class _Table:
    """Least cost of the first j places with the forms so far, and what the last one takes. [j]"""

    cost: NDArray[np.float64]
    contracts: NDArray[np.int64]
    held: NDArray[np.int64]


def cheapest_mix(
    use_days: NDArray[np.float64],
    prices: Mapping[Form, Price],
    *,
    wanted: int,
    ranges: Mapping[Form, Range],
    days: int,
) -> Mix | None:
    """The cheapest split over the committed forms of `wanted` places, or a few more.

    `use_days` are the days a year that each place is in use, lowest number first, also of the
    places beyond `wanted`: whole houses and the least of a form (`ranges`) can make it cheaper, or
    unavoidable, to have more. None where the limits leave too few.

    A place used u days costs ready x days + used x u in its form. Since use falls with the
    place number, the best split gives the lowest numbers to the form with the lowest price
    for use, and so on (an exchange argument), so a dynamic programme over place number and
    form in that order is exact. Children do not move between places.
    """
    forms = sorted((f for f in prices if f.committed), key=lambda f: (prices[f].used, f.value))
    used = np.concatenate([[0.0], np.cumsum(use_days)])  # days in use of the first j places
    cost = np.full(len(used), inf)
    cost[0] = 0.0
    tables = []
    for form in forms:
        table = _add_form(cost, used, prices[form], within=ranges.get(form, _FREE), days=days)
        tables.append(table)
        cost = table.cost
    places = wanted + int(np.argmin(cost[wanted:]))
    if cost[places] == inf:
        return None
    contracts: dict[Form, int] = {}
    split: list[Form] = []
    left = places
    for form, table in zip(reversed(forms), reversed(tables), strict=True):
        contracts[form], held = int(table.contracts[left]), int(table.held[left])
        split[:0] = [form] * held
        left -= held
    return Mix(tuple(split), {form: contracts[form] for form in forms}, float(cost[places]))


def held_places(contracts: int, availability: float) -> int:
    """Whole places that so many contracts hold."""
    return whole_places(contracts * availability)


def _add_form(
    best: NDArray[np.float64],
    used: NDArray[np.float64],
    price: Price,
    *,
    within: Range,
    days: int,
) -> _Table:
    """The same when this form may follow, in one of the numbers that can be had."""
    size = len(best)
    found = _Table(np.full(size, inf), np.zeros(size, np.int64), np.zeros(size, np.int64))
    # As many as hold no more than all places: with whole houses, more than are needed for them.
    most = int(np.ceil(size / price.availability - _CHEAPER)) - 1
    contracts = np.array(list(within.numbers(most)), np.int64)
    # More than all places are needed where agreements still run: they are paid all the same.
    held = np.minimum(np.floor(contracts * price.availability + _CHEAPER), size - 1)
    ready = price.ready * days * contracts
    offers = (contracts, held.astype(np.int64), ready)
    _fill((found.cost, found.contracts, found.held), best, used, price.used, offers)
    return found


@njit(cache=True, nogil=True)
def _fill(into, best, used, price, offers):  # type: ignore[no-untyped-def]  # noqa: PLR0917  # pragma: no cover
    """Writes the least cost of the first j places, and the contracts and places behind it."""
    cost, number, holds = into
    contracts, held, ready = offers
    for k in range(len(contracts)):
        for j in range(held[k], len(cost)):
            before = j - held[k]
            here = best[before] + ready[k] + price * (used[j] - used[before])
            if here < cost[j] - _CHEAPER:
                cost[j], number[j], holds[j] = here, contracts[k], held[k]
