"""What stands beside a plan in files and in the store comes back as it was told."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from planning.followed import Followed, Verdict, followed
from planning.region_plan import region_plan
from planning.since import Reason, Since
from reports.beside import Beside
from reports.capacity_plan import capacity_plan
from reports.disclosure import Profile, Rules
from reports.document import Table, Text
from reports.files import release
from reports.sentences import Speaker
from reports.words import LANGUAGES, words_of
from service.since_files import since_csv, since_from_csv
from service.tertial import (
    FOLLOWED,
    followed_csv,
    followed_rows,
    kept_rows,
    kept_sentence,
    kept_told,
    part_of_year,
    told,
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


def report_of(found: Followed, language: str = "nb", region: str = "") -> tuple[str, Table]:
    """What the printed report of the plan for the rest of the year says of the plan before."""
    went = told(followed_csv(found))
    plan = region_plan(PLAN, region) if region else PLAN
    beside = Beside(told=went.of_region(region) if region else went)
    document = capacity_plan(plan, language=language, beside=beside)
    (section,) = (each for each in document.sections if each.key == "told")
    text, table = section.blocks
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    return " ".join(text.paragraphs), table


@pytest.mark.parametrize("found", [followed(PLAN, came()), flooded()])
def test_the_printed_report_shows_what_followed_csv_holds(found: Followed) -> None:
    said, table = report_of(found)
    assert kept_sentence(followed_csv(found)) in said
    assert f"{found.as_of:%d.%m.%Y}" in said.replace("\u00a0", " ")
    shown = followed_rows(found, PLAN.agency)
    assert [list(row[:2]) for row in table.rows] == [list(row.values())[:2] for row in shown]
    nation = found.nation
    assert table.rows[0][2:] == (
        nation.so_far.came,
        pytest.approx((nation.so_far.low, nation.so_far.high)),
        None,
        None,
        nation.children.met.missed,
        WORDS[f"followed.short_{nation.verdict.value}"],
    )
    days = found.need_groups[0].days
    assert days is not None
    assert table.rows[1][4] == days.last.came


def test_the_printed_report_of_a_region_shows_its_own_series() -> None:
    found = flooded()
    _, table = report_of(found, region="midt")
    mine = [each for each in found.series if each.key.region == "midt"]
    assert [row[2] for row in table.rows] == [each.so_far.came for each in mine]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_of_the_plan_before_is_said_in_every_language(language: str) -> None:
    words = words_of(language)
    held, _ = report_of(followed(PLAN, came()), language)
    gone, _ = report_of(flooded(), language)
    assert words["followed.revise"] in gone
    assert words["followed.revise"] not in held


def test_other_readers_do_not_see_what_came() -> None:
    beside = Beside(told=told(followed_csv(flooded())))
    rules = Rules(Profile.SHARED)
    worded = tuple(row for row in PLAN.assumptions if row.values is not None)
    plan = replace(PLAN, assumptions=worded, findings=())
    document = release(plan, rules=rules, beside=beside).document
    assert "told" not in [section.key for section in document.sections]


def test_a_plan_without_followed_csv_has_nothing_told(tmp_path: Path) -> None:
    assert kept_told(tmp_path, str(tmp_path)) is None
    found = flooded()
    (tmp_path / FOLLOWED).write_bytes(followed_csv(found))
    assert kept_told(tmp_path, str(tmp_path)) == told(followed_csv(found))
