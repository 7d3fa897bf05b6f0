"""A client that talks to the app in this process, and a folder of plans to show."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from forecasting.findings import Finding, Severity
from planning.plan import Plan
from reports.stored import plan_to_json
from service.shelf import PLAN_FILES

HERE = "http://127.0.0.1:8765"
VOID = {"meta", "link", "input", "img", "br"}


class Outline(HTMLParser):
    """What a page is made of: tags with attributes, and whether tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@dataclass(frozen=True)
class Client:
    """Sends one request at a time to the app."""

    app: FastAPI

    def send(self, method: str, address: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._send(method, address, given))

    def get(self, address: str, **given: Any) -> httpx.Response:
        return self.send("GET", address, **given)

    async def _send(self, method: str, address: str, given: dict[str, Any]) -> httpx.Response:
        way = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=way, base_url=HERE) as client:
            return await client.request(method, address, **given)


@dataclass(frozen=True)
class FakeChecked:
    """What a check would find."""

    outcome: str = "accept"
    rows_read: int = 3
    rows_stored: int = 3
    findings: Sequence[Finding] = ()


@dataclass
class FakeCheck:
    """Stands for the check of an extract; remembers what it was given."""

    answer: FakeChecked = field(default_factory=FakeChecked)
    seen: list[tuple[Path, bytes]] = field(default_factory=list)

    def __call__(self, path: Path) -> FakeChecked:
        self.seen.append((path, path.read_bytes()))
        return self.answer


def rejected(message: str = "row 14: no such region.") -> FakeChecked:
    finding = Finding(
        Severity.ERROR, "unknown_region", message, "Did you mean Øst?", 14, "region", "Østt"
    )
    return FakeChecked("reject", 3, 0, (finding,))


def write_plan(root: Path, name: str, plan: Plan) -> None:
    """A plan's folder. Only plan.json is read back; the other files are served as they are."""
    folder = root / name
    folder.mkdir(parents=True)
    for file in PLAN_FILES:
        (folder / file).write_bytes(f"{name}/{file}".encode())
    (folder / "plan.json").write_bytes(plan_to_json(plan))
