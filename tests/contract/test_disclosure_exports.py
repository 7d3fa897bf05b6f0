"""What leaves the agency: no small count is in any part of any file, alone or beside others."""

import csv
import html
import io
import itertools
import json
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import numpy as np
import pypdf
import pytest

from forecasting.errors import ComputationError, UsageError
from forecasting.findings import Finding, Severity, warning
from forecasting.panel import CountPanel, SeriesKey
from planning.assumptions import ROOT_OF_STAYS
from planning.build import last_year
from planning.plan import Assumption, Plan, Present
from reports.disclosure import Profile, Rules
from reports.disclosure.audit import narrowed_cells, require_protected
from reports.disclosure.coarse import step_nok
from reports.disclosure.protect import protected
from reports.disclosure.texts import assumption, basis, findings
from reports.document import HIDDEN, Figure
from reports.facts import NATION, Part, groups_of, inside
from reports.files import WRITERS, plan_files, release
from reports.sentences import Speaker
from reports.stored import plan_from_json, plan_to_json
from reports.wording import Wording
from reports.words import words_of
from tests.plans import example_plan

SHARED, PUBLIC = Rules(Profile.SHARED), Rules(Profile.PUBLIC)
OTHERS = {"shared": SHARED, "public": PUBLIC}


def example(**changes: Any) -> Plan:
    """An example plan without what was stored before plans said which numbers count children."""
    plan = example_plan(findings=False, **changes)
    return replace(plan, assumptions=tuple(a for a in plan.assumptions if a.values is not None))


def with_history(plan: Plan, counts: np.ndarray) -> Plan:
    """The plan with these observed referrals. [series, month]"""
    history = replace(plan.history, counts=counts, observed=np.ones(counts.shape, dtype=bool))
    return replace(plan, history=history, same_as_last_year=last_year(history))


def random_history(seed: int, *, regions: int = 3, groups: int = 3) -> Plan:
    """Groups of very different size, so that every kind of cell occurs."""
    plan = example(regions=regions, groups=groups, sharing=False)
    rng, rates = np.random.default_rng(seed), np.tile([9.0, 0.7, 3.0, 16.0, 5.0][:groups], regions)
    counts = rng.poisson(rates[:, None], (len(rates), 36))
    return with_children(with_history(plan, counts.astype(float)), rng.poisson(2 * rates))


def with_children(plan: Plan, children: Iterable[int]) -> Plan:
    """The plan with so many of today's children in each series."""
    return replace(
        plan,
        present=tuple(
            Present(p.key, n, n * (p.places / p.children if p.children else 0.5))
            for p, n in zip(plan.present, map(int, children), strict=True)
        ),
    )


@cache
def plan_of(profile: str) -> Plan:
    return release(random_history(1), rules=OTHERS[profile]).plan


# -- What is shown, what is hidden


def test_shown_counts_are_true_and_small_ones_are_not_shown() -> None:
    plan, shared = random_history(1), plan_of("shared")
    assert shared.protection is not None
    panel, seen = shared.history, 0
    for key in plan.history.series:
        true = plan.history.counts[plan.history.rows[key], -24:]
        shown = panel.observed[panel.rows[key]]
        assert (panel.counts[panel.rows[key]][shown] == true[shown]).all()
        assert (panel.counts[panel.rows[key]][~shown] == 0).all()
        assert not shown[(true > 0) & (true < 5)].any()
        assert len(shared.protection.months.get(key, ())) == (~shown).sum()
        seen += shown.sum()
    assert seen > 20


