"""Today's places: the forms that the register has them in, and what a year of them costs."""

from collections.abc import Mapping, Sequence

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.mix import Mix
from planning.money import COMMITTED, Market, use_cost
from planning.sizing import Sized
from planning.whole import whole_places


def todays_mix(market: Market, key: SeriesKey) -> Mix | None:
    """The committed places of the register in their forms; None without a register.

    Call-off is held at its availability. Nothing says which place is used most, so the lowest
    are of the form that is cheapest to use, as in a plan: no other order would cost less.
    """
    existing, committed = market.existing(key), market.existing_committed(key)
    if existing is None or committed is None:
        return None
    certain = [
        form for form in COMMITTED if form is not Form.CALL_OFF for _ in range(existing[form])
    ]
    call_off = [Form.CALL_OFF] * (whole_places(committed) - len(certain))
    order = sorted([*certain, *call_off], key=lambda form: _used(market, form))
    return Mix(tuple(order), {form: existing[form] for form in COMMITTED}, 0.0)


def existing_costs(sized: Sequence[Sized], market: Market) -> Mapping[SeriesKey, float]:
    """Mean cost in NOK of the planned days with today's places, spot purchase included.

    On the same children and at the same prices as the cost along the curve, with a coupled group
    at its recommendation. Places under a running agreement are paid in full, as in the plan. A
    series is left out without prices or register, and where it has places of a form without a
    price: counted as free they would make today look cheap.
    """
    found = ((part.key, _cost(part, market)) for part in sized)
    return {key: cost for key, cost in found if cost is not None}


def _cost(part: Sized, market: Market) -> float | None:
    mix = todays_mix(market, part.key)
    if mix is None or market.prices is None:
        return None
    if any(places and market.price(form) is None for form, places in mix.contracts.items()):
        return None
    step = part.steps[mix.places]
    use = step.use_days[np.newaxis]  # [path, place], of one path: the mean
    committed = sum(float(use_cost(form, mix, use, market=market)[0]) for form in COMMITTED)
    return committed + market.spot_nok_per_day * step.elsewhere_days


def _used(market: Market, form: Form) -> tuple[float, str]:
    price = market.price(form)
    return (0.0 if price is None else price.used, form.value)
