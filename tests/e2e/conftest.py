"""Homes that several tests of jobs look into."""

import shutil
from pathlib import Path

import pytest

from service import cli, clock
from service.api import create_app
from service.exports import StoreShelf
from service.jobs.process import work
from service.jobs.queue import Jobs, Work
from tests.agencies import write_agency
from tests.web_client import Client, FakeCheck
from tests.web_jobs import Office, Open


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An agency's files, and a home with a plan of its file and one of its store."""
    folder = write_agency(tmp_path_factory.mktemp("agency"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLASSPLAN_HOME", str(folder / "home"))
        common = ("--register", folder / "register.csv", "--config", folder / "own.toml", "--quiet")
        for words in (
            ("load", folder / "referrals.csv", "--config", folder / "own.toml"),
            ("plan", "--from-store", *common, "--no-tracking", "--out", folder / "a"),
            ("plan", folder / "referrals.csv", *common, "--no-tracking", "--out", folder / "b"),
        ):
            assert cli.run([str(word) for word in words]) == 0
    return folder


@pytest.fixture
def opened(agency: Path, tmp_path: Path) -> Open:
    def build(todo: Work) -> Office:
        home = tmp_path / "home"
        if not home.exists():
            shutil.copytree(agency / "home", home)
        jobs = Jobs(home, now=clock.now, todo=todo)
        app = create_app(StoreShelf(home), check=FakeCheck(), version="1", home=home, jobs=jobs)
        return Office(home, jobs, Client(app), (agency / "referrals.csv").read_bytes())

    return build


@pytest.fixture
def office(opened: Open) -> Office:
    """Nothing runs here: jobs wait."""
    return opened(work)
