"""Each explorer as a person uses it, in JupyterLab and in Voilà: every control by mouse, and every one by keyboard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from browser.pages import (
    PICTURE,
    SHOTS,
    WINDOW,
    Hand,
    click,
    control,
    digest,
    fill,
    no_errors,
    photograph,
    press,
    run_all,
    tab_to,
)
from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.timeout(300)


class Step(NamedTuple):
    """One control, what is chosen there (the words of a button, or a text to type), what is left, and the way back."""

    control: str
    choice: str
    left: str = "56 of 56 videos"
    back: str | None = None


ALL = "60 of 60 videos belong to the campaign"
FILTERS = (
    Step("platform", "TikTok", "23 of 56 videos", "all"),
    Step("status_filter", "completed", "28 of 56 videos", "all"),
    Step("search", "the", " of 56 videos", ""),
    Step("since", "2025-06-20", " of 56 videos", ""),
    Step("until", "2025-06-10", " of 56 videos", ""),
    Step("from_days", "2.5", " of 56 videos"),
    Step("age", "tracking", " of 56 videos"),
    Step("to_days", "3.5", " of 56 videos"),
    Step("flagged", "only flagged", " of 56 videos"),
)
OWN = {
    "video": (
        Step("picture", "engagement"), Step("picture", "velocity"), Step("across", "age"),
        Step("scale", "log"), Step("count", "likes"),
        Step("next", "next"), Step("previous", "previous"),
    ),
    "platform": (
        Step("at_age", "3d"), Step("measure", "mean rate"), Step("parts", "with reposts"),
        Step("by", "status"), Step("resamples", "1,000"),
    ),
    "cohort": (
        Step("picture", "velocity"), Step("count", "likes"), Step("scale", "linear"),
        Step("named", "above"),
    ),
    "quality": (
        Step("marks", "stalled"), Step("which", "stale"), Step("stale_days", "7 days"),
    ),
    "campaign": (
        Step("measure", "likes", ALL), Step("counted", "gained", ALL, "automatic"), Step("picture", "standing", ALL),
        Step("max_gap", "1d", ALL, "any"), Step("measure", "engagement rate", ALL), Step("picture", "rates", ALL),
        Step("estimator", "median", ALL, "pooled"), Step("when", "at equal age", ALL), Step("at_age", "3d", ALL, "7d"),
        Step("picture", "contributions", ALL), Step("by", "video", ALL, "platform"),
        Step("measure", "engagements", ALL), Step("picture", "costs", ALL), Step("measure", "EMV", ALL, "CPM"),
    ),
}  # fmt: skip
TABLES = {
    "flags": "Readings with each flag, by platform",
    "stale": "Videos not read in the last 3 days of the frame",
    "rejected": "What was rejected, by field and reason",
}
FILTERED = {"jupyterlab": "cohort", "voila": "quality"}
"""Where the filters are used: they are the same controls in each explorer (see tests/explore/test_every_explorer)."""
TYPED = {"search", "from_days", "to_days"}
DAYS = {"since", "until"}
NARROW: ViewportSize = {"width": 520, "height": 1400}


def by_mouse(page: Page, step: Step) -> None:
    if step.control in TYPED | DAYS:
        fill(page, step.control, step.choice)
    elif step.control in {"flagged", "next", "previous"}:
        control(page, step.control).click()
    else:
        click(page, step.control, step.choice)


def by_keyboard(page: Page, step: Step) -> None:
    if step.control in TYPED:
        tab_to(page, step.control)
        page.keyboard.type(step.choice)
    elif step.control in DAYS:
        tab_to(page, step.control)
        year, month, day = step.choice.split("-")
        page.keyboard.type(f"{month}{day}{year}")
    else:
        tab_to(page, step.control, step.choice)
        press(page, "Enter")


def from_the_list(page: Page, key: str) -> None:
    """Choose by keyboard: the list is opened first, for JupyterLab takes the arrow keys of one that is closed."""
    tab_to(page, "video_id")
    press(page, "Space", key, "Enter")


def through_all(page: Page, hand: Hand, place: str, name: str, act: Callable[[Page, Step], None]) -> None:
    filters = FILTERS if FILTERED[place] == name or (SHOTS in os.environ and name != "campaign") else ()
    for step in (*OWN[name], *filters):
        hand.does(step.control, lambda step=step: act(page, step), step.left)
        if step.back is not None:
            hand.does(
                f"{step.control}_back",
                lambda step=step: by_mouse(page, step._replace(choice=step.back)),
                ALL if name == "campaign" else "56 of 56",
            )
            is_same = hand.seen[-1] == hand.seen[-3]  # pytest would explain for minutes how two pictures differ
            assert is_same, "the way back gives another picture than there was"


def opened(page: Page, place: str, url: str, name: str) -> float:
    """Open an explorer's notebook, wait for its picture, and give how long that took."""
    started = time.perf_counter()
    if place == "jupyterlab":
        run_all(page, url, f"explorer_{name}.ipynb")
    else:
        page.goto(f"{url}/voila/render/explorer_{name}.ipynb", wait_until="commit")
        page.locator(PICTURE).wait_for(state="visible", timeout=60_000)
    return time.perf_counter() - started


