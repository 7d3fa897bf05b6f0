"""What there is on the market, and forms and cost of sized places: lines of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner, Price, Register
from planning.flow import Outcome
from planning.limits import FRAMEWORK, Limits, Range
from planning.mix import Mix, cheapest_mix, held_places
from planning.plan import Money, PlanLine
from planning.policy import Prices
from planning.sizing import Sized
from planning.window import Window

COMMITTED = tuple(form for form in Form if form.committed)
# Forms that a plan can do without: not offered to it where they have no price.
OPTIONAL = (Form.STANDBY, Form.GUARANTEED, Form.CALL_OFF)


@dataclass(frozen=True)
class Market:
    """Prices, register and limits in the plan year, or in the days that `window` names."""

    window: Window
    prices: Prices | None
    register: Register | None
    limits: Limits
    lead_days: int = 0  # between the data date and the plan year

    def price(self, form: Form, owner: Owner | None = None) -> Price | None:
        """Price of a form, or None where prices are not known or the form has none.

        Raises InputError where prices are known but not of a form that every plan needs.
        """
        if self.prices is None or (form in OPTIONAL and form not in self.prices.by_form):
            return None
        return self.prices.of(form, owner)

    def existing(self, key: SeriesKey) -> dict[Form, int] | None:
        """Places on the first day of the plan year, or None without a register."""
        if self.register is None:
            return None
        first = self.window.first
        return {form: self.register.places(key, form, day=first) for form in Form}

    def existing_committed(self, key: SeriesKey) -> float | None:
        """Committed places that exist, call-off at its availability."""
        if self.register is None:
            return None
        first = self.window.first
        return self.register.committed(key, day=first, availability=self.availability)

    @property
    def availability(self) -> float:
        """Share of call-off places that can be had when called, where a row does not say it.

        1 where no prices are known; none where they are, but not of call-off: such places cannot
        be counted on.
        """
        if self.prices is not None and self.price(Form.CALL_OFF) is None:
            return 0.0
        return self._availability(Form.CALL_OFF)

    def ranges(self, key: SeriesKey) -> dict[Form, Range]:
        """Numbers of places that can be had of each committed form with a price."""
        existing = self.existing(key)
        return {
            form: self.limits.range(
                form,
                None if existing is None else existing[form],
                bound=self.bound(key, form),
                lead_days=self.lead_days,
            )
            for form in COMMITTED
            if self.price(form) is not None
        }

    def bound(self, key: SeriesKey, form: Form, owner: Owner | None = None) -> int:
        """Places under agreements that run through the whole plan year, and are paid in it.

        Of all owners, or of one.
        """
        if self.register is None:
            return 0
        last = self.window.last
        rows = self.register.rows(key, day=self.window.first)
        mine = (row for row in rows if row.form is form and owner in (None, row.owner))
        ends = ((row.places, row.agreement_end) for row in mine)
        return sum(places for places, end in ends if end is not None and end >= last)

    @property
    def spot_nok_per_day(self) -> float:
        """Price of a day of spot purchase; 0 where it is not known."""
        price = self.price(Form.SPOT)
        return 0.0 if price is None else price.ready + price.used

    def least(self, key: SeriesKey) -> int:
        """Committed places that there will be whatever is needed."""
        if self.prices is None:
            return 0
        ranges = self.ranges(key).items()
        return sum(held_places(r.first, self._availability(form)) for form, r in ranges)

    def _availability(self, form: Form) -> float:
        price = self.price(form)
        return 1.0 if price is None else price.availability

    def mix(
        self,
        use_days: NDArray[np.float64],
        key: SeriesKey,
        *,
        wanted: int | None = None,
        instead: Mapping[Form, Range] | None = None,
    ) -> Mix | None:
        """Cheapest forms for `wanted` of these places (None: all of them), or a few more.

        All base where prices are not known; None where the limits leave too few. `instead`
        are ranges that hold in place of the series' own.
        """
        places = len(use_days) if wanted is None else wanted
        if self.prices is None:
            return Mix((Form.BASE,) * places, {Form.BASE: places}, 0.0)
        return cheapest_mix(
            use_days,
            {form: price for form in COMMITTED if (price := self.price(form)) is not None},
            wanted=places,
            ranges={**self.ranges(key), **(instead or {})},
            days=self.window.days,
        )

    def free_mix(self, use_days: NDArray[np.float64], *keys: SeriesKey) -> Mix:
        """Cheapest forms for all of these places, if nothing that exists had to be kept.

        Of one series, or of several that share them. Framework forms still grow no faster than
        they can; state forms are without limit.
        """
        places = len(use_days)
        if self.prices is None:
            return Mix((Form.BASE,) * places, {Form.BASE: places}, 0.0)
        most: dict[Form, int | None] = {}
        for key in keys:
            for form, own in self.ranges(key).items():
                if form in FRAMEWORK:
                    before = most.get(form, 0)
                    known = before is not None and own.most is not None
                    most[form] = (before or 0) + (own.most or 0) if known else None
        mix = cheapest_mix(
            use_days,
            {form: price for form in COMMITTED if (price := self.price(form)) is not None},
            wanted=places,
            ranges={form: Range(most=limit) for form, limit in most.items()},
            days=self.window.days,
        )
        assert mix is not None, "base can be had in any number"
        return mix

    def state_mix(self, use_days: NDArray[np.float64]) -> Mix:
        """Cheapest of the state's own forms for all of these places, without limits."""
        places, forms = len(use_days), (Form.BASE, Form.STANDBY)
        if self.prices is None:
            return Mix((Form.BASE,) * places, {Form.BASE: places}, 0.0)
        mix = cheapest_mix(
            use_days,
            {form: price for form in forms if (price := self.price(form)) is not None},
            wanted=places,
            ranges={},
            days=self.window.days,
        )
        assert mix is not None, "base can be had in any number"
        return mix

    def house(self, key: SeriesKey) -> int:
        """Places of the largest house in which a form comes and goes."""
        return max((within.house for within in self.ranges(key).values()), default=1)


