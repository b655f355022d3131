"""The report's page opens offline: no request, no error, nothing that runs, and every picture is there."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page
from reports import NAME, made

pytestmark = pytest.mark.browser


def test_the_page_needs_nothing_but_itself(
    page: Page, console_errors: list[str], shots: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    asked: list[str] = []
    place = (made(tmp_path_factory.getbasetemp()) / "report.html").as_uri()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(place)
    assert [url for url in asked if not url.startswith("data:")] == [place]
    assert console_errors == []
    assert page.title() == NAME
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("script, iframe, object, embed, link").count() == 0
    pictures = page.locator("img").all()
    assert len(pictures) > 3
    assert all(picture.evaluate("one => one.complete && one.naturalWidth > 0") for picture in pictures)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=shots / "report.png", full_page=True)


def test_the_pdf_has_pages_of_a4_and_the_campaigns_name(
    chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pages = pypdf.PdfReader(made(tmp_path_factory.getbasetemp()) / "report.pdf").pages
    assert len(pages) > 3
    assert NAME in pages[0].extract_text()
    assert {round(page.mediabox.width) for page in pages} == {595}
