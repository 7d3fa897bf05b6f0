"""Every page of a report in a real browser: no fault that axe finds, nothing fetched, no overflow.

The browser is the system's Chromium; where it is missing these tests are skipped, and CI
installs it. axe finds part of all faults: it takes no reader's place.
"""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from reports import REPORTS
from reports.files import plan_files, report_files
from tests.made_reports import compared_with_earlier, sources
from tests.plans import example_plan

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

WIDTHS = (1280, 320)
OTHERS = [name for name in REPORTS if name != "capacity_plan"]
# What strains a page: words without a place to break, many panels, nothing to show, long numbers.
STRAINED: dict[str, dict[str, Any]] = {
    "long names, 12-digit kroner": {"long_names": True, "price_scale": 1000.0, "regions": 2},
    "thirty need groups": {"groups": 30, "regions": 1},
    "nothing to plan": {"load_scale": 0.0, "regions": 2, "groups": 2},
}


@cache
def pages() -> dict[str, bytes]:
    """Every report as a page, and the plan at its limits."""
    plan = plan_files(compared_with_earlier(example_plan()), formats=("html",))
    found = {"capacity_plan": plan["plan.html"]}
    for name in OTHERS:
        document = REPORTS[name](sources()[name])
        found[name] = report_files(document, formats=("html",))[f"{document.name}.html"]
    for name, recipe in STRAINED.items():
        found[name] = plan_files(example_plan(**recipe), formats=("html",))["plan.html"]
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def shown(browser: Browser, folder: Path, name: str, *, width: int, axe: bool = False) -> Any:
    path = folder / "page.html"
    path.write_bytes(pages()[name])
    # axe is a script, which the page itself forbids; only for it the rule is lifted.
    context = browser.new_context(
        bypass_csp=axe, viewport={"width": width, "height": 900}, java_script_enabled=axe
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{path}")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*REPORTS, "long names, 12-digit kroner"])
def test_axe_finds_no_fault(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    page = shown(browser, tmp_path, name, width=width, axe=True)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*REPORTS, *STRAINED])
def test_nothing_is_wider_than_the_window(
    browser: Browser, tmp_path: Path, name: str, width: int
) -> None:
    """Wide tables and drawings scroll in frames of their own (WCAG 1.4.10)."""
    page = shown(browser, tmp_path, name, width=width, axe=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_needs_no_script(browser: Browser, tmp_path: Path, name: str) -> None:
    page = shown(browser, tmp_path, name, width=1280)
    heading = page.locator("h1")
    assert heading.count() == 1
    assert heading.is_visible()
    assert page.locator("main table").count() > 0
    page.context.close()
