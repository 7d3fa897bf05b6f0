"""A replay as tables: the files of the contract, and what the terminal shows."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from planning.replay import Served, Summary
from service.talk import Row

_MILLION = 1_000_000
# Fields of Summary by the names that the contract's files use.
_NAMES = {
    "met_share": "region_years_met_share",
    "not_offered": "children_not_offered",
    "idle_days": "place_days_idle",
}


def served_table(served: Sequence[Served]) -> pd.DataFrame:
    """replay.csv: one row per origin, series and policy."""
    return pd.DataFrame(
        {
            "origin": each.origin.isoformat(),
            "region": each.key.region,
            "need_group": each.key.need_group,
            "policy": each.policy,
            "places": each.places,
            "offered_share": each.offered_share,
            "children_not_offered": each.not_offered,
            "place_days_idle": each.idle_days,
            "spot_days": each.spot_days,
            "cost_nok": each.cost_nok,
        }
        for each in served
    )


def summary_table(summary: Sequence[Summary]) -> pd.DataFrame:
    """summary.csv: one row per policy, need group and size of region."""
    rows = [asdict(each) | {"offered_share": each.offered_share} for each in summary]
    table = pd.DataFrame(rows).rename(columns=_NAMES)
    front = ["policy", "need_group", "least_referrals", "region_years", "region_years_met_share"]
    front += ["offered_share", "cost_over_hindsight"]
    return table[[*front, *(name for name in table if name not in front)]]


def summary_rows(summary: Sequence[Summary]) -> list[Row]:
    """The summary for the terminal, sums in whole children and millions."""
    return [
        {
            "need_group": each.need_group,
            "least_referrals": each.least_referrals,
            "policy": each.policy,
            "region_years": each.region_years,
            "met_share": round(each.met_share, 3),
            "offered_share": round(each.offered_share, 4),
            "not_offered": round(each.not_offered, 1),
            "places": each.places,
            "cost_mill": None if each.cost_nok is None else round(each.cost_nok / _MILLION, 1),
            "cost_above_hindsight_pct": round(100 * (each.cost_over_hindsight - 1), 1),
        }
        for each in summary
    ]
