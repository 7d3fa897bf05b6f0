"""Which form each place should have: screening curves with limits, solved exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

from forecasting.places import Form, Price
from planning.policy import Limits

FRAMEWORK = (Form.GUARANTEED, Form.CALL_OFF)


@dataclass(frozen=True)
class Mix:
    """The forms of one series' committed places.

    `form[place]` is the form that place (lowest number, most used, first) is bought in;
    `contracts` the whole places to have of each form: for call-off more than it holds places
    here, since only its availability counts. `cost_nok` is the mean cost of the year.
    """

    form: tuple[Form, ...]
    contracts: Mapping[Form, int]
    cost_nok: float


def most_places(existing: Mapping[Form, int] | None, limits: Limits) -> dict[Form, int]:
    """Most framework places that can be had, from those that exist (None: unknown)."""
    most: dict[Form, int] = {}
    for form in FRAMEWORK:
        grown = floor((existing[form] if existing else 0) * (1 + limits.framework_growth) + 1e-9)
        most[form] = max(grown, limits.framework_new_places)
    return most


def cheapest_mix(
    use_days: NDArray[np.float64],
    prices: Mapping[Form, Price],
    *,
    most: Mapping[Form, int],
    days: int,
) -> Mix:
    """The cheapest split of places over the committed forms, within the limits.

    A place used u days costs ready x days + used x u in its form. Since use falls with the
    place number, the best split gives the lowest numbers to the form with the lowest price
    for use, and so on (an exchange argument), so a dynamic programme over place number and
    form in that order is exact. Children do not move between places.
    """
    forms = sorted((f for f in prices if f.committed), key=lambda f: (prices[f].used, f.value))
    places = len(use_days)
    used = np.concatenate([[0.0], np.cumsum(use_days)])  # days in use of the first j places
    best = np.full(places + 1, inf)
    best[0] = 0.0
    taken = np.zeros((len(forms), places + 1), dtype=np.int64)
    for row, form in enumerate(forms):
        best, taken[row] = _add_form(best, used, prices[form], most=most.get(form), days=days)
    split: list[Form] = []
    left = places
    for row in reversed(range(len(forms))):
        count = int(taken[row, left])
        split[:0] = [forms[row]] * count
        left -= count
    contracts = {form: ceil(split.count(form) / prices[form].availability - 1e-9) for form in forms}
    return Mix(form=tuple(split), contracts=contracts, cost_nok=float(best[-1]))


def _add_form(
    best: NDArray[np.float64],
    used: NDArray[np.float64],
    price: Price,
    *,
    most: int | None,
    days: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Best cost of the first j places when this form may follow, and how many it takes. [j]"""
    places = len(best) - 1
    limit = places if most is None else min(places, floor(most * price.availability + 1e-9))
    cost, taken = best.copy(), np.zeros(places + 1, dtype=np.int64)
    for count in range(1, limit + 1):
        ready = price.ready * days * ceil(count / price.availability - 1e-9)
        here = best[:-count] + ready + price.used * (used[count:] - used[:-count])  # [j - count]
        better = here < cost[count:] - 1e-9
        cost[count:][better] = here[better]
        taken[count:][better] = count
    return cost, taken
