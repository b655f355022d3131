"""A notebook for each explorer, and a hand in the page: it does one thing and waits for the picture."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import axe_playwright_python
from playwright.sync_api import Locator, Page, ViewportSize

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
OURS = [".jp-OutputArea-output", ".jp-RenderedMarkdown"]  # what a notebook shows; the rest of the page is JupyterLab's
SERIOUS = ("serious", "critical")
THEMED = """theme => { const {voila, jpThemeLight} = document.body.dataset;
    return voila || !jpThemeLight || (jpThemeLight === 'true') === (theme === 'light') }"""
RUN_AXE = """async (include) => {
    const parts = include.filter(part => document.querySelector(part));
    const found = await axe.run(parts.length ? {include: parts} : document, {resultTypes: ['violations']});
    return found.violations.flatMap(({id, impact, nodes}) => nodes.map(
        node => ({id, impact, place: node.target.join(' '), html: node.html.slice(0, 300)})));
}"""
SHOTS: Final = "INFLUTICS_LAB_SHOTS"
"""Names the folder that screenshots go to."""
WINDOW: Final[ViewportSize] = {"width": 1400, "height": 950}
PICTURE = "img.influtics-image"
DIGEST = """async (selector) => {
    const bytes = await (await fetch(document.querySelector(selector).src)).arrayBuffer();
    return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join();
}"""
CHANGED = """([selector, before]) => {
    const image = document.querySelector(selector);
    return image && image.complete && image.naturalWidth > 0 && image.src !== before;
}"""
IDLE = """() => {
    const items = [...document.querySelectorAll('.jp-StatusBar-TextItem')];
    return items.some(item => /\\) \\| Idle$/.test(item.textContent));
}"""
OPEN = """async (path) => {
    const {commands, shell} = window.jupyterapp;
    [...shell.widgets('main')].forEach(widget => widget.dispose());  // without the question whether to save it
    const panel = await commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await panel.sessionContext.ready;
}"""
RUN = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(
    prompt => /^(\\[\\d+\\]:)?$/.test(prompt.textContent.trim()))"""  # hidden code has no prompt
FOCUSED = """([name, label]) => {
    const here = document.activeElement;
    return Boolean(here?.closest(`.influtics-${name}`)) && (!label || here.textContent.trim() === label);
}"""
SOURCE = {
    "video": "explore.VideoExplorer(frame)",
    "platform": "explore.PlatformExplorer(frame)",
    "cohort": "explore.CohortExplorer(frame)",
    "quality": "explore.QualityExplorer(frame, snapshot.rejected)",
    "campaign": "explore.CampaignExplorer(parse_campaign(new_campaign(snapshot)), snapshot)",
}
CELL = """import polars as pl

import influtics_lab as lab
from influtics_lab import explore
from influtics_lab.campaign import new_campaign, parse_campaign

snapshot = lab.sample_snapshot()
odd = pl.col("video_id").rank("dense") % 2 == 1
status = pl.when(odd).then(pl.lit("active")).otherwise(pl.lit("completed"))
frame = snapshot.frame().with_columns(status=status)
explorer = {}
explorer"""


def write_notebooks(folder: Path) -> None:
    """Write a notebook for each explorer: ``explorer_NAME.ipynb``."""
    for name, source in SOURCE.items():
        cell = {
            "cell_type": "code",
            "execution_count": None,
            "id": "explorer",
            "metadata": {},
            "outputs": [],
            "source": CELL.format(source),
        }
        spec = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        notebook = {"cells": [cell], "metadata": spec, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"explorer_{name}.ipynb").write_text(json.dumps(notebook))


def run_all(page: Page, url: str, notebook: str, shows: str = PICTURE) -> None:
    """Open a notebook alone, wait for its kernel (the status bar is right, the indicator is early), run all cells."""
    path = f"notebooks/{notebook}"
    if page.url.startswith(url):
        page.evaluate(OPEN, path)
    else:
        page.goto(f"{url}/doc/tree/{path}?reset")
    page.wait_for_function(IDLE, timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('li[data-command="runmenu:run-all"]').click()
    page.locator(shows).first.wait_for(state="visible", timeout=60_000)
    page.wait_for_function(RUN, timeout=60_000)
    page.wait_for_function(IDLE, timeout=60_000)


def digest(page: Page) -> str:
    """The SHA-256 of the page's first picture."""
    return str(page.evaluate(DIGEST, PICTURE))


def photograph(page: Page, path: Path, *, full_page: bool = False) -> None:
    """Keep a screenshot for whoever asked for them: taking one costs as much as drawing a picture."""
    if SHOTS in os.environ:
        page.screenshot(path=path, full_page=full_page)


def control(page: Page, name: str) -> Locator:
    return page.locator(f".influtics-{name}")


def click(page: Page, name: str, button: str) -> None:
    control(page, name).get_by_role("button", name=button, exact=True).click()


def fill(page: Page, name: str, text: str) -> None:
    field = control(page, name).locator("input")
    field.click()
    field.fill(text)
    field.press("Enter")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str, label: str = "") -> None:
    """Press Tab until the focus is on a control, or on one of its buttons."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, [name, label]):
            return
    raise AssertionError(f"Tab never comes to {name} {label}")


class Hand:
    """Does one thing at a time, waits for the page's first picture to change, and keeps each one with its time."""

    def __init__(self, page: Page, shots: Path, called: str) -> None:
        self.page, self.shots, self.called, self.seen = page, shots, called, [digest(page)]
        self.times: dict[str, float] = {}

    def does(self, name: str, act: Callable[[], object], status: str) -> None:
        before = self.page.locator(PICTURE).first.get_attribute("src")
        started = time.perf_counter()
        act()
        self.page.wait_for_function(CHANGED, arg=[PICTURE, before], timeout=15_000, polling=20)
        self.times[name] = 1000 * (time.perf_counter() - started)
        control(self.page, "status").first.get_by_text(status).wait_for(timeout=5_000)
        self.seen.append(digest(self.page))
        self.shot(f"{len(self.seen):02}_{name}")

    def shot(self, name: str) -> None:
        photograph(self.page, self.shots / f"{self.called}_{name}.png")

    def all_different(self) -> None:
        assert len(set(self.seen)) == len(self.seen), "a control did not change the picture"

    def tell(self, opened: float) -> None:
        """Write down how long it took to open and each interaction."""
        said = ", ".join(f"{name} {took:.0f}" for name, took in self.times.items())
        with (self.shots / "timings.txt").open("a") as file:
            file.write(f"{self.called}: open {opened:.1f} s; ms: {said}\n")


def violations(page: Page, include: Sequence[str] = ()) -> list[str]:
    """What axe-core finds in the light and in the dark theme that is serious or critical."""
    found = []
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(THEMED, arg=theme)
        page.wait_for_timeout(300)  # of a transition
        found += [f"{theme}: {each}" for each in page.evaluate(RUN_AXE, list(include)) if each["impact"] in SERIOUS]
    page.emulate_media(color_scheme="light")
    return found


def outside_requests(page: Page) -> list[str]:
    """The addresses beyond this machine that a page asks for from now on."""
    own, found = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"), list[str]()
    page.on("request", lambda request: None if request.url.startswith(own) else found.append(request.url))
    return found


def no_errors(page: Page, console_errors: list[str]) -> None:
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator(".influtics-status [role=alert]").count() == 0
    assert console_errors == []
