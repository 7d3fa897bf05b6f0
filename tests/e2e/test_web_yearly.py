"""Yearly plans by page and by HTTP: what was decided is shown, changed once, and never after."""

import json
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from planning.followed import followed
from planning.plan import Plan
from planning.since import Reason, Since
from service.api import create_app
from service.exports import StoreShelf
from service.since_files import since_csv, since_name
from service.store import plans
from service.tertial import FOLLOWED, followed_csv
from service.yearly import By, existing, lock
from service.yearly_store import Named, yearly_plans
from tests.property.test_planning_followed import PLAN, came
from tests.web_client import HERE, Client, FakeCheck, Outline
from tests.yearly import NOW, drafted_home, keep, made_plan

NATION = Named(2025)
FIRST = "/historikk/2025/alle/1"
API = "/api/v1/yearly"
WHO = {"navn": "Åse Ødegård", "rolle": "direktør"}
ATTACK = "<script>alert('x')</script>"


@dataclass(frozen=True)
class Office:
    """A home with a draft, and a client that asks for its pages."""

    home: Path
    client: Client
    plan_id: str

    def post(self, address: str, **fields: str) -> httpx.Response:
        """Send a form as a browser does."""
        return self.client.send(
            "POST",
            address,
            content=urlencode(fields),
            headers={"content-type": "application/x-www-form-urlencoded", "origin": HERE},
        )

    def page(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def office(tmp_path: Path) -> Office:
    plan_id = drafted_home(tmp_path)
    app = create_app(StoreShelf(tmp_path), check=FakeCheck(), version="1", home=tmp_path)
    return Office(tmp_path, Client(app), plan_id)


def followed_to(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_plan_is_locked_from_its_page(office: Office) -> None:
    address = f"/plan/{office.plan_id}"
    form = next(tag for tag in Outline(office.page(address)).all("form") if tag["method"] == "post")
    made = office.post(form["action"], gjor="las", omfang="nord", grunn="Styrets vedtak", **WHO)
    text = office.page(followed_to(made))
    assert "Låst av Åse Ødegård, direktør, " in text
    assert "versjon 1" in text
    assert office.plan_id in text
    # And the plan's own page says so, with number, signatory and day.
    said = office.page(address)
    assert "Årsplan 2025, region Nord: låst som versjon 1 av Åse Ødegård, direktør, " in said


def test_a_draft_is_made_changed_and_then_locked(office: Office) -> None:
    made = office.post(
        f"/plan/{office.plan_id}/versjon", gjor="utkast", omfang="alle", grunn="Ny runde", **WHO
    )
    address = followed_to(made)
    changed = office.post(
        f"{address}/overstyr",
        serie="nord/akutt",
        form="base",
        plasser="0",
        grunn="Huset stenger",
        **WHO,
    )
    text = office.page(followed_to(changed))
    assert "Huset stenger" in text
    assert "Bistandsplikten gjelder like fullt hvert barn" in text
    locked = office.post(f"{address}/las", **WHO)
    assert "Lås versjonen" not in office.page(followed_to(locked))
    version = existing(office.home, NATION).in_force
    assert version is not None
    assert [each.places for each in version.held] == [0]


def test_the_report_of_a_version_is_downloaded_from_its_page(office: Office) -> None:
    changed = {"serie": "nord/akutt", "form": "base", "plasser": "0", "grunn": "Huset stenger"}
    office.post(f"{FIRST}/overstyr", **changed, **WHO)
    office.post(f"{FIRST}/las", **WHO)
    links = [tag["href"] for tag in Outline(office.page(FIRST)).all("a")]
    files = [link for link in links if "/report." in link]
    assert [link.rpartition(".")[2] for link in files] == ["xlsx", "pdf", "docx", "html"]
    for link in files:
        answer = office.client.get(link)
        assert answer.status_code == 200
        name = answer.headers["content-disposition"].partition("=")[2].strip('"')
        assert name.startswith("kapasitetsplan_landet_2025_v1_")
    page = office.client.get(files[-1]).text
    assert "Huset stenger" in page
    assert "Åse Ødegård, direktør" in page
    assert office.client.get(files[0].replace(".xlsx", ".exe")).status_code == 422
    assert office.client.get(files[0].replace("/1/", "/9/")).status_code == 422


@pytest.mark.parametrize("verb", ["las", "overstyr", "tilbake"])
@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("navn", "01017012345", "uten lange tall"),
        ("navn", "", "Skriv navnet ditt"),
        ("rolle", "x" * 81, "Skriv rollen din"),
        ("grunn", "barnet 010170 12345", "Skriv begrunnelsen"),
    ],
)
def test_a_field_that_cannot_be_kept_is_named_and_not_repeated(
    office: Office, verb: str, field: str, value: str, told: str
) -> None:
    if verb == "las" and field == "grunn":
        return  # a signature has no reason of its own
    fields = {"serie": "nord/akutt", "form": "base", "plasser": "3", "grunn": "x", **WHO}
    before = existing(office.home, NATION)
    answer = office.post(f"{FIRST}/{verb}", **{**fields, field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert not value or value not in answer.text
    assert existing(office.home, NATION) == before


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"plasser": "-1"}, "helt antall"),
        ({"plasser": "3.5"}, "helt antall"),
        ({"plasser": "9" * 30}, "helt antall"),
        ({"plasser": "٣"}, "helt antall"),
        ({"serie": f"nord/{ATTACK}"}, "Velg en region"),
        ({"form": "spot"}, "Velg en region"),
        ({"form": ATTACK}, "Velg en region"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(
    office: Office, fields: dict[str, str], told: str
) -> None:
    good = {"serie": "nord/akutt", "form": "base", "plasser": "3", "grunn": "x", **WHO}
    answer = office.post(f"{FIRST}/overstyr", **{**good, **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert ATTACK not in answer.text
    assert existing(office.home, NATION).version(1).overrides == ()


def test_a_locked_version_refuses_all_but_going_back(office: Office) -> None:
    lock(office.home, NATION, number=1, by=By.of("Kari", "planlegger", NOW))
    before = existing(office.home, NATION)
    fields = {"serie": "nord/akutt", "form": "base", "plasser": "3", "grunn": "x", **WHO}
    for verb in ("las", "overstyr"):
        answer = office.post(f"{FIRST}/{verb}", **fields)
        assert answer.status_code == 422
        assert "gå tilbake til den som en ny versjon" in answer.text
    assert existing(office.home, NATION) == before
    again = office.post(f"{FIRST}/tilbake", grunn="Ny runde", **WHO)
    assert followed_to(again) == "/historikk/2025/alle/2"
    assert existing(office.home, NATION).versions[0] == before.versions[0]


def test_another_site_changes_nothing(office: Office) -> None:
    for address in (f"{FIRST}/las", f"/plan/{office.plan_id}/versjon", f"{API}/2025/alle/1/lock"):
        answer = office.client.send(
            "POST", address, data={**WHO, "grunn": "x"}, headers={"origin": "http://evil.example"}
        )
        assert answer.status_code == 403
    # Reading never changes anything either.
    assert office.client.get(f"{FIRST}/las").status_code == 405
    assert existing(office.home, NATION).in_force is None
    assert len(existing(office.home, NATION).versions) == 1


def test_two_versions_are_compared_on_their_page(office: Office) -> None:
    higher: Plan = made_plan(level=0.99)
    keep(office.home, higher)
    other = next(p.plan_id for p in plans(office.home) if p.plan_id != office.plan_id)
    office.post(f"/plan/{other}/versjon", gjor="utkast", omfang="alle", grunn="Høyere", **WHO)
    text = office.page("/historikk/2025/alle?fra=1&til=2")
    assert "Hvor endringen kommer fra" in text
    assert "Annet nivå" in text
    before, now = (sum(curve.chosen for curve in p.curves) for p in (made_plan(), higher))
    assert f'<td class="n">+{now - before}</td>' in text
    same = office.page("/historikk/2025/alle?fra=1&til=1")
    assert "Ingen plasser er endret." in same


def test_parts_of_years_are_said_not_to_compare(office: Office) -> None:
    rest = replace(made_plan(date(2025, 4, 30)), begins=date(2025, 5, 1))
    plan_id = keep(office.home, rest)
    office.post(f"/plan/{plan_id}/versjon", gjor="utkast", omfang="alle", grunn="T1", **WHO)
    text = office.page("/historikk/2025/alle?fra=1&til=2")
    assert "oppdatering i tertial 1" in text
    assert "gjelder ikke de samme dagene" in text


def test_an_update_shows_how_the_year_goes_and_why_its_places_differ(office: Office) -> None:
    since = (Since("akutt", 30, tuple((reason, 1) for reason in Reason), 34),)
    beside = {
        FOLLOWED: followed_csv(followed(PLAN, came())),
        since_name(office.plan_id): since_csv(since),
    }
    plan_id = keep(office.home, made_plan(date(2025, 4, 30)), beside)
    office.post(f"/plan/{plan_id}/versjon", gjor="utkast", omfang="alle", grunn="T1", **WHO)
    said = office.page("/historikk/2025/alle/2")
    assert "Årets plan så langt" in said
    assert "Planen holder så langt." in said
    assert "Årets plan så langt" not in office.page(FIRST)
    both = office.page("/historikk/2025/alle?fra=1&til=2")
    assert "regnet fra dataene" in both
    assert '<td class="n">34</td>' in both
    # The other way round it was not computed, and nothing stands in for it.
    assert "regnet fra dataene</h3>" not in office.page("/historikk/2025/alle?fra=2&til=1")
    found = office.client.get(f"{API}/2025/alle/diff", params={"before": 1, "now": 2}).json()
    assert found["since"][0]["now"] == 34


PAGES = ("/historikk", "/historikk/2025/alle", "/historikk/2025/alle?fra=1&til=1", FIRST)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_can_be_read_by_everyone(office: Office, address: str) -> None:
    fields = {"serie": "nord/akutt", "form": "base", "plasser": "0", "grunn": ATTACK, **WHO}
    office.post(f"{FIRST}/overstyr", **fields)
    text = office.page(address)
    page = Outline(text)
    assert page.open == []
    assert [tag["lang"] for tag in page.all("html")] == ["nb"]
    assert len(page.all("h1")) == 1
    assert {tag["id"] for tag in page.all("input", "select")} == {
        tag["for"] for tag in page.all("label")
    }
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert text.count("<table>") <= text.count('class="scroll"')
    assert page.all("script", "style") == []
    assert ATTACK not in text
    assert "Syntetiske tall" in text


def test_without_a_home_nothing_speaks_of_history(office: Office) -> None:
    app = create_app(StoreShelf(office.home), check=FakeCheck())
    client = Client(app)
    assert client.get("/historikk").status_code == 404
    assert "Lås planen" not in client.get(f"/plan/{office.plan_id}").text


@pytest.mark.parametrize(
    "address", ["/historikk/2024/alle", "/historikk/2025/nord", "/historikk/2025/%3Cscript%3E"]
)
def test_a_yearly_plan_that_is_not_there_is_not_found(office: Office, address: str) -> None:
    answer = office.client.get(address)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_http_has_the_verbs_of_the_commands(office: Office) -> None:
    who = {"name": "Kari Nordmann", "role": "planlegger"}
    asked = {**who, "reason": "Ny", "plan_id": office.plan_id}
    made = office.client.send("POST", API, json=asked)
    assert made.status_code == 201
    assert made.json()["version"]["number"] == 2
    places = {**who, "reason": "Hus", "region": "nord", "need_group": "akutt", "form": "base"}
    one = f"{API}/2025/alle"
    changed = office.client.send("POST", f"{one}/2/overrides", json={**places, "places": 0})
    (effect,) = changed.json()["effects"]
    assert effect["below_level"] is True
    *groups, whole = changed.json()["decided"]
    for side in ("model", "decided"):
        assert sum(group[side]["places"] for group in groups) == whole[side]["places"]
    fewer = effect["chosen"]["places"] - effect["model"]["places"]
    assert whole["decided"]["places"] - whole["model"]["places"] == fewer < 0
    page = unescape(office.client.get("/historikk/2025/alle/2").text)
    assert all(sentence in page for sentence in changed.json()["sentences"])
    assert "Foreslått i utkastet" in page
    assert effect["chosen"]["offered_share"] < effect["model"]["offered_share"]
    locked = office.client.send("POST", f"{one}/2/lock", json=who).json()
    assert (locked["version"]["status"], locked["version"]["in_force"]) == ("locked", True)
    back = office.client.send("POST", f"{one}/2/restore", json={**who, "reason": "Igjen"})
    assert back.json()["version"]["based_on"] == 2
    assert back.json()["overrides"] == locked["overrides"]
    listed = office.client.get(one).json()
    assert [row["number"] for row in listed] == [3, 2, 1]
    assert office.client.get(API).json() == listed
    assert office.client.get(f"{one}/2").json() == locked
    found = office.client.get(f"{one}/diff", params={"before": 1, "now": 2}).json()
    assert (
        sum(sum(group["causes"].values()) for group in found["groups"])
        == (found["places"]["change"])
    )


def test_http_refuses_with_a_message_and_repeats_nothing(office: Office) -> None:
    who = {"name": "Kari", "role": "planlegger"}
    for address, body, status in (
        (f"{API}/2025/alle/9/lock", who, 422),
        (f"{API}/2025/KANARI/1/lock", who, 404),
        (f"{API}/2025/alle/1/lock", {"name": "KANARI 01017012345", "role": "x"}, 422),
        (f"{API}/2025/alle/1/lock", {"name": "KANARI"}, 422),
        (
            f"{API}/2025/alle/1/overrides",
            {**who, "reason": "x", "region": "KANARI", "need_group": "x", "form": "base"},
            422,
        ),
        (API, {**who, "reason": "x", "plan_id": "KANARI"}, 422),
        (API, {**who, "reason": "x", "plan_id": office.plan_id, "region": "KANARI"}, 422),
    ):
        answer = office.client.send("POST", address, json=body)
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"message", "fix"}
        assert "KANARI" not in answer.text
        assert "01017012345" not in answer.text
    assert len(yearly_plans(office.home)) == 1
    assert len(existing(office.home, NATION).versions) == 1


@pytest.mark.parametrize("text", ["\ud800", "\x00", "9" * 5000, "..", "' OR 1=1 --"])
def test_hostile_texts_are_refused_and_never_a_fault_of_ours(office: Office, text: str) -> None:
    who = {"name": "Kari", "role": "planlegger", "reason": "x"}
    good = {**who, "region": "nord", "need_group": "akutt", "form": "base", "places": 1}
    asked = {**who, "plan_id": office.plan_id}
    for address, body in (
        *((API, {**asked, field: text}) for field in ("plan_id", "region")),
        *((f"{API}/2025/alle/1/overrides", {**good, f: text}) for f in ("region", "form")),
    ):
        content = json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        answer = office.client.send("POST", address, content=content, headers=headers)
        assert answer.status_code == 422, (address, body, answer.text)
    assert len(existing(office.home, NATION).versions) == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/historikk/{10**30}/alle", 422),
        (f"{API}/{10**30}/alle", 422),
        (f"/historikk/2025/alle/{10**30}", 422),
        ("/historikk/2025/%00", 422),
        (f"/historikk/2025/alle?fra={'9' * 5000}&til=1", 200),
        (f"{API}/2025/alle/diff?before={10**30}&now=1", 422),
    ],
)
def test_numbers_that_are_too_large_are_no_fault_of_ours(
    office: Office, address: str, status: int
) -> None:
    assert office.client.get(address).status_code == status


def test_more_places_than_there_can_be_are_refused(office: Office) -> None:
    asked = {"name": "Kari", "role": "planlegger", "reason": "x", "region": "nord"}
    asked |= {"need_group": "akutt", "form": "base"}
    body = {**asked, "places": 10**30}
    assert office.client.send("POST", f"{API}/2025/alle/1/overrides", json=body).status_code == 422


def test_every_address_of_yearly_plans_is_in_the_description_and_the_docs(office: Office) -> None:
    paths = office.client.get("/openapi.json").json()["paths"]
    mine = [path for path in paths if "/yearly" in path]
    assert len(mine) == 8
    docs = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
    for path in mine:
        for method in paths[path]:
            assert f"`{method.upper()} {path}" in docs, (method, path)
    assert json.dumps(paths).count("KANARI") == 0
