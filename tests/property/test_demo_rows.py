"""Laws that every row of the demonstration data keeps, whatever the seed."""

import io
import re
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

import features.synthetic
from features.synthetic import DemoSpec, demo_config, demo_readme, draw_demo
from features.synthetic.register import places_by_region
from forecasting.errors import InputError, UsageError
from forecasting.streams import Streams
from tests.demo import DATES, demo, rows, spec

LONG_NUMBER = re.compile(r"(?<!\d)\d{10,12}(?!\d)")


def test_the_same_seed_gives_the_same_data_and_another_does_not():
    again = draw_demo(spec(), streams=Streams(1))
    pd.testing.assert_frame_equal(again.referrals, demo(1).referrals)
    pd.testing.assert_frame_equal(again.register, demo(1).register)
    assert not demo(2).referrals.equals(demo(1).referrals)


def test_one_group_changes_nothing_in_the_others():
    """Streams are keyed: without its last group the rest is drawn the same."""
    fewer = replace(spec(), need_groups=spec().need_groups[:-1])
    columns = ["received_date", "region", "need_group", "child_pseudonym", "end_date"]
    drawn = draw_demo(fewer, streams=Streams(1)).referrals[columns]
    whole = demo(1).referrals[columns]
    whole = whole[whole["need_group"] != spec().need_groups[-1].code]
    pd.testing.assert_frame_equal(drawn, whole.reset_index(drop=True))


@pytest.mark.parametrize("scale", [0.05, 3.0])
def test_scale_multiplies_referrals_and_places(scale):
    big, one = demo(1, scale), demo(1)
    referrals = len(one.referrals)
    error = 4 * (2 * referrals * scale * (1 + scale)) ** 0.5
    assert abs(len(big.referrals) - scale * referrals) < error
    assert abs(big.register["places"].sum() - scale * one.register["places"].sum()) < 10


def test_nothing_looks_like_a_national_identity_number():
    for seed in range(1, 5):
        for frame in (demo(seed).referrals, demo(seed).register):
            text = frame.to_csv(index=False)
            assert not LONG_NUMBER.search(text)
            for column in frame.select_dtypes("object").columns.difference(DATES):
                bare = frame[column].astype(str).str.replace(r"[ .\-]", "", regex=True)
                assert not bare.str.contains(LONG_NUMBER).any(), column


def test_every_identifier_is_marked_synthetic():
    one = demo()
    for column in ("referral_id", "event_id"):
        assert one.referrals[column].str.startswith("SYN-").all()
    homes = one.referrals["institution_id"]
    assert homes[homes != ""].str.startswith("SYN-").all()
    assert one.register["place_set_id"].str.startswith("SYN-").all()
    assert one.referrals["referral_id"].is_unique
    assert one.register["place_set_id"].is_unique


def test_dates_stand_in_the_order_of_life():
    frame = rows()
    assert (frame["received_date"].between("2015-01-01", "2024-12-31")).all()
    for earlier, later in (
        ("received_date", "offered_date"),
        ("received_date", "withdrawn_date"),
        ("offered_date", "start_date"),
        ("start_date", "ready_date"),
        ("ready_date", "end_date"),
    ):
        both = frame[[earlier, later]].dropna()
        assert len(both) > 0
        assert (both[earlier] <= both[later]).all(), (earlier, later)
    nights = (frame["end_date"] - frame["start_date"]).dt.days.dropna()
    assert nights.min() >= 1
    assert frame[list(DATES)].max().max() <= pd.Timestamp("2024-12-31")


def test_outcomes_agree_with_dates():
    frame = rows()
    assert set(frame["outcome"]) == {"placed", "withdrawn", "not_offered", ""}
    placed, withdrawn = frame["outcome"] == "placed", frame["outcome"] == "withdrawn"
    assert frame.loc[placed, ["offered_date", "start_date"]].notna().all(axis=None)
    assert frame.loc[withdrawn, "withdrawn_date"].notna().all()
    assert frame.loc[~placed, ["start_date", "end_date"]].isna().all(axis=None)
    undecided = frame.loc[frame["outcome"] == "", "received_date"]
    assert (undecided > "2024-11-01").mean() > 0.9
    begun = frame["start_date"].notna()
    for column in ("provider_type", "owner", "institution_id"):
        assert ((frame[column] != "") == begun).all(), column


def test_some_stays_are_open_on_the_last_day_in_every_group():
    frame = rows()
    still = frame[frame["start_date"].notna() & frame["end_date"].isna()]
    assert set(still["need_group"]) == {group.code for group in spec().need_groups}


def test_no_child_is_in_two_places_at_once():
    stays = rows().dropna(subset="start_date").sort_values(["child", "start_date"])
    left = stays.groupby("child")["end_date"].shift()
    second = stays["child"].duplicated()
    assert (stays.loc[second, "start_date"] >= left[second]).all()
    gap = (stays["start_date"] - left).dt.days[second]
    assert gap.between(0, 7).all()
    assert second.sum() > 100


def test_the_treatment_referral_comes_while_the_child_is_in_acute_care():
    frame = rows()
    children = frame[frame["child"].duplicated(keep=False)]
    acute = children[children["need_group"] == "akutt"].set_index("child")
    treatment = children[children["need_group"] == "behandling_hoy"].set_index("child")
    acute = acute.loc[treatment.index]
    assert (treatment["received_date"] >= acute["start_date"]).all()
    ended = acute["end_date"].notna()
    assert (treatment["received_date"] < acute["end_date"])[ended].all()
    assert acute["ready_date"].notna().mean() > 0.8  # those who waited
    assert (treatment["region"] == acute["region"]).all()


