"""What each way to choose places would have given, with the children who really came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.fewest import EXACT
from planning.policies import POLICIES, Purchase, Situation

# The policy that the others' cost is held against.
YARDSTICK = "hindsight"
# Referrals a year from which a region's own years say something about a plan: with 20 children
# to be met one without a place is 95 %, so that chance alone decides.
MANY_REFERRALS = 50


@dataclass(frozen=True)
class Served:
    """What one policy gave one series in the months after one origin; means over the draws.

    `to_meet` are the children to be offered a place in these months, `not_offered` those who
    were not; `idle_days` place-days bought and not used, `spot_days` place-days of children
    helped elsewhere. `cost_nok` is None without prices; `spent` is the same cost, or then the
    place-days bought, so that policies can be compared in any case.
    """

    origin: date
    key: SeriesKey
    policy: str
    level: float
    places: int
    to_meet: float
    not_offered: float
    idle_days: float
    spot_days: float
    cost_nok: float | None
    spent: float

    @property
    def offered_share(self) -> float:
        """Share of the children to be met who were offered a place in time; 1 if none were."""
        return 1 - self.not_offered / self.to_meet if self.to_meet else 1.0

    @property
    def met(self) -> bool:
        """Whether the level was met."""
        return self.offered_share >= self.level - EXACT


@dataclass(frozen=True)
class Summary:
    """What one policy gave a need group (or WHOLE_NATION: all) over all origins and regions.

    Only regions with `least_referrals` a year or more in that need group. `met_share` is the
    share of region-years (a region, need group and origin) that met the level;
    `cost_over_hindsight` what was spent (see Served) as a multiple of that under hindsight.
    """

    policy: str
    need_group: str
    least_referrals: int
    region_years: int
    met_share: float
    children: float
    not_offered: float
    places: int
    idle_days: float
    spot_days: float
    cost_nok: float | None
    cost_over_hindsight: float

    @property
    def offered_share(self) -> float:
        """Share of all the children to be met who were offered a place in time."""
        return 1 - self.not_offered / self.children if self.children else 1.0


def serve(origin: date, seen: Situation) -> tuple[Served, ...]:
    """Every policy's places, and what they gave the children who really came."""
    bought = {name: choose(seen) for name, choose in POLICIES.items()}
    return tuple(
        _served(origin, key, name=name, chosen=chosen, seen=seen)
        for key in seen.series
        for name, chosen in bought.items()
        if chosen is not None
    )


def summarise(
    served: Sequence[Served], *, referrals_a_year: Mapping[SeriesKey, float]
) -> tuple[Summary, ...]:
    """Sums over origins and regions: each need group and all, all regions and the larger ones."""
    groups = [*dict.fromkeys(each.key.need_group for each in served), WHOLE_NATION]
    policies = dict.fromkeys(each.policy for each in served)
    rows = []
    for group, least in product(groups, (0, MANY_REFERRALS)):
        mine = [
            each
            for each in served
            if group in (each.key.need_group, WHOLE_NATION) and referrals_a_year[each.key] >= least
        ]
        yardstick = sum(each.spent for each in mine if each.policy == YARDSTICK)
        for policy in policies:
            parts = [each for each in mine if each.policy == policy]
            if parts:
                rows.append(_summary(parts, group=group, least=least, yardstick=yardstick))
    return tuple(rows)


def _served(
    origin: date, key: SeriesKey, *, name: str, chosen: Purchase, seen: Situation
) -> Served:
    outcome, places = seen.outcome(key, chosen.places), chosen.places[key]
    spent = seen.cost(key, chosen)
    return Served(
        origin=origin,
        key=key,
        policy=name,
        level=seen.level(key),
        places=places,
        to_meet=float(outcome.to_meet.mean()),
        not_offered=float(outcome.missed_a_year.mean()),
        idle_days=places * seen.market.window.days - float(outcome.use.sum(axis=1).mean()),
        spot_days=float(outcome.elsewhere_days.mean()),
        cost_nok=None if seen.market.prices is None else spent,
        spent=spent,
    )


def _summary(parts: Sequence[Served], *, group: str, least: int, yardstick: float) -> Summary:
    spent = sum(each.spent for each in parts)
    known = all(each.cost_nok is not None for each in parts)
    return Summary(
        policy=parts[0].policy,
        need_group=group,
        least_referrals=least,
        region_years=len(parts),
        met_share=_mean(each.met for each in parts),
        children=sum(each.to_meet for each in parts),
        not_offered=sum(each.not_offered for each in parts),
        places=sum(each.places for each in parts),
        idle_days=sum(each.idle_days for each in parts),
        spot_days=sum(each.spot_days for each in parts),
        cost_nok=spent if known else None,
        cost_over_hindsight=spent / yardstick if yardstick else 1.0,
    )


def _mean(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / len(found)
