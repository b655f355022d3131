"""The quickstart as a person uses it: JupyterLab, Run All Cells, then every control by mouse and by keyboard."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.image import imread
from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PICTURE = "img.influtics-image"
BYTES = """async (selector) => {
    const image = document.querySelector(selector);
    return [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())];
}"""
CHANGED = """([selector, before]) => {
    const image = document.querySelector(selector);
    return image && image.complete && image.naturalWidth > 0 && image.src !== before;
}"""
IDLE = """() => {
    const items = [...document.querySelectorAll('.jp-StatusBar-TextItem')];
    return items.some(item => /\\) \\| Idle$/.test(item.textContent));
}"""


def run_all(page: Page, url: str, notebook: str) -> None:
    """Open a notebook alone, wait for its kernel (the status bar is right, the indicator is early), run all cells."""
    page.goto(f"{url}/doc/tree/notebooks/{notebook}?reset")
    page.wait_for_function(IDLE, timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('li[data-command="runmenu:run-all"]').click()
    page.locator(PICTURE).wait_for(state="visible", timeout=30_000)
    page.wait_for_function(IDLE, timeout=60_000)


def png(page: Page) -> bytes:
    return bytes(page.evaluate(BYTES, PICTURE))


def control(page: Page, name: str) -> Locator:
    return page.locator(f".influtics-{name}")


class Hand:
    """Does one thing at a time, waits for the picture that comes of it, and keeps each one."""

    def __init__(self, page: Page, shots: Path) -> None:
        self.page, self.shots, self.seen = page, shots, [png(page)]

    def does(self, name: str, act: Callable[[], None], status: str) -> None:
        before = self.page.locator(PICTURE).get_attribute("src")
        act()
        self.page.wait_for_function(CHANGED, arg=[PICTURE, before], timeout=15_000, polling=20)
        control(self.page, "status").get_by_text(status).wait_for(timeout=5_000)
        self.seen.append(png(self.page))
        control(self.page, "platform").scroll_into_view_if_needed()
        self.page.screenshot(path=self.shots / f"quickstart_{len(self.seen):02}_{name}.png")


def no_errors(page: Page, console_errors: list[str]) -> None:
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert "Could not draw" not in control(page, "status").inner_text()
    assert console_errors == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_every_control_works_by_mouse(jupyterlab: str, page: Page, shots: Path, console_errors: list[str]) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    control(page, "platform").scroll_into_view_if_needed()
    hand = Hand(page, shots)
    hand.does("platform", lambda: click(page, "platform", "YouTube"), " of 112 videos")
    hand.does("scale", lambda: click(page, "scale", "log"), " of 112 videos")
    hand.does("count", lambda: click(page, "count", "likes"), " of 112 videos")
    hand.does("picture", lambda: click(page, "picture", "velocity"), " of 112 videos")
    hand.does("video", lambda: control(page, "video").locator("select").select_option(index=2), "1 of 112 videos")
    hand.does("next", lambda: control(page, "next").click(), "1 of 112 videos")
    hand.does("search", lambda: search(page, "kettle"), " of 112 videos")
    assert len(set(hand.seen)) == len(hand.seen), "a control did not change the picture"
    assert page.locator(PICTURE).count() == 1
    height, width, _ = imread(io.BytesIO(hand.seen[-1])).shape
    assert (width, height) == (900, 500)
    no_errors(page, console_errors)


def test_every_control_works_by_keyboard(jupyterlab: str, page: Page, shots: Path, console_errors: list[str]) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    first = control(page, "platform").get_by_role("button", name="all")
    first.scroll_into_view_if_needed()
    first.focus()
    hand = Hand(page, shots)
    hand.does("key_platform", lambda: press(page, "Tab", "Enter"), " of 112 videos")
    hand.does("key_picture", lambda: press(page, "Tab", "Tab", "Tab", "Tab", "Enter"), " of 112 videos")
    hand.does("key_count", lambda: press(page, "Tab", "Tab", "Tab", "Space"), " of 112 videos")
    hand.does("key_scale", lambda: press(page, "Tab", "Tab", "Tab", "Tab", "Enter"), " of 112 videos")
    hand.does("key_search", lambda: (press(page, "Tab"), page.keyboard.type("a"), press(page, "Enter")), " of 112")
    hand.does("key_next", lambda: press(page, "Tab", "Tab", "Tab", "Enter"), "1 of 112 videos")
    assert len(set(hand.seen)) == len(hand.seen), "a control did not change the picture"
    no_errors(page, console_errors)


def test_the_rest_of_the_notebook_shows_its_pictures(jupyterlab: str, page: Page, shots: Path) -> None:
    run_all(page, jupyterlab, "01_quickstart.ipynb")
    pictures = page.locator(".jp-RenderedImage img")
    assert pictures.count() >= 1
    for number in range(pictures.count()):
        pictures.nth(number).scroll_into_view_if_needed()
        page.screenshot(path=shots / f"quickstart_picture_{number}.png")
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    page.screenshot(path=shots / "quickstart_top.png")


def click(page: Page, name: str, button: str) -> None:
    control(page, name).get_by_role("button", name=button, exact=True).click()


def search(page: Page, text: str) -> None:
    field = control(page, "search").locator("input")
    field.click()
    field.fill(text)
    field.press("Enter")
