"""The report's sections: their numbers are those of the figures, each with how many videos it is of."""

from __future__ import annotations

import base64
import html
import json
import math
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from campaign.cases import HEAD, campaign, snapshot, tiktok, video

import influtics_lab as lab
from influtics_lab.campaign import Report, figure_definitions, open_report, parse_campaign, tables
from influtics_lab.campaign.figures.creator_results import Uplift
from influtics_lab.campaign.figures.figure_types import Figure, GroupRate, PriceFigure, RateFigure, TotalFigure
from influtics_lab.campaign.report.campaign_report import APPENDIX_SECTIONS, CLIENT_SECTIONS, compute_report
from influtics_lab.campaign.report.html_tables import Cell, count_cell, money_cell, rate_cell, shorten_text
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.errors import ConfigError

pytestmark = pytest.mark.kernel  # each builds a report

PIECES = (*CLIENT_SECTIONS, *APPENDIX_SECTIONS)
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
REST = (
    '[videos]\nids = ["a", "b", "c", "lost"]\n'
    '[[creators]]\nname = "Ann & <i>Bo</i>"\nvideos = ["a", "b"]\n[[creators]]\nname = "Cy"\nvideos = ["c", "lost"]\n'
    '[[spend]]\namount = 1234.5\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "Cy"\n'
    '[[targets]]\nmeasure = "views"\nvalue = 1234567\ndate = 2025-06-30\n'
    '[look]\ncolours = ["#ffee00", "#d95f02"]\nlogo = "logo.svg"\n'
)
VIDEOS = (
    video("a", {0.5: [1000, 50, 5], 4: [21000, 900, 9], 6: [22000, 950, 9]}, title="=1+1 <b>a</b>"),
    video("b", {1.5: [400, 10, 1], 4: [600, 0, 2]}, platform="TikTok", external_video_id=tiktok(1.2)),
    video("c", {2: [70_000, 700, 7], 5: [80_000, 800, 8]}, platform=None, title="x" * 300),
    video("lost", {}, title="\u202eodd"),
)


def folder(place: Path) -> Path:
    place.mkdir(parents=True)
    (place / "camp.toml").write_text(f'client = "C & Co"\n{HEAD}time_zone = "Asia/Tokyo"\n{REST}', encoding="utf-8")
    (place / "logo.svg").write_text(LOGO, encoding="utf-8")
    snapshot(*VIDEOS).write(place)
    return place


def opened(place: Path, **settings: object) -> Report:
    taken = next(path.parent for path in place.glob("*/manifest.json"))
    return open_report(place / "camp.toml", taken, **settings)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return opened(folder(tmp_path_factory.mktemp("report") / "here"))


def words(fragment: str) -> str:
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", fragment))
    return re.sub(r"\s+", " ", html.unescape(bare))


def test_the_same_report_from_two_folders_is_the_same_bytes(tmp_path: Path) -> None:
    places = [folder(tmp_path / "one"), tmp_path / "two" / "deep"]
    shutil.copytree(places[0], places[1])
    first, second = ([getattr(opened(place), piece)() for piece in PIECES] for place in places)
    assert first == second
    assert str(tmp_path) not in "".join(first)


def test_each_edition_is_its_sections_in_their_order(report: Report) -> None:
    client = [piece for piece in CLIENT_SECTIONS if piece != "against"]  # no other campaign is given
    for page, pieces, without in ((report.page(), client, 3), (report.appendix(), APPENDIX_SECTIONS, 0)):
        places = [page.decode().find(getattr(report, piece)()) for piece in pieces]
        assert -1 not in places
        assert places == sorted(places)
        headings = re.findall("<h2>(.*?)</h2>", page.decode())
        assert len(headings) == len(set(headings)) == len(pieces) - without  # the first page has none


def test_findings_about_the_campaign_file_are_in_the_appendix_only() -> None:
    file = campaign('[videos]\nids = ["a", "ghost"]\n[[creators]]\nname = "Zed"\n')
    report = compute_report(file, snapshot(*VIDEOS), None, Path("camp.toml"))
    problems = [finding.text for finding in report.key_figures.findings if finding.level == "problem"]
    assert len(problems) > 1
    client, internal = (words(page.decode()) for page in (report.page(), report.appendix()))
    assert all(text in internal and text not in client for text in problems)
    assert "campaign file" not in client


