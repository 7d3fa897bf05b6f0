"""What really came after an origin: the children that a plan made there had to serve."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.arrivals import demands_place
from features.asof import known_at
from features.build import days_of, needed_by, planned_rows, planned_series, stay_end
from features.referrals import ReferralTable
from features.transfers import next_of, targets_by_child
from forecasting.agency import Agency
from forecasting.came import Came
from forecasting.panel import SeriesKey

Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]


def what_came(
    referrals: ReferralTable, *, agency: Agency, origin: date, last: date, as_of: date
) -> dict[SeriesKey, Came]:
    """The children of every planned series from the day after `origin` to `last`.

    By what is known on `as_of`, which is no earlier than `last`: who lived there on the origin;
    who had asked by then and was placed later, or was never placed and is to be met after it;
    and who asked in these days. Only children who demand a place (contract 3); one still
    undecided on `as_of` does so from the day it should have been met. Who went on to the fed
    group in its own region, comes there out of the stay before and not as a referral of its own.
    """
    frame, code = planned_rows(known_at(referrals, as_of), agency)
    rows = _Rows(frame, agency, origin=origin, last=last, as_of=as_of)
    leads_to = _leads_to(rows, agency)
    came_by_stay = np.zeros(len(frame), dtype=np.bool_)
    came_by_stay[leads_to[leads_to >= 0]] = True
    return {
        key: rows.children(np.flatnonzero(rows.there & ~came_by_stay & (code == i)), leads_to)
        for i, key in enumerate(planned_series(agency))
    }


def daily_occupancy(
    referrals: ReferralTable, *, agency: Agency, first: date, last: date
) -> dict[SeriesKey, NDArray[np.int64]]:
    """Places in use each day from `first` to `last`, by what was known on `last`. [day]

    Recorded stays, whoever's places they were in; one that ends the day it starts takes that day.
    """
    frame, code = planned_rows(known_at(referrals, last), agency)
    start, end = days_of(frame, "start_date"), days_of(frame, "end_date")
    days = (last - first).days + 1
    opens = np.datetime64(first)
    used = ~np.isnat(start)
    end = np.where(np.isnat(end), np.datetime64(last + timedelta(days=1)), end)
    end = np.maximum(end, start + 1)
    since = np.clip((start - opens).astype(np.int64), 0, days)
    until = np.clip((end - opens).astype(np.int64), 0, days)
    takes = frame["places_used"].to_numpy(dtype=np.int64)
    found = {}
    for i, key in enumerate(planned_series(agency)):
        mine = used & (code == i)
        change = np.bincount(since[mine], takes[mine], days + 1)
        change -= np.bincount(until[mine], takes[mine], days + 1)
        found[key] = np.rint(change.cumsum()[:-1]).astype(np.int64)
    return found


@dataclass(frozen=True)
class _Rows:
    """The rows of planned series, and which of their children are there after the origin."""

    frame: pd.DataFrame
    agency: Agency
    origin: date
    last: date
    as_of: date

    @cached_property
    def start(self) -> Days:
        return days_of(self.frame, "start_date")

    @cached_property
    def end(self) -> Days:
        return stay_end(self.frame)

    @cached_property
    def received(self) -> Days:
        return days_of(self.frame, "received_date")

    @cached_property
    def due(self) -> Days:
        return np.maximum(needed_by(self.frame, self.agency), self.received)

    @cached_property
    def demands(self) -> Flags:
        undecided = self.frame["outcome"].isna() & self.frame["withdrawn_date"].isna()
        overdue = undecided.to_numpy() & (self.due <= np.datetime64(self.as_of))
        demands = demands_place(self.frame.assign(needed_by=self.due))
        return np.asarray(demands | overdue | ~np.isnat(self.start))

    @cached_property
    def resident(self) -> Flags:
        origin = np.datetime64(self.origin)
        left = days_of(self.frame, "end_date") <= origin  # NaT: has not
        return (self.received <= origin) & (self.start <= origin) & ~left

    @cached_property
    def there(self) -> Flags:
        """Residents, those who had asked on the origin, and those who asked later. [row]"""
        origin, last = np.datetime64(self.origin), np.datetime64(self.last)
        later = (self.received > origin) & (self.received <= last)
        placed_later, never = self.start > origin, np.isnat(self.start)
        asked = (self.received <= origin) & (placed_later | (never & (self.due > origin)))
        return self.resident | (self.demands & (later | asked))

    @cached_property
    def known(self) -> Flags:
        return ~np.isnat(self.start) & ~np.isnat(self.end)

    @cached_property
    def nights(self) -> NDArray[np.int64]:
        """Nights until ready; where not known, those so far (0: never placed). [row]"""
        as_of = np.datetime64(self.as_of)
        until = np.where(np.isnat(self.end), as_of, self.end)
        nights = (until - np.where(np.isnat(self.start), until, self.start)).astype(np.int64)
        return np.where(self.known, np.maximum(nights, 1), np.maximum(nights, 0))

    def children(self, mine: NDArray[np.int64], leads_to: NDArray[np.int64]) -> Came:
        """The children of these rows, by whether they lived there, and by day. `leads_to`: [row]"""
        resident = self.resident[mine]
        began = np.where(resident, self.start[mine], self.received[mine])
        order = np.lexsort((began, ~resident))  # stable: else the order of the table
        mine, resident, began = mine[order], resident[order], began[order]
        first = np.datetime64(self.origin + timedelta(days=1))
        asked = np.maximum((began - first).astype(np.int64), 0)
        following = leads_to[mine]
        return Came(
            residents=int(resident.sum()),
            day=np.where(resident, (began - first).astype(np.int64), asked),
            deadline=np.where(resident, -1, (self.due[mine] - first).astype(np.int64)),
            nights=self.nights[mine],
            known=self.known[mine],
            onward=following >= 0,
            next_nights=np.where(following >= 0, self.nights[following], 0),
            next_known=(following >= 0) & self.known[following],
            takes=self.frame["places_used"].to_numpy(dtype=np.int64)[mine],
        )


def _leads_to(rows: _Rows, agency: Agency) -> NDArray[np.int64]:
    """The row of the referral that each child's stay led to, -1 where none. [row]

    Only for children who are there, and referrals to the fed group in the same region that
    demand a place and had not begun by the origin.
    """
    frame = rows.frame
    found = np.full(len(frame), -1, dtype=np.int64)
    group, child = frame["need_group"], frame["child_pseudonym"]
    open_target = rows.demands & ~(rows.start <= np.datetime64(rows.origin))
    for feeding in agency.need_groups:
        if feeding.feeds is None:
            continue
        targets = frame.loc[open_target & group.eq(feeding.feeds).to_numpy()]
        by_child = targets_by_child(targets.assign(referral_id=targets.index))
        mine = rows.there & group.eq(feeding.code).to_numpy() & ~np.isnat(rows.start)
        for row in np.flatnonzero(mine & child.notna().to_numpy()):
            stay = frame.loc[row, ["start_date", "end_date", "region"]]
            after = next_of(by_child.get(child[row], []), stay["start_date"], stay["end_date"])
            same = [to for to in after if frame.at[to, "region"] == stay["region"]]
            if same:
                found[found == same[0]] = -1  # it was the last stay before it that led there
                found[row] = same[0]
    return found
