"""The quickstart as a person uses it: JupyterLab, Run All Cells, then every control by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.pages import PICTURE, Hand, click, control, fill, no_errors, photograph, press, run_all, tab_to
from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(300)


def test_every_control_works_by_mouse(jupyterlab: str, page: Page, shots: Path, console_errors: list[str]) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    control(page, "platform").scroll_into_view_if_needed()
    hand = Hand(page, shots, "quickstart")
    hand.does("platform", lambda: click(page, "platform", "YouTube"), " of 112 videos")
    hand.does("scale", lambda: click(page, "scale", "log"), " of 112 videos")
    hand.does("count", lambda: click(page, "count", "likes"), " of 112 videos")
    hand.does("picture", lambda: click(page, "picture", "velocity"), " of 112 videos")
    hand.does("video", lambda: control(page, "video_id").locator("select").select_option(index=2), "1 is drawn")
    hand.does("next", lambda: control(page, "next").click(), "1 is drawn")
    hand.does("search", lambda: fill(page, "search", "kettle"), " of 112 videos")
    hand.all_different()
    assert page.locator(PICTURE).count() == 1
    assert page.locator(PICTURE).evaluate("image => [image.naturalWidth, image.naturalHeight]") == [900, 500]
    no_errors(page, console_errors)


def test_every_control_works_by_keyboard(jupyterlab: str, page: Page, shots: Path, console_errors: list[str]) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    first = control(page, "search").locator("input")
    first.scroll_into_view_if_needed()
    first.focus()
    hand = Hand(page, shots, "quickstart")
    hand.does("key_search", lambda: press(page, "g"), " of 112 videos")
    for name, label, key in (
        ("platform", "Instagram", "Enter"), ("picture", "velocity", "Enter"), ("count", "likes", "Space"),
        ("scale", "log", "Enter"), ("next", "next", "Enter"),
    ):  # fmt: skip
        hand.does(
            f"key_{name}", lambda at=(name, label), key=key: (tab_to(page, *at), press(page, key)), " of 112 videos"
        )
    hand.all_different()
    no_errors(page, console_errors)


def test_the_rest_of_the_notebook_shows_its_pictures(jupyterlab: str, page: Page, shots: Path) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    pictures = page.locator(".jp-OutputArea-output img[alt]")
    assert pictures.count() >= 1
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
        photograph(page, shots / f"quickstart_picture_{number}.png")
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    photograph(page, shots / "quickstart_top.png")
