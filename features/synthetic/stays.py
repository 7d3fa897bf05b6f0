"""What became of each child: withdrawn, placed in time or late, how long, and where next."""

from typing import Any

import numpy as np
import pandas as pd

from features.synthetic.rates import onward_share, shortfall_chance, year_of
from features.synthetic.spec import DemoGroup, DemoSpec
from forecasting.streams import Streams

_DATES = ("offered", "start", "ready", "end", "withdrawn")
_TYPES = dict.fromkeys(("received", "known", *_DATES), "datetime64[s]")


def stay_nights(group: DemoGroup, starts: Any, *, spec: DemoSpec, rng: np.random.Generator) -> Any:
    """Nights of the stays that begin on these days: lognormal, whole, at least one. [stay]"""
    stay = group.stay
    level = stay.level(year_of(starts)) / stay.level(spec.reference_year)
    spread = np.sqrt(2 * np.log(stay.mean / stay.median))  # mean = median exp(spread^2 / 2)
    drawn = level * rng.lognormal(np.log(stay.median), spread, size=len(starts))
    return np.clip(np.rint(drawn), 1, stay.max_nights).astype(np.int64)


def settle(
    children: pd.DataFrame, group: DemoGroup, *, spec: DemoSpec, streams: Streams
) -> pd.DataFrame:
    """The same referrals with outcome, offered, withdrawn, start, ready and end.

    Early withdrawn come by their day; children not met in time are placed later, never
    offered a place, or withdrawn after their day.
    """
    region = str(children["region"].iloc[0]) if len(children) else ""
    rng = streams.rng("outcome", region, group.code)
    received, n = children["received"].to_numpy(dtype="datetime64[D]"), len(children)
    early = rng.random(n) < group.withdrawn_share
    short = ~early & (rng.random(n) < shortfall_chance(group, received, spec=spec))
    fate = rng.choice(3, size=n, p=spec.shortfall.fates)
    never, gave_up = short & (fate == 1), short & (fate == 2)
    due = received + group.within_days
    late = due + rng.integers(*spec.shortfall.late_days, size=n, endpoint=True)
    offered, start = _offer(group, received, due=due, rng=rng)
    offered, start = np.where(short, late, offered), np.where(short, late, start)
    stays = ~(early | never | gave_up)
    ready = start + stay_nights(group, start, spec=spec, rng=rng)
    in_time = received + rng.integers(0, max(group.within_days, 1), size=n)
    withdrawn = np.where(early, in_time, late)
    return children.assign(
        outcome=np.select([early | gave_up, never], ["withdrawn", "not_offered"], "placed"),
        known=np.where(never, due, np.where(stays, start, withdrawn)),
        offered=_where(stays, offered),
        withdrawn=_where(early | gave_up, withdrawn),
        start=_where(stays, start),
        ready=_where(stays, ready),
        end=_where(stays, ready),
    ).astype(_TYPES)


def _where(mask: Any, days: Any) -> Any:
    return np.where(mask, days, np.datetime64("NaT", "D"))


def _offer(
    group: DemoGroup, received: Any, *, due: Any, rng: np.random.Generator
) -> tuple[Any, Any]:
    """Day of an offer in time, and first day of the stay, no later than the day it is due."""
    weeks_ahead = group.within_days // 4
    wait = rng.integers(0, group.within_days - weeks_ahead + 1, size=len(received))
    notice = rng.integers(0, weeks_ahead + 1, size=len(received))
    return received + wait, np.minimum(received + wait + notice, due)


def move_on(
    stays: pd.DataFrame, group: DemoGroup, *, source: DemoGroup, spec: DemoSpec, streams: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let some children of `source` go on to `group`: their old rows changed, and new rows.

    They are ready, wait where they are until a place is found, and move within a few days;
    the nights of both stays together stay below the group's limit.
    """
    via = group.via
    assert via is not None
    region = str(stays["region"].iloc[0]) if len(stays) else ""
    rng = streams.rng("onward", region, group.code)
    goes = rng.random(len(stays)) < onward_share(group, source, spec=spec)
    nights = (stays["end"] - stays["start"]).dt.days
    goes &= (nights < (group.stay.max_nights or np.inf)).to_numpy()  # false where none began
    left = stays[goes]
    # The acute stay as drawn is the time until ready; the wait comes on top of it.
    ready, n = left["end"].to_numpy(dtype="datetime64[D]"), int(goes.sum())
    end = ready + np.rint(rng.exponential(via.wait_mean, size=n)).astype(np.int64)
    if group.stay.max_nights is not None:
        began = left["start"].to_numpy(dtype="datetime64[D]")
        end = np.minimum(end, began + group.stay.max_nights - 1)
    changed = stays.copy()
    changed.loc[goes, "end"] = end
    new = _arrivals(left, group, ready=ready, end=end, spec=spec, rng=rng)
    return changed, new


def _arrivals(
    left: pd.DataFrame,
    group: DemoGroup,
    *,
    ready: Any,
    end: Any,
    spec: DemoSpec,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Referrals and stays in `group` of the children who leave another group's place."""
    via, n = group.via, len(left)
    assert via is not None
    before = left["start"].to_numpy(dtype="datetime64[D]")
    received = np.maximum(ready - rng.integers(*via.notice_days, size=n, endpoint=True), before)
    start = end + rng.integers(*via.gap_days, size=n, endpoint=True)
    nights = stay_nights(group, start, spec=spec, rng=rng)
    if group.stay.max_nights is not None:
        spent = (end - before).astype(np.int64)
        nights = np.clip(nights, 1, np.maximum(group.stay.max_nights - spent, 1))
    offered = np.maximum(start - rng.integers(0, 8, size=n), received)
    names = list(group.legal_basis)
    return left.assign(
        received=received,
        need_group=group.code,
        legal_basis=rng.choice(names, size=n, p=list(group.legal_basis.values())),
        event=np.arange(n),
        outcome="placed",
        known=start,
        offered=offered,
        start=start,
        ready=start + nights,
        end=start + nights,
    ).astype(_TYPES)


def blank_after(rows: pd.DataFrame, *, spec: DemoSpec) -> pd.DataFrame:
    """The rows of the file as known on its last day: later dates and outcomes are blank.

    A child counts as placed from the first day of its stay. `ready` is given only for
    children who waited after they were ready.
    """
    last = pd.Timestamp(spec.last)
    inside = rows["received"].between(pd.Timestamp(spec.first), last)
    kept = rows[inside].copy()
    kept["outcome"] = kept["outcome"].where(kept["known"] <= last, "")
    kept["ready"] = kept["ready"].where(kept["ready"] < kept["end"])
    for column in _DATES:
        kept[column] = kept[column].where(kept[column] <= last)
    return kept.drop(columns="known")
