"""Adapters of family K: open stays, today's residents, short horizon."""

from datetime import date
from typing import Any

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.stays import StayTable
from models.stay_kaplan_meier import product_limit
from planning.still_here import StillHere
from tests.oracle.answer_chains import short_horizon

Case = dict[str, Any]


def stays(given: Case) -> Case:
    if "stays" in given:
        return product_limits(given)
    return residents(given) if "ages" in given else short_horizon(given)


def product_limits(given: Case) -> Case:
    rows = given["stays"]
    table = StayTable(
        as_of=date(2031, 1, 1),
        series=(SeriesKey("region", "group"),),
        code=np.zeros(len(rows), np.int64),
        started=np.full(len(rows), np.datetime64("2030-01-01")),
        entry=np.array([row["entry"] for row in rows]),
        nights=np.array([row["exit"] for row in rows]),
        ended=np.array([row["ended"] for row in rows]),
    )
    found = product_limit(table)
    return {
        "survival_after_days": {str(d): found.after(d) for d in range(1, 91)},
        "restricted_mean_60": found.restricted_mean(60),
    }


def residents(given: Case) -> Case:
    here = StillHere(np.array(given["ages"], dtype=np.int64), np.array(given["survival"]))
    law = here.law(30)
    return {
        "expected_present": {str(n): here.expected(n) for n in range(1, 91)},
        "pmf_present_day_30": law.tolist(),
        **{
            f"probability_{least}_or_more_day_30": float(law[least:].sum())
            for least in range(len(law))
        },
    }
