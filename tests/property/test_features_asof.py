"""Nothing that happened after a day can be seen on that day."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arrivals import arrival_patterns
from features.asof import known_at
from features.build import residents, stay_table
from features.referrals import ReferralTable
from tests.features_help import norway

AS_OF = date(2024, 6, 30)
START = date(2024, 1, 1)


def _day(first: int, last: int) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda days: START + timedelta(days=days))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, object]:
    received = draw(_day(0, 360))
    start = received + timedelta(days=draw(st.integers(0, 60)))
    kind = draw(st.sampled_from(["placed", "withdrawn", "open"]))
    placed = kind == "placed"
    end = start + timedelta(days=draw(st.integers(0, 200)))
    return {
        "received_date": received,
        "region": draw(st.sampled_from(["vest", "ost", "oslo"])),
        "need_group": draw(st.sampled_from(["akutt", "behandling_hoy", "rus"])),
        "child_pseudonym": draw(st.sampled_from(["a", "b", "c", None])),
        "outcome": None if kind == "open" else kind,
        "offered_date": start if placed else None,
        "start_date": start if placed else None,
        "ready_date": end if placed and draw(st.booleans()) else None,
        "end_date": end + timedelta(days=5) if placed and draw(st.booleans()) else None,
        "withdrawn_date": start if kind == "withdrawn" else None,
        "institution_id": "I1" if placed else None,
    }


def _table(lines: list[dict[str, object]]) -> ReferralTable:
    numbered = [{"referral_id": f"R{i:03d}", **line} for i, line in enumerate(lines)]
    return ReferralTable.of(pd.DataFrame(numbered, columns=["referral_id", *lines[0]]))


def _other_future(line: dict[str, object], shift: int) -> dict[str, object]:
    """The same row with everything after AS_OF told otherwise, or never told."""
    changed = dict(line)
    for name in ("offered_date", "start_date", "ready_date", "end_date", "withdrawn_date"):
        day = changed[name]
        if isinstance(day, date) and day > AS_OF:
            changed[name] = day + timedelta(days=shift) if shift else None
    later = ("start_date", "withdrawn_date")
    hidden = any(isinstance(line[n], date) and line[n] > AS_OF for n in later)  # type: ignore[operator]
    if hidden and not shift:
        changed["outcome"] = None
        changed["institution_id"] = None
    return changed


@given(lines=st.lists(rows(), min_size=1, max_size=12), shift=st.sampled_from([0, 1, 40]))
@settings(max_examples=40, deadline=None)
def test_what_happens_later_changes_nothing(lines: list[dict[str, object]], shift: int) -> None:
    agency = norway()
    before = [line for line in lines if line["received_date"] <= AS_OF]  # type: ignore[operator]
    late = [line for line in lines if line not in before]
    if not before:
        return
    full = _table([*before, *late])
    other = _table([_other_future(line, shift) for line in before])
    pd.testing.assert_frame_equal(known_at(full, AS_OF).frame, known_at(other, AS_OF).frame)
    stays = stay_table(full, agency=agency, as_of=AS_OF)
    assert stays.nights.tolist() == stay_table(other, agency=agency, as_of=AS_OF).nights.tolist()
    one = residents(full, agency=agency, as_of=AS_OF)
    two = residents(other, agency=agency, as_of=AS_OF)
    assert {k: v.tolist() for k, v in one.queue.items()} == {
        k: v.tolist() for k, v in two.queue.items()
    }
    first = arrival_patterns(full, agency=agency, as_of=AS_OF)
    assert repr(first) == repr(arrival_patterns(other, agency=agency, as_of=AS_OF))


@given(lines=st.lists(rows(), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_what_is_known_stays_known(lines: list[dict[str, object]]) -> None:
    table = _table(lines)
    known = known_at(table, AS_OF)
    pd.testing.assert_frame_equal(known_at(known, AS_OF).frame, known.frame)
    earlier = AS_OF - timedelta(days=30)
    pd.testing.assert_frame_equal(known_at(known, earlier).frame, known_at(table, earlier).frame)
    events = known.frame[["offered_date", "start_date", "ready_date", "end_date"]]
    assert not (events > pd.Timestamp(AS_OF)).any(axis=None)
