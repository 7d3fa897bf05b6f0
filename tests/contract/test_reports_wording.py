"""Findings and assumptions are data: every one has its words in every language."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forecasting.findings import Finding, Severity, warning
from forecasting.panel import Frequency, SeriesKey
from forecasting.places import Form, Owner
from forecasting.protocol import CannotFitError, FitFailure
from forecasting.stays import Lent
from planning.assumptions import assumptions, bound_assumption
from planning.goal import Binds
from planning.limits import FormLimit, Limits, OwnerLimit
from planning.plan import Assumption, CostBound, Plan
from planning.policy import Discipline, Policy
from reports.capacity_plan import capacity_plan
from reports.files import plan_files
from reports.plain import plain_plan
from reports.stored import plan_from_json, plan_to_json
from reports.wording import Wording, worded
from reports.words import LANGUAGES, PERIODS, words_of
from service.outcomes import failed_fits
from tests.flows import made_up_agency, made_up_evidence
from tests.plans import example_plan

ROOMS = ("forecasting", "features", "models", "planning", "experiments", "service")
SAYERS = {"warning", "error", "problem", "remark", "_refuse"}
MAKERS = re.compile(r"from (forecasting\.findings|features\.cells) import")
LENT = (Lent.ALL_YEARS, Lent.ALL_GROUPS)
ROOT = Path(__file__).parents[2]


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Where a finding is made by code and values: place, sentence, names of its values."""
    for path in sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(code)) if MAKERS.search(code) else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in SAYERS and node.args:
                given = {key.arg: key.value for key in node.keywords if key.arg}
                said = given.get("wording", node.args[0])
                chosen = [said.body, said.orelse] if isinstance(said, ast.IfExp) else [said]
                for each in chosen:
                    if isinstance(each, ast.Constant):
                        yield f"{path.name}:{node.lineno}", str(each.value), set(given)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_finding_in_the_code_has_a_sentence_that_its_values_fill() -> None:
    table = words_of("nb").table
    always = {"series", "row", "column", "code", "where", "shown"}
    seen = 0
    for place, said, names in calls():
        assert said in table["findings"], place
        texts = table["findings"][said] + table["fixes"].get(said, "")
        assert fields(texts) <= names | always, (place, said)
        seen += 1
    assert seen > 90


