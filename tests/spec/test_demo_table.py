"""The demonstration data agree with the table they are drawn from, within sampling error."""

import math

import numpy as np
import pandas as pd
import pytest

from features.synthetic.rates import onward_share
from tests.demo import SEEDS, group, long_spec, rows, spec

GROUPS = tuple(g.code for g in spec().need_groups)
NATION_2023 = {
    "akutt": 980,
    "behandling_hoy": 40 + 30,
    "behandling_lav": 130,
    "rus": 190,
    "omsorg": 540,
}
MEAN_MEDIAN = {
    "akutt": (42, 28),
    "behandling_hoy": (250, 215),
    "behandling_lav": (240, 210),
    "rus": (170, 150),
    "omsorg": (500, 330),
}
SHARES = {"nord": 0.11, "midt": 0.16, "vest": 0.25, "sor": 0.21, "ost": 0.27}


def batch_index(code: str) -> float:
    """Variance over mean of children who come in Poisson events: E[B^2] / E[B]."""
    shares = group(code).batch
    second = sum(size**2 * share for size, share in enumerate(shares, start=1))
    return second / group(code).batch_mean


def one_of(code: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["need_group"] == code]


def direct(code: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Referrals of a group that do not come out of another group's stay."""
    chosen = one_of(code, frame)
    if group(code).via is None:
        return chosen
    elsewhere = frame.loc[frame["need_group"] != code, "child"]
    return chosen[~chosen["child"].isin(elsewhere)]


@pytest.mark.parametrize("code", GROUPS)
def test_the_yearly_total_of_2023_is_that_of_the_table(code):
    drawn = one_of(code, rows()).query("year == 2023").groupby("seed").size()
    total = NATION_2023[code]
    variance = total * batch_index(code) + (group(code).year_cv * total) ** 2
    assert abs(drawn.mean() - total) < 4 * math.sqrt(variance / len(SEEDS))


@pytest.mark.parametrize("code", GROUPS)
def test_every_year_has_its_expected_total(code):
    """Steps, trends and seasons aside, a year's total is 2023's times level and trend."""
    calm = one_of(code, rows("calm"))
    total = calm.groupby("year").size() / len(SEEDS)
    for year, drawn in total.items():
        expected = NATION_2023[code] * (1 + group(code).trend) ** (year - 2023)
        if code == "akutt":  # from September 2022: 33 % of a year at the higher level
            late = sum(group(code).month[8:]) / sum(group(code).month)
            expected /= 1.15 if year < 2022 else 1.0
            expected *= (1 / 1.15) * (1 - late) + late if year == 2022 else 1.0
        if code == "behandling_hoy":  # those who come via akutt follow its step
            expected = 30 + (40 / 1.15 if year < 2022 else 40)
        if code == "behandling_hoy" and year == 2022:
            continue
        error = math.sqrt(expected * batch_index(code) / len(SEEDS))
        assert abs(drawn - expected) < 4 * error + 0.02 * expected, year


def test_the_default_seed_lies_near_the_table():
    frame = rows("spec", (1,))
    drawn = frame.query("year == 2023").groupby("need_group").size()
    for code, total in NATION_2023.items():
        assert abs(drawn[code] / total - 1) < 0.07, code


def test_the_regions_have_their_shares_before_and_after_the_step():
    calm = rows("calm")
    for _, part in calm.groupby(calm["received_date"] >= "2022-09-01"):
        drawn = part["region"].value_counts(normalize=True)
        for region, share in SHARES.items():
            error = math.sqrt(2 * share * (1 - share) / len(part))  # 2: children of one event
            assert abs(drawn[region] - share) < 4 * error, region


def test_months_swing_more_than_independent_children_would():
    """Over draws and like years, months of akutt have the variance of batches and factors."""
    early = one_of("akutt", rows()).query("year < 2022")
    month = early["received_date"].dt.month
    counts = early.groupby(["seed", "year", month]).size().unstack()
    mean = counts.to_numpy().mean(axis=0)  # [month]
    theory = batch_index("akutt") + group("akutt").year_cv ** 2 * mean
    drawn = counts.to_numpy().var(axis=0, ddof=1) / mean
    assert drawn.mean() > 1.5
    # Years share a factor, so there are about as many free values as years.
    assert abs(drawn.mean() / theory.mean() - 1) < 4 * math.sqrt(2 / (len(counts) - 1))


def test_events_bring_as_many_children_as_the_batch_law_says():
    akutt = one_of("akutt", rows())
    sizes = akutt.groupby(["seed", "event_id"]).size()
    for size, share in {1: 0.82, 2: 0.10, 3: 0.05}.items():
        error = math.sqrt(share * (1 - share) / len(sizes))
        assert abs((sizes == size).mean() - share) < 4 * error
    spread = math.sqrt(sizes.var() / len(sizes))
    assert abs(sizes.mean() - 1.3) < 4 * spread
    together = akutt.groupby(["seed", "event_id"])
    assert (together["received_date"].nunique() == 1).all()
    assert (together["municipality_no"].nunique() == 1).all()


@pytest.mark.parametrize("code", ["behandling_lav", "rus", "omsorg"])
def test_planned_children_come_one_by_one(code):
    planned = one_of(code, rows())
    assert not planned.duplicated(["seed", "event_id"]).any()


@pytest.mark.parametrize("code", GROUPS)
def test_years_share_a_factor(code):
    """The variance of yearly totals is that of the events plus that of the factor."""
    counted = direct(code, rows()).query("year < 2022")
    totals = counted.groupby(["seed", "year"]).size().unstack()
    mean = totals.to_numpy().mean()
    trend = (1 + group(code).trend) ** (totals.columns.to_numpy() - 2018)
    drawn = (totals.to_numpy() / trend / mean).var(ddof=1)
    theory = batch_index(code) / mean + group(code).year_cv ** 2
    assert abs(drawn / theory - 1) < 4 * math.sqrt(2 / (totals.size - 1)) + 0.1


@pytest.mark.parametrize("code", GROUPS)
def test_early_withdrawals_have_the_share_of_the_table(code):
    share = {"akutt": 0.08, "behandling_hoy": 0.30}.get(code, 0.42)
    frame = direct(code, rows())
    settled = frame[frame["received_date"] <= "2024-11-01"]
    due = settled["received_date"] + pd.Timedelta(days=group(code).within_days)
    early = (settled["outcome"] == "withdrawn") & (settled["withdrawn_date"] <= due)
    error = math.sqrt(share * (1 - share) / len(settled))
    assert abs(early.mean() - share) < 4 * error


@pytest.mark.parametrize("code", GROUPS)
def test_stays_of_2023_have_the_mean_and_median_of_the_table(code):
    """Time until ready; for behandling_hoy of the direct, since time in akutt is deducted."""
    mean, median = MEAN_MEDIAN[code]
    long = direct(code, rows("long", SEEDS[:4]))
    years = [2023] if code == "akutt" else range(2015, 2025)
    stays = long[long["start_date"].dt.year.isin(years)]
    ready = stays["ready_date"].fillna(stays["end_date"])
    assert ready.isna().mean() < 0.01  # stays beyond ten years; cut there, they weigh little
    nights = (ready.fillna(pd.Timestamp(long_spec().last)) - stays["start_date"]).dt.days
    log_spread = math.sqrt(2 * math.log(mean / median))
    error = 1.2533 * log_spread / math.sqrt(len(nights))  # of the log of a median
    assert abs(math.log(nights.median() / median)) < 4 * error + 0.5 / median
    capped = 0.01 if code == "behandling_hoy" else 0.0  # nights beyond 730 are cut
    spread = mean * math.sqrt(math.expm1(log_spread**2))
    assert abs(nights.mean() - mean) < 4 * spread / math.sqrt(len(nights)) + capped * mean


def test_acute_stays_grow_by_a_fifth_from_2019_to_2024():
    akutt = one_of("akutt", rows("long", SEEDS[:4]))
    nights = (akutt["ready_date"].fillna(akutt["end_date"]) - akutt["start_date"]).dt.days
    by_year = np.log(nights).groupby(akutt["start_date"].dt.year)
    error = math.sqrt(by_year.var()[2019] / by_year.size()[2019] * 2)
    assert abs(by_year.mean()[2024] - by_year.mean()[2019] - math.log(1.2)) < 4 * error
    assert abs(by_year.mean()[2019] - by_year.mean()[2016]) < 4 * error


def test_both_stays_of_a_child_together_keep_the_legal_limit():
    long = rows("long", SEEDS[:4])
    nights = (long["end_date"] - long["start_date"]).dt.days
    hoy = one_of("behandling_hoy", long).groupby("child")["need_group"].size().index
    assert nights[long["child"].isin(hoy)].groupby(long["child"]).sum().max() <= 730


def test_acute_care_sends_its_share_on_to_treatment():
    calm = rows("calm")
    stays = one_of("akutt", calm).query("start_date.notna() and start_date < '2024-06-01'")
    went = stays["child"].isin(one_of("behandling_hoy", calm)["child"])
    share = onward_share(group("behandling_hoy"), group("akutt"), spec=spec())
    assert abs(share - 0.045) < 0.002
    error = math.sqrt(share * (1 - share) / len(stays))
    # A few children who wait for longest have not moved on by the end of the file.
    assert abs(went.mean() - share) < 4 * error
    via = one_of("behandling_hoy", calm).query("year == 2023")
    came = via["child"].isin(one_of("akutt", calm)["child"]).sum() / len(SEEDS)
    assert abs(came - 40) < 4 * math.sqrt(40 / len(SEEDS))


def test_autumn_2022_lifts_akutt_and_the_share_of_section_4_4():
    akutt = one_of("akutt", rows("calm"))
    after = akutt["received_date"] >= "2022-09-01"
    index = batch_index("akutt")
    level = akutt.groupby("year").size()
    rise = level[[2023, 2024]].mean() / level[list(range(2015, 2022))].mean()
    assert abs(rise - 1.15) < 4 * 1.15 * math.sqrt(index / level[[2023, 2024]].sum())
    urgent = akutt["legal_basis"] == "§ 4-4"
    for part, share in ((~after, 0.35), (after, 0.50)):
        error = math.sqrt(index * share * (1 - share) / part.sum())
        assert abs(urgent[part].mean() - share) < 4 * error


def test_autumn_2022_doubles_section_4_4_in_ost():
    akutt = one_of("akutt", rows("calm"))
    ost = akutt[(akutt["region"] == "ost") & (akutt["legal_basis"] == "§ 4-4")]
    by_year = ost.groupby("year").size()
    before, after = by_year[list(range(2015, 2022))], by_year[[2023, 2024]]
    ratio = after.mean() / before.mean()
    error = ratio * math.sqrt(batch_index("akutt") * (1 / after.sum() + 1 / before.sum()))
    assert abs(ratio - 2) < 4 * error


def test_akutt_peaks_and_rests_in_the_months_of_the_table():
    month = one_of("akutt", rows("calm"))["received_date"].dt.month.value_counts()
    peaks = month[[1, 3, 6, 9, 11, 12]]
    assert month.idxmin() == 7
    assert peaks.min() > month[[2, 4, 5, 7, 8, 10]].max()


def test_planned_referrals_avoid_weekends_and_acute_ones_do_not():
    weekend = rows("calm")["received_date"].dt.dayofweek >= 5
    by_group = weekend.groupby(rows("calm")["need_group"])
    assert abs(by_group.mean()["akutt"] - 2 / 7) < 4 * math.sqrt(0.35 / by_group.size()["akutt"])
    assert by_group.mean()["omsorg"] < 0.1


def test_omsorg_declines_slowly():
    yearly = one_of("omsorg", rows("calm")).groupby("year").size()
    assert 0.8 < yearly[2024] / yearly[2015] < 0.95
