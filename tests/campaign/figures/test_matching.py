"""The videos that belong to a campaign; ids and links without a video are reported."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from campaign.cases import HEAD, campaign, figures, snapshot, tiktok, video, words
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.campaign import check_campaign, read_campaign
from influtics_lab.campaign.figures.matching import choose_videos
from influtics_lab.campaign.figures.title_pattern import compile_pattern
from influtics_lab.platforms.instagram_ids import media_number

FIVE = snapshot(
    video("a", {1: [5]}, external_video_id=tiktok(1), platform="TikTok", title="Summer SALE [ad]"),
    video("b", {1: [5]}, external_video_id=tiktok(3), platform="TikTok", title="Winter"),
    video("c", {1: [5]}, external_video_id="abc-DEF_123", created_at="2025-06-04T00:00:00+00:00"),
    video("d", {1: [5]}, external_video_id="CuZpLL9tyuW", platform="Instagram", title=None),
    video("e", {}, platform=None),
)


def chosen(rest: str) -> str:
    return "".join(choose_videos(campaign(f"[videos]\n{rest}"), FIVE.videos).videos)


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ('ids = ["b", "a"]', "ab"),
        ('external_ids = ["abc-DEF_123"]', "c"),
        ('platform = "TikTok"', "ab"),
        ('platform = ["TikTok", "Instagram"]', "abd"),
        ('platform = "tiktok"', "ab"),
        ('platform = ["TIKTOK", "instagram", "TikTok"]', "abd"),
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
    found = choose_videos(read_campaign(tmp_path / "campaign.toml"), FIVE.videos)
    assert found.videos == ("a", "c", "d")
    assert [(one.key, one.text) for one in found.unmatched] == [
        ("videos.links_csv, line 5", links[3]),
        ("videos.links_csv, line 6", links[4]),
    ]


def test_an_instagram_link_finds_a_video_whose_id_is_a_number() -> None:
    numeric = snapshot(video("n", {}, platform="Instagram", external_video_id=f"{media_number('CuZpLL9tyuW')}_4711"))
    found = choose_videos(
        campaign('[videos]\nids = ["n"]\nexclude = ["https://instagram.com/p/CuZpLL9tyuW"]'), numeric.videos
    )
    assert found.videos == ()
    assert found.unmatched == ()


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
    found = choose_videos(campaign(text), FIVE.videos)
    assert found.creators == {"Bo": ("a",), "Ann": ("b",)}
    assert found.creator_of == {"a": "Bo", "b": "Ann"}
    assert found.claimed == {"a": ("Bo", "Ann")}


CODE = "CuZpLL9tyuW"


def spellings(code: str) -> tuple[str, ...]:
    """The ids under which a reel is known."""
    return code, str(media_number(code)), f"{media_number(code)}_4711", code + "x" * 28


SPELLINGS = spellings(CODE)
ALL = '[videos]\nplatform = ["Instagram", "YouTube", "TikTok"]\n'


def views_of(found: dict[str, Any]) -> tuple[Any, ...]:
    figure = found["totals"]["counts"]["views"]["last_read"]
    return figure["value"], figure["n"], figure["of"]


PAIRS = {f"{one} {other}": (one, other) for one in range(len(SPELLINGS)) for other in range(len(SPELLINGS))}


@pytest.fixture(scope="module")
def tracked_twice() -> dict[str, Any]:
    """The figures of a campaign with a reel for each pair of spellings, tracked under both."""
    videos = []
    for (pair, spelt), last in zip(PAIRS.items(), "ABCDEFGHIJKLMNOP", strict=True):
        one, other = (spellings(CODE[:-1] + last)[number] for number in spelt)
        videos.append(video(f"{pair} a", {1: [70], 2: [80]}, external_video_id=one, platform="Instagram"))
        videos.append(video(f"{pair} b", {1: [75]}, external_video_id=other, platform="Instagram"))
    return figures(ALL, *videos)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_video_tracked_twice_counts_once_in_whichever_spelling(tracked_twice: dict[str, Any], pair: str) -> None:
    (counted,) = (each for each in tracked_twice["videos"] if each["video_id"].startswith(pair))
    assert counted["video_id"] == f"{pair} a"
    assert counted["counts"]["views"]["last_read"]["value"] == 80
    assert tracked_twice["quality"]["tracked_twice"][f"{pair} a"] == [f"{pair} b"]
    said = words(tracked_twice, "tracked_twice")
    assert f"{pair} a, {pair} b are one video of a platform, tracked 2 times." in said


def test_videos_tracked_twice_are_added_up_once(tracked_twice: dict[str, Any]) -> None:
    assert views_of(tracked_twice) == (80 * len(PAIRS), len(PAIRS), len(PAIRS))
    assert set(tracked_twice["quality"]["tracked_twice"]) == {each["video_id"] for each in tracked_twice["videos"]}


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ({1: [5], 3: [9]}, {1: [5], 2: [9]}, "x"),
        ({1: [5]}, {1: [5], 2: [9]}, "y"),
        ({1: [5], 3: [0]}, {1: [5], 2: [9]}, "y"),  # hidden views are not visible
        ({1: [5], 3: [None, 4]}, {1: [5], 2: [9]}, "y"),
        ({}, {1: [5]}, "y"),
        ({2: [5]}, {2: [9]}, "x"),  # the same time: created first, then the smaller id
    ],
)
def test_of_two_series_the_one_with_the_newest_visible_views_counts(first: Any, second: Any, counts: str) -> None:
    twin = {"external_video_id": "abc-DEF_123"}
    found = figures(ALL, video("x", first, **twin), video("y", second, **twin))
    assert [each["video_id"] for each in found["videos"]] == [counts]


def test_of_two_series_read_at_the_same_time_the_one_created_first_counts() -> None:
    twin = {"external_video_id": "abc-DEF_123"}
    late = video("x", {2: [5]}, created_at="2025-06-02T00:00:00+00:00", **twin)
    found = figures(ALL, late, video("y", {2: [9]}, **twin))
    assert [each["video_id"] for each in found["videos"]] == ["y"]


@pytest.mark.slow
def test_what_the_file_says_of_one_series_applies_to_the_one_that_counts() -> None:
    twin = {"external_video_id": "abc-DEF_123"}
    both = video("x", {1: [1000, 1, 1], 2: [2000, 1, 1]}, **twin), video("y", {1: [500, 1, 1]}, **twin)
    rest = """[videos]