def test_every_section_is_well_formed(report: Report) -> None:
    for piece in PIECES:
        text = re.sub(r"(?s)<style>.*?</style>", "", getattr(report, piece)())
        ET.fromstring(re.sub(r"<(img|meta|wbr)([^>]*)>", r"<\1\2/>", text))


def test_every_count_is_the_figure_with_how_many_videos_it_is_of(report: Report) -> None:
    shown = words(report.totals())
    for name in ("views", "likes", "comments", "engagements"):
        for place in ("last_read", "gained", "counted"):
            figure = report.figures["totals"]["counts"][name][place]
            n = figure["n"] + sum(figure["bounds"].values())
            assert f"at least {math.floor(figure['known']):,} {n} of {figure['of']} videos" in shown


def test_the_table_has_every_video_by_views(report: Report) -> None:
    titles = re.findall(r'<th scope="row">(.*?)</th>', report.videos())
    assert len(titles) == len(report.figures["videos"])
    assert [title[:13] for title in titles[:2]] == ['<bdi title="x', "<bdi>=1+1 &lt"]
    assert f'title="{"x" * 300}"' in titles[0]


def test_the_tables_of_groups_have_the_numbers_of_the_frames(report: Report) -> None:
    shown = words(report.creators_and_platforms())
    for row in tables(report.figures)["groups"].iter_rows(named=True):
        if row["videos"] and row["views_counted_known"] is not None:
            assert f"{math.floor(row['views_counted_known']):,}" in shown


def test_a_missing_figure_is_never_0_or_blank(report: Report) -> None:
    for piece in PIECES:
        for cell in re.findall(r"<td[^>]*>(.*?)</td>", getattr(report, piece)()):
            assert words(cell).strip(), piece
    lost = report.videos().split("<tr>")[-1]
    assert "no readings" in lost
    assert "<td" in lost
    assert not re.search(r"<td[^>]*>0<", lost)


def test_every_reference_leads_to_a_definition_which_the_appendix_has_once(report: Report) -> None:
    anchors = re.findall(r'id="(definition-\d+)"', report.appendix().decode())
    assert len(anchors) == len(set(anchors)) == figure_definitions().height
    refs = {piece: re.findall(r'href="#(definition-\d+)"', getattr(report, piece)()) for piece in PIECES}
    assert not any(refs[piece] for piece in CLIENT_SECTIONS)
    assert all(set(names) <= set(anchors) for names in refs.values())
    assert all(refs[piece] for piece in ("targets", "totals", "creators_and_platforms", "costs", "videos"))


