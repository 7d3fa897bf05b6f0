"""One plan in three languages: the same numbers in the same places, each in its own words."""

import io
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import openpyxl
import pypdf
import pytest

from forecasting.panel import Quantity
from models import FORECASTERS
from planning.plan import Money, Plan
from reports.capacity_plan import capacity_plan
from reports.document import Block, Document, Figure, Kind, Table, Text
from reports.facts import NATION
from reports.figures import number_locale, svg, time_locale
from reports.files import plan_files
from reports.frame import basis_line, basis_table
from reports.numbers import NO_BREAK, Numbers
from reports.panels import Figures
from reports.remarks import beyond_the_goal
from reports.sentences import Speaker
from reports.sharing import SharingBlocks
from reports.trade_offs import trade_offs
from reports.why import why_headline, why_sentence, why_sum_headline, why_sum_sentence
from reports.words import LANGUAGES, words_of
from service.evidence import STORE_NAME
from service.registry import ENSEMBLE
from tests.plans import example_plan

OTHERS = [language for language in LANGUAGES if language != "nb"]
# Words of bokmål that nynorsk spells in another way, and Norwegian words that are no English ones.
ONLY_NB = set(
    """ikke hva hvor hvorfor hver hvert hvilket fra bare noe mer flere en et henvisning
    henvisninger plasser uten måned opphold sikkerhet høyt lavt barnets mulige forventet
    anbefalt anbefaling forpliktet forpliktede kilde samme tall siden gjelder dager regioner
    modellene modeller prognoser koster trenges trengs utenfor hjemme bosted egne forutsetning
    forutsetninger tjenestenivå valgt velg avtaler priser prisene gruppen målgruppen advarsel
    advarsler endres brukes vises regnes telles hvis noen""".split()  # noqa: SIM905
)
NORWEGIAN = set(
    """og av er i det den som med plass plasser plassar barn henvisning tilvising ikke ikkje fra
    frå på når år måned månad dag dager dagar kostnad uten utan nivå pris prisar funn feil hva
    kva""".split()  # noqa: SIM905
)


@cache
def national() -> Plan:
    return example_plan()


@cache
def document(language: str) -> Document:
    return capacity_plan(national(), language=language)


@cache
def made(language: str) -> dict[str, bytes]:
    return plan_files(national(), language=language, formats=("html", "pdf", "xlsx"))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table of words, with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{at}]")
    else:
        yield path, value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def said_words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", "", text).lower()))


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_key_of_bokmal_with_the_same_values_to_fill_in(language: str) -> None:
    own, first = (dict(leaves(words_of(each).table)) for each in (language, "nb"))
    assert list(own) == list(first)
    assert {k: placeholders(text) for k, text in own.items()} == {
        k: placeholders(text) for k, text in first.items()
    }
    assert [path for path, text in own.items() if bool(text) != bool(first[path])] == []


@pytest.mark.parametrize(("language", "foreign"), [("nn", ONLY_NB), ("en", NORWEGIAN)])
def test_no_word_of_another_language_slips_in(language: str, foreign: set[str]) -> None:
    table = dict(leaves(words_of(language).table))
    assert {p: said_words(t) & foreign for p, t in table.items() if said_words(t) & foreign} == {}
    assert language == "nn" or all(re.search("[æøåÆØÅ]", text) is None for text in table.values())


def test_every_noun_has_one_and_many_and_follows_the_number() -> None:
    for language in LANGUAGES:
        words = words_of(language)
        for name, (one, many) in words.table["nouns"].items():
            assert words.noun(name, 1) == f"1{NO_BREAK}{one}"
            for number in (0, 0.4, 1.4, 2, 21):
                assert words.noun(name, number).endswith(f"{NO_BREAK}{many}")
            for shown in ("+1", "\u22121"):
                assert words.with_noun(name, shown).endswith(f"{NO_BREAK}{one}")
    assert all(one != many for one, many in words_of("en").table["nouns"].values())


