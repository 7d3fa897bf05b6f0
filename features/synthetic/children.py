"""Children of the demonstration data: who is referred, on which day, on what basis."""

from typing import Any

import numpy as np
import pandas as pd

from features.synthetic.rates import Days, Floats, expected_referrals, year_of
from features.synthetic.spec import DemoGroup, DemoRegion, DemoSpec
from forecasting.streams import Streams

# Every other sign is a letter, so that no pseudonym can look like a national identity number.
_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
_BASE32 = np.array(list("abcdefghijklmnopqrstuvwxyz234567"))
_PSEUDONYM_LENGTH = 12


def year_factors(group: DemoGroup, *, spec: DemoSpec, streams: Streams) -> pd.Series:
    """One factor a year, shared by all regions: gamma with mean 1 and the group's cv."""
    years = range(spec.first.year - spec.burn_in_years, spec.last.year + 1)
    if group.year_cv == 0:
        return pd.Series(1.0, index=years)
    shape = group.year_cv**-2
    rng = streams.rng("year", group.code)
    return pd.Series(rng.gamma(shape, 1 / shape, size=len(years)), index=years)


def draw_children(
    group: DemoGroup,
    region: DemoRegion,
    *,
    spec: DemoSpec,
    days: Days,
    scale: float,
    streams: Streams,
) -> pd.DataFrame:
    """Direct referrals of one region and group: Poisson events that bring 1, 2, … children.

    Columns: received, region, need_group, municipality_no, legal_basis, event, age,
    child_pseudonym. `event` numbers the events of this region and group from 0.
    """
    factors = year_factors(group, spec=spec, streams=streams)
    expected = expected_referrals(group, days, year=spec.reference_year)
    rate = expected * factors.loc[year_of(days)].to_numpy() * region.share * scale
    rng = streams.rng("events", region.code, group.code)
    events = np.repeat(days, rng.poisson(rate / group.batch_mean))
    basis = _legal_basis(group, region, spec=spec, days=events, rng=rng)
    towns = rng.choice(region.municipalities, size=len(events))
    sizes = 1 + rng.choice(len(group.batch), size=len(events), p=group.batch)
    event = np.repeat(np.arange(len(events)), sizes)
    return pd.DataFrame(
        {
            "received": events[event],
            "region": region.code,
            "need_group": group.code,
            "municipality_no": towns[event],
            "legal_basis": basis[event],
            "event": event,
            "age": rng.integers(*group.ages, size=len(event), endpoint=True),
            "child_pseudonym": pseudonyms(len(event), rng=rng),
        }
    )


def _legal_basis(
    group: DemoGroup, region: DemoRegion, *, spec: DemoSpec, days: Days, rng: np.random.Generator
) -> Any:
    """Legal basis of each event, by one law before a step and another after it."""
    names = np.array(list(group.legal_basis))
    chance = rng.random(len(days))
    before = np.searchsorted(np.cumsum(_basis_law(group, None)), chance)
    drawn = before.clip(max=len(names) - 1)
    if group.shift:
        weight = next(r.share for r in spec.regions if r.code == group.shift.region)
        share = group.shift.share_in(region.code, weight=weight)
        after = np.searchsorted(np.cumsum(_basis_law(group, share)), chance)
        stepped = days >= np.datetime64(group.shift.start)
        drawn = np.where(stepped, after, before).clip(max=len(names) - 1)
    return names[drawn]


def _basis_law(group: DemoGroup, favoured: float | None) -> Floats:
    """Shares of the legal bases; `favoured` is that of the one a step favours. [basis]"""
    shares = np.array(list(group.legal_basis.values()))
    if favoured is None or group.shift is None:
        return shares
    special = np.array(list(group.legal_basis)) == group.shift.legal_basis
    others = shares * (1 - favoured) / shares[~special].sum()
    return np.where(special, favoured, others)


def pseudonyms(count: int, *, rng: np.random.Generator) -> list[str]:
    """Random names of children: `bp_` and 12 signs, never two digits in a row."""
    any_sign = _BASE32[rng.integers(len(_BASE32), size=(count, _PSEUDONYM_LENGTH // 2))]
    letter = _LETTERS[rng.integers(len(_LETTERS), size=(count, _PSEUDONYM_LENGTH // 2))]
    signs = np.stack([letter, any_sign], axis=2).reshape(count, _PSEUDONYM_LENGTH)
    return ["bp_" + "".join(row) for row in signs]