def is_accessible(page: Page) -> None:
    """The picture has its words, a pressed button says so, and the search is near the beginning."""
    picture = page.locator(PICTURE).first
    words = control(page, "summary").first.inner_text().strip()
    page.wait_for_function("([part, words]) => document.querySelector(part).alt === words", arg=[PICTURE, words])
    assert len(picture.get_attribute("alt") or "") > 100
    assert page.locator(".influtics-explorer [aria-pressed=true]").count() > 2
    assert page.locator(".influtics-explorer .widget-toggle-button:not([aria-pressed])").count() == 0
    if control(page, "search").count():
        fields = page.locator(".influtics-explorer").first.locator("input, button, select, a[href], [tabindex='0']")
        assert fields.first.evaluate("field => Boolean(field.closest('.influtics-search'))")


def table_follows_its_buttons(page: Page, shots: Path, place: str) -> None:
    """The table is the one whose button is pressed, and the picture stays."""
    hand = Hand(page, shots, f"{place}_quality")
    table = control(page, "extra")
    for act in (by_mouse, by_keyboard):
        for choice, caption in TABLES.items():
            act(page, Step("table", choice))
            table.get_by_text(caption).wait_for(timeout=5_000)
            assert table.locator("tbody tr").count() > 1
            hand.shot(f"table_{choice}_{act.__name__}")
    assert hand.seen == [digest(page)]


def video_of_the_list_is_named(page: Page, shots: Path, place: str) -> None:
    """A video of the list is drawn on top and named."""
    hand = Hand(page, shots, f"{place}_cohort_list")
    offered = control(page, "video_id").locator("select")
    hand.does("none", lambda: click(page, "named", "none"), "56 of 56 videos")
    for name, choose, back, title in (
        ("mouse", lambda: offered.select_option(index=9), lambda: offered.select_option(index=0), "mango sticky rice"),
        (
            "keyboard",
            lambda: from_the_list(page, "ArrowDown"),
            lambda: from_the_list(page, "ArrowUp"),
            "I made banana bread",
        ),
    ):
        hand.does(name, choose, "56 of 56 videos")
        control(page, "summary").get_by_text(f"On top (none): {title}").wait_for(timeout=5_000)
        hand.does(f"{name}_back", back, "56 of 56 videos")
        assert hand.seen[-1] == hand.seen[1], "the way back gives another picture than there was"


