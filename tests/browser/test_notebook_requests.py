"""The bundled notebooks in JupyterLab: what they show comes from this machine, and is accessible."""

from __future__ import annotations

import pytest
from browser.conftest import NOTEBOOKS
from browser.pages import OURS, PICTURE, outside_requests, run_all, violations
from playwright.sync_api import Page

ERROR = '[data-mime-type="application/vnd.jupyter.error"]'


@pytest.mark.timeout(300)
@pytest.mark.parametrize("notebook", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_asks_no_other_host_and_is_accessible(jupyterlab: str, page: Page, notebook: str) -> None:
    outside = outside_requests(page)
    run_all(page, jupyterlab, notebook, f"{PICTURE}, .jp-OutputArea-output img[alt]")
    assert page.locator(ERROR).count() == 0
    assert page.locator(f"{PICTURE}, .jp-OutputArea-output img[alt]").count() >= 1
    assert violations(page, OURS) == []
    assert outside == []
    page.evaluate("new Image().src = 'http://192.0.2.1/'")  # the recorder sees what asks
    page.wait_for_timeout(100)
    assert outside == ["http://192.0.2.1/"]
