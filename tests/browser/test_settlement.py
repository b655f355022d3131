"""Statements of a settlement open offline, fit phones and dark screens, and lead to the videos."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from browser.pages import photograph
from campaign.cases import snapshot, video
from playwright.sync_api import Page

import influtics_lab as lab
from influtics_lab.campaign.settlement.settlement_folder import build_settlement

FILE = """
name = "A campaign with a name that is much too long for the first line of a telephone"
period = {start = 2025-06-02, end = 2025-06-05, time_zone = "Europe/Berlin"}
sheet = {path = "plan.csv"}
"""
SHEET = """creator,link,fee,cpm,currency,cutoff
AnnWithoutAnyBlankInHerNameWhichIsLong,https://youtu.be/aaaaaaaaaaa,1000,2.50,EUR,2025-06-04
AnnWithoutAnyBlankInHerNameWhichIsLong,https://youtu.be/bbbbbbbbbbb,1000,2.50,EUR,2025-06-04
"""
CONTRAST = """() => {
  const light = words => words.match(/[\\d.]+/g).slice(0, 3).map(n => n / 255)
    .map(n => n <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4)
    .reduce((sum, n, i) => sum + n * [.2126, .7152, .0722][i], 0);
  const behind = node => { const paper = getComputedStyle(node).backgroundColor;
    return paper.startsWith('rgba(0, 0, 0, 0') && node.parentElement ? behind(node.parentElement) : paper };
  return Math.min(...[...document.querySelectorAll('p, td, th, small, a, li, h1, h2')].map(node => {
    const pair = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
    return (pair[0] + .05) / (pair[1] + .05) })) }"""


@pytest.fixture(scope="module")
def settlement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("settlement")
    (home / "june.toml").write_text(FILE, encoding="utf-8")
    (home / "plan.csv").write_text(SHEET, encoding="utf-8")
    read = snapshot(
        video("a", {1: [1000], 2: [700], 3: [2000], 5: [5000]}, external_video_id="a" * 11, title="<b>x</b>" * 30),
        video("b", {1: [1000], 3: [1100]}, external_video_id="b" * 11, title="W" * 200),
    )
    frames = {name: getattr(read, name) for name in ("videos", "stats", "rejected")}
    facts = read.manifest | {"taken_at": "2025-06-08T10:00:00+00:00"}
    place = lab.Snapshot.build(**frames, facts=facts).write(home / "snapshots")
    build_settlement(home / "june.toml", place, date(2025, 6, 7), home / "out")
    return home / "out"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_each_page_fits_and_is_legible(
    *, width: int, scheme: str, page: Page, console_errors: list[str], settlement: Path, shots: Path
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    for file in sorted(settlement.rglob("*.html")):
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), file.name
        assert page.evaluate(CONTRAST) >= 4.5, file.name
        photograph(page, shots / f"settlement_{file.stem}_{width}_{scheme}.png", full_page=True)
    assert console_errors == []


def test_a_statement_asks_nobody_and_leads_to_the_videos(page: Page, settlement: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((settlement / "settlement.html").as_uri())
    page.get_by_role("link", name="AnnWithout").click()
    page.wait_for_url("**/statements/01-*.html")
    addresses = [link.get_attribute("href") for link in page.locator("a.page").all()]
    assert addresses == [f"https://www.youtube.com/watch?v={name * 11}" for name in "ab"]
    assert [url for url in asked if not url.startswith("file:")] == []
    assert "(5,000 \N{MINUS SIGN} 2,000) \N{MULTIPLICATION SIGN} 22 / 48 = 3,375" in page.inner_text("main")
