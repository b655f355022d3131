"""Whatever a campaign file and a snapshot do to each other, the report says in words what came of it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import FIRST, HEAD, campaign, snapshot, tiktok, video

from influtics_lab.campaign.report.campaign_report import (
    APPENDIX_SECTIONS,
    CLIENT_SECTIONS,
    Report,
    compute_report,
    open_report,
)
from influtics_lab.errors import ConfigError
from influtics_lab.platforms import video_page
from influtics_lab.plots.font_text import format_label

pytestmark = pytest.mark.kernel  # each builds a report

PIECES = (*CLIENT_SECTIONS, *APPENDIX_SECTIONS)
A = video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]})
ONE = '[videos]\nids = ["a"]\n'
CREATOR = '[[creators]]\nname = "{}"\nvideos = ["a"]\n'
SPEND = "[[spend]]\namount = 10\ndate = 2025-06-02\n"
TARGET = '[[targets]]\nmeasure = "views"\nvalue = 5000\ndate = '
ALLOWED = {
    "a", "b", "bdi", "caption", "dd", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "header",
    "i", "img", "li", "ol", "p", "small", "span", "strong", "style", "sup", "table", "tbody", "td", "th", "thead", "tr",
    "ul", "code", "pre", "section", "br", "kbd", "summary", "details", "dfn", "abbr", "wbr",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects the tags and the attributes of a page, and where links and images lead to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.places: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.places += [str(value) for name, value in attrs if name in {"href", "src"}]


def report(rest: str, *videos: dict[str, Any], head: str = HEAD) -> Report:
    """A report whose every piece can be made, and none of which shows what a person cannot read."""
    file, read = campaign(rest, head), snapshot(*videos)
    found = compute_report(file, read, None, Path("camp.toml"))
    for name in PIECES:
        shown = words(re.sub(r'(?s)<[ou]l class="footnotes">.*?</[ou]l>', "", getattr(found, name)()))
        assert shown, name
        assert not re.search(r"\b(None|nan|inf|NaN|True|False)\b", shown), (name, shown)
        assert name == "definitions" or not re.search(r"\b[a-z]+_[a-z_]+\b", shown), (name, shown)
    return found


def words(fragment: str) -> str:
    """What a fragment says, to eyes and to those who cannot see its pictures."""
    seen = " ".join(re.findall(r'alt="([^"]*)"', fragment))
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", fragment))
    return re.sub(r"\s+", " ", html.unescape(f"{bare} {seen}")).replace(" :", ":").strip()


def test_no_video_matches() -> None:
    found = report(f'[videos]\nids = ["ghost"]\n{TARGET}2025-06-04\n', A)
    summary = words(found.summary())
    assert "No video of the snapshot belongs to the campaign" in summary
    assert re.search(r"Target It cannot be said whether", summary)
    assert "'ghost' is of no video in the snapshot" in words(found.quality())
    assert "all figures are null" in words(found.quality())
    for piece in (found.totals(), found.videos()):
        assert "no videos" in words(piece)
    assert re.search("[Nn]o picture", words(found.progress()))


def test_a_video_outside_the_snapshot() -> None:
    found = report('[videos]\nids = ["a", "ghost"]\n' + SPEND + 'currency = "EUR"\nvideo = "ghost"\n', A)
    assert "videos.ids: 'ghost' is of no video in the snapshot. It is left out of all figures." in words(
        found.quality()
    )
    assert "spend[1] is for no video of the campaign" in words(found.quality())
    assert "EUR 10.00 spent" in words(found.summary())
    assert "At least 1,000 views" in words(found.summary())


def test_spend_without_currency() -> None:
    found = report(ONE + SPEND, A)
    assert "No cost is available A spend has no currency." in words(found.summary())
    assert "10.00 no currency" in words(found.costs())
    assert "a spend has no currency" in words(found.costs())
    assert "spend[1] has no currency: the cost figures that it belongs to are null." in words(found.quality())


@pytest.mark.parametrize("currency", ["", '[currency]\nreport = "EUR"\n'])
def test_two_currencies_without_a_rate(currency: str) -> None:
    found = report(ONE + SPEND + 'currency = "EUR"\n' + SPEND + 'currency = "USD"\n' + currency, A)
    assert "EUR 10.00 and USD 10.00 spent The amounts are not added up, and there is no CPM" in words(found.summary())
    costs = words(found.costs())
    assert "no exchange rate" in costs
    assert ("EUR 10.00" in costs, "USD 10.00" in costs) == (True, True)
    assert "null" in words(found.quality())


def test_a_period_before_the_first_reading() -> None:
    found = report(ONE, A, head=HEAD.replace("2025", "2024"))
    assert "Views are not available" in words(found.summary())
    assert "no reading in the period" in words(found.summary())
    assert "The period ends before the first reading of its videos (2025-06-02)" in words(found.quality())
    assert re.search("[Nn]o picture", words(found.progress()))


def test_a_period_after_the_last_reading() -> None:
    found = report(ONE + TARGET + "2027-01-01\n", A, head=HEAD.replace("2025", "2026"))
    assert "Views are not available" in words(found.summary())
    assert "The period begins after the last reading of its videos" in words(found.quality())
    assert "not available" in words(found.targets())


def test_three_currencies_without_a_rate_have_no_cost_but_all_else() -> None:
    spends = "".join(f'{SPEND}currency = "{currency}"\n' for currency in ("EUR", "USD", "JPY"))
    found = report(ONE + spends, A)
    assert "EUR 10.00, JPY 10.00 and USD 10.00 spent. The amounts are not added up" in words(found.budget_and_cost())
    assert "1,000 views" in words(found.summary())


def test_a_target_in_the_past() -> None:
    found = report(ONE + TARGET + "2025-06-04\n", A)
    assert "Target missed: 15.0 % of 5,000 views" in words(found.summary())
    assert "date has passed" in words(found.targets())
    assert "2025-06-04 has passed at the snapshot. It is judged as of then" in words(found.quality())


def test_hidden_likes() -> None:
    hidden = video("h", {1: [5000, 0, 7], 5: [9000, 0, 9]})
    found = report('[videos]\nids = ["a", "h"]', A, hidden)
    assert "1 of 2 videos; not included: hidden" in words(found.totals())
    assert "at least 90" in words(found.totals())
    assert "Hidden is missing, not 0" in words(found.quality())
    assert "1 with hidden counts" in words(found.summary())
    assert "hidden" in words(found.videos())


def test_videos_without_a_publication_time() -> None:
    found = report(ONE, A)
    assert "Publication date missing 1 of 1" in words(found.quality())
    assert "Adding the dates to the campaign file fixes this" in words(found.quality())
    assert "publication date missing" in words(found.videos())
    assert "No video can be compared at 7 days since publication: publication date missing (1)." in words(
        found.summary()
    )


def test_a_creator_without_videos() -> None:
    text = ONE + '[[creators]]\nname = "Ann"\n' + SPEND + 'currency = "EUR"\ncreator = "Ann"\n'
    found = report(text, A)
    assert "Ann 0 no video of the campaign belongs to it" in words(found.creators_and_platforms())
    assert "Ann creator 10.00 no videos" in words(found.costs())
    assert "creators: 'Ann' has no video in the campaign" in words(found.quality())


def test_a_video_too_young_to_judge() -> None:
    young = video("a", {3: [5]}, external_video_id=tiktok(2), platform="TikTok")
    found = report(ONE, young)
    assert "No video can be compared at 7 days since publication: too young (1)." in words(found.summary())
    assert "too young" in words(found.videos())
    assert "Too young" in words(found.quality())


def test_a_snapshot_without_any_reading() -> None:
    found = report(ONE, video("a", {}))
    assert "Views are not available" in words(found.summary())
    assert "no readings" in words(found.title_and_logo())
    assert "have no readings in the snapshot" in words(found.quality())


HOSTILE = [
    "<script>alert(1)</script>", "</td></table><img src=x onerror=alert(1)>", '"><a href="javascript:alert(1)">x',
    "=HYPERLINK(1)", "$x$ & %s {0}", "a\u202eb\u2066", "-->", "<!--", "\ud55c\uad6d\uc5b4 \U0001f3a7", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_names_and_clients_are_text(title: str) -> None:
    name = title.replace("\\", "\\\\").replace('"', '\\"')
    head = f'name = "{name}"\nclient = "{name}"\n' + HEAD.split("\n", 1)[1]
    people = f'[[creators]]\nname = "{name}"\nvideos = ["a"]\n' + SPEND + f'currency = "EUR"\ncreator = "{name}"\n'
    rest, other = ONE + people + TARGET + "2025-07-04\n", {"title": title, "platform": title, "status": title}
    file = campaign(rest, head)
    now, then = snapshot(video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]}, **other)), snapshot(A)
    found = replace(compute_report(file, now, then, Path("camp.toml")), file=title, since=title)
    page = "".join(getattr(found, piece)() for piece in PIECES)
    parsed = Tags(page)
    assert parsed.tags <= ALLOWED
    assert not {one for one in parsed.names if one.startswith("on")}
    links = {video_page(row["platform"], row["external_video_id"]) for row in now.videos.iter_rows(named=True)}
    assert all(place.startswith(("data:image/", "#")) or place in links for place in parsed.places)
    shown = html.unescape(re.sub(r"<[^>]+>", "", str(found.videos())))
    assert " ".join(title.split())[:40] in shown


def test_a_long_title_is_shortened_and_its_tooltip_has_all_of_it() -> None:
    title = "long " * 60
    found = report(ONE, video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]}, title=title))
    assert f'title="{title.strip()}"' in found.videos()
    assert "…" in words(found.videos())


# what changed since


def since(then: list[dict[str, Any]], now: list[dict[str, Any]], rest: str = '[videos]\nplatform = "YouTube"\n') -> str:
    file, before, after = campaign(rest), snapshot(*then), snapshot(*now)
    return words(compute_report(file, after, before, Path("camp.toml")).changes_since())


def test_the_same_snapshot_as_the_last_time() -> None:
    assert "Both snapshots have the same content: nothing changed." in since([A], [A])


def test_no_earlier_snapshot() -> None:
    assert "No earlier snapshot was given" in words(report(ONE, A).changes_since())


def test_a_video_that_was_deleted_and_one_that_is_new() -> None:
    b, c = (video(name, {1: [100, 5, 0], 5: [300, 9, 1]}) for name in "bc")
    shown = since([A, b], [A, c])
    assert "Title of b: The later snapshot does not have the video." in shown
    assert "Title of c: The earlier snapshot does not have the video." in shown


def test_a_reading_that_was_corrected_afterwards() -> None:
    shown = since([A], [video("a", {1: [990, 50, 5], 5: [2000, 90, 9]})])
    assert "1 count changed afterwards, at 1 reading of 1 video." in shown
    assert "2025-06-02 00:00 UTC views 1,000 990" in shown


def test_an_earlier_snapshot_that_is_the_later_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text(HEAD + ONE)
    later = snapshot(A)
    facts = later.manifest | {"taken_at": FIRST.isoformat()}
    earlier = type(later).build(later.videos, later.stats.head(1), later.rejected, facts)
    folders = [one.write(tmp_path) for one in (earlier, later)]
    assert open_report(tmp_path / "campaign.toml", folders[1], folders[0]).changes is not None
    with pytest.raises(ConfigError, match="Give the earlier one as since"):
        open_report(tmp_path / "campaign.toml", folders[0], folders[1])


def test_changed_gains_are_listed_where_the_campaign_counts_gains() -> None:
    first, second = ({0: [0, 1, 1], 4.9: [1000, 50, 5], 5.1: [end, 90, 9]} for end in (1200, 1400))
    rest = '[videos]\nplatform = "YouTube"\n[estimators]\ncounted = "gained"\n'
    shown = since([video("a", first)], [video("a", second)], rest)
    assert "Changed views gained: 1 video" in shown
    assert "Title of a YouTube 896 996 +100" in shown
    assert "Changed views as last read" not in shown


@pytest.mark.parametrize(("later", "bound"), [(600, ""), (1600, "at least ")])
def test_a_changed_sum_is_a_lower_bound_unless_a_count_fell(later: int, bound: str) -> None:
    partly = video("p", {1: [1000, 50, 5], 3: [later, 50, 5]})
    first, second = (video("w", {0: [0, 1, 1], 4.9: [1000, 50, 5], 5.1: [end, 90, 9]}) for end in (1200, 1400))
    rest = '[videos]\nplatform = "YouTube"\n[estimators]\ncounted = "gained"\n'
    shown = since([partly, first], [partly, second], rest)
    gained = (1495, 1595) if bound else (896, 996)
    assert "Views gained " + " ".join(f"{bound}{n:,} 1 with an exact count" for n in gained) in shown


def test_a_picture_shows_a_title_in_any_script_that_has_a_font_here() -> None:
    title = "한국어 日本語 one"
    found = report(ONE, video("a", {1: [1000, 50, 5], 5: [2000, 90, 9]}, title=title))
    rows = [row.get_text() for row in found.pictures()["contributions"].get_yticklabels()]
    assert rows == [format_label(title, "a")]


def test_control_and_direction_characters_do_not_affect_the_page_around_them() -> None:
    odd = "a\u202eb\x00c\uffff"
    named = CREATOR.format(odd.replace("\x00", ""))
    found = report(ONE + named, video("a", {1: [9, 5, 5]}, title=odd))
    text = "".join(getattr(found, name)() for name in PIECES)
    assert not re.search("[\x00-\x08\uffff]", text)
    assert not any("\u202e" in alt for alt in re.findall(r'alt="([^"]*)"', text))