def causes() -> Iterator[tuple[str, str, set[str]]]:
    """Where a model refuses a series: place, cause, names of its values."""
    for path in sorted(
        p for room in ("forecasting", "models") for p in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "CannotFitError" and isinstance(node.args[0], ast.Constant):
                names = {key.arg for key in node.keywords if key.arg}
                yield f"{path.name}:{node.lineno}", str(node.args[0].value), names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_of_a_failed_fit_has_a_sentence_that_its_values_fill(language: str) -> None:
    sentences = words_of(language).table["failures"]
    found = {cause: (place, names) for place, cause, names in causes()}
    assert set(sentences) == {*found, "fault"}
    for cause, (place, names) in found.items():
        assert fields(sentences[cause]) == names, (place, cause)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("observed", [3, 11])
def test_a_failed_fit_says_why_in_the_language_of_the_report(language: str, observed: int) -> None:
    plan = example_plan()
    key = plan.series()[0]
    text = f"{observed} observed periods, but the model needs 24"
    why = CannotFitError("few_observed", text, observed=observed, needed=24)
    (finding,) = failed_fits([FitFailure.of("negbin_levels", key, why)])
    (told,) = worded([finding], plan.agency, language=language)
    words = words_of(language)
    said = told.message.replace("\u00a0", " ")
    assert words.model("negbin_levels") in said
    assert words.region(plan.agency, key.region) in said
    assert words.group(plan.agency, key.need_group) in said
    assert re.search(rf"\b{observed} .*\b24\b", said)
    assert "observed periods" not in said


def test_a_fault_of_a_program_stands_in_its_own_words() -> None:
    failure = FitFailure.of("ets", SeriesKey("nord", "rus"), RuntimeError("singular matrix"))
    (told,) = worded(failed_fits([failure]))
    assert "programmet stoppet med «RuntimeError: singular matrix»" in told.message


@pytest.mark.parametrize("freq", list(Frequency))
def test_periods_that_a_model_does_not_do_are_named(freq: Frequency) -> None:
    why = CannotFitError("other_periods", f"counts by {freq}", freq=freq.value)
    (told,) = worded(failed_fits([FitFailure.of("ets", SeriesKey("a", "b"), why)]))
    noun = words_of("nb")["nouns." + PERIODS[freq]][0]
    assert f"per {noun}." in told.message


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fix_belongs_to_a_sentence_or_to_the_code_of_several(language: str) -> None:
    table = words_of(language).table
    for name in table["fixes"]:
        assert any(said.startswith(name) for said in table["findings"]), name


def policy(**changes: Any) -> Policy:
    limit = FormLimit(fewer=0.1, more=0.2, new_places=3, house=4, lead_days=90)
    limits = Limits(
        by_form={Form.BASE: limit, Form.STANDBY: FormLimit()},
        by_owner={Owner.NONPROFIT: OwnerLimit(0.1, 0.6, 0.05, 0.7)},
    )
    return replace(Policy(latent_share=0.1), limits=limits, **changes)


def all_assumptions(**changes: Any) -> tuple[Plan, tuple[Assumption, ...]]:
    """Those of an agency whose groups use everything that a group can state."""
    plan, agency = example_plan(), made_up_agency(regions=1, coupled=True)
    evidence = made_up_evidence(
        agency,
        rates={group.code: 5.0 for group in agency.need_groups},
        means={group.code: 30.0 for group in agency.need_groups},
    )
    first, *rest = agency.need_groups
    group = replace(
        first,
        level=0.9,
        max_nights=365,
        takes_places=(0.9, 0.1),
        closings_a_year=1.0,
        closed_days=9,
    )
    agency = replace(agency, need_groups=(group, *rest))
    laws = {
        code: replace(law, stays=40, drift=0.1, lent=lent, asked=20)
        for (code, law), lent in zip(evidence.laws.items(), LENT, strict=True)
    }
    found = assumptions(replace(evidence, laws=laws), policy(**changes), plan.prices, agency=agency)
    found = (*found, bound_assumption(CostBound(1e9, 0.98e9)))
    return replace(plan, agency=agency, assumptions=found), found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_assumption_is_said_with_its_numbers_in_every_language(language: str) -> None:
    said_names: set[str] = set()
    choices = [{"binds": b} for b in Binds] + [{"discipline": d} for d in Discipline]
    for choice in choices:
        plan, rows = all_assumptions(**choice)
        wording = Wording(words_of(language), plan.agency)
        said_names |= {row.name for row in rows}
        for row in rows:
            said = wording.assumption(row)
            assert said.name
            assert said.value
            assert said.source
            assert "{" not in f"{said.name}{said.value}{said.unit}{said.source}"
            assert said.value != row.value or re.fullmatch(r"[\d., :+-]+", row.value)
    assert said_names == set(words_of(language).table["assumption_names"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_limit_says_each_of_its_parts_and_none_that_is_not_there(language: str) -> None:
    plan, rows = all_assumptions()
    wording = Wording(words_of(language), plan.agency)
    full, free = (wording.assumption(row).value for row in rows if row.name == "form_limit")
    assert re.findall(r"\d+", full) == ["10", "20", "3", "4", "90"]
    assert free == words_of(language)["words.no_limit"]


def numbers_of(text: str) -> list[str]:
    return re.findall(r"\d+", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_value_changes_its_sentence(language: str) -> None:
    """Each sentence of the table is filled twice: with other values it says something else."""
    wording = Wording(words_of(language), example_plan().agency)
    formatted = string.Formatter().parse
    for name, text in words_of(language).table["findings"].items():
        whole = text + words_of(language).table["fixes"].get(name, "")
        specs = {field: spec for _, field, spec, _ in formatted(whole) if field}
        first, second = ({f: value(s, at) for f, s in specs.items()} for at in (0, 1))
        for field in specs:
            before = wording.finding(Finding(Severity.WARNING, "x", wording=name, values=first))
            mixed = {**first, field: second[field]}
            after = wording.finding(Finding(Severity.WARNING, "x", wording=name, values=mixed))
            assert before != after, (name, field)
            assert "{" not in "".join(after)


def value(spec: str | None, at: int) -> Any:
    """Two values that are shown in a different way, for each way of showing."""
    if spec in ("", None, "region", "group", "series", "names"):
        return ("nord/akutt", "vest/rus")[at]
    texts = {
        "form": ("base", "standby"),
        "owner": ("state", "nonprofit"),
        "date": ("2025-01-31", "2025-02-28"),
        "model": ("ets", "prophet"),
    }
    return texts.get(spec, (12e6, 25e6))[at]


def test_findings_name_regions_and_groups_in_the_language() -> None:
    plan = example_plan()
    agency = replace(
        plan.agency,
        regions=(
            replace(plan.agency.regions[-1], labels={"nb": "Øst", "nn": "Aust", "en": "East"}),
        ),
    )
    found = warning("no_forecast", series=f"{agency.regions[0].code}/x")
    said = {lang: Wording(words_of(lang), agency).finding(found)[0][:8] for lang in LANGUAGES}
    assert said == {"nb": "Øst, x: ", "nn": "Aust, x:", "en": "East, x:"}


def test_a_plan_read_back_can_be_said_in_every_language() -> None:
    plan = example_plan()
    again = plan_from_json(plan_to_json(plan))
    assert again.findings == plan.findings
    assert again.assumptions == plan.assumptions
    for language in LANGUAGES:
        first, second = (capacity_plan(p, language=language).sections for p in (plan, again))
        for one, other in zip(first, second, strict=True):
            assert one.key not in ("assumptions", "findings") or one == other
    rows = plain_plan(plan)
    assert [row["message"] for row in rows["findings"]] == [
        f.message for f in worded(plan.findings, plan.agency)
    ]
    assert rows["assumptions"][0]["name"] == "Tjenestenivå"


def test_a_plan_stored_before_keeps_its_text_in_every_language() -> None:
    finding = Finding(
        Severity.WARNING, "spike", "Gammel tekst om 31 barn.", "Gjør noe.", series="a"
    )
    row = Assumption("Tjenestenivå", "0.975", "andel", "valgt")
    year = Assumption("Prisnivå", "2022", "år", "konfigurasjon")
    plan = replace(example_plan(), findings=(finding,), assumptions=(row, year))
    again = plan_from_json(plan_to_json(plan))
    assert (again.findings, again.assumptions) == (plan.findings, plan.assumptions)
    for language, shown in (("nb", "0,975"), ("nn", "0,975"), ("en", "0.975")):
        wording = Wording(words_of(language), again.agency)
        assert wording.finding(finding) == ("Gammel tekst om 31 barn.", "Gjør noe.")
        said = wording.assumption(row)
        assert (said.name, said.value, said.unit) == ("Tjenestenivå", shown, "andel")
        assert wording.assumption(year).value == "2022"


def test_csv_files_follow_the_language_and_keep_numbers_for_programs() -> None:
    found = {lang: plan_files(example_plan(), language=lang, formats=["csv"]) for lang in LANGUAGES}
    heads = {
        lang: files["assumptions.csv"].decode().split("\n")[1] for lang, files in found.items()
    }
    assert heads["nb"].startswith("Tjenestenivå,0.97,andel,")
    assert heads["nn"].startswith("Tenestenivå,0.97,del,")
    assert heads["en"].startswith("Service level,0.97,share,")
    assert "31\u00a0referrals to Nord, Rus" in found["en"]["findings.csv"].decode()
    same = [name for name in found["nb"] if name not in ("assumptions.csv", "findings.csv")]
    assert all(found["en"][name] == found["nb"][name] for name in same)
