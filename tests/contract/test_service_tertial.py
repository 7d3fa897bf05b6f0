"""What stands beside a plan in files and in the store comes back as it was told."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest

from planning.followed import Followed, Verdict, followed
from planning.since import Reason, Since
from reports.sentences import Speaker
from service.since_files import since_csv, since_from_csv
from service.tertial import (
    followed_csv,
    followed_rows,
    kept_rows,
    kept_sentence,
    part_of_year,
)
from service.yearly_words import WORDS, followed_sentences
from tests.property.test_planning_followed import KEY, PLAN, came


def flooded() -> Followed:
    """One series has far more referrals and places in use than the plan reckoned with."""
    return followed(PLAN, came(referrals={KEY: [400.0] * 4}, used={KEY: 900}))


@pytest.mark.parametrize("found", [followed(PLAN, came()), flooded()])
def test_followed_csv_tells_what_was_found(found: Followed) -> None:
    content = followed_csv(found)
    assert kept_sentence(content) == followed_sentences(found, PLAN.agency)[0]
    kept, shown = kept_rows(content, PLAN.agency), followed_rows(found, PLAN.agency)
    assert [list(row.values())[:2] for row in kept] == [list(row.values())[:2] for row in shown]
    assert [row["Vurdering"] for row in kept] == [row["Vurdering"] for row in shown]
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    parts = 1 + len(found.need_groups) + len(found.series)
    assert sum(row["what"] == "referrals" for row in rows) == found.months * parts
    assert sum(row["what"] == "verdict" for row in rows) == parts


def test_a_series_off_the_plan_is_shown_with_the_nation() -> None:
    found = flooded()
    assert found.verdict is Verdict.REVISE
    shown = followed_rows(found, PLAN.agency)
    assert [row["Region"] for row in shown] == ["Hele landet"] * 3 + ["Nord"]
    mine = followed_rows(found, PLAN.agency, region="midt")
    assert [row["Region"] for row in mine] == ["Midt-Norge"] * 2
    off = "Følger ikke planen: Nord, akutt."
    assert off in followed_sentences(found, PLAN.agency)
    assert followed_sentences(found, PLAN.agency, region="nord") == (off,)
    assert followed_sentences(found, PLAN.agency, region="midt") == ()


def test_a_plan_that_holds_no_sums_says_not_known_in_every_carrier() -> None:
    found = followed(replace(PLAN, demand_so_far=()), came())
    shown = followed_rows(found, PLAN.agency)
    assert {row["Båndet (5–95 %)"] for row in shown} == {"ikke kjent"}
    row = next(
        row
        for row in csv.DictReader(io.StringIO(followed_csv(found).decode()))
        if row["what"] == "referrals_so_far"
    )
    assert (row["0.05"], row["0.95"], row["standing"]) == ("", "", "unknown")


def test_since_csv_comes_back() -> None:
    changes = tuple(
        Since(group, 10, tuple((reason, n) for n, reason in enumerate(Reason)), 16)
        for group in ("akutt", "rus")
    )
    assert since_from_csv(since_csv(changes)) == changes


def test_only_a_part_of_a_year_is_told() -> None:
    assert part_of_year(None, 2025) == ()
    (finding,) = part_of_year(date(2025, 9, 1), 2025)
    plan = replace(PLAN, findings=(finding,))
    (said,) = Speaker(plan, WORDS).thin()
    assert "01.09.2025 til 31.12.2025" in said
