"""A version's report holds what was decided where a reader looks first, the model's beside it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pypdf
import pytest

from forecasting.panel import SeriesKey
from forecasting.places import Form
from planning.decided import by_group, decided_parts, summed
from planning.plan import Plan
from planning.yearly import Horizon, Override, Person, Signature, Version
from reports.beside import Beside
from reports.capacity_plan import capacity_plan
from reports.decided import DECIDED, DecidedBlocks
from reports.disclosure import Profile, Rules
from reports.document import Document, Kind, Section, Table
from reports.files import plan_files, release
from reports.sentences import Speaker
from reports.words import LANGUAGES, words_of
from reports.writers.decided_csv import decided_csv
from tests.plans import example_plan

NB = words_of("nb")
AT = datetime(2024, 10, 1, 9, tzinfo=UTC)
KARI = Person("Kari Nordmann", "planlegger")
PLAN = example_plan(regions=2, groups=3)
KEYS = PLAN.series()


def override(key: SeriesKey, change: int, *, plan: Plan = PLAN, reason: str = "Nytt") -> Override:
    """So many base places more than the model's."""
    return Override(key, Form.BASE, plan.line(key, Form.BASE).places + change, reason, KARI, AT)


def version(*made: Override, locked: bool = True) -> Version:
    signed = Signature(KARI, AT) if locked else None
    return Version(
        3, "plan-x", Horizon.NEXT_YEAR, "Høstplan", KARI, AT, overrides=made, signature=signed
    )


def section(document: Document, key: str) -> Section:
    (found,) = (each for each in document.sections if each.key == key)
    return found


def tables(found: Section) -> list[Table]:
    return [block for block in found.blocks if isinstance(block, Table)]


def of(plan: Plan, *made: Override, locked: bool = True, language: str = "nb") -> DecidedBlocks:
    return DecidedBlocks(Speaker(plan, words_of(language)), version(*made, locked=locked))


def test_what_was_decided_comes_first_and_the_models_numbers_are_named_so() -> None:
    beside = Beside(version=version(override(KEYS[0], -3), override(KEYS[4], 2)))
    document = capacity_plan(PLAN, beside=beside)
    first, second = document.sections[:2]
    assert (first.key, first.heading) == (DECIDED, "Vedtatt")
    assert (second.key, second.heading) == ("recommendation", NB["headings.by_model"])
    assert "alle tall modellens" in str(second.blocks[0])
    main, forms = tables(first)
    parts = decided_parts(PLAN, beside.version.held)  # type: ignore[union-attr]
    for row, part in zip(main.rows, (*by_group(parts), summed(parts)), strict=True):
        assert row[1:4] == (part.model.places, part.decided.places, part.change)
        assert row[4:6] == (part.model.cost_nok, part.decided.cost_nok)
        assert row[6:] == (part.model.not_offered, part.decided.not_offered)
    # The model's columns are the sums of the table that follows, under the same words.
    (model,) = tables(second)
    title = NB.column("committed")
    column = [c.title for c in model.columns].index(title)
    assert [row[column] for row in model.rows] == [row[1] for row in main.rows]
    assert main.columns[1].title == f"Modellen: {title[0].lower()}{title[1:]}"
    base = [NB.form(Form.BASE) == c.title for c in model.columns].index(True)
    changes = [a[1] - b[base] for a, b in zip(forms.rows, model.rows, strict=True)]  # type: ignore[operator]
    assert changes == [row[3] for row in main.rows]


def test_a_draft_proposes_and_a_signed_version_has_decided() -> None:
    for locked, said, other in ((True, "Vedtatt", "oreslått"), (False, "Foreslått", "edtatt")):
        beside = Beside(version=version(override(KEYS[0], 1), locked=locked))
        found = section(capacity_plan(PLAN, beside=beside), DECIDED)
        assert said in found.heading
        assert other not in str(found)


def test_a_version_without_own_numbers_is_the_models_plan_and_says_so() -> None:
    document = capacity_plan(PLAN, beside=Beside(version=version()))
    alone = capacity_plan(PLAN)
    assert DECIDED not in {each.key for each in document.sections}
    found, own = (section(each, "recommendation") for each in (document, alone))
    assert found.heading == own.heading
    assert NB["version.as_model"] in str(found.blocks[0])
    assert found.blocks[1:] == own.blocks


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_follows_its_numbers(language: str) -> None:
    numbers = words_of(language).numbers
    few, many = (of(PLAN, override(KEYS[0], n), language=language) for n in (-2, -5))
    for blocks in (few, many):
        whole, said = blocks.whole, " ".join((*blocks.sentences(), *blocks.explained()))
        model, decided = whole.model, whole.decided
        assert decided.cost_nok is not None
        assert model.cost_nok is not None
        told = (
            *(numbers.count(n) for n in (model.places, decided.places, -whole.change)),
            *(words_of(language).some(at.not_offered) for at in (model, decided)),
            *(numbers.money(at) for at in (model.cost_nok, decided.cost_nok)),
            numbers.money(abs(decided.cost_nok - model.cost_nok)),
            numbers.money(abs(whole.ready_change_nok or 0)),
        )
        assert [each for each in told if each not in said] == []
    # All but what the cost is the cost of holds a number of what was decided.
    changed = [(a, b) for a, b in zip(few.sentences(), many.sentences(), strict=True) if a != b]
    assert len(changed) == 3
    assert few.explained()[0] == many.explained()[0]
    assert few.explained()[1:] != many.explained()[1:]