def test_public_counts_are_rounded_to_five_and_zeros_stay_zeros() -> None:
    shared, public = plan_of("shared"), plan_of("public")
    assert (public.history.observed == shared.history.observed).all()
    assert set(np.unique(public.history.counts % 5)) == {0.0}
    assert (abs(public.history.counts - shared.history.counts) <= 2).all()
    years = public.same_as_last_year
    assert {value % 5 for value in years.values()} == {0.0}
    assert years.keys() == shared.same_as_last_year.keys()


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_public_tells_no_day_of_any_series(language: str) -> None:
    public = plan_of("public")
    assert public.protection is not None
    assert public.protection.occupancy == {band.key for band in public.occupancy}
    for band in public.occupancy:
        assert np.isnan(band.mean).all()
        assert np.isnan(band.values).all()
    made = plan_files(example(), rules=PUBLIC, language=language, formats=("csv", "json", "html"))
    why = html.escape(words_of(language)["protection.days"])
    assert made["plan.html"].decode("utf-8").count(why) == 1
    days = list(csv.DictReader(io.StringIO(made["occupancy.csv"].decode("utf-8-sig"))))
    numbers = [value for row in days for name, value in row.items() if name in {"mean", "0.5"}]
    assert len(numbers) == 2 * len(days) > 0
    assert not any(character.isdigit() for number in numbers for character in number)


def test_sums_are_shown_where_parts_are_hidden() -> None:
    plan, shared = random_history(1), plan_of("shared")
    for part in (Part(shared, NATION), *groups_of(shared)):
        whole = Part(plan, part.key)
        if part.last_year is not None:
            assert part.last_year == whole.last_year
        assert (part.last_year is None) == part.hides_last_year
        by_month = dict(zip(*(a.tolist() for a in whole.history()), strict=True))
        months, counts = part.history()
        assert counts.tolist() == [by_month[month] for month in months.tolist()]
    assert Part(shared, NATION).last_year is not None


def test_an_internal_plan_is_left_as_it_is() -> None:
    plan = random_history(1)
    assert protected(plan, Rules()) is plan
    assert narrowed_cells([plan]) == ()


@pytest.mark.parametrize("threshold", [-1, 0, 2])
def test_a_threshold_below_three_is_refused(threshold: int) -> None:
    with pytest.raises(UsageError, match="at least 3"):
        Rules(Profile.SHARED, threshold)


def test_a_higher_threshold_shows_no_more() -> None:
    plan = random_history(3, regions=2, groups=2)
    three, ten = (protected(plan, Rules(Profile.SHARED, t)).history.observed for t in (3, 10))
    assert three.sum() > ten.sum()


def test_an_export_is_protected_again_only_as_it_was() -> None:
    shared = plan_of("shared")
    assert protected(shared, SHARED) is shared
    for rules in (Rules(), PUBLIC, Rules(Profile.SHARED, 3)):
        with pytest.raises(UsageError, match="cannot be got back"):
            protected(shared, rules)


