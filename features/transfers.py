"""Which referral to a fed group a child's stay led to (contract 3: transfers)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

TRANSFER_DAYS = 7  # contract 3: the next stay starts within so many days of the end

# When a referral was received, when its stay began (NaT: it did not), and its id.
Target = tuple[pd.Timestamp, pd.Timestamp, str]


def targets_by_child(into: pd.DataFrame) -> Mapping[str, list[Target]]:
    """Referrals to the fed group, by the child's pseudonym."""
    targets: dict[str, list[Target]] = defaultdict(list)
    columns = ("child_pseudonym", "received_date", "start_date", "referral_id")
    for child, received, start, identity in zip(*(into[n] for n in columns), strict=True):
        if child is not None:
            targets[child].append((received, start, identity))
    return targets


def next_of(targets: Sequence[Target], start: pd.Timestamp, end: pd.Timestamp) -> list[str]:
    """Ids of those that came by way of a stay from `start` to `end` (NaT: open).

    A referral does so if it came, or the new stay began, between the first day of that stay
    and 7 days after its last.
    """
    last = pd.Timestamp.max if pd.isna(end) else end + pd.Timedelta(days=TRANSFER_DAYS)
    return [
        identity
        for received, began, identity in targets
        if start <= received <= last or (not pd.isna(began) and start <= began <= last)
    ]
