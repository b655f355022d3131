"""The dashboard as a person sees it: started by its command, opened in a browser, one thing chosen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from browser.pages import PICTURE, Hand, click, control, no_errors, outside_requests
from dashboards import dashboard, needs_voila
from playwright.sync_api import Page

pytestmark = [pytest.mark.timeout(180), needs_voila]
EXPLORERS = 2


def test_its_page_shows_no_error_and_its_explorer_follows(
    tmp_path: Path, page: Page, shots: Path, console_errors: list[str]
) -> None:
    outside = outside_requests(page)
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
        assert outside == []
        no_errors(page, console_errors)


def kernels_below(folder: Path) -> list[int]:
    """The processes of kernels that were started with a connection file in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "ipykernel_launcher" in words and str(folder) in words:
            found.append(int(process.name))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_it_says_at_once_that_its_kernel_has_ended(tmp_path: Path, page: Page) -> None:
    with dashboard(tmp_path) as (_, url):
        page.goto(url, wait_until="commit")
        page.locator(PICTURE).first.wait_for(state="visible", timeout=60_000)
        notice = page.locator("#influtics-notice")
        assert not notice.is_visible()
        (kernel,) = kernels_below(tmp_path)
        os.kill(kernel, signal.SIGKILL)
        started = time.monotonic()
        notice.wait_for(state="visible", timeout=15_000)
        assert time.monotonic() - started < 10
        assert "kernel has ended" in notice.inner_text()
        assert kernels_below(tmp_path) == []


def test_it_says_at_once_that_its_server_has_ended(tmp_path: Path, page: Page) -> None:
    with dashboard(tmp_path) as (server, url):
        page.goto(url, wait_until="commit")
        page.locator(PICTURE).first.wait_for(state="visible", timeout=60_000)
        server.send_signal(signal.SIGINT)
        server.wait(30)
        page.locator("#influtics-notice").wait_for(state="visible", timeout=10_000)
        assert "server has ended" in page.locator("#influtics-notice").inner_text()
