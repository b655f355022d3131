"""Which videos a campaign means; what matches none is told."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from campaign.cases import HEAD, campaign, figures, snapshot, tiktok, video, words
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign import check_campaign, read_campaign
from influtics_lab.campaign.choosing import Pattern, choose
from influtics_lab.platforms.instagram_ids import media_number

FIVE = snapshot(
    video("a", {1: [5]}, external_video_id=tiktok(1), platform="TikTok", title="Summer SALE [ad]"),
    video("b", {1: [5]}, external_video_id=tiktok(3), platform="TikTok", title="Winter"),
    video("c", {1: [5]}, external_video_id="abc-DEF_123", created_at="2025-06-04T00:00:00+00:00"),
    video("d", {1: [5]}, external_video_id="CuZpLL9tyuW", platform="Instagram", title=None),
    video("e", {}, platform=None),
)


def chosen(rest: str) -> str:
    return "".join(choose(campaign(f"[videos]\n{rest}"), FIVE.videos).videos)


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ('ids = ["b", "a"]', "ab"),
        ('external_ids = ["abc-DEF_123"]', "c"),
        ('platform = "TikTok"', "ab"),
        ('platform = ["TikTok", "Instagram"]', "abd"),
        ('title_pattern = "*sale [ad]"', "a"),
        ('title_pattern = "W?nter"', "b"),
        ('title_pattern = "*"', "abce"),
        ("created = {since = 2025-06-04}", "c"),
        ("created = {until = 2025-06-03}", "abde"),
        ("published = {since = 2025-06-01, until = 2025-06-02}", "a"),
        ("published = {since = 2025-06-02T00:00:01Z}", "b"),
        ('platform = "TikTok"\nids = ["e"]', "abe"),
        ('platform = "TikTok"\ntitle_pattern = "winter"', "b"),
        ('platform = "TikTok"\nexclude = ["a"]', "b"),
    ],
)
def test_named_videos_and_those_that_meet_every_condition_belong(rest: str, found: str) -> None:
    assert chosen(rest) == found


def test_a_publication_that_the_file_gives_meets_a_condition() -> None:
    rest = "published = {since = 2025-06-10}\n[published_at]\nc = 2025-06-11"
    assert chosen(rest) == "c"


def test_links_lead_to_videos_whichever_way_they_are_written(tmp_path: Path) -> None:
    links = [
        f"https://www.tiktok.com/@ann/video/{tiktok(1)}?is_copy_url=1",
        "https://www.youtube.com/watch?app=desktop&v=abc-DEF_123&t=5s",
        "https://www.instagram.com/ann/reel/CuZpLL9tyuW/?igsh=x",
        "https://vm.tiktok.com/ZMabc/",
        "https://youtu.be/nobody12345",
    ]
    (tmp_path / "links.csv").write_text("\n".join(["url", *links]))
    (tmp_path / "campaign.toml").write_text(HEAD + '[videos]\nlinks_csv = "links.csv"\n')
    found = choose(read_campaign(tmp_path / "campaign.toml"), FIVE.videos)
    assert found.videos == ("a", "c", "d")
    assert [(one.key, one.text) for one in found.strangers] == [
        ("videos.links_csv, line 5", links[3]),
        ("videos.links_csv, line 6", links[4]),
    ]


def test_an_instagram_link_finds_a_video_whose_id_is_a_number() -> None:
    numeric = snapshot(video("n", {}, platform="Instagram", external_video_id=f"{media_number('CuZpLL9tyuW')}_4711"))
    found = choose(campaign('[videos]\nids = ["n"]\nexclude = ["https://instagram.com/p/CuZpLL9tyuW"]'), numeric.videos)
    assert found.videos == ()
    assert found.strangers == ()


def test_ids_that_match_no_video_are_told_never_dropped() -> None:
    text = """[videos]
