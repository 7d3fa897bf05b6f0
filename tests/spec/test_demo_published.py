"""The demonstration data agree with what is published about 2023 and July 2024."""

import csv
import math
from pathlib import Path

import pandas as pd

from tests.demo import SEEDS, demo, rows, spec

FACTS = Path(__file__).parents[1] / "data" / "demo" / "norway_facts.csv"
WORDS = {"behandling høy": "behandling_hoy", "behandling lav": "behandling_lav"}


def fact(topic: str, *, group: str = "all", period: str = "2023", region: str = "Norway") -> float:
    with FACTS.open(encoding="utf-8", newline="") as file:
        found = [
            float(row["value"])
            for row in csv.DictReader(file)
            if (row["topic"], row["group"], row["period"], row["region"])
            == (topic, group, period, region)
        ]
    assert len(found) == 1, (topic, group, period)
    return found[0]


def published_places(form: str, need_group: str) -> float:
    nation = "Norway (excl. Oslo)"
    words = {code: word for word, code in WORDS.items()}
    name = words.get(need_group, need_group)
    if form == "base":
        topic, group = "state_institution_places_budgeted", name
    else:
        kind = {"guaranteed": "guaranteed", "call_off": "not guaranteed"}[form]
        topic, group = "private_framework_places", f"{name}, {kind}"
    if (form, need_group) in {("guaranteed", "akutt"), ("call_off", "akutt")}:
        return 0  # acute places are not bought under framework agreements
    return fact(topic, group=group, period="2024-07", region=nation)


def test_the_register_holds_exactly_the_published_places():
    register = demo().register
    for group in spec().need_groups:
        for form in ("base", "guaranteed", "call_off"):
            rows_of = (register["need_groups"] == group.code) & (register["form"] == form)
            held = register.loc[rows_of, "places"].sum()
            assert held == published_places(form, group.code), (group.code, form)
    assert set(register["form"]) == {"base", "guaranteed", "call_off"}


def test_planned_referrals_and_offers_are_about_the_published_ones():
    planned = [group for group in spec().need_groups if group.within_days > 0]
    via = sum(group.via.via_referrals for group in planned if group.via)
    referrals = sum(group.referrals for group in planned) + via
    offers = via + sum(group.referrals * (1 - group.withdrawn_share) for group in planned)
    assert abs(referrals / fact("referrals_planned_institution") - 1) < 0.01
    # Offers include places for transfers, which the published number may not.
    assert abs(offers / fact("commitments_planned_institution") - 1) < 0.06


def test_children_not_met_in_time_are_about_the_reported_ones():
    """Not met in time: placed later, never offered, or withdrawn after the day it was due."""
    frame = rows("calm").query("year == 2023")
    elsewhere = frame.loc[frame["need_group"] == "akutt", "child"]
    hoy = frame["need_group"] == "behandling_hoy"
    frame = frame[~(hoy & frame["child"].isin(elsewhere))]
    days = {group.code: group.within_days for group in spec().need_groups}
    due = frame["received_date"] + pd.to_timedelta(frame["need_group"].map(days), unit="D")
    late = frame[["offered_date", "withdrawn_date"]].max(axis=1) > due
    short = late | (frame["outcome"] == "not_offered")
    acute = short[frame["need_group"] == "akutt"].sum() / len(SEEDS)
    expected = fact("breach_self_reported", group="acute")
    assert abs(acute - expected) < 4 * math.sqrt(1.5 * expected / len(SEEDS))
    total = spec().need_groups
    assert sum(group.not_in_time for group in total) == fact("breach_self_reported")
    waited = (frame["offered_date"] - due).dt.days[late & (frame["outcome"] == "placed")]
    assert waited.min() >= fact(
        "days_to_acute_offer_min", group="acute, mapped cases", period="2023..2024"
    )
    acute_wait = waited[frame["need_group"] == "akutt"]
    assert acute_wait.max() <= fact(
        "days_to_acute_offer_max", group="acute, mapped cases", period="2023..2024"
    )


def test_few_acute_children_were_unmet_before_autumn_2022_and_more_in_2024():
    akutt = rows("calm").query("need_group == 'akutt'")
    late = akutt["offered_date"] > akutt["received_date"]
    short = late | (akutt["outcome"] == "not_offered")
    a_year = short.groupby(akutt["year"]).sum() / len(SEEDS)
    assert a_year[list(range(2015, 2022))].max() < 0.25 * a_year[2023]
    months = akutt["received_date"].dt.month
    spring = short[(akutt["year"] == 2024) & (months <= 7)].sum() / len(SEEDS)
    assert spring > 0.75 * fact("breach_self_reported", group="acute", period="2024-01..2024-07")


def test_prices_follow_the_published_cost_per_day():
    form = {form.code: form for form in spec().forms}
    assert (
        abs(
            form["base"].ready
            + form["base"].used
            - fact("cost_per_bed_day", group="public", period="2022")
        )
        < 10
    )
    assert form["guaranteed"].ready == fact(
        "cost_per_bed_day", group="private non-profit", period="2022"
    )
