"""Forms and cost of sized places: lines of the plan, and the cost along the curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.places import Form, Price, Register
from planning.mix import Mix, cheapest_mix, most_places
from planning.plan import Money, PlanLine
from planning.policy import Limits, Prices
from planning.sizing import Sized
from planning.sweep import Step

COMMITTED = tuple(form for form in Form if form.committed)
# Forms that a plan can do without: not offered to it where they have no price.
OPTIONAL = (Form.STANDBY, Form.GUARANTEED, Form.CALL_OFF)


@dataclass(frozen=True)
class Market:
    """Prices, register and limits in the plan year: what places cost and which can be had."""

    year: int
    prices: Prices | None
    register: Register | None
    limits: Limits

    @property
    def days(self) -> int:
        """Days of the plan year."""
        return (date(self.year + 1, 1, 1) - date(self.year, 1, 1)).days

    def price(self, form: Form) -> Price | None:
        """Price of a form, or None where prices are not known or the form has none.

        Raises InputError where prices are known but not of a form that every plan needs.
        """
        if self.prices is None or (form in OPTIONAL and form not in self.prices.by_form):
            return None
        return self.prices.of(form)

    def existing(self, key: SeriesKey) -> dict[Form, int] | None:
        """Places on the first day of the plan year, or None without a register."""
        if self.register is None:
            return None
        first = date(self.year, 1, 1)
        return {form: self.register.places(key, form, day=first) for form in Form}

    def existing_committed(self, key: SeriesKey) -> float | None:
        """Committed places that exist, call-off at its availability."""
        if self.register is None:
            return None
        first = date(self.year, 1, 1)
        return self.register.committed(key, day=first, availability=self.availability)

    @property
    def availability(self) -> float:
        """Share of call-off places that can be had when called (1 where not known)."""
        price = self.price(Form.CALL_OFF)
        return 1.0 if price is None else price.availability

    def mix(self, use_days: NDArray[np.float64], key: SeriesKey) -> Mix:
        """Cheapest forms for these places; all base where prices are not known."""
        if self.prices is None:
            return Mix((Form.BASE,) * len(use_days), {Form.BASE: len(use_days)}, 0.0)
        return cheapest_mix(
            use_days,
            {form: price for form in COMMITTED if (price := self.price(form)) is not None},
            most=most_places(self.existing(key), self.limits),
            days=self.days,
        )


def curve_cost(
    steps: tuple[Step, ...], market: Market, key: SeriesKey
) -> NDArray[np.float64] | None:
    """Mean cost of the year for every number of places, spot purchase included. [committed]"""
    spot = market.price(Form.SPOT)
    if market.prices is None or spot is None:
        return None
    return np.array(
        [
            market.mix(step.use_days, key).cost_nok + step.elsewhere_days * (spot.ready + spot.used)
            for step in steps
        ]
    )


def plan_lines(sized: Sized, market: Market) -> tuple[tuple[PlanLine, ...], NDArray[np.float64]]:
    """Lines of one series, one a form, and the cost of all of them on each path. [path]"""
    mix = market.mix(sized.outcome.use.mean(axis=0), sized.key)
    existing = market.existing(sized.key)
    lines, total = [], np.zeros(len(sized.outcome.to_meet))
    for form in COMMITTED:
        line, cost = _committed_line(form, sized, mix, market, existing)
        lines.append(line)
        total += cost
    line, cost = _spot_line(sized, market, existing)
    return (*lines, line), total + cost


def money(cost: NDArray[np.float64]) -> Money:
    """Mean and 10-90 % band of a cost over paths."""
    low, high = np.quantile(cost, [0.1, 0.9])
    return Money(mean=float(cost.mean()), low=float(low), high=float(high))


def _committed_line(  # noqa: PLR0917
    form: Form, sized: Sized, mix: Mix, market: Market, existing: Mapping[Form, int] | None
) -> tuple[PlanLine, NDArray[np.float64]]:
    places = mix.contracts.get(form, 0)
    held = np.array([f is form for f in mix.form], dtype=bool)
    days_used = sized.outcome.use[:, held].sum(axis=1)  # [path]
    price = market.price(form)
    cost = np.zeros(len(days_used))
    if price is not None:
        cost = price.ready * places * market.days + price.used * days_used
    share = float(days_used.mean()) / (places * market.days) if places else 0.0
    line = PlanLine(
        key=sized.key,
        form=form,
        places=places,
        used_share=share,
        cost_nok=None if price is None else money(cost),
        existing=None if existing is None else existing[form],
    )
    return line, cost


def _spot_line(
    sized: Sized, market: Market, existing: Mapping[Form, int] | None
) -> tuple[PlanLine, NDArray[np.float64]]:
    """Expected spot purchase: the mean number in use, rounded up to whole places.

    Bought child by child, never committed; the places say how much of it the plan leans on.
    """
    days_used = sized.outcome.elsewhere_days.astype(float)  # [path]
    price = market.price(Form.SPOT)
    cost = np.zeros(len(days_used)) if price is None else (price.ready + price.used) * days_used
    in_use = float(days_used.mean()) / market.days
    places = int(np.ceil(in_use - 1e-9))
    line = PlanLine(
        key=sized.key,
        form=Form.SPOT,
        places=places,
        used_share=in_use / places if places else 0.0,
        cost_nok=None if price is None else money(cost),
        existing=None if existing is None else existing[Form.SPOT],
    )
    return line, cost
