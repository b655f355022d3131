"""The dashboard as a person sees it: started by its command, opened in a browser, one thing chosen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from browser.pages import PICTURE, Hand, click, control, fill, no_errors, outside_requests, photograph, violations
from dashboards import dashboard, needs_voila
from playwright.sync_api import Page

import influtics_lab as lab

pytestmark = [pytest.mark.timeout(180), needs_voila]
ROWS = "n => document.querySelectorAll('.influtics-table tbody tr').length === n"
TITLES = "() => [...document.querySelectorAll('.influtics-table .name')].map(cell => cell.innerText)"


HOSTILE = "<script>alert(74)</script><img src=x onerror=alert(75)>"


def with_hostile_title(folder: Path) -> tuple[Path, int]:
    """Write the sample with one such title, of YouTube; return its place, and how many videos of YouTube it draws."""
    given = lab.sample_snapshot()
    ids = given.frame().filter(platform="YouTube")["video_id"].unique().sort()
    title = pl.when(pl.col("video_id") == ids[0]).then(pl.lit(HOSTILE)).otherwise("title")
    changed = lab.Snapshot.build(given.videos.with_columns(title=title), given.stats, given.rejected, given.manifest)
    return changed.write(folder), len(ids)


def test_its_filters_table_and_files_work_and_it_is_accessible(
    tmp_path: Path, page: Page, shots: Path, console_errors: list[str]
) -> None:
    outside, dialogs = outside_requests(page), list[str]()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    place, youtube = with_hostile_title(tmp_path / "data")
    started = time.perf_counter()
    with dashboard(tmp_path, place) as (_, url):
        page.goto(url, wait_until="commit")
        page.get_by_text("Loading the dashboard").wait_for(timeout=10_000)
        page.locator(PICTURE).wait_for(state="visible", timeout=60_000)
        rows = page.locator(".influtics-table tbody tr")
        rows.first.wait_for(timeout=10_000)
        took = time.perf_counter() - started
        assert page.title() == f"Dashboard of {place}, 60 videos"
        hand = Hand(page, shots, "dashboard")
        hand.does("row", lambda: rows.nth(2).click(), "1 is drawn")
        assert rows.nth(2).locator("button").get_attribute("aria-pressed") == "true"
        hand.does("bar", lambda: rows.nth(1).locator(".bar").click(), "1 is drawn")
        hand.does("platform", lambda: click(page, "platform", "YouTube"), f"{youtube} of 56 videos")
        page.wait_for_function(ROWS, arg=youtube)
        sort = page.locator(".influtics-table").get_by_role("button", name="Video", exact=True)
        sort.focus()
        page.keyboard.press("Enter")
        shown = page.evaluate(TITLES)
        assert shown == page.evaluate("titles => [...titles].sort((one, other) => one.localeCompare(other))", shown)
        assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Video")
        hand.does("search", lambda: fill(page, "search", "alert"), "1 of 56 videos")
        page.wait_for_function(ROWS, arg=1)
        assert page.evaluate(TITLES) == [HOSTILE]
        assert rows.locator("a").get_attribute("href").startswith("https://www.youtube.com/watch?v=")
        hand.all_different()
        hand.tell(took)
        assert violations(page) == []
        with page.expect_download() as coming:
            control(page, "html").click()
        saved = tmp_path / coming.value.suggested_filename
        coming.value.save_as(saved)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for width in (390, 900, 1280):
                page.set_viewport_size({"width": width, "height": 2400})  # Voilà scrolls within the page
                photograph(page, shots / f"dashboard_{theme}_{width}.png")
        shown = page.locator("body").inner_text()
        assert "Traceback" not in shown
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
        assert outside == dialogs == []
        no_errors(page, console_errors)
    page.goto(saved.as_uri())
    assert page.evaluate(TITLES) == [HOSTILE]
    page.get_by_role("searchbox").fill("nothing like it")
    assert page.locator("tbody tr").count() == 0
    assert violations(page) == []
    assert [url for url in outside if not url.startswith("file:")] == dialogs == []
    assert [text for text in console_errors if "ERR_CONNECTION_" not in text] == []  # the server has ended


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