def test_english_and_norwegian_write_numbers_each_in_their_own_way() -> None:
    english = Numbers("en")
    assert english.decimal(1234.5, 1) == "1,234.5"
    assert english.nok(1234567) == f"NOK{NO_BREAK}1,234,567"
    assert english.money(12.3e6) == f"NOK{NO_BREAK}12.3{NO_BREAK}million"
    assert english.money_between(1e9, 2e9) == (
        f"NOK{NO_BREAK}1,000",
        f"2,000{NO_BREAK}million",
    )
    assert (english.share(0.9734), english.percent(0.5)) == ("97.3%", "50%")
    assert (english.share(1e-9), english.share(1 - 1e-9)) == (
        f"<{NO_BREAK}0.1%",
        f">{NO_BREAK}99.9%",
    )
    assert english.day(date(2025, 12, 31)) == f"31{NO_BREAK}Dec{NO_BREAK}2025"
    assert english.month_name(5) == "May"
    nynorsk = Numbers("nn")
    assert nynorsk.nok(1234567) == Numbers("nb").nok(1234567)
    assert nynorsk.month_name(5) == "mai"
    assert nynorsk.day(date(2025, 12, 31)) == "31.12.2025"


def test_drawings_name_months_and_write_numbers_in_their_language() -> None:
    assert time_locale(Numbers("en"))["months"][4] == "May"
    assert time_locale(Numbers("nn"))["days"][6] == "laurdag"
    assert number_locale(Numbers("en"))["currency"] == [f"NOK{NO_BREAK}", ""]
    assert number_locale(Numbers("nb"))["currency"] == ["", f"{NO_BREAK}kr"]
    assert (number_locale(Numbers("en"))["thousands"], number_locale(Numbers("en"))["decimal"]) == (
        ",",
        ".",
    )
    for language, label in (("nb", "Anbefalt"), ("nn", "Tilrådd"), ("en", "Recommended")):
        drawing = Figures(Speaker(national(), words_of(language))).curves()[0].drawing
        assert label in svg(drawing, language=language)


def blocks(found: Document) -> Iterator[Block]:
    for section in found.sections:
        yield from section.blocks


def shape(block: Block) -> Any:
    """What a block is apart from its words: the same in every language."""
    match block:
        case Text():
            return ("text", block.tone, block.depth, len(block.paragraphs))
        case Table():
            numbers = [[c for c in row if not isinstance(c, str)] for row in block.rows]
            kinds = [column.kind for column in block.columns]
            return (
                "table",
                kinds,
                block.heads,
                block.totals,
                block.subtotals,
                block.depth,
                numbers,
            )
        case Figure():
            return ("figure", type(block.drawing), shape(block.table))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_sections_blocks_and_numbers(language: str) -> None:
    own, first = document(language), document("nb")
    assert [section.key for section in own.sections] == [section.key for section in first.sections]
    assert [shape(block) for block in blocks(own)] == [shape(block) for block in blocks(first)]


def sentences(found: Document) -> Iterator[str]:
    yield from (found.title, found.subtitle, found.basis)
    for block in blocks(found):
        if isinstance(block, Text):
            yield from block.paragraphs
        elif isinstance(block, Figure):
            yield from (block.headline, block.subtitle, block.alt, block.sentence)


def cells(found: Document) -> Iterator[str]:
    """Captions, headings and texts of all tables."""
    for table in found.tables():
        yield from (table.caption, table.source, *(column.title for column in table.columns))
        yield from (cell for row in table.rows for cell in row if isinstance(cell, str))


