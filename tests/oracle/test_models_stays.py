"""Kaplan-Meier stays against laws with a known mean."""

from datetime import date

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.panel import SeriesKey
from forecasting.stays import Lent, StayTable
from forecasting.streams import Streams
from models.stay_kaplan_meier import KaplanMeier, survival

AS_OF = date(2024, 12, 31)
ONE = (SeriesKey("a", "x"),)


def table(nights, *, days=730, per_day=2.0, seed=1, register_from=0, keys=ONE):
    """Stays that begin at random over `days` days before AS_OF, seen until AS_OF.

    `register_from`: stays that ended before that day are unknown, open ones enter late.
    """
    rng = Streams(seed).rng("stays")
    number = rng.poisson(per_day * days)
    start = rng.integers(0, days, number)
    code = rng.integers(0, len(keys), number)
    full = nights(rng, code)
    seen = np.minimum(full, days - start)
    entry = np.maximum(register_from - start, 0)
    kept = seen > entry
    began = np.datetime64(AS_OF) - (days - start)
    return StayTable(
        AS_OF, keys, code[kept], began[kept], entry[kept], seen[kept],
        (full <= days - start)[kept],
    )  # fmt: skip


def geometric(mean):
    return lambda rng, code: rng.geometric(1 / mean, len(code))


def test_open_stays_are_counted_where_ended_stays_alone_are_too_short():
    """planner.md: with a 300-day mean and 24 months of data, ended stays average far less."""
    stays = table(geometric(300))
    law = KaplanMeier().fit(stays)["x"]
    ended = stays.nights[stays.ended].mean()
    assert ended < 0.75 * 300
    error = 300 / np.sqrt(stays.ended.sum())
    assert law.mean("a") == pytest.approx(300, abs=4 * error)
    assert law.lent is Lent.OWN
    assert law.stays == stays.ended.sum()


def test_late_entry_is_not_a_head_start():
    """Stays begun before the register are long ones: counted from night 0 they bias upward."""
    stays = table(geometric(200), days=900, register_from=500)
    law = KaplanMeier().fit(stays)["x"]
    naive = StayTable(
        AS_OF, stays.series, stays.code, stays.started, np.zeros_like(stays.entry),
        stays.nights, stays.ended,
    )  # fmt: skip
    error = 200 / np.sqrt(stays.ended.sum())
    assert law.mean("a") == pytest.approx(200, abs=4 * error)
    assert KaplanMeier().fit(naive)["x"].mean("a") > 200 + 4 * error


def test_the_curve_is_the_geometric_one():
    law = KaplanMeier().fit(table(geometric(40), per_day=8))["x"]
    night = np.arange(0, 120)
    assert law.survival[:120] == pytest.approx((1 - 1 / 40) ** night, abs=0.03)
    assert law.survival[0] == 1
    assert law.survival[-1] == 0


def test_without_censoring_it_is_the_empirical_law():
    nights = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    size = len(nights)
    stays = StayTable(
        AS_OF, (SeriesKey("a", "x"),), np.zeros(size, dtype=np.int64),
        np.full(size, np.datetime64("2024-01-01")), np.zeros(size, dtype=np.int64),
        nights, np.ones(size, dtype=bool),
    )  # fmt: skip
    curve = survival(stays, least_at_risk=1)
    assert curve[:10] == pytest.approx([(nights > k).mean() for k in range(10)])


def test_recent_years_set_the_law_when_stays_drift():
    """Stays of 60 nights until three years ago, 120 since."""
    old, new = table(geometric(60), days=3000, seed=2), table(geometric(120), days=1000, seed=3)
    early = old.started < np.datetime64(AS_OF) - 1200
    joined = StayTable(
        AS_OF, old.series,
        *(np.concatenate([a[early], b]) for a, b in (
            (old.code, new.code), (old.started, new.started), (old.entry, new.entry),
            (old.nights, new.nights), (old.ended, new.ended))),
    )  # fmt: skip
    assert KaplanMeier().fit(joined)["x"].mean("a") == pytest.approx(120, rel=0.1)
    assert KaplanMeier(window_months=120).fit(joined)["x"].mean("a") < 100