def chosen_mix(sized: Sized, market: Market) -> Mix:
    """The cheapest forms of a series' chosen places."""
    mix = market.mix(sized.outcome.use.mean(axis=0), sized.key)
    assert mix is not None, "the chosen places are those of a mix (planning/cheapest.py)"
    return mix


def plan_lines(
    sized: Sized, mix: Mix, market: Market
) -> tuple[tuple[PlanLine, ...], NDArray[np.float64]]:
    """Lines of one series, one a form, and the cost of all of them on each path. [path]"""
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


def use_cost(
    form: Form, mix: Mix, use: NDArray[np.float64] | NDArray[np.int32], *, market: Market
) -> NDArray[np.float64]:
    """Cost of one committed form over the window; 0 where its price is not known. [path]

    `use` are the days that each place is in use. [path, place]
    """
    total = np.zeros(len(use))
    for owner, places, which in mix.parts(form):
        price = market.price(form, owner)
        if price is not None:
            days_used = use[:, which].sum(axis=1)  # [path]
            total += price.ready * places * market.window.days + price.used * days_used
    return total


def year_cost(mix: Mix, outcome: Outcome, market: Market) -> NDArray[np.float64]:
    """Cost of the window: all forms, ready and used, and single purchases. [path]"""
    forms = (use_cost(form, mix, outcome.use, market=market) for form in COMMITTED)
    return sum(forms, spot_cost(outcome, market))


def spot_cost(outcome: Outcome, market: Market) -> NDArray[np.float64]:
    """Cost of single purchases over the window; 0 where their price is not known. [path]"""
    return market.spot_nok_per_day * outcome.elsewhere_days.astype(float)


def _committed_line(  # noqa: PLR0917
    form: Form, sized: Sized, mix: Mix, market: Market, existing: Mapping[Form, int] | None
) -> tuple[PlanLine, NDArray[np.float64]]:
    places = mix.contracts.get(form, 0)
    held = np.array([f is form for f in mix.form], dtype=bool)
    days_used = sized.outcome.use[:, held].sum(axis=1)  # [path]
    cost = use_cost(form, mix, sized.outcome.use, market=market)
    share = float(days_used.mean()) / (places * market.window.days) if places else 0.0
    line = PlanLine(
        key=sized.key,
        form=form,
        places=places,
        used_share=share,
        cost_nok=None if market.price(form) is None else money(cost),
        existing=None if existing is None else existing[form],
    )
    return line, cost


def _spot_line(
    sized: Sized, market: Market, existing: Mapping[Form, int] | None
) -> tuple[PlanLine, NDArray[np.float64]]:
    """Expected spot purchase: the mean number in use, rounded up to whole places.

    Bought child by child, never committed; the places say how much of it the plan leans on.
    """
    cost = spot_cost(sized.outcome, market)
    in_use = float(sized.outcome.elsewhere_days.mean()) / market.window.days
    places = int(np.ceil(in_use - 1e-9))
    line = PlanLine(
        key=sized.key,
        form=Form.SPOT,
        places=places,
        used_share=in_use / places if places else 0.0,
        cost_nok=None if market.price(Form.SPOT) is None else money(cost),
        existing=None if existing is None else existing[Form.SPOT],
    )
    return line, cost
