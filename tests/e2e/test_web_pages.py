"""The pages: whole without scripts, labelled, escaped, and saying what the curve says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from forecasting.agency import Region
from forecasting.panel import SeriesKey
from planning.plan import Plan
from reports.facts import Part
from reports.numbers import Numbers
from service.api import create_app
from service.shelf import PLAN_FILES, FolderShelf
from tests.plans import example_plan
from tests.web_client import Client, FakeCheck, FakeChecked, Outline, rejected, write_plan

ATTACK = "<script>alert('x')</script>"
PAGES = (
    "/",
    "/plan/plan-2025",
    "/plan/plan-2025?region=nord&behov=akutt&niva=98",
    "/plan/plan-2025?niva=abc",
    "/plan/bare",
    "/plan/none",
    "/data",
    "/slik-regner-vi",
    "/nowhere",
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return example_plan(regions=2, groups=3)


@pytest.fixture(scope="module")
def client(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Client:
    root = tmp_path_factory.mktemp("plans")
    write_plan(root, "plan-2025", plan)
    write_plan(root, "bare", example_plan(regions=1, groups=1, register=False, prices=False))
    agency = replace(
        plan.agency,
        name=ATTACK,
        regions=(Region("nord", {"nb": ATTACK}), *plan.agency.regions[1:]),
    )
    write_plan(root, "attack", replace(plan, agency=agency))
    return Client(create_app(FolderShelf(root), check=FakeCheck(rejected(ATTACK)), version="1"))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_can_be_read_by_everyone(client: Client, address: str) -> None:
    text = client.get(address).text
    page = Outline(text)
    assert page.open == []
    assert [tag["lang"] for tag in page.all("html")] == ["nb"]
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#innhold"}
    labelled = {tag["for"] for tag in page.all("label")}
    assert {tag["id"] for tag in page.all("input", "select")} == labelled
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(tag.get("alt") for tag in page.all("img"))
    assert text.count("<table>") + text.count('<table class="') <= text.count('class="scroll"')


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_no_other_host_and_holds_no_script(client: Client, address: str) -> None:
    page = Outline(client.get(address).text)
    targets = [tag.get("src", "") or tag.get("href", "") for _, tag in page.tags]
    assert [target for target in targets if "//" in target] == []
    assert all("src" in tag for tag in page.all("script"))
    assert page.all("style") == []
    inline = [name for _, tag in page.tags for name in tag if name == "style" or name[:2] == "on"]
    assert inline == []


def test_what_a_page_loads_is_there(client: Client) -> None:
    page = Outline(client.get("/plan/plan-2025").text)
    loaded = [*page.all("script", "img"), *page.all("link")]
    for tag in loaded:
        answer = client.get(tag.get("src") or tag["href"])
        assert answer.status_code == 200
        assert answer.content
    fonts = re.findall(r'url\("([^"]+)"\)', client.get("/static/style.css").text)
    assert [client.get(font).status_code for font in fonts] == [200] * len(fonts)


@pytest.mark.parametrize("address", ["/", "/plan/attack", "/plan/attack?region=nord"])
def test_text_of_the_plan_is_text_on_the_page(client: Client, address: str) -> None:
    text = client.get(address).text
    assert ATTACK not in text
    assert "&lt;script&gt;" in text


def test_the_start_page_says_what_each_plan_recommends(client: Client, plan: Plan) -> None:
    text = client.get("/").text
    assert plan.total_cost is not None
    assert Numbers().count(sum(curve.chosen for curve in plan.curves)) in text
    assert Numbers().money(plan.total_cost.mean) in text
    assert "Syntetiske tall" in text
    assert text.count('href="/plan/') == 3


def test_an_empty_shelf_says_how_to_make_a_plan(tmp_path: Path) -> None:
    empty = Client(create_app(FolderShelf(tmp_path / "none"), check=FakeCheck()))
    assert "plassplan plan" in empty.get("/").text


@pytest.mark.parametrize("percent", ["90", "98", "98,5", "99.5"])
def test_the_page_and_the_api_give_the_same_answer(client: Client, percent: str) -> None:
    level = float(percent.replace(",", ".")) / 100
    answer = client.get("/api/v1/plans/plan-2025/level", params={"level": level}).json()["answer"]
    text = client.get("/plan/plan-2025", params={"niva": percent}).text
    assert f"trenger {Numbers().count(answer['places'])} forpliktede plasser" in text
    assert Numbers().money(answer["cost_nok"]) in text


@pytest.mark.parametrize(
    ("percent", "told"), [("98", "98 av 100 barn"), ("95,5", "955 av 1000 barn")]
)
@pytest.mark.parametrize("planned", [0.9, 0.97])
def test_a_page_of_another_level_says_so_and_whose_the_forms_are(
    plan: Plan, tmp_path: Path, percent: str, told: str, planned: float
) -> None:
    write_plan(tmp_path, "p", replace(plan, policy=replace(plan.policy, level=planned)))
    client = Client(create_app(FolderShelf(tmp_path), check=FakeCheck()))
    text = client.get("/plan/p", params={"niva": percent}).text
    title, answer = (re.findall(f"<{tag}[^>]*>([^<]*)<", text)[0] for tag in ("title", "h2"))
    assert f"tjenestenivå {told}" in title
    assert f"ved tjenestenivå {told}" in answer
    note = text.split("<h2>Anbefalingen etter form</h2>")[1].split("<div")[0]
    assert f"anbefalingen, som bygger på {round(100 * planned)} av 100 barn" in note
    assert f"det valgte nivået, {told}, er ikke delt på former" in note
    # The recommendation itself has nothing to tell apart.
    own = client.get("/plan/p").text
    assert "er ikke delt på former" not in own
    assert "ved tjenestenivå" not in own


def test_a_level_that_is_not_reached_is_named(plan: Plan, tmp_path: Path) -> None:
    curves = tuple(replace(each, offered_share=each.offered_share * 0.5) for each in plan.curves)
    write_plan(tmp_path, "p", replace(plan, curves=curves))
    client = Client(create_app(FolderShelf(tmp_path), check=FakeCheck()))
    for percent in ("90", "98"):
        text = client.get("/plan/p", params={"niva": percent}).text
        assert f"tjenestenivå {percent} av 100 barn nås ikke i {plan.year}" in text


def test_the_recommendation_has_the_same_numbers_as_the_reports(plan: Plan, tmp_path: Path) -> None:
    # What a plan tells of its risk is of other paths than its curves: here three times as many.
    risks = tuple(replace(r, not_offered_mean=3 * r.not_offered_mean) for r in plan.risks)
    lines = tuple(
        replace(x, cost_nok=replace(x.cost_nok, mean=2 * x.cost_nok.mean)) if x.cost_nok else x
        for x in plan.lines
    )
    other = replace(plan, risks=risks, lines=lines)
    write_plan(tmp_path, "own", plan)
    write_plan(tmp_path, "other", other)
    client = Client(create_app(FolderShelf(tmp_path), check=FakeCheck()))
    part, text = Part(other), client.get("/plan/other").text
    assert part.cost is not None
    assert other.prices is not None
    price_year = f"prisnivå {other.prices.plan_year}"
    assert f"Ventet kostnad er {Numbers().money(part.cost)} i året ({price_year})." in text
    answer = client.get("/api/v1/plans/other/level").json()
    assert answer["recommended"]["children_not_offered"] == pytest.approx(part.not_offered)
    for row in answer["series"]:
        series = Part(other, SeriesKey(row["region"], row["need_group"]))
        assert row["answer"]["children_not_offered"] == pytest.approx(series.not_offered)
    # What one place more gives is a difference along the curve, which did not change.
    (best,) = re.findall(r"hjelper mest i [^.]*\.", text)
    assert best in client.get("/plan/own").text


def test_the_page_of_a_plan_says_the_duty(client: Client) -> None:
    for address in ("/plan/plan-2025", "/plan/plan-2025?region=nord&behov=akutt&niva=98"):
        assert "Bistandsplikten er uten unntak" in client.get(address).text


@pytest.mark.parametrize("percent", ["abc", "-1", "100", "nan", "inf", "49"])
def test_a_wrong_level_is_said_beside_its_box(client: Client, percent: str) -> None:
    answer = client.get("/plan/plan-2025", params={"niva": percent})
    (box,) = [tag for tag in Outline(answer.text).all("input") if tag["id"] == "niva"]
    assert answer.status_code == 422
    assert box["aria-invalid"] == "true"
    assert "niva-feil" in box["aria-describedby"]
    assert 'id="niva-feil"' in answer.text


def test_choices_stay_in_the_form(client: Client) -> None:
    text = client.get("/plan/plan-2025?region=nord&behov=akutt&niva=98").text
    chosen = [tag["value"] for tag in Outline(text).all("option") if "selected" in tag]
    assert chosen == ["nord", "akutt"]


def test_what_is_not_known_is_not_a_number(client: Client) -> None:
    text = client.get("/plan/bare").text
    assert "kr i året" not in text
    assert '<td class="n">–</td>' in text
    assert "Syntetiske tall" in text


def test_all_files_can_be_fetched_from_the_page(client: Client) -> None:
    links = [
        tag for tag in Outline(client.get("/plan/plan-2025").text).all("a") if "download" in tag
    ]
    # run.json stays with the run, so what a plan consists of is what the page offers.
    assert {tag["href"].rsplit("/", 1)[1] for tag in links} == set(PLAN_FILES)
    assert {client.get(tag["href"]).status_code for tag in links} == {200}


def test_findings_of_a_file_are_listed_and_escaped(client: Client) -> None:
    answer = client.send("POST", "/data", files={"file": ("a.csv", b"x")})
    assert answer.status_code == 422
    assert "Filen kan ikke brukes" in answer.text
    assert ATTACK not in answer.text
    assert "Did you mean Øst?" in answer.text
    assert len(Outline(answer.text).all("h1")) == 1


def test_a_good_file_is_said_to_be_good(tmp_path: Path) -> None:
    app = create_app(FolderShelf(tmp_path), check=FakeCheck(FakeChecked()))
    answer = Client(app).send("POST", "/data", files={"file": ("a.csv", b"x")})
    assert answer.status_code == 200
    assert "Filen kan brukes" in answer.text


def test_a_file_of_another_kind_is_refused_in_plain_words(client: Client) -> None:
    answer = client.send("POST", "/data", files={"file": ("a.docx", b"x")})
    assert answer.status_code == 422
    assert "Filen må være CSV" in answer.text


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, by WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_from_what_is_behind_it(client: Client) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", client.get("/static/style.css").text))
    pairs = [(t, "#ffffff") for t in ("ink", "soft", "accent", "bad")]
    pairs += [("ink", colours["wash"]), ("accent", colours["wash"]), ("bad", colours["bad-wash"])]
    pairs += [("ink", colours["bad-wash"]), ("ink", colours["note"])]
    for text, behind in pairs:
        light, dark = sorted((luminance(colours[text]), luminance(behind)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, behind)
