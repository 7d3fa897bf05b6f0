"""Who runs the places of the plan, and the bound under its cost.

Nothing couples regions and need groups but limits on how large a share of the committed places an
owner may and must run. Without them each series has its own cheapest forms (planning/mix.py),
and only the bound is computed here. With them the forms and owners of all series are chosen
together (planning/coupled_mix.py): the number of places of each series stays, so no child pays
for who runs its place. The curve, the frontier and scenarios are priced without these limits;
what they add to the cost is in the bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forecasting.findings import Finding, warning
from forecasting.panel import SeriesKey
from forecasting.places import Form, Owner
from forecasting.samples import WHOLE_NATION
from planning.coupled_mix import CoupledMix, Offer, Share, Split, Wanted
from planning.limits import FRAMEWORK, Limits
from planning.mix import Mix
from planning.money import COMMITTED, Market, chosen_mix
from planning.plan import CostBound, OwnerLine, OwnerShare
from planning.sizing import Sized


def owners_of(form: Form) -> tuple[Owner, ...]:
    """Who can run places of a form: the state its own, others those under agreements."""
    if not form.committed:
        return ()
    return (Owner.NONPROFIT, Owner.COMMERCIAL) if form in FRAMEWORK else (Owner.STATE,)


@dataclass(frozen=True)
class Contracted:
    """The forms of every series, and by whom they are run; the bound is None without prices."""

    mixes: Mapping[SeriesKey, Mix]
    bound: CostBound | None = None
    lines: tuple[OwnerLine, ...] = ()
    shares: tuple[OwnerShare, ...] = ()


def contracted(sized: Sequence[Sized], market: Market) -> Contracted:
    """The cheapest forms of all chosen places, within the shares of owners."""
    alone = {part.key: chosen_mix(part, market) for part in sized}
    if market.prices is None:
        return Contracted(alone)
    asked = _shares(market.limits, sized)
    wanted = tuple(_wanted(part, market, owned=bool(asked)) for part in sized)
    question = CoupledMix(wanted, asked, market.window.days)
    elsewhere = sum(float(part.outcome.elsewhere_days.mean()) for part in sized)
    spot = market.spot_nok_per_day * elsewhere
    cost = sum(mix.cost_nok for mix in alone.values())
    if not asked:
        return Contracted(alone, CostBound(cost + spot, question.bound + spot))
    splits = question.best()
    if splits is None:
        # The nearest that can be had stands in the plan, and a finding says what is missed.
        question = question.nearest()
        splits = question.best()
        assert splits is not None, "these shares were just reached"
    mixes = {split.wanted.key: _mix(split, market.window.days) for split in splits}
    owned = sum(mix.cost_nok for mix in mixes.values())
    return Contracted(
        mixes,
        CostBound(owned + spot, question.bound + spot, owned - cost),
        tuple(line for split in splits for line in _lines(split)),
        tuple(
            OwnerShare(
                share.owner,
                share.region or WHOLE_NATION,
                question.reached(splits, share),
                share.least,
                share.most,
            )
            for share in asked
        ),
    )


def owner_findings(contracted: Contracted) -> Iterator[Finding]:
    """Shares of owners that cannot be kept, with the nearest that can."""
    for share in contracted.shares:
        if not share.kept:
            low = share.share < share.least
            yield warning(
                "owner_share_out_of_reach",
                wording=f"owner_share_out_of_reach_{'least' if low else 'most'}",
                owner=share.owner.value,
                region=share.region,
                asked=share.least if low else share.most,
                nearest=share.share,
            )


def _shares(limits: Limits, sized: Sequence[Sized]) -> tuple[Share, ...]:
    """The shares that are limited at all: of the nation, then of each region."""
    regions = dict.fromkeys(part.key.region for part in sized)
    found = [Share(owner, None, own.least, own.most) for owner, own in limits.by_owner.items()]
    found += [
        Share(owner, region, own.region_least, own.region_most)
        for owner, own in limits.by_owner.items()
        for region in regions
    ]
    return tuple(share for share in found if (share.least, share.most) != (0, 1))


def _wanted(part: Sized, market: Market, *, owned: bool) -> Wanted:
    """What one series can choose from; by owner where it matters who runs the places (`owned`)."""
    ranges = market.ranges(part.key)
    owners: Mapping[Form, tuple[Owner | None, ...]] = {
        form: owners_of(form) if owned else (None,) for form in ranges
    }
    offers = tuple(
        Offer(form, owner, price, 0 if owner is None else market.bound(part.key, form, owner))
        for form in COMMITTED
        for owner in owners.get(form, ())
        if (price := market.price(form, owner)) is not None
    )
    return Wanted(part.key, part.outcome.use.mean(axis=0), offers, ranges)


def _mix(split: Split, days: int) -> Mix:
    """The same as forms of places: the cheapest to use get those used most."""
    offers = split.wanted.offers
    held = [offers[at] for at in split.wanted.order for _ in range(split.held[at])]
    by_owner = {
        (offer.form, offer.owner): count
        for offer, count in zip(offers, split.contracts, strict=True)
        if offer.owner is not None
    }
    contracts = dict.fromkeys((offer.form for offer in offers), 0)
    for offer, count in zip(offers, split.contracts, strict=True):
        contracts[offer.form] += count
    return Mix(
        form=tuple(offer.form for offer in held),
        contracts=contracts,
        cost_nok=split.cost_nok(days),
        owner=tuple(offer.owner for offer in held if offer.owner is not None),
        by_owner=by_owner,
    )


def _lines(split: Split) -> Iterator[OwnerLine]:
    for offer, count in zip(split.wanted.offers, split.contracts, strict=True):
        if offer.owner is not None:
            yield OwnerLine(split.wanted.key, offer.form, offer.owner, count)