def test_the_version_and_how_many_numbers_were_set_are_told() -> None:
    one, two = (override(key, 1) for key in KEYS[:2])
    first, other = of(PLAN, one), replace(of(PLAN, one), version=replace(version(one), number=4))
    assert "(versjon 3)" in first.sentences()[0]
    assert "(versjon 4)" in other.sentences()[0]
    assert NB.noun("number", 1) in first.sentences()[0]
    assert NB.noun("number", 2) in of(PLAN, one, two).sentences()[0]


def test_the_range_is_the_models_and_changes_with_it() -> None:
    money = PLAN.total_cost
    assert money is not None
    blocks = of(PLAN, override(KEYS[0], -2))
    assert all(end in " ".join(blocks.sentences()) for end in _ends(PLAN))
    other = replace(PLAN, total_cost=replace(money, high=2 * money.high), costs={})
    assert of(other, override(KEYS[0], -2)).sentences() != blocks.sentences()
    without = replace(PLAN, total_cost=None, costs={})
    assert "8 av 10" not in str(of(without, override(KEYS[0], -2)).sentences())


def _ends(plan: Plan) -> tuple[str, str]:
    assert plan.total_cost is not None
    return NB.numbers.money_between(plan.total_cost.low, plan.total_cost.high)


def test_readiness_and_cost_that_go_different_ways_are_explained() -> None:
    """Fewer places that stand ready, and more for single purchases: one falls, one rises."""
    curve = PLAN.curve(KEYS[0])
    assert curve.cost_nok is not None
    dearer = replace(curve, cost_nok=curve.cost_nok[::-1].copy())
    plan = replace(PLAN, curves=(dearer, *PLAN.curves[1:]))
    apart, same = (of(each, override(KEYS[0], -2)) for each in (plan, PLAN))
    assert (apart.whole.cost_change_nok or 0) > 0 > (apart.whole.ready_change_nok or 0)
    assert (same.whole.cost_change_nok or 0) < 0
    for told in (apart.explained(), apart.effects()[0]):
        assert NB["yearly.effect_apart"] in told
    for told in (same.explained(), same.effects()[0]):
        assert NB["yearly.effect_apart"] not in told
    assert all(NB["decided.cost_of"] in each.explained() for each in (apart, same))


def test_fewer_places_that_cost_more_are_named_with_why() -> None:
    """Single purchases rise by more than places save; without their price that is no reason."""
    curve = PLAN.curve(KEYS[0])
    assert PLAN.prices is not None
    assert curve.cost_nok is not None
    dearer = replace(curve, cost_nok=curve.cost_nok[::-1].copy())
    plan = replace(PLAN, curves=(dearer, *PLAN.curves[1:]))
    made = override(KEYS[0], -2), override(KEYS[4], -2)
    blocks = of(plan, *made)
    said = NB.say("yearly.effect_dearer", where="Nord, akutt")
    assert said in blocks.explained()
    assert [said in told for told in blocks.effects()] == [True, False]
    forms = {f: p for f, p in PLAN.prices.by_form.items() if f is not Form.SPOT}
    unpriced = replace(plan, prices=replace(PLAN.prices, by_form=forms))
    for other in (of(unpriced, *made), of(plan, override(KEYS[0], 2)), of(PLAN, *made)):
        assert "selv om det blir færre plasser" not in str((other.explained(), other.effects()))


def test_what_is_below_the_level_is_named_with_the_duty() -> None:
    below, above = (str(of(PLAN, override(KEYS[0], n)).sentences()) for n in (-4, 4))
    assert "Under nivået" in below
    assert "Bistandsplikten" in below
    assert "Under nivået" not in above


def test_without_prices_there_is_no_cost_and_no_word_of_what_it_is_of() -> None:
    bare = example_plan(regions=2, groups=3, prices=False)
    plan = replace(bare, lines=tuple(x for x in bare.lines if x.form is not Form.CALL_OFF))
    blocks = of(plan, override(KEYS[0], -2, plan=plan))
    assert Kind.MNOK not in {column.kind for column in blocks.table().columns}
    assert NB["yearly.effect_no_prices"] in blocks.sentences()
    assert blocks.explained() == ()


