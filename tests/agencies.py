"""A small made-up agency for tests of whole commands: two regions, two need groups."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

CONFIG = """
[agency]
name = "Prøveetaten"
synthetic = true

[regions.left]
label = { nb = "Venstre" }
[regions.right]
label = { nb = "Høyre" }

[need_groups.fast]
label = { nb = "Rask" }
acute = true
feeds = "slow"
[need_groups.slow]
label = { nb = "Langsom" }

[prices]
price_year = 2023
index = 0.03
base = { ready = 9000, used = 1000 }
standby = { ready = 4000, used = 8000 }
guaranteed = { ready = 9500, used = 0 }
call_off = { ready = 0, used = 14000, availability = 0.8 }
spot = { ready = 0, used = 20000 }

[forecast]
models = ["seasonal_naive", "recent_mean_negbin"]
draws = 60
seed = 3
weight_origins = 1
"""
REGISTER = """\
place_set_id,region,need_groups,form,owner,places,houses,valid_from
P1,left,fast,base,state,4,1,2020-01-01
P2,left,slow,base,state,8,2,2020-01-01
P3,right,fast,base,state,3,1,2020-01-01
P4,right,slow,guaranteed,nonprofit,6,1,2020-01-01
"""
HEADER = (
    "referral_id,received_date,region,need_group,child_pseudonym,outcome,"
    "offered_date,start_date,end_date"
)
FIRST, LAST = date(2021, 1, 1), date(2023, 12, 31)
# Mean days between two referrals, and mean days of a stay.
RATES = {
    ("left", "fast"): (6, 30),
    ("left", "slow"): (14, 110),
    ("right", "fast"): (8, 25),
    ("right", "slow"): (18, 100),
}


def referral_rows(seed: int = 5) -> list[str]:
    """Referrals of three years, one CSV line each; stays that go on past the last day are open."""
    rng = np.random.default_rng(seed)
    rows = []
    for (region, group), (gap, stay) in RATES.items():
        days = np.cumsum(rng.exponential(gap, 2000))
        for number, day in enumerate(days[days < (LAST - FIRST).days]):
            start = FIRST + timedelta(days=int(day))
            end = start + timedelta(days=1 + int(rng.exponential(stay)))
            closed = end.isoformat() if end <= LAST else ""
            child = f"B{rng.bytes(6).hex()}"
            rows.append(
                f"{region[0]}{group[0]}{number:04d},{start},{region},{group},{child},placed,"
                f"{start},{start},{closed}"
            )
    return rows


def write_agency(folder: Path) -> Path:
    """Write config, extract and register to the folder. Returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    text = "\n".join([HEADER, *referral_rows(), ""])
    (folder / "referrals.csv").write_text(text, encoding="utf-8")
    return folder