ids = ["a", "ghost"]
external_ids = ["nowhere"]
exclude = ["nothing"]
[published_at]
never = 2025-06-01
[[creators]]
name = "Ann"
videos = ["a", "unmade"]
[[spend]]
amount = 5
currency = "EUR"
date = 2025-06-02
video = "unpaid"
[compare]
against = "videos"
videos = ["unlike"]
"""
    found = check_campaign(campaign(text), FIVE)
    told = " ".join(one.text for one in found if one.code == "unmatched")
    for name in ("ghost", "nowhere", "nothing", "never", "unmade", "unpaid", "unlike"):
        assert f"'{name}' is of no video in the snapshot" in told
    assert all(one.level == "problem" for one in found if one.code == "unmatched")


def test_a_video_that_two_creators_claim_counts_once() -> None:
    text = '[videos]\nids = ["a", "b"]\n' + "".join(
        f'[[creators]]\nname = "{name}"\nvideos = {videos}\n'
        for name, videos in (("Bo", '["a"]'), ("Ann", '["a", "b"]'))
    )
    found = choose(campaign(text), FIVE.videos)
    assert found.creators == {"Bo": ("a",), "Ann": ("b",)}
    assert found.creator_of == {"a": "Bo", "b": "Ann"}
    assert found.claimed == {"a": ("Bo", "Ann")}


def test_a_video_that_is_tracked_twice_is_told() -> None:
    twin = {"external_video_id": "abc-DEF_123"}
    found = figures('[videos]\nplatform = "YouTube"', video("x", {1: [5]}, **twin), video("y", {1: [5]}, **twin))
    assert "x, y are the same videos" in words(found, "tracked_twice")


@given(st.text(alphabet="ab*?[.\n", max_size=8), st.text(alphabet="abA[.\n", max_size=8))
def test_a_pattern_is_wildcards_and_nothing_else(pattern: str, title: str) -> None:
    def matches(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return matches(p[1:], t) or (bool(t) and matches(p, t[1:]))
        return bool(t) and p[0] in {"?", t[0].lower()} and matches(p[1:], t[1:])

    assert Pattern(pattern)(title) == matches(pattern, title)


@pytest.mark.parametrize(
    ("pattern", "title", "matches"),
    [
        ("stra?e", "STRA\N{LATIN CAPITAL LETTER SHARP S}E", True),
        ("straße", "STRA\N{LATIN CAPITAL LETTER SHARP S}E", True),
        ("stra??e", "straße", False),
        ("strasse", "straße", False),
        ("?stanbul", "\u0130stanbul", True),
        ("istanbul", "\u0130STANBUL", True),
        ("ISPARTA", "\u0131sparta", True),
        ("caf?", "cafe\u0301", True),
        ("CAFÉ", "cafe\u0301", True),
        ("?ne", "\ufb01ne", True),
        ("ΟΔΟΣ", "οδος", True),
        ("sa*le", "sa\u200ble", True),
        ("sale", "sa\u200ble", False),
        ("sale", "\U0001d42c\U0001d41a\U0001d425\U0001d41e", False),
        ("**", "", True),
        ("*", None, False),
    ],
)
def test_a_pattern_compares_character_by_character_whatever_the_case(
    pattern: str, title: str | None, matches: bool
) -> None:
    assert Pattern(pattern)(title) is matches


@given(st.text(max_size=20))
def test_every_title_matches_itself_in_any_case_and_as_many_question_marks_as_it_has_characters(title: str) -> None:
    composed = unicodedata.normalize("NFC", title)
    pattern = composed.replace("*", "?")
    assert Pattern(pattern)(title)
    assert Pattern("?" * len(composed))(title)
    assert not Pattern("?" * (len(composed) + 1))(title)


def test_the_time_of_a_pattern_is_linear_in_the_title() -> None:
    matches = Pattern("*a" * 60 + "*b")
    start = time.perf_counter()
    assert not matches("a" * 100_000)
    assert time.perf_counter() - start < 5