@pytest.mark.parametrize("profile", OTHERS)
def test_a_protected_plan_keeps_its_schema_and_comes_back_whole(profile: str) -> None:
    content = plan_to_json(plan_of(profile))
    schema = json.loads(files("reports").joinpath("schema/plan-1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(content))
    assert plan_to_json(plan_from_json(content)) == content
    again = plan_files(plan_from_json(content), rules=OTHERS[profile], formats=("csv", "html"))
    assert again == plan_files(plan_of(profile), rules=OTHERS[profile], formats=("csv", "html"))


def unseen(plan: Plan, *cells: tuple[slice | int, slice | int]) -> Plan:
    """The plan without these counts. [series, month]"""
    observed = np.ones(plan.history.counts.shape, dtype=bool)
    for cell in cells:
        observed[cell] = False
    counts = np.where(observed, plan.history.counts, 0.0)
    history = replace(plan.history, counts=counts, observed=observed)
    return replace(plan, history=history, same_as_last_year=last_year(history))


def shortened(plan: Plan) -> Plan:
    history = plan.history.until(plan.history.periods[4].item())
    return replace(plan, history=history, same_as_last_year=last_year(history))


SMALL = random_history(1, regions=2, groups=2)
ODD = {
    "nobody": example(regions=2, groups=2, load_scale=0.0),
    "one series": random_history(1, regions=1, groups=1),
    "one region": random_history(1, regions=1, groups=3),
    "one need group": random_history(1, regions=3, groups=1),
    "a month that nobody saw": unseen(SMALL, (slice(None), 30)),
    "a series that began late": unseen(SMALL, (0, slice(0, 20)), (2, 33)),
    "five months": shortened(SMALL),
    "no occupancy": replace(SMALL, occupancy=()),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_plans_are_protected_too(name: str) -> None:
    plan = ODD[name]
    found = release(plan, rules=PUBLIC).plan
    panel, true = found.history, plan.history
    for key in true.series:
        counts, seen = (a[true.rows[key], -24:] for a in (true.counts, true.observed))
        shown = panel.observed[panel.rows[key]]
        assert not (shown & ~seen).any()
        assert not (shown & (counts > 0) & (counts < 5)).any()
    assert plan_files(found, rules=PUBLIC, formats=["csv", "json"])


# -- The proof


@pytest.mark.parametrize("profile", OTHERS)
@pytest.mark.parametrize("seed", range(3))
def test_every_export_is_proved(profile: str, seed: int) -> None:
    plan = random_history(seed, regions=2 + seed % 2, groups=2 + seed)
    assert narrowed_cells([protected(plan, OTHERS[profile])]) == ()


def shown_after_all(plan: Plan, key: SeriesKey, at: int, count: float) -> Plan:
    """The export with one hidden month told."""
    done, panel = plan.protection, plan.history
    assert done is not None
    counts, observed = panel.counts.copy(), panel.observed.copy()
    counts[panel.rows[key], at], observed[panel.rows[key], at] = count, True
    day = panel.periods[at].astype("datetime64[D]").item()
    months = {k: tuple(d for d in days if (k, d) != (key, day)) for k, days in done.months.items()}
    history = replace(panel, counts=counts, observed=observed)
    return replace(plan, history=history, protection=replace(done, months=months))


def test_the_proof_fails_where_a_cell_too_many_is_shown() -> None:
    plan, shared = random_history(1), plan_of("shared")
    assert shared.protection is not None
    leaks = 0
    for key, days in shared.protection.months.items():
        if "alle" in (key.region, key.need_group):
            continue
        at = shared.history.periods.astype("datetime64[D]").tolist().index(days[0])
        true = float(plan.history.counts[plan.history.rows[key], at - 24])
        if true >= 5:
            # Hidden only to protect others: shown, one of them is found out.
            told = shown_after_all(shared, key, at, true)
            found = narrowed_cells([told])
            leaks += bool(found)
            if found:
                with pytest.raises(ComputationError, match="could be worked out"):
                    require_protected([told])
    # Not every one: hiding is made against readers who know that no hidden count is 0, too.
    assert leaks > 1


def test_a_year_over_one_hidden_month_is_not_told() -> None:
    """Twelve months of which one is hidden: their sum would be the month."""
    plan = example(regions=2, groups=2)
    counts = np.full((4, 36), 12.0)
    counts[:2, 30] = 2
    shared = protected(with_history(plan, counts), SHARED)
    assert shared.protection is not None
    hidden = {key for key, days in shared.protection.months.items() if days}
    assert hidden
    assert not any(key in shared.same_as_last_year for key in hidden)
    told = {**shared.same_as_last_year, next(iter(sorted(hidden))): 134.0}
    assert narrowed_cells([replace(shared, same_as_last_year=told)])


def until(plan: Plan, month: int) -> Plan:
    """The plan as it was exported when this month was the last."""
    panel = plan.history
    first, last = panel.periods[0], panel.periods[month - 1].astype("datetime64[M]")
    assert first < last
    known = panel.until(panel.periods[month - 1].astype("datetime64[D]").item())
    as_of = (last + 1).astype("datetime64[D]").item()
    return replace(
        plan,
        history=known,
        same_as_last_year=last_year(known),
        basis=replace(plan.basis, as_of=date.fromordinal(as_of.toordinal() - 1)),
    )


@cache
def rolling() -> tuple[Plan, ...]:
    """A plan a month for two years, from the same referrals."""
    plan = random_history(5, regions=2, groups=2)
    return tuple(until(plan, month) for month in range(13, 37))


@cache
def rolling_exports() -> tuple[Plan, ...]:
    return tuple(protected(plan, SHARED) for plan in rolling())


def test_two_years_of_monthly_exports_tell_no_more_than_one() -> None:
    exports = rolling_exports()
    assert narrowed_cells(exports) == ()
    shown = [
        {
            (key, day)
            for key in panel.series
            for day, seen in zip(
                panel.periods.tolist(), panel.observed[panel.rows[key]], strict=True
            )
            if seen
        }
        for panel in (export.history for export in exports)
    ]
    periods = [set(export.history.periods.tolist()) for export in exports]
    # The same month hides the same cells, whenever it is exported.
    for a, b in itertools.combinations(range(len(exports)), 2):
        both = periods[a] & periods[b]
        assert {c for c in shown[a] if c[1] in both} == {c for c in shown[b] if c[1] in both}


def test_sums_over_years_that_overlap_are_not_told_beside_each_other() -> None:
    """A calendar year with four hidden months is told; a month later the sum of three tells one."""
    plan = example(regions=2, groups=2)
    counts = np.full((4, 36), 12.0)
    # From January of the second year every other month, in both groups of the first region.
    counts[np.ix_([0, 1], [12, 14, 16, 18])] = 2
    plan = with_history(plan, counts)
    december, january = (protected(until(plan, month), SHARED) for month in (24, 25))
    assert december.protection is not None
    told = {k for k in december.same_as_last_year if len(december.protection.months.get(k, ())) > 1}
    assert told
    assert not told & january.same_as_last_year.keys()
    assert narrowed_cells([december, january]) == ()
    rows = plan.history.rows
    for key in told:
        true = sum(float(counts[row, 13:25].sum()) for k, row in rows.items() if inside(k, key))
        rolled = replace(january, same_as_last_year={**january.same_as_last_year, key: true})
        assert narrowed_cells([december, rolled])


def recounted(plan: Plan, change: float, *, at: int = 20, series: int = 3) -> Plan:
    """The plan with one month corrected afterwards."""
    counts = plan.history.counts.copy()
    counts[series, at] += change
    return with_history(plan, counts)


def large_history() -> Plan:
    plan = random_history(1, regions=2, groups=2)
    return with_history(plan, np.full((4, 36), 30.0))


def test_exports_that_contradict_each_other_are_refused_in_words() -> None:
    """One referral moved between hidden regions: no table agrees with both exports."""
    first = random_history(1, regions=2, groups=3)
    shared = protected(first, SHARED)
    fix = next(filter(None, (_refused(first, shared, at) for at in range(15, 36))))
    assert "Readers who have" in fix


def _refused(first: Plan, shared: Plan, at: int) -> str:
    """What is said where one referral of this month turns out to be another region's."""
    counts = first.history.counts.copy()
    counts[0, at] += 1
    counts[3, at] = max(counts[3, at] - 1, 0)
    try:
        require_protected([protected(with_history(first, counts), SHARED), shared])
    except ComputationError as error:
        return error.fix
    return ""


@pytest.mark.parametrize("change", [1.0, -4.0])
def test_a_small_correction_between_two_exports_is_refused(change: float) -> None:
    first, second = large_history(), recounted(large_history(), change)
    shared = protected(first, SHARED)
    assert narrowed_cells([shared, protected(first, SHARED)]) == ()
    found = narrowed_cells([shared, protected(second, SHARED)])
    assert {cell.high for cell in found} == {abs(change)}
    with pytest.raises(ComputationError, match="the correction of"):
        release(second, rules=SHARED, earlier=[shared])
    assert release(first, rules=SHARED, earlier=[shared])


def test_two_plans_of_one_day_are_not_told_to_the_same_readers() -> None:
    """Another year, level or price weighs today's children in another way."""
    plan = with_children(large_history(), [2, 9, 14, 30])
    shared = protected(plan, SHARED)
    dearer = replace(plan, basis=replace(plan.basis, config_hash="0" * 64))
    for other in (replace(plan, year=plan.year + 1), dearer):
        with pytest.raises(ComputationError, match="two plans of"):
            release(other, rules=SHARED, earlier=[shared])
    with pytest.raises(ComputationError, match="two plans of"):
        release(plan, rules=Rules(Profile.SHARED, 3), earlier=[shared])
    # The same plan in another language or for others, and plans that hide nothing of the day.
    assert release(plan, rules=PUBLIC, language="nn", earlier=[shared])
    many = with_children(plan, [30, 30, 30, 30])
    later = replace(many, year=many.year + 1)
    assert release(later, rules=SHARED, earlier=[protected(many, SHARED)])


def test_a_large_correction_or_a_rounded_one_is_told() -> None:
    first = large_history()
    assert narrowed_cells([protected(p, SHARED) for p in (first, recounted(first, 9.0))]) == ()
    assert narrowed_cells([protected(p, PUBLIC) for p in (first, recounted(first, 4.0))]) == ()


def test_after_a_large_correction_hidden_cells_are_proved_in_each_export() -> None:
    """The corrected month is another table: one leak in either of the two is still found."""
    first = random_history(1, groups=4)
    rows = np.flatnonzero(first.history.counts[:, 20] >= 12)
    exports = [protected(p, SHARED) for p in (first, recounted(first, 9.0, series=int(rows[0])))]
    assert narrowed_cells(exports) == ()
    done = exports[1].protection
    assert done is not None
    key, at = SeriesKey("nord", "behandling_hoy"), exports[1].history.periods.tolist()
    day = first.history.periods[20].item()
    true = float(first.history.counts[first.history.rows[key], 20])
    told = shown_after_all(exports[1], key, at.index(day), true)
    assert narrowed_cells([told])
    assert narrowed_cells([exports[0], told])


# -- Places wanted per day


def test_hidden_days_are_colons_in_the_file_and_nulls_in_the_plan() -> None:
    shared = plan_of("shared")
    assert shared.protection is not None
    assert shared.protection.occupancy
    rows = csv.DictReader(
        io.StringIO(plan_files(shared, rules=SHARED, formats=["csv"])["occupancy.csv"].decode())
    )
    for row in rows:
        key = SeriesKey(row["region"], row["need_group"])
        numbers = {row[name] for name in ("mean", "0.05", "0.5", "0.95", "0.99")}
        assert (numbers == {":"}) == (key in shared.protection.occupancy)
        assert "" not in numbers
    for band in shared.occupancy:
        assert np.isnan(band.mean).all() == (band.key in shared.protection.occupancy)


# -- Texts


def test_stays_behind_an_estimate_are_a_bound_of_one_digit() -> None:
    row = Assumption("stay", "242.1", "nights", "stays_own", {"group": "akutt", "stays": 178})
    told = assumption(row, threshold=5)
    assert (told.value, told.values) == ("242.1", {"group": "akutt", "stays": "≥\u00a0100"})
    root = replace(row, value="7.5", source=ROOT_OF_STAYS)
    assert assumption(root, threshold=5).value == ":"
    few = replace(row, values={"group": "akutt", "stays": 3})
    told = assumption(few, threshold=5)
    assert (told.value, told.values) == (":", {"group": "akutt", "stays": "0–4"})
    plain = replace(row, values={"group": "akutt"})
    assert assumption(plain, threshold=5) is plain


def test_a_plan_that_does_not_say_what_counts_children_is_refused() -> None:
    plan = replace(random_history(1), assumptions=(Assumption("Opphold", "3", "", "3 barn"),))
    old = plan_from_json(plan_to_json(plan))
    assert plan_files(old, formats=["csv"])
    with pytest.raises(UsageError, match="before plans said"):
        plan_files(old, rules=SHARED, formats=["csv"])


def test_findings_tell_places_and_no_children() -> None:
    """How many there are of the rest, and nothing of what was found."""
    inside = (
        Finding(Severity.WARNING, "x", "3 rader i uttrekket", row=17, value="4", series="a/b"),
        warning("many_on_one_day", series="nord/rus", referrals=31, day="2024-05-05"),
        warning("failed_fit", series="nord/rus", model="ets", names="nord/rus", reason="n=3"),
    )
    own = warning("over_budget", cost=1e9, budget=9e8, level=0.9)
    thin = warning("thin_data", referrals=31, months=14)
    told = findings((*inside, own, thin))
    assert [each.wording for each in told] == ["thin_data_told", "over_budget", "kept_inside"]
    assert told[1] is own
    assert told[0].values == {}
    assert told[2].values == {"findings": 3, "models": 1}
    assert findings([own]) == (own,)
    shared = replace(random_history(1), findings=(*inside, thin))
    for language in ("nb", "nn", "en"):
        first, rest = (
            Wording(words_of(language), shared.agency).finding(f)[0]
            for f in findings(shared.findings)
        )
        assert not any(character.isdigit() for character in first)
        assert rest.startswith("3")


def test_findings_on_hidden_series_and_costs_over_the_budget_are_not_told() -> None:
    key = SeriesKey("nord", "rus")
    out = warning("level_out_of_reach", series=str(key), share=0.7692, places=3)
    over = warning("over_budget", cost=765418733.4, budget=6e8, level=0.87)
    told = findings([out, over], frozenset({key}))
    assert [each.wording for each in told] == ["over_budget_told", "kept_inside"]
    assert told[0].values == {"budget": 6e8}
    assert [each.series for each in told] == [None, None]
    assert findings([out, over], frozenset({SeriesKey("vest", "rus")}))[0] is out
    shared = protected(replace(random_history(1), findings=(out, over)), SHARED)
    assert shared.protection is not None
    assert key not in shared.protection.today or "0.7692" not in plan_to_json(shared).decode()
    for language in ("nb", "nn", "en"):
        said = Wording(words_of(language), shared.agency).finding(told[0])[0]
        assert words_of(language).numbers.money(6e8) in said


@pytest.mark.parametrize("threshold", range(3, 11))
@pytest.mark.parametrize("profile", [Profile.SHARED, Profile.PUBLIC])
def test_an_export_alone_is_never_refused_whatever_its_threshold(
    threshold: int, profile: Profile
) -> None:
    rules = Rules(profile, threshold)
    for seed in range(3):
        plan = random_history(seed, regions=3, groups=3)
        # Months that hide nothing: the children of today alone are on trial.
        plan = with_history(plan, np.full((9, 36), 30.0))
        made = protected(plan, rules)
        require_protected([made])
        assert made.protection is not None
        small = {row.key for row in plan.present if 0 < row.children < threshold}
        assert small <= made.protection.today


def test_a_sum_that_leaves_one_hidden_series_alone_is_found() -> None:
    shared = protected(random_history(1), SHARED)
    assert shared.protection is not None
    assert narrowed_cells([shared]) == ()
    lines = {key.need_group for key in shared.protection.today if key.region != "alle"}
    group = min(lines)
    parts = [k for k in shared.protection.today if k.need_group == group and k.region != "alle"]
    total = SeriesKey("alle", group)
    left = frozenset({*(shared.protection.today - {*parts, total}), parts[0]})
    told = replace(shared, protection=replace(shared.protection, today=left))
    assert str(parts[0]) in {
        str(cell.label).removesuffix(" today") for cell in narrowed_cells([told])
    }


def test_the_basis_tells_whole_hundreds_of_rows_and_no_file() -> None:
    made = basis(random_history(1).basis)
    assert (made.data_rows, made.data_name) == (18400, "")
    assert made.data_sha256 == random_history(1).basis.data_sha256


def say(plan: Plan) -> Speaker:
    return Speaker(plan, words_of("nb"))


def test_sentences_say_that_a_number_is_hidden() -> None:
    shared = plan_of("shared")
    assert shared.protection is not None
    hidden = replace(shared.protection, last_year=frozenset({NATION}))
    said = say(replace(shared, protection=hidden)).demand_headline()
    assert "skjult" in said
    assert "gjentar seg" not in said
    assert "vanlig dag" in say(random_history(1)).readiness()
    assert "vanlig dag" not in say(shared).readiness()


@pytest.mark.parametrize("profile", OTHERS)
def test_every_page_says_who_may_read_it_and_what_is_hidden(profile: str) -> None:
    document = release(plan_of(profile), rules=OTHERS[profile]).document
    name = {"shared": "Delt utgave", "public": "Offentlig utgave"}[profile]
    assert document.basis.startswith(f"{name}: 1–4 vises som :")
    rules = " ".join(say(plan_of(profile)).protection())
    assert "fra 1 til 4 observerte barn" in rules
    assert f"kjent {words_of('nb').numbers.day(plan_of(profile).basis.as_of)}" in rules
    assert ("avrundet til nærmeste 5" in rules) == (profile == "public")
    found = plan_files(plan_of(profile), rules=OTHERS[profile])
    assert rules.split(".")[0] in texts_of("plan.html", found["plan.html"])
    assert name in texts_of("plan.xlsx", found["plan.xlsx"])
    assert json.loads(found["basis.json"])["protection"]["threshold"] == 5
    for page in pypdf.PdfReader(io.BytesIO(found["plan.pdf"])).pages:
        assert name in page.extract_text()
    assert say(random_history(1)).protection() == ()
    numbers = words_of("nb").numbers
    assert f"kostnad til nærmeste {numbers.money(step_nok(random_history(1)))}" in rules
    assert "barn uten plass til nærmeste 0,2" in rules


def test_tables_show_a_colon_and_figures_a_gap() -> None:
    plan = release(random_history(1), rules=SHARED).plan
    assert plan.protection is not None
    group = next(p for p in groups_of(plan) if p.hidden_months)
    done = replace(plan.protection, last_year=frozenset({group.key}))
    document = release(replace(plan, protection=done), rules=SHARED).document
    figure = next(
        b for s in document.sections if s.key == "demand" for b in s.blocks if isinstance(b, Figure)
    )
    name = say(plan).name(group)
    row = next(row for row in figure.table.rows if row[0] == name)
    assert row[2:] == (HIDDEN, HIDDEN)
    (panel,) = (panel for panel in figure.drawing.panels if panel.title == name)  # type: ignore[union-attr]
    gaps = {m for m, n in zip(panel.past_months, panel.past, strict=True) if n is None}  # type: ignore[union-attr]
    assert gaps == set(group.hidden_months)
    assert not panel.repeated  # type: ignore[union-attr]


# -- Canaries


# A count of children whose digits no other number of the plan has.
LARGE = 48_163_907


def canary_plan() -> Plan:
    """Small counts beside large ones, so that a hidden number has digits that are found again.

    Every month of one series is a canary, and so is each large one that hides it: a sum that
    told the small one would be the shown sum less these.
    """
    plan = random_history(2, regions=2, groups=2)
    counts = np.full((4, 36), 0.0)
    counts[0], counts[1], counts[2], counts[3] = 3, LARGE, LARGE + 1_320_571, LARGE + 3_704_912
    found = (
        Finding(Severity.WARNING, "thin_data", f"Bare {LARGE} henvisninger, {3} av dem i fjor."),
        Finding(Severity.WARNING, "x", "Funn", row=LARGE, value=str(LARGE)),
    )
    stays = {"group": plan.agency.need_groups[0].code, "stays": LARGE, "asked": 20}
    few = Assumption("stay", "1.0", "nights", "stays_own", stays)
    counted = with_history(plan, counts)
    known = {"driver": np.full((4, 48), float(LARGE))}
    return replace(
        counted,
        history=replace(counted.history, known=known),
        findings=found,
        assumptions=(*plan.assumptions, few),
        basis=replace(plan.basis, data_rows=LARGE),
    )


def texts_of(name: str, content: bytes) -> str:
    """Everything that stands in a file: members of archives, texts of pages, metadata."""
    if name.endswith((".xlsx", ".docx")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(
                archive.read(member).decode(errors="replace") for member in archive.namelist()
            )
    if name.endswith(".pdf"):
        reader = pypdf.PdfReader(io.BytesIO(content))
        return "\n".join([str(reader.metadata), *(page.extract_text() for page in reader.pages)])
    return content.decode()


def digits(text: str) -> str:
    """The text without what may stand between the digits of a number."""
    return re.sub(r"(?<=\d)[\u00a0\u202f  .,](?=\d)|&nbsp;|&#160;", "", text)


FILES = tuple(plan_files(example(regions=1, groups=1), formats=WRITERS))


@cache
def canaries(profile: str) -> dict[str, str]:
    rules = Rules() if profile == "internal" else OTHERS[profile]
    found = plan_files(canary_plan(), rules=rules, formats=WRITERS)
    texts = {name: texts_of(name, content) for name, content in found.items()}
    people = (".html", ".pdf", ".xlsx", ".docx")
    return {n: digits(text) if n.endswith(people) else text for n, text in texts.items()}


def hidden_numbers() -> Iterator[str]:
    """Digits of the counts that must not be told, with the sums of a year over them."""
    shared = protected(canary_plan(), SHARED)
    assert shared.protection is not None
    panel = canary_plan().history
    for key in shared.protection.months:
        rows = [row for k, row in panel.rows.items() if inside(k, key)]
        count = panel.counts[rows, -1].sum()
        if count >= 1000:
            yield f"{count:.0f}"
    yield str(LARGE)


@pytest.mark.parametrize("profile", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_no_hidden_number_stands_in_any_file(name: str, profile: str) -> None:
    wanted = list(hidden_numbers())
    assert len(wanted) > 3
    for number in wanted:
        told = re.search(rf"(?<!\d){number}(?!\d)", canaries(profile)[name])
        assert told is None, number


def test_the_canaries_would_be_found() -> None:
    """In the files for the agency itself they stand where a leak would stand."""
    inside = canaries("internal")
    assert all(number in inside["plan.json"] for number in [f"{LARGE}", f"{LARGE + 1_320_571}"])
    assert str(LARGE) in inside["findings.csv"]
    assert str(LARGE) in inside["plan.xlsx"]
    assert str(LARGE) in inside["plan.html"]
    assert str(LARGE) in inside["plan.pdf"]
    assert str(LARGE) in inside["basis.json"]
    assert str(LARGE) in digits(inside["assumptions.csv"])


@pytest.mark.parametrize("profile", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_a_hidden_number_is_shown_as_a_colon_and_not_as_its_name(name: str, profile: str) -> None:
    assert "Hidden.FEW" not in canaries(profile)[name]


@pytest.mark.parametrize("profile", OTHERS)
def test_no_small_count_is_left_in_the_plan_that_writers_get(profile: str) -> None:
    plan = release(canary_plan(), rules=OTHERS[profile]).plan
    panel: CountPanel = plan.history
    shown = panel.counts[panel.observed]
    assert shown[(shown > 0) & (shown < 5)].size == 0
    years = [n for n in plan.same_as_last_year.values() if not math.isnan(n)]
    assert not [n for n in years if 0 < n < 5]
    assert panel.known == {}
    assert len(panel.periods) == 24
    assert all(LARGE not in (row.values or {}).values() for row in plan.assumptions)


def test_every_writer_is_covered_by_the_canaries() -> None:
    endings = {name.rsplit(".", 1)[1] for name in FILES}
    assert endings == set(WRITERS)