def test_few_stays_borrow_from_all_groups_and_say_so():
    keys = (SeriesKey("a", "x"), SeriesKey("a", "rare"))
    stays = table(geometric(50), keys=(keys[0],))
    joined = StayTable(
        AS_OF, keys, np.append(stays.code, 1), np.append(stays.started, stays.started[0]),
        np.append(stays.entry, 0), np.append(stays.nights, 500), np.append(stays.ended, True),
    )  # fmt: skip
    law = KaplanMeier().fit(joined)["rare"]
    assert law.lent is Lent.ALL_GROUPS
    assert law.mean("a") == pytest.approx(50, rel=0.2)


def test_regions_that_differ_get_their_own_curves_and_equal_ones_do_not_stray():
    keys = (SeriesKey("a", "x"), SeriesKey("b", "x"))
    unlike = table(lambda rng, code: rng.geometric(1 / np.where(code == 0, 40, 80)), keys=keys)
    law = KaplanMeier().fit(unlike)["x"]
    assert law.mean("a") == pytest.approx(40, rel=0.15)
    assert law.mean("b") == pytest.approx(80, rel=0.15)
    alike = KaplanMeier().fit(table(geometric(60), keys=keys))["x"]
    assert alike.mean("a") == pytest.approx(alike.mean("b"), rel=0.12)


def test_a_small_region_leans_on_the_nation():
    keys = (SeriesKey("a", "x"), SeriesKey("b", "x"), SeriesKey("c", "x"))
    stays = table(lambda rng, code: rng.geometric(1 / np.where(code == 0, 50, 60)), keys=keys)
    few = (stays.code != 2) | (np.arange(len(stays.code)) % 200 == 0)
    thin = StayTable(
        AS_OF, keys, stays.code[few], stays.started[few], stays.entry[few],
        np.where(stays.code[few] == 2, 1, stays.nights[few]),
        stays.ended[few] | (stays.code[few] == 2),
    )  # fmt: skip
    # Its own mean would be one night.
    assert KaplanMeier().fit(thin)["x"].mean("c") > 10


def test_a_law_whose_longest_stay_is_open_goes_on_beyond_it():
    stays = table(geometric(400), days=365)
    law = KaplanMeier().fit(stays)["x"]
    assert len(law.survival) > 2 * stays.nights.max()
    assert law.survival[stays.nights.max() + 1] > 0.2


def test_no_ended_stay_at_all_is_an_error_with_a_cure():
    stays = table(geometric(50))
    still = StayTable(
        AS_OF, stays.series, stays.code, stays.started, stays.entry, stays.nights,
        np.zeros_like(stays.ended),
    )  # fmt: skip
    with pytest.raises(InputError, match="no stay in the whole extract has ended"):
        KaplanMeier().fit(still)


def test_one_early_end_among_few_at_risk_does_not_end_the_law():
    """With late entry only one stay may be at risk in the first nights."""
    stays = table(geometric(100), days=900, register_from=850)
    first = StayTable(
        AS_OF, stays.series, np.append(stays.code, 0),
        np.append(stays.started, np.datetime64("2024-12-01")),
        np.append(np.maximum(stays.entry, 5), 0), np.append(np.maximum(stays.nights, 6), 1),
        np.append(stays.ended, True),
    )  # fmt: skip
    curve = survival(first)
    assert curve[1] > 0.9
    assert curve.sum() > 50


def test_stays_of_one_length_end_on_that_night():
    size = 40
    stays = StayTable(
        AS_OF, ONE, np.zeros(size, dtype=np.int64), np.full(size, np.datetime64("2024-01-01")),
        np.zeros(size, dtype=np.int64), np.full(size, 28), np.ones(size, dtype=bool),
    )  # fmt: skip
    assert KaplanMeier().fit(stays)["x"].mean("a") == pytest.approx(28)