def test_no_form_holds_more_children_than_it_has_places():
    one = demo().register
    frame = rows("spec", (1,)).dropna(subset="start_date")
    form = {form.provider_type: form.code for form in spec().forms}
    keys = ["region", "need_group", "provider_type"]
    for (region, code, provider), stays in frame[frame["provider_type"] != "spot"].groupby(keys):
        end = stays["end_date"].fillna(pd.Timestamp("2025-01-01"))
        steps = pd.concat([pd.Series(1, stays["start_date"]), pd.Series(-1, end)])
        busiest = steps.groupby(level=0).sum().cumsum().max()
        name = f"SYN-{region}-{code}-{form[provider]}"
        assert busiest <= one.set_index("place_set_id")["places"][name]


@pytest.mark.parametrize("total", [0, 1, 3, 4, 15, 45, 124, 231])
def test_places_fill_houses_and_add_up(total):
    places = places_by_region(total, spec=spec())
    assert sum(places) == total
    assert sum(count % spec().house > 0 for count in places) <= 1
    for region, count in zip(spec().regions, places, strict=True):
        assert abs(count - region.share * total) < 2 * spec().house


def test_the_register_stands_ready_to_be_read():
    register = demo().register
    assert (register["houses"] * spec().house >= register["places"]).all()
    framework = register["form"] != "base"
    assert (register.loc[framework, "agreement_end"] == "2026-12-31").all()
    assert (register.loc[~framework, "agreement_end"] == "").all()
    assert register["availability"].between(0, 1).all()
    assert (register["valid_from"] == "2015-01-01").all()


def test_a_written_and_read_extract_is_the_same():
    written = demo().referrals.to_csv(index=False)
    read = pd.read_csv(io.StringIO(written), dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(read, demo().referrals.astype(str))


def test_the_readme_gives_every_number_a_source():
    text = demo_readme(spec())
    assert "yntetisk" in text.splitlines()[0]
    for number in spec().sourced:
        assert number.source
        assert number.source in text
    for section in (*spec().regions, *spec().need_groups):
        assert any(section.code in number.path for number in spec().sourced)


def test_every_number_of_the_table_has_a_source():
    raw = tomllib.loads((files("config") / "demo.toml").read_text("utf-8"))
    technical = {"within_days", "gap_days", "notice_days", "growth_from", "growth_to"}
    for section in ("regions", "need_groups", "shortfall", "forms"):
        assert not set(_bare_numbers(raw[section])) - technical


def _bare_numbers(table):
    for key, node in table.items():
        if isinstance(node, dict) and "value" not in node:
            yield from _bare_numbers(node)
        elif isinstance(node, (int, float, list)):
            yield key


def test_the_configuration_is_the_packaged_one_marked_synthetic():
    packaged = (files("config") / "plassplan.toml").read_text("utf-8")
    text = demo_config(spec(), packaged=packaged)
    marked, plain = tomllib.loads(text), tomllib.loads(packaged)
    assert marked["agency"] == {"name": spec().name, "synthetic": True}
    assert {k: v for k, v in marked.items() if k != "agency"} == {
        k: v for k, v in plain.items() if k != "agency"
    }
    assert text.count("#") == packaged.count("#")
    assert set(plain["need_groups"]) == {group.code for group in spec().need_groups}


def test_the_table_and_the_packaged_configuration_agree():
    plain = tomllib.loads((files("config") / "plassplan.toml").read_text("utf-8"))
    for group in spec().need_groups:
        assert plain["need_groups"][group.code]["within_days"] == group.within_days
        assert plain["need_groups"][group.code].get("max_nights") == group.stay.max_nights
        if group.via:
            assert plain["need_groups"][group.via.need_group]["feeds"] == group.code
    for form in spec().forms:
        assert plain["prices"][form.code]["ready"] == form.ready
        assert plain["prices"][form.code]["used"] == form.used


def test_the_code_knows_no_region_and_no_need_group():
    codes = [item.code for item in (*spec().regions, *spec().need_groups)]
    word = re.compile(rf"\b({'|'.join(codes)})\b")
    for path in Path(features.synthetic.__file__).parent.glob("*.py"):
        strings = re.findall(r'"[^"\n]*"', path.read_text("utf-8"))
        assert not [text for text in strings if text.strip('"') in codes], path.name
        assert not [text for text in strings if re.fullmatch(word, text.strip('"'))], path.name


@pytest.mark.parametrize("missing", ["regions", "need_groups", "shortfall", "forms", "demo"])
def test_a_missing_table_is_named(missing):
    raw = tomllib.loads((files("config") / "demo.toml").read_text("utf-8"))
    del raw[missing]
    with pytest.raises(InputError, match=missing):
        DemoSpec.from_dict(raw)


def test_impossible_numbers_are_refused():
    raw = tomllib.loads((files("config") / "demo.toml").read_text("utf-8"))
    raw["need_groups"]["akutt"]["batch"]["value"] = [0.8, 0.1]
    with pytest.raises(InputError, match=r"batch of akutt sums to 0\.9"):
        DemoSpec.from_dict(raw)
    raw["need_groups"]["akutt"]["batch"]["value"] = [1.0]
    raw["need_groups"]["akutt"]["stay"]["median"]["value"] = 50
    with pytest.raises(InputError, match="below the median"):
        DemoSpec.from_dict(raw)
    with pytest.raises(UsageError, match="scale is 0"):
        draw_demo(spec(), streams=Streams(1), scale=0)
