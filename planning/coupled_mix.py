"""Forms and owners of all series at once, where shares of owners couple them (MILP, HiGHS).

The programme is that of planning/mix.py for every series: place j, in use u_j days a year, is
given to one offer (a form, run by an owner) for ready x days + used x u_j, within the numbers that
can be had. What couples them is how large a share of the committed places an owner must or may
run, in the nation and in each region. Only the numbers of each offer need be whole: given
them, handing out the places is a transport problem, whose corners are whole.

Without whole numbers it is a linear programme: no choice of forms for these places costs less
than its answer (`bound`), so nobody has to trust the solver, or the dynamic programme of mix.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from forecasting.errors import ComputationError, UsageError
from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner, Price
from planning.limits import Range
from planning.whole import proportional

# The solver's rows hold to about 1e-7; a place is never so small a part.
_ROUNDING = 1e-6
# What milp says where no choice keeps all limits.
_INFEASIBLE = 2


@dataclass(frozen=True)
class Offer:
    """Places of one form, run by one owner (None: it does not matter who runs them).

    `bound` of them are under agreements that run through the year.
    """

    form: Form
    owner: Owner | None
    price: Price
    bound: int = 0


@dataclass(frozen=True)
class Wanted:
    """The places of one series: days a year that each is in use, lowest number first.

    `ranges` are the numbers that can be had of each form that is offered, whoever runs it.
    """

    key: SeriesKey
    use_days: NDArray[np.float64]
    offers: tuple[Offer, ...]
    ranges: Mapping[Form, Range]

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that are offered, each once."""
        return tuple(dict.fromkeys(offer.form for offer in self.offers))

    @property
    def order(self) -> tuple[int, ...]:
        """The offers from the cheapest to use: so they get the places that are used most."""
        offers = self.offers
        names = {n: (o.price.used, o.form.value, o.owner or "") for n, o in enumerate(offers)}
        return tuple(sorted(names, key=lambda n: names[n]))


@dataclass(frozen=True)
class Share:
    """Least and greatest share of the committed places that an owner runs; region None: nation."""

    owner: Owner
    region: str | None
    least: float = 0.0
    most: float = 1.0

    def has(self, key: SeriesKey) -> bool:
        """Whether a series is of this region."""
        return self.region is None or key.region == self.region


@dataclass(frozen=True)
class Split:
    """What one series gets of each offer: contracts, and the committed places they hold. [offer]"""

    wanted: Wanted
    contracts: tuple[int, ...]
    held: tuple[int, ...]

    def cost_nok(self, days: int) -> float:
        """Mean cost of the year."""
        used = np.concatenate([[0.0], np.cumsum(self.wanted.use_days)])
        order = self.wanted.order
        ends = np.cumsum([0, *(self.held[offer] for offer in order)])
        use = (
            self.wanted.offers[offer].price.used * float(used[end] - used[begin])
            for offer, (begin, end) in zip(order, pairwise(ends), strict=True)
        )
        pairs = zip(self.wanted.offers, self.contracts, strict=True)
        return sum(use) + sum(offer.price.ready * days * count for offer, count in pairs)