def numbers_in(text: str, language: str) -> list[str]:
    """The numbers of a sentence with a decimal point; no days, versions or fingerprints."""
    for other in (r"\d\d\.\d\d\.\d{4}|\d+\sDec\s\d{4}", r"\d+\.\d+\.\d+", r"\b[0-9a-f]{8,}|= \S+"):
        text = re.sub(other, "", text)
    group, mark = (",", ".") if language == "en" else (NO_BREAK, ",")
    found = re.findall(
        rf"\d{{1,3}}(?:{group}\d{{3}})+(?:{re.escape(mark)}\d+)?|\d+(?:{re.escape(mark)}\d+)?", text
    )
    return sorted(number.replace(group, "").replace(mark, ".") for number in found)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_says_the_same_numbers_in_every_language(language: str) -> None:
    pairs = zip(sentences(document(language)), sentences(document("nb")), strict=True)
    for own, first in pairs:
        assert numbers_in(own, language) == numbers_in(first, "nb"), (own, first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_is_left_to_fill_in(language: str) -> None:
    for plan in (
        national(),
        example_plan(prices=False, register=False),
        example_plan(load_scale=0),
    ):
        found = capacity_plan(plan, language=language)
        assert [text for text in (*sentences(found), *cells(found)) if "{" in text] == []
        assert re.search(r"\b(nan|None)\b", " ".join(sentences(found))) is None


def risk(plan: Plan, **changes: Any) -> Plan:
    rows = (replace(row, **changes) if row.key == NATION else row for row in plan.risks)
    return replace(plan, risks=tuple(rows))


def curve(plan: Plan, **changes: Any) -> Plan:
    first, *rest = plan.curves
    return replace(plan, curves=(replace(first, **changes), *rest))


def spared(plan: Plan) -> Plan:
    """Two places more than needed, with which the year costs less."""
    chosen = plan.curves[0].chosen
    cost = plan.curves[0].cost_nok.copy()
    cost[chosen - 2] = cost[chosen] + 1e6
    return curve(plan, needed=chosen - 2, cost_nok=cost)


def steeper(plan: Plan) -> Plan:
    """Other children left without around the recommendation, for every series."""
    curves = [replace(c, not_offered_mean=c.not_offered_mean[::-1] * 3 + 1) for c in plan.curves]
    return replace(
        plan,
        curves=tuple(
            replace(c, not_offered_mean=np.sort(c.not_offered_mean)[::-1]) for c in curves
        ),
    )


def dearer(plan: Plan) -> Plan:
    """The cost of every place more is doubled."""
    curves = (
        replace(c, cost_nok=None if c.cost_nok is None else c.cost_nok * 2) for c in plan.curves
    )
    return replace(plan, curves=tuple(curves))


def fuller(plan: Plan) -> Plan:
    """Twice the occupancy."""
    return replace(
        plan,
        occupancy=tuple(replace(b, mean=b.mean * 2, values=b.values * 2) for b in plan.occupancy),
    )


def sought(plan: Plan) -> Plan:
    """Half as many referrals again."""
    return replace(plan, demand=tuple(replace(b, mean=b.mean * 1.5) for b in plan.demand))


def shared(plan: Plan) -> Plan:
    """More children away from home in every arrangement."""
    rows = (replace(row, away_share=row.away_share / 2, away_mean=9.9) for row in plan.sharing)
    return replace(plan, sharing=tuple(rows))


def steps(plan: Plan) -> Plan:
    """Another load, and the first source that adds places doubled."""
    falls = (
        replace(
            each,
            steps=tuple(
                (s, n * 2 if at == 1 else n * 0.9 if at == 0 else n)
                for at, (s, n) in enumerate(each.steps)
            ),
        )
        for each in plan.waterfalls
    )
    return replace(plan, waterfalls=tuple(falls))


# What a sentence says, and a plan in which one of its numbers is another.
SAID: dict[str, tuple[Callable[[Speaker], object], Callable[[Plan], Plan]]] = {
    "recommended": (Speaker.recommended, lambda p: curve(p, chosen=p.curves[0].chosen + 1)),
    "today": (Speaker.recommended, lambda p: curve(p, existing=p.curves[0].existing + 2)),
    "readiness": (Speaker.readiness, fuller),
    "level": (Speaker.level, lambda p: replace(p, policy=replace(p.policy, level=0.91))),
    "assurance": (Speaker.level, lambda p: replace(p, policy=replace(p.policy, assurance=0.71))),
    "decides": (Speaker.level, lambda p: curve(p, by_level=p.curves[0].chosen - 1)),
    "cost mean": (
        Speaker.cost,
        lambda p: replace(p, total_cost=Money(7e9, p.total_cost.low, p.total_cost.high)),
    ),
    "cost low": (
        Speaker.cost,
        lambda p: replace(p, total_cost=Money(p.total_cost.mean, 3e9, p.total_cost.high)),
    ),
    "cost high": (
        Speaker.cost,
        lambda p: replace(p, total_cost=Money(p.total_cost.mean, p.total_cost.low, 9e9)),
    ),
    "cost today": (
        Speaker.cost_today,
        lambda p: replace(p, existing_cost=dict.fromkeys(p.existing_cost, 4e7)),
    ),
    "left mean": (Speaker.not_offered, lambda p: risk(p, not_offered_mean=77.0)),
    "left low": (Speaker.not_offered, lambda p: risk(p, not_offered_low=5)),
    "left high": (Speaker.not_offered, lambda p: risk(p, not_offered_high=99)),
    "left today": (
        Speaker.not_offered_today,
        lambda p: replace(p, existing_offered=dict.fromkeys(p.existing_offered, 0.5)),
    ),
    "limits": (beyond_the_goal, lambda p: curve(p, needed=p.curves[0].chosen - 2)),
    "cheaper": (beyond_the_goal, spared),
    "withheld": (beyond_the_goal, lambda p: curve(p, needed=p.curves[0].chosen + 3)),
    "referrals": (Speaker.demand_headline, sought),
    "growth": (Speaker.demand_sentence, sought),
    "fullest": (Speaker.occupancy_headline, fuller),
    "busiest day": (Speaker.occupancy_sentence, fuller),
    "one more": (Speaker.curve_headline, steeper),
    "one fewer": (Speaker.curve_sentence, steeper),
    "cost of one more": (Speaker.curve_sentence, dearer),
    "beyond the mean": (why_headline, steps),
    "sources": (why_sentence, steps),
    "added up": (why_sum_headline, steps),
    "added most": (why_sum_sentence, steps),
    "largest change": (Speaker.regions_headline, lambda p: curve(p, existing=900.0)),
    "regions": (Speaker.regions_sentence, lambda p: curve(p, chosen=p.curves[0].chosen + 1)),
    "years met": (Speaker.risk, lambda p: risk(p, years_meeting=0.31)),
    "none without": (Speaker.risk, lambda p: risk(p, p_none=0.31)),
    "worst month": (Speaker.risk, lambda p: risk(p, worst_month=p.risks[-1].worst_month % 12 + 1)),
    "error": (Speaker.risk, lambda p: risk(p, standard_error=0.0123)),
    "bracket": (
        Speaker.risk,
        lambda p: replace(
            p, brackets=tuple(replace(b, lost=b.lost + 1, wait=b.wait + 2) for b in p.brackets)
        ),
    ),
    "found by purchase": (
        Speaker.discipline,
        lambda p: replace(p, policy=replace(p.policy, spot_found=0.37)),
    ),
    "draws": (Speaker.method, lambda p: replace(p, basis=replace(p.basis, draws=777))),
    "findings": (lambda s: s.findings(1), lambda p: replace(p, findings=p.findings[1:])),
    "kinds": (lambda s: s.kinds_of_findings(5), lambda p: replace(p, findings=p.findings[1:])),
    "basis": (Speaker.basis, lambda p: replace(p, basis=replace(p.basis, data_rows=5))),
    "sharing": (lambda s: SharingBlocks(s).blocks(), shared),
    "trade-offs": (
        trade_offs,
        lambda p: replace(
            p, frontier=tuple(replace(f, cost_nok=f.cost_nok * f.level * 3) for f in p.frontier)
        ),
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAID)
def test_a_changed_number_changes_its_sentence_in_every_language(name: str, language: str) -> None:
    say, change = SAID[name]
    plan = replace(national(), policy=replace(national().policy, spot_found=0.5))
    before, after = (str(say(Speaker(p, words_of(language)))) for p in (plan, change(plan)))
    assert re.search(r"\d", before + after)
    assert before != after


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_pdf_say_their_language_to_those_who_listen(language: str) -> None:
    assert f'<html lang="{language}">' in made(language)["plan.html"].decode()
    reader = pypdf.PdfReader(io.BytesIO(made(language)["plan.pdf"]))
    assert reader.trailer["/Root"]["/Lang"] == language
    assert len(reader.pages) <= 4
    words = words_of(language)
    last = reader.pages[-1].extract_text().replace(NO_BREAK, " ")
    assert (
        f"{words['words.page']} {len(reader.pages)} {words['words.of']} {len(reader.pages)}" in last
    )


BESIDE = ("version", "set", "changed", "scenarios", "reasons")


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_and_names_of_the_workbook_point_at_its_own_sheets(language: str) -> None:
    words, content = words_of(language), made(language)["plan.xlsx"]
    book, values = (openpyxl.load_workbook(io.BytesIO(content), data_only=d) for d in (False, True))
    beside = {words[f"sheets.{name}"] for name in BESIDE}
    assert set(book.sheetnames) == set(words.table["sheets"].values()) - beside
    assert set(book.defined_names) >= set(words.table["cell_names"].values())
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    named = {name for cell in cells for name in re.findall(r"'([^']+)'!", cell.value)}
    assert named == {words[f"sheets.{key}"] for key in ("recommendation", "lines", "level_table")}
    assert {
        name
        for each in book.defined_names.values()
        for name in re.findall(r"'([^']+)'!", each.attr_text)
    } <= set(book.sheetnames)
    sums_by_form(book, values, words.table["sheets"])


def sums_by_form(book: Any, values: Any, sheets: dict[str, str]) -> None:
    """Every SUMIFS worked out by hand over the lines gives the value that it carries."""
    pattern = re.compile(
        r"=SUMIFS\('[^']+'!\$(\w)\$\d+:\$\w\$\d+,.*?,\$A(\d+)(?:,.*?,(\w)\$(\d+))?\)"
    )
    shown, lines = values[sheets["recommendation"]], values[sheets["lines"]]
    found = 0
    for row in book[sheets["recommendation"]].iter_rows():
        for cell in row:
            match = pattern.fullmatch(str(cell.value))
            if match is None:
                continue
            column, at, form_column, form_row = match.groups()
            form = shown[f"{form_column}{form_row}"].value if form_column else None
            rows = [
                r[0].row for r in lines.iter_rows(min_row=2) if r[1].value == shown[f"A{at}"].value
            ]
            kept = [r for r in rows if form is None or lines[f"C{r}"].value == form]
            total = sum(lines[f"{column}{r}"].value or 0 for r in kept)
            assert shown[cell.coordinate].value == pytest.approx(total, abs=0.5)
            found += 1
    assert found >= 6 * len(national().agency.need_groups)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cells_carry_the_number_format_of_their_language(language: str) -> None:
    code = {"nb": "[$-414]", "nn": "[$-814]", "en": "[$-809]"}[language]
    book = openpyxl.load_workbook(io.BytesIO(made(language)["plan.xlsx"]))
    used = {
        c.number_format for s in book for row in s.iter_rows() for c in row if c.value is not None
    }
    assert {each for each in used if each != "General" and not each.startswith(code)} == set()
    assert any(each.endswith("0%" if language == "en" else "0\\ %") for each in used)


def test_a_month_in_a_cell_is_in_the_language() -> None:
    shown = {
        language: Numbers(language).cell(date(2025, 5, 1), Kind.MONTH) for language in LANGUAGES
    }
    assert shown == {
        "nb": f"mai{NO_BREAK}2025",
        "nn": f"mai{NO_BREAK}2025",
        "en": f"May{NO_BREAK}2025",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_model_has_a_name_in_words(language: str) -> None:
    words = words_of(language)
    codes = {*FORECASTERS, ENSEMBLE}
    assert set(words.table["models"]) == codes
    names = [words.model(code) for code in sorted(codes)]
    assert len(set(names)) == len(codes)
    assert not any("_" in name for name in names)
    assert words.model("somebody_elses") == "somebody_elses"


def test_the_basis_names_models_in_words_the_heaviest_first() -> None:
    basis = replace(national().basis, model=ENSEMBLE, weights={"ets": 0.3, "seasonal_naive": 0.7})
    rows = dict(basis_table(words_of("nb"), basis).rows)
    assert rows["Vekter"] == "Samme som i fjor 0,70 · Eksponentiell glatting 0,30"
    assert rows["Modell"] == "Samlet prognose"


def basis_rows(language: str, **changes: Any) -> dict[str, str]:
    words = words_of(language)
    table = basis_table(words, replace(national().basis, **changes))
    names = {label: key for key, label in words.table["basis_names"].items()}
    return {names[str(row[0])]: str(row[1]).replace(NO_BREAK, " ") for row in table.rows}


@pytest.mark.parametrize("level", ["0.97", "0.9"])
def test_settings_of_the_basis_are_said_in_words(level: str) -> None:
    settings = {"level": level, "freq": "W", "quantity": "occupancy", "models": "ets,prophet"}
    said = basis_rows("nb", settings=settings)["settings"]
    assert f"tjenestenivå: {round(100 * float(level))} av 100" in said
    assert "periode: uke" in said
    assert "teller: plasser i bruk" in said
    assert "modeller: Eksponentiell glatting, Prophet" in said
    assert basis_rows("nb", settings={"somebody_elses": "x"})["settings"] == "somebody_elses: x"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_store_has_a_name_and_a_file_keeps_its_own(language: str) -> None:
    words, basis = words_of(language), national().basis
    own = words.table["data_names"][STORE_NAME]
    assert own != STORE_NAME
    assert basis_rows(language, data_name=STORE_NAME)["data"] == own
    assert own in basis_line(words, replace(basis, data_name=STORE_NAME))
    assert basis_rows(language, data_name="fil.csv")["data"] == "fil.csv"


def test_every_setting_that_is_written_has_a_name() -> None:
    written = {"year", "level", "weight_origins", "horizon", "freq", "quantity", "models"}
    written |= {"origins", "stride", "months"}
    for language in LANGUAGES:
        assert written <= set(words_of(language).table["basis_settings"])
        assert set(words_of(language).table["quantities"]) == {each.value for each in Quantity}