def test_pictures_are_in_the_page_with_their_content_in_words(report: Report) -> None:
    for piece in ("progress", "creators_and_platforms", "videos"):
        for alt, data in re.findall(
            r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,([^"]+)"', getattr(report, piece)()
        ):
            assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")
            assert len(alt) > 40
    assert "1,234,567 views by" in report.progress()


def test_a_sentence_replaces_an_empty_picture(report: Report) -> None:
    assert "No picture: no video can be compared" in words(report.equal_age())


def test_the_cover_has_client_period_zone_logo_and_colours_that_can_be_read(report: Report) -> None:
    cover = report.title_and_logo()
    assert "C &amp; Co" in cover
    assert "2 Jun 2025 to 5 Jun 2025, Asia/Tokyo" in words(cover)
    assert base64.b64encode(LOGO.encode()).decode() in cover
    heading = re.search(r"--heading:(#\w+)", cover)
    assert heading is not None
    assert heading[1] != "#ffee00"  # yellow on white is no text
    assert "--rule:#d95f02" in cover


def test_a_missing_logo_is_an_error(tmp_path: Path) -> None:
    place = folder(tmp_path / "here")
    (place / "logo.svg").unlink()
    with pytest.raises(ConfigError, match=r"look\.logo"):
        opened(place)


def test_quality_lists_what_was_found_and_what_was_not(report: Report) -> None:
    shown = words(report.quality())
    assert "What follows for the summary" in shown
    assert "No readings in the snapshot 1 of 4" in shown
    assert "Publication date missing" in shown
    assert "Also checked, and found for no video:" in shown
    assert "was rejected" in shown


def test_quality_has_how_complete_each_sum_of_views_is(report: Report) -> None:
    shown, views = words(report.quality()), report.key_figures.totals.counts.views
    for name, total in (("Views , the headline", views.counted), ("Views gained in the period", views.gained)):
        n, complete = total.n + sum(total.bounds.values()), f", complete for {total.n} of them" if total.bounds else ""
        assert f"{name}: {n} of {total.of} videos{complete}. The sum is a minimum." in shown


def test_reasons_are_listed_by_the_words_that_tables_use(report: Report) -> None:
    assert "last read before the end The last reading with this count comes too long before" in words(
        report.definitions()
    )


def test_a_measure_that_the_report_lacks_has_the_reason_of_its_figure() -> None:
    spends = "".join(
        f'[[spend]]\namount = 5\ncurrency = "{currency}"\ndate = 2025-06-02\n' for currency in ("EUR", "JPY")
    )
    file = campaign(f'[videos]\nids = ["a"]\n{spends}[currency]\nreport = "EUR"\n')
    found = compute_report(file, snapshot(*VIDEOS), None, Path("camp.toml"))
    assert "Cost per engagement no No exchange rate." in words(found.measures())


def test_provenance_names_files_without_folders_and_the_command(report: Report) -> None:
    shown = words(report.provenance())
    taken = report.snapshot.manifest["snapshot_id"]
    assert report.snapshot.manifest["content_digest"] in shown
    assert f"influtics-lab report camp.toml --snapshot {taken} --out report" in shown
    assert "Asia/Tokyo" in shown


def test_without_an_earlier_snapshot_nothing_is_compared_and_with_one_it_is(tmp_path: Path, report: Report) -> None:
    assert report.changes is None
    assert "No earlier snapshot was given" in report.changes_since()
    place = folder(tmp_path / "here")
    earlier = lab.parse_pages(
        [{"data": [*VIDEOS[1:]], "pagination": {"total": 3}}], taken_at="2025-06-06T00:00:00Z"
    ).write(tmp_path / "earlier")
    shown = words(opened(place, since=earlier).changes_since())
    assert "New in the campaign: 1 video =1+1 <b>a</b>" in shown
    assert "over the same videos" in shown
    provenance = words(opened(place, since=earlier).provenance())
    assert f"Earlier snapshot {earlier.name}" in provenance


def test_without_arguments_the_report_is_of_the_bundled_sample() -> None:
    assert open_report().figures["totals"]["videos"] == 60


def test_the_head_of_a_column_is_aligned_like_its_numbers(report: Report) -> None:
    for piece in PIECES:
        for head, body in re.findall(r"(?s)<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody>", getattr(report, piece)()):
            kinds = re.findall(r'<th scope="col" class="(\w+)">', head)
            for row in body.split("<tr>")[1:]:
                cells = ["text", *re.findall(r'<td class="([\w ]+)"', row)]
                if len(cells) == len(kinds):
                    pairs = zip(kinds, cells, strict=True)
                    assert all(kind in cell or cell.startswith("none") for kind, cell in pairs), (piece, row)


def test_cells_by_hand() -> None:
    parts = {"n": 3, "of": 4, "reasons": {"hidden": 1}, "bounds": {}}
    total = TotalFigure(None, "part_missing", known=1234567, is_bound=True, **parts)
    assert words(count_cell(total).main) == "at least 1,234,567"
    assert words(count_cell(TotalFigure(None, "part_missing", known=7, is_bound=False, **parts)).main) == "7"
    assert count_cell(total).small == "3 of 4 videos; not included: hidden (1)"
    assert count_cell(total, brief=True).small == "3 of 4 videos"
    assert count_cell(Figure(None, "hidden")) == Cell("hidden", kind="none")
    assert words(money_cell(PriceFigure(None, "part_missing", at_most=12.3, n=1, of=2)).main) == "at most 12.30"
    pooled = {"pooled": RateFigure(3.4019, low=3.0, high=4.25)}
    rate = GroupRate(n=5, of=6, n_effective=5.0, n_drawn_effective=5.0, parts="likes", estimators=pooled)
    assert rate_cell(rate, "pooled").small.replace("\u00a0", " ") == "3.00 % to 4.25 %; 5 of 6 videos"
    few = rate_cell(replace(rate, n_effective=4.9), "pooled")
    assert few.small.replace("\u00a0", " ") == "3 % to 4 %; 5 of 6 videos"


def test_titles_are_text_and_shortened() -> None:
    assert shorten_text('"><script>') == "<bdi>&quot;&gt;&lt;script&gt;</bdi>"
    assert shorten_text(None) == "<em>without a title</em>"
    assert shorten_text("a\n b\t c") == "<bdi>a b c</bdi>"


def test_notes_have_the_numbers_of_the_definitions(report: Report) -> None:
    number = figure_definitions()["figure"].to_list().index("cpm") + 1
    assert f'CPM<sup class="ref"><a href="#definition-{number}">{number}</a></sup>' in report.costs()
    assert f'<span id="definition-{number}">{number}</span></th><td class="text">CPM</td>' in report.definitions()


@pytest.mark.parametrize("name", ["answer", "cover", "groups", "standing"])
def test_the_old_name_of_a_section_warns_with_its_new_name(report: Report, name: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"Report\.{name} is called (\w+) now"):
        assert getattr(report, name)().startswith("<div")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(report, "nothing")  # noqa: B009  # mypy knows that there is none


def test_free_texts_of_the_campaign_file_are_a_small_part_of_markdown() -> None:
    texts = 'objectives = ["Sell <more>"]\nsummary = "Good **views**. <script>"\nlearnings = "- one\\n- *two*"\n'
    file = parse_campaign(f'{texts}next_steps = "1. Book [x](javascript:1)"\n{HEAD}[videos]\nids = ["a"]\n')
    found = compute_report(file, snapshot(*VIDEOS), None, Path("camp.toml"))
    assert "<bdi>Sell &lt;more&gt;</bdi>" in found.summary()
    assert "<p>Good <strong>views</strong>. &lt;script&gt;</p>" in found.summary()
    assert "<strong>Book [x](javascript:1)</strong>" in found.summary()
    assert "<ul><li>one</li><li><em>two</em></li></ul>" in found.learnings()
    assert "<ol><li>Book [x](javascript:1)</li></ol>" in found.learnings()


@pytest.mark.parametrize(
    ("value", "where"), [(9000, "Hatched:"), (9_000_000, "Too few views to be seen in the picture:")]
)
def test_the_caption_names_a_hatching_only_where_it_is_seen(value: int, where: str) -> None:
    late = video("late", {3: [7000, 70, 7], 4: [7100, 71, 7]})
    target = f'[[targets]]\nmeasure = "views"\nvalue = {value}\ndate = 2025-06-05\n'
    found = compute_report(campaign(f'[videos]\nids = ["late"]\n{target}'), snapshot(late, VIDEOS[0]), None, Path("a"))
    caption = words(found.progress())
    assert f"{where} 1 video first read within the period." in caption
    assert ("Hatched" in caption) == (where == "Hatched:")


def test_changes_since_the_last_report_are_on_the_first_page() -> None:
    file = campaign('[videos]\nids = ["a"]\n[estimators]\ncounted = "read"\n')
    then, now = (
        snapshot(video("a", {0.5: [1000, 50, 5], day: [views, 90, 9]})) for day, views in ((3, 5000), (4, 7500))
    )
    found = compute_report(file, now, then, Path("camp.toml"))
    assert "Since +2,500 views since " in words(found.summary())
    same = words(compute_report(file, now, now, Path("camp.toml")).summary())
    assert "No change since " in same


def test_costs_have_budget_promised_posts_and_outcomes_given_by_the_client(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text(
        "creator,link,fee,currency,due\nAnn,,100,EUR,2025-06-03\nBo,,50,EUR,2025-08-01\n"
    )
    (tmp_path / "sales.csv").write_text("creator,clicks,orders,revenue,currency\nAnn,10,4,300,EUR\nWho,1,1,1,EUR\n")
    rest = (
        '[sheet]\npath = "plan.csv"\n[outcomes]\npath = "sales.csv"\n[budget]\namount = 120\ncurrency = "EUR"\n'
        '[videos]\nids = ["a"]\n[[creators]]\nname = "Ann"\nvideos = ["a"]\n'
    )
    file = parse_campaign(HEAD + rest, folder=tmp_path)
    shown = words(compute_report(file, snapshot(*VIDEOS), None, tmp_path / "camp.toml").budget_and_cost())
    assert "Budget 120.00" in shown
    assert "Left -30.00 more is committed than budgeted" in shown
    assert "1 overdue and 1 not posted yet, of 2 promised posts." in shown
    assert "Outcomes, given by the client" in shown
    assert "the campaign 10 \N{EN DASH} 4 300.00 25.00 3.0 times" in shown
    assert "1 row of the sheet matches no post or creator of the campaign and is not counted." in shown


def test_another_campaign_is_beside_this_one_without_shared_posts() -> None:
    file, other = (
        campaign('[videos]\nids = ["a", "b"]\n'),
        campaign('[videos]\nids = ["b", "c"]\n', HEAD.replace("June", "May")),
    )
    found = compute_report(file, snapshot(*VIDEOS), None, Path("camp.toml"), other)
    assert "1 post of both campaigns is left out here." in words(found.against())
    assert "The engagement rates cannot be compared." in words(found.against())
    assert "Against another campaign" in found.page().decode()


def test_the_appendix_has_each_measure_of_the_guidelines_or_why_it_lacks(report: Report) -> None:
    rows = re.findall(
        r'<tr><th scope="row">(.*?)</th><td class="text">(yes|no)</td><td class="text">(.*?)</td>', report.measures()
    )
    assert {name: present for name, present, _ in rows}["Total impressions"] == "no"
    assert len(rows) == 12
    assert all(text for _, _, text in rows)


def test_the_commands_of_a_report_without_files_write_it_in_an_empty_folder(tmp_path: Path) -> None:
    page = str(open_report().provenance())
    commands = html.unescape(re.findall(r"<pre>(.*?)</pre>", page, flags=re.DOTALL)[-1])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", commands], cwd=tmp_path, env=os.environ | {"PATH": path}, check=True, timeout=170)
    written = json.loads((tmp_path / "report" / "report.json").read_bytes())
    assert written["figures"]["totals"]["videos"] == 60


@pytest.mark.parametrize(("language", "label"), [("en", "name T3S1"), ("de", "Name T3S1")])
def test_the_client_edition_explains_a_name_that_its_picture_cannot_draw(language: str, label: str) -> None:
    file = parse_campaign(
        f'language = "{language}"\n{HEAD}[videos]\nids = ["a"]\n[[creators]]\nname = "안녕"\nvideos = ["a"]\n'
        '[[spend]]\namount = 9\ncurrency = "EUR"\ndate = 2025-06-02\ncreator = "안녕"\n'
    )
    shown = words(compute_report(file, snapshot(*VIDEOS), None, Path("camp.toml")).budget_and_cost())
    verb = "ist" if language == "de" else "is"
    assert f": {label} {verb} 안녕." in shown


@pytest.mark.parametrize(("value", "start"), [(0.4, "No clear difference"), (4.0, "The typical post got 4")])
def test_a_difference_that_rounds_to_none_is_not_called_one(report: Report, value: float, start: str) -> None:
    uplift = Uplift(value, low=value / 2, high=value * 2, n=9, of=9)
    results = replace(report.results, uplift_pct=uplift)
    shown = words(render("creators_section", figures=report.key_figures, results=results))
    assert start in shown
    assert "as many views than" not in shown