@dataclass(frozen=True)
class CoupledMix:
    """The question: the cheapest offers for all places of all series, within shares of owners."""

    series: tuple[Wanted, ...]
    shares: tuple[Share, ...]
    days: int

    def __post_init__(self) -> None:
        for share in self.shares:
            if not 0 <= share.least <= share.most <= 1:
                raise UsageError(f"a share of {share}.", fix="Give shares of 0 to 1, in order.")

    def best(self) -> tuple[Split, ...] | None:
        """The cheapest choice; None where the shares cannot be kept within the ranges."""
        found = self._solve(self._cost, self._rows(whole=True), whole=True)
        return None if found is None else self._read(found)

    @property
    def bound(self) -> float:
        """No choice costs less: the cost if places could be had in parts, houses too.

        Raises ComputationError where not even that keeps the shares.
        """
        found = self._solve(self._cost, self._rows(whole=False), whole=False)
        if found is None:
            raise ComputationError(
                "no choice of forms and owners keeps the shares in [policy.limits.owners].",
                fix="Lower the least shares, or raise the limits of the forms.",
            )
        return float(self._cost @ found)

    def nearest(self) -> "CoupledMix":
        """The same with the shares that can be kept: by fewest places in sum below what was asked.

        A share that can be kept stands as it was, another at what can be reached.
        """
        columns, count = len(self._cost), len(self.shares)
        rows = [
            LinearConstraint(
                sparse.hstack([row.A, sparse.csr_array((row.A.shape[0], 2 * count))]),
                row.lb,
                row.ub,
            )
            for row in self._rows(whole=True)[:-1]
        ]
        own, one = self._share_rows, sparse.identity(count)
        least, most = self._share_ends
        rows.append(LinearConstraint(sparse.hstack([own, one, -one]), least, most))
        cost = np.concatenate([np.zeros(columns), np.ones(2 * count)])
        found = self._solve(cost, rows, whole=True)
        assert found is not None, "without shares there is a choice: the plan's own"
        reached = np.round(own @ found[:columns])
        total = np.maximum([self._places(share) for share in self.shares], 1)
        each = zip(self.shares, (reached / total).tolist(), strict=True)
        return replace(
            self,
            shares=tuple(
                replace(share, least=min(share.least, at), most=max(share.most, at))
                for share, at in each
            ),
        )

    def reached(self, splits: Sequence[Split], share: Share) -> float:
        """The share that an owner has in a choice; 0 where there are no places."""
        held = sum(
            count
            for split in splits
            if share.has(split.wanted.key)
            for offer, count in zip(split.wanted.offers, split.held, strict=True)
            if offer.owner is share.owner
        )
        places = self._places(share)
        return held / places if places else 0.0

    def _places(self, share: Share) -> int:
        return sum(len(each.use_days) for each in self.series if share.has(each.key))

    @cached_property
    def _blocks(self) -> tuple["_Block", ...]:
        return tuple(_Block(wanted, self.days) for wanted in self.series)

    @cached_property
    def _cost(self) -> NDArray[np.float64]:
        return np.concatenate([block.cost for block in self._blocks])

    def _solve(
        self, cost: NDArray[np.float64], rows: list[LinearConstraint], *, whole: bool
    ) -> NDArray[np.float64] | None:
        lower, upper, kinds = (
            np.concatenate([getattr(block, name) for block in self._blocks])
            for name in ("lower", "upper", "whole")
        )
        more = len(cost) - len(lower)  # what a share is missed by
        bounds = Bounds(np.append(lower, np.zeros(more)), np.append(upper, np.full(more, inf)))
        for presolve in (True, False):
            found = milp(
                cost,
                constraints=rows,
                bounds=bounds,
                integrality=np.append(kinds, np.zeros(more)) if whole else None,
                options={"mip_rel_gap": 0.0, "presolve": presolve},
            )
            if found.x is not None:
                return np.asarray(found.x)
            if found.status == _INFEASIBLE:
                return None
            # HiGHS can stop with an error in what its presolve made of a small programme.
        raise ComputationError(
            f"the choice of forms and owners was not found: {found.message}",
            fix="Change the shares in [policy.limits.owners] a little, or leave them out.",
        )

    def _rows(self, *, whole: bool) -> list[LinearConstraint]:
        """Those of the series, and last those of the shares."""
        own = sparse.block_diag([block.rows for block in self._blocks], format="csr")
        least, most = (
            np.concatenate([block.ends(whole=whole)[end] for block in self._blocks])
            for end in (0, 1)
        )
        shares = LinearConstraint(self._share_rows, *self._share_ends)
        return [LinearConstraint(own, least, most), shares]

    @cached_property
    def _share_rows(self) -> sparse.csr_array:
        """Places of each share's owner, by columns."""
        rows = [
            np.concatenate([b.held_by(s.owner) * s.has(b.wanted.key) for b in self._blocks])
            for s in self.shares
        ]
        return sparse.csr_array(np.array(rows).reshape(len(rows), len(self._cost)))

    @property
    def _share_ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and most places of each share's owner."""
        places = np.array([self._places(share) for share in self.shares], float)
        least = np.array([share.least for share in self.shares]) * places
        return least - _ROUNDING, np.array([s.most for s in self.shares]) * places + _ROUNDING

    def _read(self, found: NDArray[np.float64]) -> tuple[Split, ...]:
        ends = np.cumsum([0, *(len(block.cost) for block in self._blocks)])
        pairs = zip(self._blocks, pairwise(ends), strict=True)
        return tuple(block.read(found[begin:end]) for block, (begin, end) in pairs)


