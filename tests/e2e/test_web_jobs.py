"""Runs of scenarios from the page: started, followed, cancelled, and honest about how they end."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from forecasting.errors import ComputationError, InputError, PlassplanError, UsageError
from planning.scenario import ScenarioError
from service import cli, clock, run_scenario
from service.database import connection
from service.evidence import RejectedError
from service.jobs.process import Written, work
from service.jobs.queue import MOST_WAITING
from service.jobs.records import (
    KEPT,
    SECONDS_TO_ASK,
    Ended,
    JobFolder,
    JobState,
    Progress,
    Reason,
    Trouble,
)
from service.plan_inputs import NoInputsError, kept_plan_inputs
from service.scenario_asked import OWN, ScenarioAsked, WrongFieldError
from service.scenario_store import kept_scenarios
from service.scenarios import chosen_scenarios
from service.serving import serve
from service.web.job_words import ENDS, REASONS, STEPS
from tests.job_works import dying, endless, nothing
from tests.web_client import Outline
from tests.web_jobs import API, FORM, SECONDS, WHY, Office, Open

ATTACK = "<script>alert('x')</script>"


def folders(office: Office, job_id: str) -> list[Path]:
    """What a job left beside its record."""
    return [path for path in office.jobs.shelf.one(job_id).path.iterdir() if path.is_dir()]


def test_a_scenario_is_run_from_the_page_and_kept(office: Office) -> None:
    with office.jobs.worker():
        started = office.start(
            scenario=["demand_10_more", ""],
            demand_percent="−20",
            level_percent="95",
            price_spot="12,5",
        )
        assert started.status_code == 303, started.text
        page = started.headers["location"]
        told = office.client.get(page)
        assert told.status_code == 200
        assert "Til budsjettmøtet" in told.text
        assert "Vis igjen" in told.text
        made = office.until(page.rsplit("/", 1)[1], "done", "failed")
    assert made["message"] == ""
    shown = office.client.get(page)
    assert shown.headers["location"] == f"/scenarioer/{made['made']}"
    text = office.client.get(shown.headers["location"]).text
    assert "Til budsjettmøtet" in text
    assert "av Åse Ødegård" in text
    assert f'Samme grunnlag som <a href="/plan/{office.stored}">' in text
    assert "Egne: henvisninger −20 %, nivå 95 av 100, pris på enkeltkjøp +12,5 %" in text.replace(
        "\xa0", " "
    )
    # A fifth fewer children and a lower level ask for fewer places than a tenth more children.
    address = f"{API}/scenarios/{made['made']}"
    codes = {"scenario": ["demand_10_more", "own_assumptions"]}
    rows = office.client.get(address, params=codes).json()["rows"]
    base, more, fewer = (cell["value"] for cell in rows[0]["cells"])
    assert fewer < base <= more
    assert (made["step"], made["steps"]) == (3, 3)
    assert folders(office, made["id"]) == []


def test_a_plan_of_a_file_is_run_with_that_file(office: Office) -> None:
    page = office.client.get(f"{FORM}?plan={office.filed}").text
    assert "referrals.csv" in page
    with office.jobs.worker():
        job = office.ask(plan=office.filed, extract=office.extract)
        made = office.until(job["id"], "done", "failed")
    run = office.client.get(f"/scenarioer/{made['made']}").text
    assert f'Samme grunnlag som <a href="/plan/{office.filed}">' in run
    # Rows of children are gone as soon as they are not needed.
    left = [path for path in office.jobs.shelf.root.rglob("*") if path.is_file()]
    assert [path for path in left if b"referral_id" in path.read_bytes()] == []


def test_the_form_can_be_used_by_everyone(office: Office) -> None:
    for plan in (office.stored, office.filed):
        page = Outline(office.client.get(f"{FORM}?plan={plan}").text)
        assert page.open == []
        labelled = {tag["for"] for tag in page.all("label")}
        shown = [tag for tag in page.all("input", "select") if tag.get("type") != "hidden"]
        assert {tag["id"] for tag in shown} == labelled
        assert page.all("script") == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"reason": ""}, "Skriv begrunnelsen"),
        ({"reason": "gjelder 01017012345"}, "Skriv begrunnelsen"),
        ({"name": "to\nlinjer"}, "Skriv navnet ditt"),
        ({"scenario": []}, "ett til 3 ulike scenarioer"),
        ({"scenario": ["spot_half", "spot_half"]}, "ett til 3 ulike scenarioer"),
        ({"scenario": [ATTACK]}, "ett til 3 ulike scenarioer"),
        (
            {"scenario": ["spot_half", "latent_10", "call_off_gone"], "stays_percent": "5"},
            "ett til 3 ulike scenarioer",
        ),
        ({"demand_percent": ATTACK}, "Skriv et tall fra −50 til 50: så mange prosent mer"),
        ({"demand_percent": "nan"}, "Skriv et tall fra"),
        ({"stays_percent": "95"}, "5 er fem prosent mer, −5 fem prosent mindre"),
        ({"stays_percent": "-51"}, "Skriv et tall fra"),
        ({"price_base": "50,1"}, "Skriv et tall fra"),
        ({"level_percent": "100"}, "Skriv nivået som et tall fra 50 til 99,9"),
    ],
)
def test_a_wrong_field_is_said_and_not_repeated(
    office: Office, given: dict[str, Any], told: str
) -> None:
    answer = office.start(**given)
    assert answer.status_code == 422
    assert told in answer.text
    assert ATTACK not in answer.text
    assert "01017012345" not in answer.text
    fault = office.start(to=f"{API}/scenarios", **given)
    assert fault.status_code == 422
    assert fault.json()["fix"]
    assert ATTACK not in fault.text
    assert office.client.get(f"{API}/jobs").json() == []


def wrong_fields(page: Outline) -> dict[str, dict[str, str]]:
    """The fields that a form marks as wrong, by id."""
    return {t["id"]: t for t in page.all("input", "select") if t.get("aria-invalid") == "true"}


def filled(page: Outline) -> dict[str, str]:
    """What stands in the text fields of a form, by name."""
    texts = [tag for tag in page.all("input") if tag.get("type") == "text"]
    return {tag["name"]: tag.get("value", "") for tag in texts}


def chosen(text: str) -> list[str]:
    """The scenarios that a form has chosen."""
    return re.findall(r'<option value="(\w+)" selected>', text.split("<h2>Scenarioer")[1])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"demand_percent": "ti"}, "demand_percent"),
        ({"stays_percent": "-95"}, "stays_percent"),
        ({"price_spot": "<i>"}, "price_spot"),
        ({"level_percent": "100"}, "level_percent"),
        ({"name": "x" * 90}, "name"),
        ({"reason": " "}, "reason"),
        ({"scenario": ["spot_half", "", "spot_half"]}, "scenario-1"),
    ],
)
def test_a_form_comes_back_as_it_was_filled_in_with_the_fault_at_its_field(
    office: Office, given: dict[str, Any], field: str
) -> None:
    right = {"scenario": ["", "spot_half"], "demand_percent": "-5", "level_percent": "95,5", **WHY}
    wanted = {**right, **given}
    text = office.start(**wanted).text
    page = Outline(text)
    assert page.open == []
    (marked,) = wrong_fields(page).values()
    assert marked["id"] == field
    assert "feil" in marked["aria-describedby"].split()
    assert {"href": f"#{field}"} in page.all("a")
    # The fault stands between the field's label and the field; for all scenarios above them.
    said = text.split('id="feil"')[1]
    assert said.index(f'id="{field}"') < said.index("</div>")
    texts = {name: value for name, value in wanted.items() if name != "scenario"}
    assert {name: filled(page)[name] for name in texts} == texts
    assert chosen(text) == [code for code in wanted["scenario"] if code]


def test_what_may_be_a_persons_number_is_never_shown_again(office: Office) -> None:
    """Neither where it is wrong nor where something else is."""
    number = "01017012345"
    for given in ({"reason": f"gjelder {number}", "level_percent": "3"}, {"stays_percent": number}):
        text = office.start(**given).text
        assert number not in text
        assert filled(Outline(text))["name"] == WHY["name"]


def test_a_fault_of_no_field_stands_above_the_whole_form(office: Office) -> None:
    for _ in range(MOST_WAITING):
        office.ask()
    text = office.start(stays_percent="7").text
    assert wrong_fields(Outline(text)) == {}
    assert text.index('role="alert"') < text.index("<form")
    assert filled(Outline(text))["stays_percent"] == "7"


def test_a_file_must_be_chosen_again(office: Office) -> None:
    told = "Velg filen på nytt"
    assert told not in office.client.get(f"{FORM}?plan={office.filed}").text
    wrong = office.start(office.filed, extract=b"other", stays_percent="7").text
    assert told in wrong
    assert list(wrong_fields(Outline(wrong))) == ["extract"]
    assert filled(Outline(wrong))["stays_percent"] == "7"


def test_another_extract_than_the_plans_own_is_refused(office: Office) -> None:
    for extract, told in ((b"", "Velg filen"), (b"other", "er ikke den som planen er laget av")):
        answer = office.start(office.filed, extract=extract)
        assert answer.status_code == 422
        assert told in answer.text
    assert list(office.jobs.shelf.root.glob("job-*")) == []


def test_a_store_that_has_moved_on_is_refused(
    office: Office, agency: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLASSPLAN_HOME", str(office.home))
    newer = tmp_path / "newer.csv"
    newer.write_bytes(office.extract.rsplit(b"\n", 2)[0] + b"\n")
    assert cli.run(["load", str(newer), "--config", str(agency / "own.toml")]) == 0
    answer = office.start()
    assert answer.status_code == 422
    assert "lest inn nye tall siden planen" in answer.text


def test_hostile_text_is_text(office: Office) -> None:
    page = office.start(reason=ATTACK, name="<b>x</b>").headers["location"]
    for address in (page, "/scenarioer"):
        text = office.client.get(address).text
        assert ATTACK not in text
        assert "&lt;script&gt;" in text
    assert "<b>x</b>" not in office.client.get(page).text


def test_a_form_of_another_site_starts_and_stops_nothing(office: Office) -> None:
    job = office.ask()
    there = {"origin": "http://evil.example"}
    fields = {"plan_id": office.stored, "scenario": "spot_half", **WHY}
    for address in (FORM, f"{API}/scenarios"):
        assert office.client.send("POST", address, data=fields, headers=there).status_code == 403
    for address in (f"/scenarioer/jobb/{job['id']}/avbryt", f"{API}/jobs/{job['id']}/cancel"):
        assert office.client.send("POST", address, headers=there).status_code == 403
    assert [each["state"] for each in office.client.get(f"{API}/jobs").json()] == ["queued"]


def test_more_than_can_wait_are_refused_until_one_is_cancelled(office: Office) -> None:
    waiting = [office.ask()["id"] for _ in range(MOST_WAITING)]
    full = office.start()
    assert full.status_code == 422
    assert "jobber venter allerede" in full.text
    assert "wait already" in office.start(to=f"{API}/scenarios").json()["message"]
    stopped = office.client.send("POST", f"{API}/jobs/{waiting[0]}/cancel")
    assert stopped.json()["state"] == "cancelled"
    assert office.start().status_code == 303


def test_a_running_job_is_cancelled_and_the_next_one_runs(opened: Open) -> None:
    office = opened(endless)
    with office.jobs.worker():
        first, second = (office.ask(plan=office.filed, extract=office.extract) for _ in range(2))
        running = office.until(first["id"], "running")
        pid = _pid(office, first["id"])
        # One at a time, and with progress that can be read.
        assert office.job(second["id"])["state"] == "queued"
        page = f"/scenarioer/jobb/{running['id']}"
        _until(lambda: "1 av 4" in office.client.get(page).text)
        assert "Steg 1 av 3: Lager prognosen" in office.client.get(page).text
        assert office.client.send("POST", page + "/avbryt").headers["location"] == page
        office.until(first["id"], "cancelled")
        office.until(second["id"], "running")
        assert not psutil.pid_exists(pid)
        assert "Jobben er avbrutt" in office.client.get(page).text
        assert folders(office, first["id"]) == []
    # The server was stopped while the second one ran.
    failed = office.job(second["id"])
    assert (failed["state"], failed["trouble"]) == ("failed", "stopped")
    assert "Plassplan ble stoppet" in office.client.get(f"/scenarioer/jobb/{second['id']}").text
    assert folders(office, second["id"]) == []
    assert kept_scenarios(office.home) == ()


def test_a_process_that_dies_is_a_failed_job(opened: Open) -> None:
    office = opened(dying)
    with office.jobs.worker():
        job = office.until(office.ask()["id"], "failed", "done")
    assert job["trouble"] == "died"
    assert "-9" in job["message"]
    text = office.client.get(f"/scenarioer/jobb/{job['id']}").text
    assert "Beregningen stoppet uten svar" in text
    assert "Prøv igjen" in text


def test_what_the_chain_refuses_is_said_with_what_to_do(office: Office) -> None:
    # The agency has no referrals by legal basis: only the run can find out.
    with office.jobs.worker():
        job = office.ask(scenario=["urgent_orders_double"])
        failed = office.until(job["id"], "failed", "done")
    assert failed["trouble"] == "input"
    text = office.client.get(f"/scenarioer/jobb/{job['id']}").text
    settings = kept_plan_inputs(office.home, office.stored).settings
    (asked,) = chosen_scenarios(("urgent_orders_double",), settings)
    assert f"«{asked.label('nb')}» kan ikke regnes på denne planen" in text
    # What the program says in English is folded away, and said to be English.
    shown, folded = text.split("<details>")[0], text.split("<details>")[1].split("</details>")[0]
    assert "legal basis" not in shown
    assert '<p lang="en">' in folded
    assert "legal basis &#39;4-4&#39;" in folded
    assert kept_scenarios(office.home) == ()


def test_own_assumptions_that_do_not_fit_are_named_so(office: Office) -> None:
    folder = office.jobs.shelf.one(office.ask()["id"])
    refused = Ended(JobState.FAILED, clock.now(), "", Trouble.INPUT, "no law.", "Use another.")
    for scenario, told in (
        (OWN, "Egne forutsetninger"),
        ("spot_half", "«Enkeltkjøp lykkes halvparten så ofte»"),
    ):
        folder.become(replace(refused, reason=Reason.SCENARIO, scenario=scenario))
        text = office.client.get(f"/scenarioer/jobb/{folder.path.name}").text
        assert told in text.split("kan ikke regnes på denne planen")[0].rsplit("<p>", 1)[1]


@pytest.mark.parametrize(
    ("error", "reason", "told"),
    [
        (WrongFieldError("moved_on", "x", fix="y"), "moved_on", "lest inn nye tall"),
        (WrongFieldError("no_extract", "x", fix="y"), "no_extract", "velg filen på nytt"),
        (RejectedError("x"), "rejected", "avvist av kontrollen"),
        (NoInputsError("x"), "no_inputs", "Lag planen på nytt"),
        (ComputationError("x"), "computation", "fant ikke noe svar"),
        (InputError("x"), "other", "kan ikke brukes til dette"),
        (UsageError("x"), "other", "kan ikke brukes til dette"),
        (ScenarioError("spot_half", InputError("x")), "scenario", "kan ikke regnes"),
    ],
)
def test_every_refusal_has_a_reason_in_norwegian(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: PlassplanError, reason: str, told: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    job = office.ask()
    folder = office.jobs.shelf.one(job["id"])
    # The work sets its signals, threads and home for a process of its own.
    monkeypatch.setattr("service.jobs.process.signal.signal", refuse_nothing)
    monkeypatch.setattr("service.jobs.process.one_thread_each", refuse_nothing)
    monkeypatch.setenv("PLASSPLAN_HOME", str(office.home))
    monkeypatch.setattr("service.jobs.process.run_scenarios", refuse)
    work(office.home, folder.path)
    ended = office.jobs._ended(folder, exit_code=0)
    folder.become(ended)
    assert (folder.state().reason, folder.state().trouble) == (reason, Trouble.INPUT)
    assert told in office.client.get(f"/scenarioer/jobb/{job['id']}").text.split("<details>")[0]


def refuse_nothing(*_: object) -> None:
    """Stands for what only a process of its own may do."""


def test_every_end_and_reason_has_words() -> None:
    assert set(ENDS) == set(Trouble)
    assert set(REASONS) == set(Reason)


def test_a_job_that_ended_before_reasons_were_kept_can_be_shown(office: Office) -> None:
    folder = office.jobs.shelf.one(office.ask()["id"])
    folder.become(Ended(JobState.FAILED, clock.now(), "", Trouble.INPUT, "no basis.", "Use x."))
    old = folder.read("state.json") or {}
    folder.write("state.json", {k: v for k, v in old.items() if k not in ("reason", "scenario")})
    text = office.client.get(f"/scenarioer/jobb/{folder.path.name}").text
    assert "kan ikke brukes til dette" in text
    assert "no basis." in text.split("<details>")[1]


def test_a_job_whose_server_was_killed_has_failed(office: Office) -> None:
    job = office.ask()
    folder = office.jobs.shelf.one(job["id"])
    folder.become(Ended(JobState.RUNNING, clock.now()))
    with office.jobs.shelf.alone(wait=0) as held:
        assert held
        # Somebody runs jobs of this home, so it may well be this one.
        assert office.job(job["id"])["state"] == "running"
    assert office.job(job["id"])["trouble"] == Trouble.STOPPED


def test_what_waited_runs_after_a_restart(opened: Open) -> None:
    job = opened(nothing).ask()
    again = opened(nothing)
    with again.jobs.worker():
        assert again.until(job["id"], "done", "failed")["made"] == f"made-by-{job['id']}"


def test_a_second_server_of_a_home_leaves_its_jobs_alone(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.queue.SECONDS_TO_HAND_OVER", 0.2)
    first, second = opened(endless), opened(nothing)
    with first.jobs.worker():
        running, waiting = first.ask(), first.ask()
        first.until(running["id"], "running")
        with second.jobs.worker():
            time.sleep(1.0)
        assert [first.job(job["id"])["state"] for job in (running, waiting)] == [
            "running",
            "queued",
        ]
        first.jobs.cancel(first.jobs.shelf.one(waiting["id"]))


def test_a_job_that_has_ended_is_not_run(opened: Open) -> None:
    office = opened(nothing)
    job = office.ask()
    folder = office.jobs.shelf.one(job["id"])
    folder.become(Ended(JobState.FAILED, clock.now(), trouble=Trouble.STOPPED))
    other = office.ask()
    with office.jobs.worker():
        office.until(other["id"], "done")
    assert office.job(job["id"])["state"] == "failed"


@pytest.mark.parametrize("of_file", [False, True])
def test_a_job_runs_on_the_plans_own_rows_or_not_at_all(office: Office, of_file: bool) -> None:
    """The store may have moved on while it waited, and a file may be gone."""
    given = {"plan": office.filed, "extract": office.extract} if of_file else {}
    job = office.ask(**given)
    if of_file:
        office.jobs.shelf.one(job["id"]).clear()
    else:
        with connection(office.home) as db:
            db.execute(
                "INSERT INTO datasets SELECT 99, 'another', key_id, 0, 0, findings, loaded_at"
                " FROM datasets"
            )
            db.commit()
    with office.jobs.worker():
        failed = office.until(job["id"], "failed", "done")
    assert failed["trouble"] == "input"
    assert kept_scenarios(office.home) == ()


def test_rows_that_a_server_left_when_it_died_go_with_the_next_one(opened: Open) -> None:
    office = opened(nothing)
    ended = office.jobs.shelf.one(office.ask()["id"])
    ended.become(Ended(JobState.CANCELLED, clock.now()))
    begun, now = (office.jobs.shelf.new()[1] for _ in range(2))
    for folder in (ended, begun, now):
        folder.extract.mkdir()
        (folder.extract / "referrals.csv").write_bytes(office.extract)
    long_ago = time.time() - 2 * SECONDS_TO_ASK
    os.utime(begun.path, (long_ago, long_ago))
    with office.jobs.worker():
        # One that is being asked for this minute must keep its own.
        assert [folder.extract.exists() for folder in (ended, begun, now)] == [False, False, True]
    assert not begun.path.exists()


def test_work_ends_by_itself_when_its_server_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Written(JobFolder(tmp_path), steps=3)
    talk.say("alive")
    dead = subprocess.Popen(["true"])
    dead.wait()
    monkeypatch.setattr(
        "service.jobs.process.multiprocessing.parent_process",
        lambda: SimpleNamespace(is_alive=lambda: psutil.pid_exists(dead.pid)),
    )
    with pytest.raises(SystemExit):
        talk.say("nobody can stop it any more")


def test_old_jobs_are_forgotten(office: Office) -> None:
    for _ in range(KEPT + 2):
        job = office.ask()
        office.jobs.shelf.one(job["id"]).become(Ended(JobState.DONE, clock.now(), made="x"))
    # The last was asked for before it ended.
    assert len(office.client.get(f"{API}/jobs").json()) == KEPT + 1


@pytest.mark.parametrize(
    ("done", "total", "left"),
    [(0, 0, None), (0, 40, None), (1, 40, None), (2, 40, 190), (40, 40, 0)],
)
def test_the_time_left_is_told_once_it_can_be(done: int, total: int, left: int | None) -> None:
    assert Progress(1, 3, "x", done, total, seconds=10.0).seconds_left == left


def test_an_unknown_job_or_plan_is_not_found(office: Office) -> None:
    for address in ("/scenarioer/jobb/..%2F..", "/scenarioer/jobb/x", f"{API}/jobs/job-x"):
        assert office.client.get(address).status_code == 404
    assert office.start("plan-2025-nowhere").status_code == 422


def test_a_plan_keeps_what_it_was_made_with_and_serves_none_of_it(office: Office) -> None:
    kept = kept_plan_inputs(office.home, office.filed)
    assert kept.settings.config_hash == kept.plan.basis.config_hash
    assert sha256(kept.register or b"").hexdigest() == kept.plan.basis.register_sha256
    served = office.client.get(f"{API}/plans/{office.filed}/inputs/config.json")
    assert served.status_code == 404


def test_a_plan_from_before_inputs_were_kept_says_what_to_do(office: Office) -> None:
    with connection(office.home) as db:
        db.execute("DELETE FROM plan_files WHERE name LIKE 'inputs/%'")
    for answer in (office.client.get(FORM), office.start()):
        assert answer.status_code == 422
        assert "Lag planen på nytt" in answer.text
    assert "again" in office.start(to=f"{API}/scenarios").json()["fix"]


def test_every_address_of_jobs_is_in_the_docs(office: Office) -> None:
    paths = office.client.get("/openapi.json").json()["paths"]
    docs = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
    mine = [path for path in paths if "/jobs" in path or path.endswith("/scenarios")]
    assert len(mine) == 4
    for path in mine:
        for method in paths[path]:
            assert f"`{method.upper()} {path}`" in docs


def test_every_step_that_is_said_has_words_on_the_page() -> None:
    """What the chain says in English is said in Norwegian."""
    chain = Path(run_scenario.__file__).read_text(encoding="utf-8")
    said = re.findall(r'say\(f?"([^"{]+)', chain)
    assert len(said) == 6
    assert all(any(each.startswith(begins) for begins in STEPS) for each in said)
    assert all(any(each.startswith(begins) for each in said) for begins in STEPS)


def test_pages_answer_while_a_job_runs(opened: Open) -> None:
    office = opened(work)
    with office.jobs.worker():
        job = office.ask()
        office.until(job["id"], "running")
        slowest = 0.0
        while office.job(job["id"])["state"] == "running":
            began = time.monotonic()
            assert office.client.get("/scenarioer").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2


CHROMIUM = shutil.which("chromium")


@contextmanager
def served(office: Office) -> Iterator[str]:
    """The address of the app while it is served."""
    ready: list[str] = []
    said = threading.Event()

    def tell(address: str) -> None:
        ready.append(address)
        said.set()

    threading.Thread(
        target=serve, args=(office.client.app,), kwargs={"port": 0, "ready": tell}, daemon=True
    ).start()
    assert said.wait(20)
    yield ready[0].rstrip("/")


@pytest.fixture  # its loop stands in the way of the client: not for longer than one test
def browser() -> Iterator[Browser]:
    with sync_playwright() as playing:
        opened = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_axe_finds_no_fault_and_nothing_overflows(opened: Open, browser: Browser) -> None:
    office = opened(dying)
    with served(office) as address:
        what = ScenarioAsked(office.stored, ("spot_half",), "Fra nettleseren", "Kari").plain
        failed, waits = (office.jobs.ask(what, lambda _: None).job_id for _ in range(2))
        office.jobs.shelf.one(failed).become(
            Ended(JobState.FAILED, clock.now(), "", Trouble.FAULT, "KeyError", "Start it again.")
        )
        pages = ("/scenarioer", FORM, f"{FORM}?plan={office.filed}")
        jobs = (f"/scenarioer/jobb/{failed}", f"/scenarioer/jobb/{waits}")
        for width in (1280, 320):
            # axe is a script, which the page itself forbids; only for it the rule is lifted.
            context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
            page = context.new_page()
            for path in (*pages, *jobs, f"/plan/{office.stored}"):
                page.goto(address + path)
                found = Axe().run(page)
                assert found.violations_count == 0, (path, found.generate_report())
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                if shots := os.environ.get("PLASSPLAN_SHOTS"):
                    name = path.strip("/").replace("/", "-").split("?plan")[0]
                    page.screenshot(path=f"{shots}/{name[:24]}-{width}.png", full_page=True)
            context.close()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_person_mends_one_wrong_field_in_a_browser(opened: Open, browser: Browser) -> None:
    office = opened(work)
    with served(office) as address:
        for width in (1280, 320):
            context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.goto(f"{address}{FORM}?plan={office.stored}")
            page.locator("#scenario-2").select_option("spot_half")
            page.locator("#stays_percent").fill("ti")
            page.locator("#name").fill("Kari")
            page.locator("#reason").fill("Fra nettleseren")
            page.locator("#reason").press("Enter")
            page.get_by_role("link", name="Ett felt må rettes").click()
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if shots := os.environ.get("PLASSPLAN_SHOTS"):
                page.screenshot(path=f"{shots}/wrong-{width}.png", full_page=True)
            page.locator("#stays_percent").fill("-10")
            page.locator("#reason").press("Enter")
            assert "/jobb/" in page.url
            context.close()
    whats = [folder.asked().what for folder in office.jobs.shelf.every()]
    assert [what["scenarios"] for what in whats] == [["spot_half"]] * 2
    assert [what["stays_percent"] for what in whats] == [-10.0] * 2


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("script", [True, False])
def test_a_person_runs_a_scenario_in_a_browser_by_keyboard(
    opened: Open, browser: Browser, script: bool
) -> None:
    office = opened(work)
    with served(office) as address, office.jobs.worker():
        page = browser.new_context(java_script_enabled=script).new_page()
        page.goto(f"{address}/plan/{office.stored}")
        page.get_by_text("Prøv et scenario på denne planen").press("Enter")
        page.locator("#scenario-1").select_option("demand_10_more")
        page.locator("#name").fill("Kari")
        page.locator("#reason").fill("Fra nettleseren")
        page.locator("#reason").press("Enter")
        last = time.monotonic() + SECONDS
        while "/jobb/" in page.url or page.url.endswith("/ny"):
            assert time.monotonic() < last, page.content()
            if script:
                page.wait_for_timeout(200)
            else:
                page.get_by_text("Vis igjen").click()
        assert "Fra nettleseren" in page.locator("h1").inner_text()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_plan_is_locked_in_a_browser(opened: Open, browser: Browser) -> None:
    """A browser says where a form comes from only if the page lets it."""
    office = opened(work)
    with served(office) as address:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{address}/plan/{office.stored}")
        page.locator("#navn-las").fill("Kari")
        page.locator("#rolle-las").fill("direktør")
        page.locator("#grunn-las").fill("Vedtatt")
        page.get_by_role("button", name="Lås planen").click()
        assert "versjon 1" in page.locator("h1").inner_text()


def _pid(office: Office, job_id: str) -> int:
    path = office.jobs.shelf.one(job_id).path / "pid"
    _until(lambda: path.exists() and bool(path.read_text()))
    return int(path.read_text())


def _until(true: Callable[[], bool]) -> None:
    last = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < last
        time.sleep(0.05)