def invalid_text_has_an_error(page: Page, shots: Path, place: str) -> None:
    """The error of a text is below its field, and the other controls work."""
    hand, error = Hand(page, shots, f"{place}_invalid"), page.locator(".influtics-error:visible")
    assert error.count() == 0
    fill(page, "from_days", "soon")
    error.get_by_role("alert").get_by_text("Age from is 'soon': type a number of days").wait_for(timeout=5_000)
    field, message = control(page, "from_days").bounding_box(), error.bounding_box()
    assert field is not None
    assert message is not None
    assert 0 <= message["y"] - field["y"] - field["height"] < 80
    assert page.locator(PICTURE).is_visible()
    hand.does("platform", lambda: click(page, "platform", "TikTok"), "23 of 56 videos")
    assert error.count() == 1
    fill(page, "from_days", "2")
    error.wait_for(state="hidden", timeout=5_000)
    hand.does("platform_back", lambda: click(page, "platform", "all"), " of 56 videos")
    hand.does("from_days_back", lambda: fill(page, "from_days", ""), "56 of 56 videos")


def nothing_is_cut_off(page: Page) -> None:
    """Every part ends within the page."""
    for part in ("image", "summary", "measure", "picture", "marks", "search", "flagged"):
        if control(page, part).count():
            box = control(page, part).bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= page.evaluate("window.innerWidth")


OF_ITS_OWN = {
    "quality": table_follows_its_buttons,
    "cohort": video_of_the_list_is_named,
    "video": invalid_text_has_an_error,
}
"""What is looked at in one explorer only."""


WAYS = [("jupyterlab", by_mouse), ("voila", by_keyboard)]
if SHOTS in os.environ:  # whoever wants to look gets the other two ways, too
    WAYS += [("jupyterlab", by_keyboard), ("voila", by_mouse)]


@pytest.mark.parametrize(("place", "act"), WAYS, ids=[f"{place}-{act.__name__}" for place, act in WAYS])
@pytest.mark.parametrize("name", OWN)
def test_every_control_works(
    *, request: pytest.FixtureRequest, page: Page, shots: Path, console_errors: list[str],
    place: str, name: str, act: Callable[[Page, Step], None],
) -> None:  # fmt: skip
    if place == "voila":
        page.set_viewport_size(NARROW)
    took = opened(page, place, request.getfixturevalue(place), name)
    photograph(page, shots / f"{place}_{name}_open.png", full_page=True)
    nothing_is_cut_off(page)
    page.set_viewport_size(WINDOW)
    if check := OF_ITS_OWN.get(name):
        check(page, shots, place)
    hand = Hand(page, shots, f"{place}_{name}_{act.__name__}")
    is_accessible(page)
    hand.shot("01_open")
    through_all(page, hand, place, name, act)
    hand.tell(took)
    no_errors(page, [said for said in console_errors if "ERR_NAME_NOT_RESOLVED" not in said])  # Voilà's icons


def test_the_code_can_be_seen_and_copied_and_files_be_had(
    jupyterlab: str, page: Page, shots: Path, console_errors: list[str]
) -> None:
    run_all(page, jupyterlab, "explorer_cohort.ipynb")
    Hand(page, shots, "lab_code").does("named", lambda: click(page, "named", "above"), "56 of 56 videos")
    control(page, "code").click()
    box = control(page, "code-box")
    box.locator("textarea").wait_for()
    assert "ax = plots.plot_cohorts(data, 'views', highlight=on_top)" in box.locator("textarea").input_value()
    box.get_by_role("button", name="copy").click()
    box.get_by_text("copied").wait_for()
    page.keyboard.press("Control+C")
    for kind, start in (
        ("png", b"\x89PNG"),
        ("svg", b"<?xml"),
        ("pdf", b"%PDF"),
        ("csv", b"video_id"),
        ("parquet", b"PAR1"),
    ):
        with page.expect_download() as coming:  # by one click
            control(page, kind).click()
        assert coming.value.suggested_filename == f"cohort-views-counts-above-2025-06-30.{kind}"
        assert Path(coming.value.path()).read_bytes().startswith(start)
    box.scroll_into_view_if_needed()
    photograph(page, shots / "lab_code_and_files.png")
    no_errors(page, console_errors)