def test_more_places_than_the_curve_knows_have_no_cost() -> None:
    blocks = of(PLAN, override(KEYS[0], 900))
    assert NB["yearly.effect_cost_unknown"] in blocks.sentences()
    assert NB["decided.cost_of"] not in blocks.explained()
    assert blocks.table().rows[-1][5] is None


def test_the_workbook_opens_on_it_with_sums_that_are_those_of_the_report() -> None:
    beside = Beside(version=version(override(KEYS[0], -3), override(KEYS[4], 2)))
    content = plan_files(PLAN, formats=("xlsx",), beside=beside)["plan.xlsx"]
    live, values = (openpyxl.load_workbook(io.BytesIO(content), data_only=d) for d in (False, True))
    assert live.sheetnames[:2] == [NB["sheets.about"], "Vedtatt"]
    assert live.active is not None
    assert live.active.title == "Vedtatt"
    main, forms = tables(section(capacity_plan(PLAN, beside=beside), DECIDED))
    for table in (main, forms):
        _check_sums(live["Vedtatt"], values["Vedtatt"], table)
    assert "Vedtatt" in [row[0].value for row in live[NB["sheets.about"]].iter_rows()]
    alone = plan_files(PLAN, formats=("xlsx",), beside=Beside(version=version()))["plan.xlsx"]
    assert "Vedtatt" not in openpyxl.load_workbook(io.BytesIO(alone)).sheetnames


def _check_sums(live: Any, values: Any, table: Table) -> None:
    """Each sum is a formula over the rows above it, and carries what the report says."""
    (top,) = (row[0].row for row in values.iter_rows() if row[0].value == table.caption)
    first, last = top + 2, top + 1 + len(table.rows)
    for x, column in enumerate(table.columns[1:], 2):
        unit = 1e6 if column.kind is Kind.MNOK else 1
        told = [values.cell(row, x).value for row in range(first, last + 1)]
        assert told == pytest.approx([row[x - 1] / unit for row in table.rows])  # type: ignore[operator]
        assert sum(told[:-1]) == pytest.approx(told[-1])
        assert str(live.cell(last, x).value).startswith("=")


def test_the_first_page_of_the_pdf_has_the_decided_sums() -> None:
    plan = example_plan()
    made = override(plan.series()[0], -3, plan=plan), override(plan.series()[9], 2, plan=plan)
    content = plan_files(plan, formats=("pdf",), beside=Beside(version=version(*made)))["plan.pdf"]
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    whole = summed(decided_parts(plan, made))
    assert "Vedtatt for 2025" in " ".join(page.split())
    assert page.index("Vedtatt") < page.index("Anbefalt for 2025")
    for number in (whole.model.places, whole.decided.places):
        assert NB.numbers.count(number) in page


def test_the_data_file_has_every_form_and_the_sum_of_each_series() -> None:
    made = override(KEYS[0], -3, reason='=HYPERLINK("x")'), override(KEYS[4], 2)
    found = decided_csv(PLAN, version(*made))["decided.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(found)))
    sums = [row for row in rows if row["form"] == "alle"]
    parts = decided_parts(PLAN, made)
    assert [(r["region"], r["need_group"]) for r in sums] == [
        (p.key.region, p.key.need_group) for p in parts
    ]
    for row, part in zip(sums, parts, strict=True):
        assert int(row["decided_places"]) - int(row["model_places"]) == int(row["change"])
        assert int(row["decided_places"]) == part.decided.places
        assert float(row["decided_cost_nok_mean"]) == pytest.approx(part.decided.cost_nok)
        children = row["decided_children_not_offered_per_year_mean"]
        assert float(children) == pytest.approx(part.decided.not_offered)
    assert [row["reason"] for row in rows if row["reason"]] == ['\'=HYPERLINK("x")', "Nytt"]
    forms = [row for row in rows if row["form"] != "alle"]
    assert {row["change"] for row in forms if not row["reason"]} == {"0"}
    model = {(x.key.region, x.key.need_group, x.form.value): x.places for x in PLAN.lines}
    for row in forms:
        key = (row["region"], row["need_group"], row["form"])
        assert int(row["model_places"]) == model[key]


@pytest.mark.parametrize("profile", [Profile.SHARED, Profile.PUBLIC])
def test_readers_outside_see_the_plan_alone(profile: Profile) -> None:
    plan = replace(example_plan(regions=2, groups=3, findings=False), assumptions=())
    beside = Beside(version=version(override(KEYS[0], -3)))
    document = release(plan, rules=Rules(profile), beside=beside).document
    assert DECIDED not in {each.key for each in document.sections}
    assert section(document, "recommendation").heading == NB["headings.recommendation"]
