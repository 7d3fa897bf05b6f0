"""The JSON API: answers equal the curve, faults have one shape, every answer is headed."""

import itertools
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import UsageError
from planning.plan import Plan
from service import cli
from service.api import create_app
from service.guard import HEADERS
from service.jobs.records import JobShelf
from service.serving import check_host, serve
from service.shelf import PLAN_FILES, FolderShelf, UnknownPlanError
from tests.plans import example_plan
from tests.web_client import HERE, Client, FakeCheck, rejected, write_plan

PLAN = "/api/v1/plans/plan-2025"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return example_plan(regions=2, groups=3)


@pytest.fixture(scope="module")
def shelf(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> FolderShelf:
    root = tmp_path_factory.mktemp("plans")
    write_plan(root, "plan-2025", plan)
    (root / "secret.txt").write_text("KANARI")
    return FolderShelf(root)


@pytest.fixture(scope="module")
def client(shelf: FolderShelf) -> Client:
    return Client(create_app(shelf, check=FakeCheck(), version="1", upload_limit=10_000))


def test_the_list_says_what_each_plan_recommends(client: Client, plan: Plan) -> None:
    (row,) = client.get("/api/v1/plans").json()
    assert row["id"] == "plan-2025"
    assert row["committed_places"] == sum(curve.chosen for curve in plan.curves)
    assert row["cost_nok"] == pytest.approx(plan.total_cost.mean)  # type: ignore[union-attr]
    assert client.get(PLAN).json() == row


@pytest.mark.parametrize("name", PLAN_FILES)
def test_every_file_is_served_as_it_was_written(
    client: Client, shelf: FolderShelf, name: str
) -> None:
    answer = client.get(f"{PLAN}/{name}")
    assert answer.content == (shelf.root / "plan-2025" / name).read_bytes()
    assert answer.headers["content-type"] == PLAN_FILES[name]
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("level", [0.01, 0.5, 0.9, 0.95, 0.975, 0.98, 0.995, 0.999])
def test_an_answer_is_the_first_point_of_the_curve_that_keeps_the_level(
    client: Client, plan: Plan, level: float
) -> None:
    answer = client.get(f"{PLAN}/level", params={"level": level}).json()
    for row, curve in zip(answer["series"], plan.curves, strict=True):
        places = int(row["answer"]["places"])
        share = curve.offered_share
        assert share[places] >= level - 1e-9
        assert places == 0 or share[places - 1] < level + 1e-9
        expected = curve.not_offered_mean[places]
        assert row["answer"]["children_not_offered"] == pytest.approx(expected, abs=1e-3)
        assert curve.cost_nok is not None
        assert row["answer"]["cost_nok"] == pytest.approx(curve.cost_nok[places], abs=1)


def test_without_a_level_the_answer_is_the_recommendation(client: Client, plan: Plan) -> None:
    answer = client.get(f"{PLAN}/level").json()
    assert answer["answer"] == answer["recommended"]
    assert answer["answer"]["places"] == sum(curve.chosen for curve in plan.curves)


def test_parts_add_up_to_the_whole(client: Client, plan: Plan) -> None:
    def places(**part: str) -> float:
        return float(
            client.get(f"{PLAN}/level", params={"level": 0.98} | part).json()["answer"]["places"]
        )

    regions = [region.code for region in plan.agency.regions]
    groups = [group.code for group in plan.agency.need_groups]
    assert places() == sum(places(region=code) for code in regions)
    assert places() == sum(places(need_group=code) for code in groups)
    assert places() == sum(
        places(region=r, need_group=g) for r, g in itertools.product(regions, groups)
    )


def test_a_level_that_no_places_reach_is_said_not_guessed(client: Client) -> None:
    answer = client.get(f"{PLAN}/level", params={"level": 0.999999999}).json()
    assert answer["answer"] == {"places": None, "children_not_offered": None, "cost_nok": None}


FAULTS = {
    "/api/v1/plans/none": 404,
    f"{PLAN}/run.json": 404,
    "/api/v1/nowhere": 404,
    f"{PLAN}/level?level=KANARI": 422,
    f"{PLAN}/level?level=1.5": 422,
    f"{PLAN}/level?region=KANARI": 422,
    "/api/v1/plans/..%2Fsecret.txt/plan.json": 404,
    "/api/v1/plans/%2e%2e/plan.json": 404,
    "/api/v1/plans/KANARI%00/plan.json": 404,
    "/api/v1/plans/<script>KANARI/level": 404,
}


@pytest.mark.parametrize(("address", "status"), FAULTS.items())
def test_a_fault_has_one_shape_and_repeats_nothing(
    client: Client, address: str, status: int
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert set(answer.json()) == {"message", "fix"}
    assert all(answer.json().values())
    assert "KANARI" not in answer.text


class BrokenShelf:
    """A shelf whose every read fails with a text that must not be shown."""

    def ids(self) -> tuple[str, ...]:
        return ("x",)

    def read(self, plan_id: str, name: str) -> bytes:
        raise RuntimeError(f"KANARI {plan_id} {name}")


def answers(client: Client) -> Iterator[tuple[str, int, dict[str, str]]]:
    """One answer of every kind: path, status, headers."""
    broken = Client(create_app(BrokenShelf(), check=FakeCheck()))
    kinds = [
        (client, "GET", "/", {}),
        (client, "GET", "/static/style.css", {}),
        (client, "GET", "/static/nothing", {}),
        (client, "GET", "/plan/plan-2025", {}),
        (client, "GET", "/plan/plan-2025/kurve.svg", {}),
        (client, "GET", "/plan/none", {}),
        (client, "GET", "/plan/plan-2025?niva=abc", {}),
        (client, "GET", "/data", {}),
        (client, "GET", "/slik-regner-vi", {}),
        (client, "GET", "/openapi.json", {}),
        (client, "GET", "/api/v1/plans", {}),
        (client, "GET", f"{PLAN}/places.csv", {}),
        (client, "GET", "/plan", {"headers": {"host": "evil.example"}}),
        (client, "DELETE", "/api/v1/plans", {}),
        (client, "POST", "/data", {"files": {"file": ("a.csv", b"x")}}),
        (client, "POST", "/data", {"headers": {"origin": "http://evil.example"}}),
        (client, "POST", "/data", {"content": b"x" * 20_000}),
        (client, "POST", "/api/v1/extracts/check", {"data": {"file": "KANARI"}}),
        (broken, "GET", "/", {}),
        (broken, "GET", "/api/v1/plans", {}),
    ]
    kinds += [(client, "GET", address, {}) for address in FAULTS]
    for who, method, address, given_ in kinds:
        answer = who.send(method, address, **given_)
        assert "KANARI" not in answer.text
        yield address, answer.status_code, dict(answer.headers)


def test_every_answer_carries_the_security_headers(client: Client) -> None:
    found = list(answers(client))
    assert {200, 400, 403, 404, 405, 413, 422, 500} <= {status for _, status, _ in found}
    for address, _, headers in found:
        for name, value in HEADERS.items():
            assert headers.get(name) == value, (address, name)


def test_no_script_or_style_may_stand_in_a_page() -> None:
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'"):
        assert rule in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.5"])
def test_another_host_is_refused(client: Client, host: str) -> None:
    assert client.get("/api/v1/plans", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:8765"])
def test_this_machine_is_let_in(client: Client, host: str) -> None:
    assert client.get("/api/v1/plans", headers={"host": host}).status_code == 200


def check(client: Client, content: bytes, *, name: str = "a.csv", origin: str = "") -> int:
    headers = {"origin": origin} if origin else {}
    answer = client.send(
        "POST", "/api/v1/extracts/check", files={"file": (name, content)}, headers=headers
    )
    return answer.status_code


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8765"])
def test_a_write_from_another_site_is_refused(client: Client, origin: str) -> None:
    assert check(client, b"a", origin=origin) == 403
    assert check(client, b"a", origin=HERE) == 200


def test_a_check_gives_what_the_command_gives_and_keeps_nothing() -> None:
    checker = FakeCheck(rejected())
    client = Client(create_app(BrokenShelf(), check=checker))
    sent = {"file": ("12345678901 Ola.CSV", b"region\nOst\n")}
    answer = client.send("POST", "/api/v1/extracts/check", files=sent)
    assert answer.status_code == 200
    assert answer.json() == {
        "outcome": "reject",
        "rows_read": 3,
        "rows_stored": 0,
        "findings": [
            {
                "severity": "error",
                "code": "unknown_region",
                "row": 14,
                "column": "region",
                "value": "Østt",
                "message": "row 14: no such region.",
                "fix": "Did you mean Øst?",
            }
        ],
    }
    ((path, content),) = checker.seen
    assert content == b"region\nOst\n"
    assert path.name == "upload.csv"
    assert not path.parent.exists()


def test_a_file_of_another_kind_is_refused_unread() -> None:
    checker = FakeCheck()
    assert check(Client(create_app(BrokenShelf(), check=checker)), b"x", name="a.exe") == 422
    assert checker.seen == []


def test_a_large_file_is_refused_before_it_is_read() -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(1000):
            read += 1
            yield b"x" * 1000

    checker = FakeCheck()
    client = Client(create_app(BrokenShelf(), check=checker, upload_limit=5000))
    kind = {"content-type": "multipart/form-data; boundary=b"}
    address = "/api/v1/extracts/check"
    declared = client.send("POST", address, content=b"x" * 6000, headers=kind)
    streamed = client.send("POST", address, content=body(), headers=kind)
    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert set(streamed.json()) == {"message", "fix"}
    assert checker.seen == []
    assert read <= 10


def test_the_description_names_every_file_and_no_page(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {f"/api/v1/plans/{{plan_id}}/{name}" for name in PLAN_FILES} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)


def test_every_address_is_documented(client: Client) -> None:
    text = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")
    for path in client.get("/openapi.json").json()["paths"]:
        name = path.rsplit("/", 1)[-1]
        assert path in text or (name in PLAN_FILES and f"`{name}`" in text), path
    for status in (400, 403, 404, 413, 422, 500):
        assert f"| {status} |" in text


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "", "a\\b", "plan-2025/", "x" * 200])
def test_no_id_leads_out_of_the_shelf(shelf: FolderShelf, name: str) -> None:

    with pytest.raises(UnknownPlanError):
        shelf.read(name, "plan.json")


def test_a_link_out_of_the_shelf_is_not_followed(tmp_path: Path) -> None:

    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "plan.json").write_text(json.dumps({}))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(UnknownPlanError):
        FolderShelf(tmp_path / "shelf").read("a", "plan.json")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "example.com", "::"])
def test_the_server_stays_on_this_machine(host: str) -> None:
    with pytest.raises(UsageError, match="sign-in"):
        check_host(host)


def test_a_taken_port_is_one_clear_sentence(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            serve(client.app, port=port)


def test_who_cannot_have_the_address_takes_no_jobs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLASSPLAN_HOME", str(tmp_path))
    asked: list[str] = []

    def alone(
        _shelf: JobShelf, *, wait: float, what: str = "alone"
    ) -> AbstractContextManager[bool]:
        asked.append(what)
        return nullcontext(False)

    monkeypatch.setattr(JobShelf, "alone", alone)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.run(["serve", "--port", port]) == UsageError.exit_code
    told = capsys.readouterr().err
    assert f"port {port} cannot be used" in told
    assert "Plassplan on" not in told
    assert asked == []


def test_curves_of_the_example_are_worth_asking(plan: Plan) -> None:
    assert all((np.diff(curve.offered_share) >= 0).all() for curve in plan.curves)
    assert all(curve.chosen > 0 for curve in plan.curves)