ids = ["y"]
[published_at]
y = 2025-06-01T12:00:00Z
[[creators]]
name = "Ann"
videos = ["y"]
[[spend]]
amount = 8
currency = "EUR"
date = 2025-06-02
video = "y"
"""
    found = figures(rest, *both)
    (only,) = found["videos"]
    assert (only["video_id"], only["creator"], only["published_at"]) == ("x", "Ann", "2025-06-01T12:00:00+00:00")
    assert (only["money"]["spend"]["value"], only["money"]["cpm"]["value"]) == (8.0, 8.0)
    assert figures('[videos]\nids = ["x"]\nexclude = ["y"]\n', *both)["videos"] == []


def test_videos_without_an_id_of_their_platform_are_different_ones() -> None:
    nameless = [video(name, {1: [5]}, external_video_id=None) for name in ("x", "y")]
    assert views_of(figures(ALL, *nameless)) == (10, 2, 2)


def test_a_video_that_is_tracked_twice_is_among_the_others_once() -> None:
    old = [video(f"o{n}", {2: [100 * n]}, platform="TikTok", external_video_id=tiktok(1, f"{n}")) for n in range(6)]
    again = video("again", {1.5: [7]}, platform="TikTok", external_video_id=tiktok(1, "0"))
    own = [video(f"a{n}", {2: [250 - n]}, platform="TikTok", external_video_id=tiktok(1, "own")) for n in range(2)]
    found = figures('[videos]\nids = ["a1"]\n[compare]\nat_age = "24h"\n', *old, again, *own)["videos"][0]
    assert (found["video_id"], found["comparison"]["views"]["others"]) == ("a0", 6)


def test_a_named_post_that_is_not_there_is_one_that_was_asked_for() -> None:
    found = figures('[videos]\nids = ["x"]\nexternal_ids = ["y", "z", "z"]\n', video("x", {2: [5]}))
    assert views_of(found) == (None, 1, 3)
    totals = found["totals"]["counts"]["views"]["last_read"]
    assert (totals["known"], totals["reason"], totals["reasons"]) == (5, "part_missing", {"not_found": 2})
    assert found["quality"] | {"named": 3, "named_found": 1, "asked": 3, "not_found": ["y", "z"]} == found["quality"]


def test_a_post_that_is_named_twice_or_excluded_is_not_missing_twice_or_at_all(tmp_path: Path) -> None:
    links = [f"https://www.instagram.com/p/{CODE}/", "https://youtu.be/aaaaaaaaaaa", "https://youtu.be/bbbbbbbbbbb"]
    (tmp_path / "links.csv").write_text("\n".join(["url", *links]))
    rest = f'[videos]\nlinks_csv = "links.csv"\nexternal_ids = ["{SPELLINGS[2]}"]\nexclude = ["aaaaaaaaaaa"]\n'
    people = '[[creators]]\nname = "Ann"\nvideos = ["https://youtu.be/bbbbbbbbbbb"]\n'
    (tmp_path / "campaign.toml").write_text(HEAD + rest + people)
    missing = choose_videos(read_campaign(tmp_path / "campaign.toml"), FIVE.videos.clear()).missing
    assert [(post.text, post.platform, post.creator) for post in missing] == [
        (SPELLINGS[2], None, None),
        (links[2], "YouTube", "Ann"),
    ]


def test_a_missing_post_is_missing_from_its_creator_and_not_from_others() -> None:
    people = "".join(
        f'[[creators]]\nname = "{name}"\nvideos = {ids}\n' for name, ids in (("Ann", '["gone"]'), ("Bo", '["x"]'))
    )
    found = figures(f'[videos]\nids = ["x", "gone"]\n{people}', video("x", {2: [5]}))
    views = {group["name"]: group["counts"]["views"]["last_read"] for group in found["by_creator"]}
    assert (views["Ann"]["n"], views["Ann"]["of"], views["Bo"]["value"]) == (0, 1, 5)


@given(st.text(alphabet="ab*?[.\n", max_size=8), st.text(alphabet="abA[.\n", max_size=8))
def test_a_pattern_is_wildcards_and_nothing_else(pattern: str, title: str) -> None:
    def matches(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return matches(p[1:], t) or (bool(t) and matches(p, t[1:]))
        return bool(t) and p[0] in {"?", t[0].lower()} and matches(p[1:], t[1:])

    assert compile_pattern(pattern)(title) == matches(pattern, title)


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
    assert compile_pattern(pattern)(title) is matches


@given(st.text(max_size=20))
def test_every_title_matches_itself_in_any_case_and_as_many_question_marks_as_it_has_characters(title: str) -> None:
    composed = unicodedata.normalize("NFC", title)
    pattern = composed.replace("*", "?")
    assert compile_pattern(pattern)(title)
    assert compile_pattern("?" * len(composed))(title)
    assert not compile_pattern("?" * (len(composed) + 1))(title)


def test_the_time_of_a_pattern_is_linear_in_the_title() -> None:
    matches = compile_pattern("*a" * 60 + "*b")
    start = time.perf_counter()
    assert not matches("a" * 100_000)
    assert time.perf_counter() - start < 5


def test_a_platform_without_videos_gets_the_name_that_was_probably_meant() -> None:
    found = check_campaign(campaign('[videos]\nplatform = "tik-tok"'), FIVE)
    text = next(one.text for one in found if one.code == "platform_without_videos")
    assert text.endswith("Did you mean 'TikTok'?")
    text = '[videos]\nids = ["a"]\n[[spend]]\namount = 1\ndate = 2025-06-02\nplatform = "tiktok"'
    assert choose_videos(campaign(text), FIVE.videos).spends == (("a",),)
