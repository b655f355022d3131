"""The dashboard as a person sees it: started by its command, opened in a browser, one thing chosen."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from browser.pages import PICTURE, Hand, click, control, no_errors
from dashboards import dashboard
from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)
pytest.importorskip("voila", reason="Voilà is not installed")
EXPLORERS = 2


def is_outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def test_its_page_shows_no_error_and_its_explorer_follows(
    tmp_path: Path, page: Page, shots: Path, console_errors: list[str]
) -> None:
    outside: list[str] = []
    page.on("request", lambda asked: outside.append(asked.url) if is_outside(asked.url) else None)
    started = time.perf_counter()
    with dashboard(tmp_path) as (_, url):
        page.goto(url, wait_until="commit")
        for number in range(EXPLORERS):
            page.locator(PICTURE).nth(number).wait_for(state="visible", timeout=60_000)
        took = time.perf_counter() - started
        control(page, "count").scroll_into_view_if_needed()
        hand = Hand(page, shots, "dashboard")
        hand.does("count", lambda: click(page, "count", "likes"), "56 of 56 videos")
        hand.all_different()
        hand.tell(took)
        page.set_viewport_size({"width": 1400, "height": 4200})  # Voilà scrolls within the page: full_page sees no more
        page.screenshot(path=shots / "dashboard_whole.png")
        shown = page.locator("body").inner_text()
        assert "Performance dashboard" in shown
        assert "Traceback" not in shown
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
        assert {name for name in outside if "/fontawesome-free@" not in name} == set()
        no_errors(page, [said for said in console_errors if "ERR_NAME_NOT_RESOLVED" not in said])  # Voilà's icons
