"""Names, ids and publication times of the three platforms."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from influtics_lab.platforms import (
    PLATFORMS,
    canonical_id,
    canonical_ids,
    match_platform,
    published_us,
    suggest_platform,
)
from influtics_lab.platforms.instagram_ids import BASE64, encode_shortcode


def test_publication_time_is_read_from_the_platforms_own_id() -> None:
    at = dt.datetime(2025, 4, 4, 13, 7, 39, tzinfo=dt.UTC)
    assert published_us("TikTok", "7489443966908189959") == int(at.timestamp()) * 1_000_000
    media = (1_700_000_000_123 - 1_314_220_021_721) << 23 | 4711
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    digits, rest = "", media
    while rest:
        digits, rest = alphabet[rest % 64] + digits, rest // 64
    for spelling in (str(media), f"{media}_12345", digits):
        assert published_us("Instagram", spelling) == 1_700_000_000_123_000


@pytest.mark.parametrize(
    ("platform", "external"),
    [
        ("YouTube", "dQw4w9WgXcQ"),
        ("TikTok", None),
        ("TikTok", "123"),
        ("TikTok", "no digits"),
        ("TikTok", "٧٤٨٩٤٤٣٩٦٦٩٠٨١٨٩٩٥٩"),  # digits, but not those of an id
        ("TikTok", "99999999999999999999"),
        ("Instagram", "too long for a shortcode"),
        ("Instagram", "AAAAAAAAAAA"),
        (None, "7489443966908189959"),
        ("Vimeo", "7489443966908189959"),
    ],
)
def test_where_an_id_carries_no_time_there_is_none(platform: str | None, external: str | None) -> None:
    assert published_us(platform, external) is None


def test_a_name_matches_in_any_case() -> None:
    assert [match_platform(name) for name in ("tiktok", "YOUTUBE", " Instagram ")] == list(PLATFORMS)
    assert match_platform("Tik Tok") is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Tik Tok", "TikTok"), ("tictok", "TikTok"), ("instagramm", "Instagram"), ("you-tube", "YouTube"), ("X", None)],
)
def test_a_misspelt_name_has_a_suggestion(name: str, meant: str | None) -> None:
    assert suggest_platform(name) == meant


@pytest.mark.parametrize(
    "spelling",
    [
        "3141723303735405462",
        "3141723303735405462_4711",
        "3141723303735405462_17841400000000000000",  # 39 characters, as a private shortcode has
        "CuZpLL9tyuW",
        " CuZpLL9tyuW ",
        "CuZpLL9tyuW" + "aB3_" * 7,
    ],
)
def test_every_spelling_of_an_instagram_id_is_one_video(spelling: str) -> None:
    assert canonical_id("Instagram", spelling) == "Instagram:CuZpLL9tyuW"
    assert canonical_id("instagram", spelling) == "Instagram:CuZpLL9tyuW"


@pytest.mark.parametrize(
    ("platform", "external", "canonical"),
    [
        ("TikTok", "7489443966908189959", "TikTok:7489443966908189959"),
        ("YouTube", "dQw4w9WgXcQ", "YouTube:dQw4w9WgXcQ"),
        ("Instagram", "123_456", "Instagram:B7"),
        ("Instagram", "123", "Instagram:B7"),
        ("Instagram", "no id at all", "Instagram:no id at all"),
        ("Instagram", "99999999999999999999", "Instagram:99999999999999999999"),  # beyond 64 bits
        ("Vimeo", "3141723303735405462", "Vimeo:3141723303735405462"),
        ("TikTok", "", None),
        ("TikTok", None, None),
        (None, "7489443966908189959", None),
        ("", "7489443966908189959", None),
    ],
)
def test_canonical_ids_name_the_platform_and_null_matches_nothing(
    platform: str | None, external: str | None, canonical: str | None
) -> None:
    assert canonical_id(platform, external) == canonical


numbers = st.integers(1, 2**64 - 1)


@given(numbers, st.integers(0, 10**20))
@example(2**63, 0)
def test_number_and_shortcode_of_one_media_id_are_one_video(number: int, owner: int) -> None:
    code = encode_shortcode(number)
    spellings = {canonical_id("Instagram", text) for text in (str(number), f"{number}_{owner}")}
    assert spellings == {f"Instagram:{code}"}


@given(numbers, numbers)
def test_other_media_ids_are_other_videos(one: int, other: int) -> None:
    same = canonical_id("Instagram", str(one)) == canonical_id("Instagram", str(other))
    assert same == (one == other)


texts = st.one_of(
    st.none(),
    numbers.map(str),
    st.tuples(numbers, numbers).map(lambda pair: f"{pair[0]}_{pair[1]}"),
    st.text(alphabet=BASE64, min_size=0, max_size=40),
    st.text(alphabet=BASE64, min_size=39, max_size=39),
    st.text(max_size=12),
)
names = st.one_of(st.none(), st.sampled_from(["TikTok", "YouTube", "Instagram", "INSTAGRAM", "Vimeo", "", " tiktok"]))


@given(st.lists(st.tuples(names, texts), min_size=1, max_size=8))
@example([("Instagram", "0"), ("Instagram", "00_1"), ("Instagram", "A")])
def test_the_expression_equals_the_function(pairs: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(pairs, schema={"platform": pl.String, "external_video_id": pl.String}, orient="row")
    assert frame.select(canonical_ids())["canonical_id"].to_list() == [canonical_id(*pair) for pair in pairs]
