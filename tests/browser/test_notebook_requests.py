"""The bundled notebooks in JupyterLab: what they show comes from this machine, and is accessible."""

from __future__ import annotations

import pytest
from browser.conftest import NOTEBOOKS
from browser.pages import OURS, PICTURE, outside_requests, run_all, violations
from playwright.sync_api import Page

ERROR = '[data-mime-type="application/vnd.jupyter.error"]'
ANSWERS = {
    "01": "gained most", "02": "views of 56 videos", "03": "views from", "04": "views per hour", "05": "engages most",
    "06": "than chance explains", "07": "have a forecast",
}  # fmt: skip
TOO_WIDE = """() => [...document.querySelectorAll('.jp-OutputArea-output')].flatMap(output => {
    const right = output.getBoundingClientRect().right + 1;
    return [...output.querySelectorAll('table:not(.videos, .influtics-table table)')]
        .filter(table => table.getBoundingClientRect().right > right).map(table => table.innerText.slice(0, 60));
})"""  # those of all videos of a report and of the dashboard scroll in their cell


@pytest.mark.timeout(300)
@pytest.mark.parametrize("notebook", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_asks_no_other_host_and_is_accessible(jupyterlab: str, page: Page, notebook: str) -> None:
    outside = outside_requests(page)
    run_all(page, jupyterlab, notebook, f"{PICTURE}, .jp-OutputArea-output img[alt]")
    assert page.locator(ERROR).count() == 0
    assert page.locator(f"{PICTURE}, .jp-OutputArea-output img[alt]").count() >= 1
    assert violations(page, OURS) == []
    check_first_screen(page, notebook[:2])
    assert outside == []
    page.evaluate("new Image().src = 'http://192.0.2.1/'")  # the recorder sees what asks
    page.wait_for_timeout(100)
    assert outside == ["http://192.0.2.1/"]


def check_first_screen(page: Page, number: str) -> None:
    """Check that the answer is in the first screen at 150 % of 1,400 by 950 pixels, and tables in 900 pixels."""
    page.set_viewport_size({"width": 900, "height": 633})
    page.locator("h1").first.scroll_into_view_if_needed()
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size({"width": 933, "height": 633})
    page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0")
    if number in ANSWERS:
        answer = page.locator(".jp-OutputArea-output").get_by_text(ANSWERS[number]).first
        answer.wait_for()  # JupyterLab attaches the cells of a screen after scrolling there
        place = answer.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < 605  # the status bar is below
