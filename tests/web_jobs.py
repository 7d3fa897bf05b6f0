"""A home with kept plans, its jobs, and a client that asks for its pages."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from service.jobs.queue import Jobs, Work
from service.store import plans
from tests.web_client import HERE, Client

API = "/api/v1"
FORM = "/scenarioer/ny"
WHY = {"name": "Åse Ødegård", "reason": "Til budsjettmøtet"}
SECONDS = 120.0


@dataclass(frozen=True)
class Office:
    """A home of one's own, its jobs, and a client that asks for its pages."""

    home: Path
    jobs: Jobs
    client: Client
    extract: bytes

    @property
    def stored(self) -> str:
        """The plan made from the store."""
        return self._plan("store")

    @property
    def filed(self) -> str:
        """The plan made from a file."""
        return self._plan("referrals.csv")

    def _plan(self, name: str) -> str:
        def named(basis: Any) -> str:
            return str(basis["data_stamp"]["name"])

        return next(each.plan_id for each in plans(self.home) if named(each.basis) == name)

    def start(self, plan: str = "", *, to: str = FORM, **given: Any) -> httpx.Response:
        """Send the form as a browser does."""
        fields = {"plan_id": plan or self.stored, "scenario": ["demand_10_more"], **WHY, **given}
        extract = fields.pop("extract", b"")
        files = {"extract": ("my-file.csv", extract)} if extract else {"extract": ("", b"")}
        headers = {"origin": HERE}
        return self.client.send("POST", to, data=fields, files=files, headers=headers)

    def ask(self, **given: Any) -> dict[str, Any]:
        """The same over HTTP."""
        made = self.start(to=f"{API}/scenarios", **given)
        assert made.status_code == 202, made.text
        answer: dict[str, Any] = made.json()
        return answer

    def job(self, job_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(f"{API}/jobs/{job_id}").json()
        return answer

    def until(self, job_id: str, *states: str) -> dict[str, Any]:
        """The job once it is in one of these states."""
        last = time.monotonic() + SECONDS
        while time.monotonic() < last:
            found = self.job(job_id)
            if found["state"] in states:
                return found
            time.sleep(0.1)
        raise AssertionError(found)


Open = Callable[[Work], Office]