@dataclass(frozen=True)
class _Block:
    """One series as columns: each place by offer, then held, contracts by offer, houses by form."""

    wanted: Wanted
    days: int

    @cached_property
    def _sizes(self) -> tuple[int, int, int]:
        return len(self.wanted.use_days), len(self.wanted.offers), len(self.wanted.forms)

    @cached_property
    def _of_form(self) -> NDArray[np.float64]:
        """1 where an offer is of a form. [form, offer]"""
        offers, forms = self.wanted.offers, self.wanted.forms
        return np.array([[float(offer.form is form) for offer in offers] for form in forms])

    @cached_property
    def cost(self) -> NDArray[np.float64]:
        """NOK of one of each column."""
        prices = [offer.price for offer in self.wanted.offers]
        used = np.outer(self.wanted.use_days, [price.used for price in prices])
        ready = [price.ready * self.days for price in prices]
        _, offers, forms = self._sizes
        return np.concatenate([used.ravel(), np.zeros(offers), ready, np.zeros(forms)])

    @cached_property
    def rows(self) -> sparse.csr_array:
        """Each place has one offer; what an offer holds; by form; as many as there are; houses."""
        places, offers, _ = self._sizes
        one, all_offers = sparse.identity(offers), np.ones((1, offers))
        share = np.array([[self._availability(form)] for form in self.wanted.forms])
        house = np.diag([-float(self.wanted.ranges[form].house) for form in self.wanted.forms])
        return sparse.block_array(
            [
                [sparse.kron(sparse.identity(places), all_offers), None, None, None],
                [sparse.kron(np.ones((1, places)), one), -one, None, None],
                [None, self._of_form, -share * self._of_form, None],
                [None, one, -one, None],
                [None, None, self._of_form, house],
            ],
            format="csr",
        )

    def ends(self, *, whole: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and most of each row; `whole` contracts hold all whole places they are worth."""
        places, offers, forms = self._sizes
        existing = [float(self.wanted.ranges[form].existing) for form in self.wanted.forms]
        unheld = _ROUNDING - 1 if whole else -inf
        least = [1.0] * places + [0.0] * offers + [unheld] * forms + [-inf] * offers + existing
        most = [1.0] * places + [0.0] * offers + [_ROUNDING / 10] * forms
        return np.array(least), np.array([*most, *[0.0] * offers, *existing])

    @cached_property
    def lower(self) -> NDArray[np.float64]:
        """Least of each column."""
        places, offers, _ = self._sizes
        bound = [float(offer.bound) for offer in self.wanted.offers]
        houses = [low for low, _ in self._houses()]
        return np.array([*[0.0] * (places * offers + offers), *bound, *houses])

    @cached_property
    def upper(self) -> NDArray[np.float64]:
        """Most of each column."""
        places, offers, _ = self._sizes
        houses = [high for _, high in self._houses()]
        most = [1.0] * (places * offers) + [float(places)] * offers + [inf] * offers
        return np.array([*most, *houses])

    @cached_property
    def whole(self) -> NDArray[np.float64]:
        """1 for columns that must be whole numbers."""
        places, offers, forms = self._sizes
        return np.repeat([0.0, 1.0], [places * offers, 2 * offers + forms])

    def _houses(self) -> Iterator[tuple[float, float]]:
        """Houses from what exists, fewest and most, of each form: as in Range.numbers."""
        for form in self.wanted.forms:
            within = self.wanted.ranges[form]
            low = -((within.existing - within.least) // within.house)
            most = inf
            if within.most is not None:
                most = max(low, (within.most - within.existing) // within.house)
            yield float(low), float(most)

    def _availability(self, form: Form) -> float:
        return next(o.price.availability for o in self.wanted.offers if o.form is form)

    def held_by(self, owner: Owner) -> NDArray[np.float64]:
        """1 at what the offers of this owner hold. [column]"""
        places, offers, forms = self._sizes
        mine = [float(offer.owner is owner) for offer in self.wanted.offers]
        return np.concatenate([np.zeros(places * offers), mine, np.zeros(offers + forms)])

    def read(self, found: NDArray[np.float64]) -> Split:
        """The numbers of each offer."""
        places, offers, _ = self._sizes
        both = np.floor(found[places * offers :][: 2 * offers] + 0.5).astype(int).tolist()
        held, contracts = both[:offers], both[offers:]
        for form in self.wanted.forms:
            at = [n for n, offer in enumerate(self.wanted.offers) if offer.form is form]
            if all(self.wanted.offers[n].price.ready == 0 for n in at):
                fewest = self._fewest(form, [held[n] for n in at], at)
                contracts = [fewest.get(n, count) for n, count in enumerate(contracts)]
        return Split(self.wanted, tuple(contracts), tuple(held))

    def _fewest(self, form: Form, held: list[int], at: list[int]) -> dict[int, int]:
        """Contracts by offer where one more costs nothing: the fewest, as mix.py has them."""
        least = [max(n, self.wanted.offers[o].bound) for n, o in zip(held, at, strict=True)]
        needed = max(sum(least), ceil(sum(held) / self._availability(form) - _ROUNDING))
        within = self.wanted.ranges[form]
        numbers = within.numbers(needed + within.house)
        count = next((number for number in numbers if number >= needed), needed)
        more = proportional(count - sum(least), held)
        return {o: n + extra for o, n, extra in zip(at, least, more, strict=True)}
