"""The report's page opens offline: no request, no error, nothing that runs, and every picture is there."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest
from browser.pages import photograph, violations
from playwright.sync_api import Page
from reports import NAME


@pytest.mark.parametrize(
    ("edition", "title", "pictures"),
    [pytest.param("report", NAME, 2, marks=pytest.mark.smoke), ("appendix", f"{NAME}: appendix", 5)],
)
def test_each_edition_needs_nothing_but_itself(
    *, edition: str, title: str, pictures: int, page: Page, console_errors: list[str], shots: Path, built_report: Path
) -> None:
    asked: list[str] = []
    place = (built_report / f"{edition}.html").as_uri()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(place)
    assert [url for url in asked if not url.startswith("data:")] == [place]
    assert console_errors == []
    assert page.title() == title
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("script, iframe, object, embed, link").count() == 0
    shown = page.locator("img").all()
    assert len(shown) >= pictures
    assert all(picture.evaluate("one => one.complete && one.naturalWidth > 0") for picture in shown)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(page) == []
    photograph(page, shots / f"{edition}.png", full_page=True)


@pytest.mark.parametrize(("edition", "least", "most"), [("report", 2, 6), ("appendix", 7, 20)])
def test_each_pdf_has_pages_of_a4_title_bookmarks_and_the_campaigns_name(
    edition: str, least: int, most: int, chromium: str, built_report: Path
) -> None:
    pdf = pypdf.PdfReader(built_report / f"{edition}.pdf")
    assert least <= len(pdf.pages) <= most
    assert pdf.metadata.title.startswith(NAME)
    assert len(pdf.outline) > 1
    assert NAME in pdf.pages[0].extract_text()
    assert {round(page.mediabox.width) for page in pdf.pages} == {595}


OVERLAPS = """() => {
  const words = cell => { const all = document.createRange(); all.selectNodeContents(cell);
    return all.getBoundingClientRect() };
  const lies = (left, right) => words(left).width && words(right).width && words(left).right > words(right).left + 1;
  const rows = [...document.querySelectorAll('tbody tr')].map(row => [...row.children]);
  return rows.flatMap(row => row.slice(1)
    .flatMap((cell, n) => lies(row[n], cell) ? [row[n].innerText, cell.innerText] : [])) }"""


@pytest.mark.parametrize("edition", ["report", "appendix"])
@pytest.mark.parametrize("width", [390, 700, 980])
def test_on_narrow_screens_the_head_fits_and_tables_scroll_sideways(
    width: int, edition: str, page: Page, shots: Path, built_report: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((built_report / f"{edition}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".cover").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate(OVERLAPS) == []
    assert all(row.bounding_box()["height"] < 300 for row in page.locator("table.targets tbody tr").all())
    photograph(page, shots / f"{edition}-{width}.png", full_page=True)
