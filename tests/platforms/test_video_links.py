"""Addresses as people paste them: each names one video, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influtics_lab.platforms import find_links, parse_link

T, Y, I = "7489443966908189959", "dQw4w9WgXcQ", "CuZpLL9tyuW"  # noqa: E741  # the three platforms
TIKTOK, YOUTUBE, INSTAGRAM = f"TikTok:{T}", f"YouTube:{Y}", f"Instagram:{I}"

ADDRESSES = {
    TIKTOK: [
        f"https://www.tiktok.com/@some.body_1/video/{T}",
        f"https://www.tiktok.com/@x/video/{T}?is_from_webapp=1&sender_device=pc",
        f"https://m.tiktok.com/v/{T}.html",
        f"https://www.tiktok.com/@x/photo/{T}/",
        f"https://www.tiktok.com/embed/v2/{T}?lang=en",
        f"https://www.tiktok.com/embed/{T}",
        f"https://www.tiktok.com/player/v1/{T}?autoplay=1",
        f"https://www.tiktok.com/share/video/{T}",
        f"https://m.tiktokv.com/share/video/{T}/?region=US",
        f"https://vm.tiktok.com/v/{T}",
        f"www.tiktok.com/%40somebody/video/{T}",
        f"https://www.tiktok.com//@x//video/{T}//",
    ],
    YOUTUBE: [
        f"https://www.youtube.com/watch?v={Y}",
        f"https://www.youtube.com/watch?app=desktop&v={Y}&t=5s&list=PL123",
        f"https://www.youtube.com/watch?list=PL123&amp;v={Y}",
        f"https://www.youtube.com/watch?v={Y}?si=abc",
        f"https://www.youtube.com/watch/{Y}",
        f"https://www.youtube.com/shorts/{Y}?feature=share",
        f"https://www.youtube.com/live/{Y}?si=x",
        f"https://www.youtube.com/embed/{Y}?rel=0",
        f"https://www.youtube-nocookie.com/embed/{Y}",
        f"https://www.youtube.com/v/{Y}&hl=en",
        f"https://www.youtube.com/e/{Y}",
        f"https://music.youtube.com/watch?v={Y}&feature=share",
        f"https://m.youtube.com/watch?v={Y}#dialog",
        f"https://studio.youtube.com/video/{Y}/edit",
        f"https://youtu.be/{Y}",
        f"https://youtu.be/{Y}?t=42",
        f"https://youtu.be/{Y}&feature=youtu.be",
        f"youtu.be/{Y}",
    ],
    INSTAGRAM: [
        f"https://www.instagram.com/p/{I}/",
        f"https://www.instagram.com/reel/{I}/?igsh=MzRlODBiNWFlZA==",
        f"https://www.instagram.com/reels/{I}/",
        f"https://www.instagram.com/tv/{I}",
        f"https://www.instagram.com/some.body/reel/{I}/",
        f"https://www.instagram.com/some_body/p/{I}/?img_index=1",
        f"https://www.instagram.com/p/{I}/embed/captioned/",
        f"https://m.instagram.com/reel/{I}",
        f"http://instagr.am/p/{I}",
        f"https://www.instagram.com/p/{I}{'aB3_' * 7}/",
    ],
}
EVERY = [(address, canonical) for canonical, addresses in ADDRESSES.items() for address in addresses]


@pytest.mark.parametrize(("address", "canonical"), EVERY)
def test_every_kind_of_address_names_its_video(address: str, canonical: str) -> None:
    found = parse_link(address)
    assert (found.canonical_id, found.reason) == (canonical, None)


def _with_loud_host(address: str) -> str:
    scheme, slashes, rest = address.rpartition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme.upper()}{slashes}{host.upper()}{slash}{path}" if slash else address


def _quote_whole(address: str) -> str:
    return quote(address, safe="")


FORMS = [
    _with_loud_host,
    lambda address: address.replace("https:", "http:"),
    lambda address: address.removeprefix("https://"),
    lambda address: address.removeprefix("https:"),
    lambda address: f"https://l.instagram.com/?u={quote(address, safe='')}&e=AT0",
    lambda address: f"https://lm.facebook.com/l.php?u={quote(address, safe='')}",
    lambda address: f"https://www.youtube.com/redirect?event=x&q={quote(address, safe='')}",
    lambda address: f"https://www.google.com/url?sa=t&url={quote(address, safe='')}&usg=x",
    lambda address: f"https://www.google.co.uk/url?q={quote(address, safe='')}",
    lambda address: f"https://eur01.safelinks.protection.outlook.com/?url={quote(address, safe='')}&data=05",
    _quote_whole,
    lambda address: (
        f"{address}{'&' if '?' in address else '?'}next=https://www.tiktok.com/@y/video/7000000000000000000"
    ),
    lambda address: f"{address.split('#')[0]}#https://youtu.be/aaaaaaaaaaa",
]
SURROUNDINGS = [
    lambda address: f"  {address}\n",
    lambda address: f"({address})",
    lambda address: f"<{address}>",
    lambda address: f'"{address}",',
    lambda address: f"{address}.",
    lambda address: f"{address};",
    lambda address: f"see: {address}!",
    lambda address: f"[the video]({address})",
    lambda address: f"\u201c{address}\u201d",
    lambda address: f"{address}\u200b",
    str,
]


@given(st.sampled_from(EVERY), st.lists(st.sampled_from(FORMS), max_size=2), st.sampled_from(SURROUNDINGS))
def test_other_forms_and_surroundings_of_an_address_name_the_same_video(
    pair: tuple[str, str], forms: list[Callable[[str], str]], surround: Callable[[str], str]
) -> None:
    address, canonical = pair
    for change_form in sorted(forms, key=lambda form: form is _quote_whole):  # what is quoted is the whole address
        address = change_form(address)
    assert {link.canonical_id for link in find_links(surround(address))} == {canonical}


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.instagram.com/accounts/login/?next=%2Freel%2F{I}%2F",
        f"https://www.instagram.com/accounts/login/?next=https%3A%2F%2Fwww.instagram.com%2Freel%2F{I}%2F&is_from_rle",
        f"https://l.instagram.com/?u=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dinstagram.com%252Fp%252F{I}",
        f"https://l.threads.net/?u=https%3A%2F%2Fwww.instagram.com%2Fp%2F{I}&e=AT0",
        f"https://t.me/iv?url=https%3A%2F%2Fwww.instagram.com%2Fp%2F{I}&rhash=1",
        f"https://slack-redir.net/link?url=https%3A%2F%2Fwww.instagram.com%2Fp%2F{I}",
    ],
)
def test_pages_that_forward_are_unwrapped(address: str) -> None:
    assert parse_link(address).canonical_id == INSTAGRAM


def test_a_youtube_page_that_forwards_within_youtube_is_unwrapped() -> None:
    found = parse_link(f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{Y}%26feature%3Dshare")
    assert found.canonical_id == YOUTUBE


@pytest.mark.parametrize(
    "address",
    [
        "https://vm.tiktok.com/ZM123abc/",
        "https://vt.tiktok.com/ZS123abc",
        "https://www.tiktok.com/t/ZT123abc/",
        "https://www.instagram.com/share/reel/BAabc12345",
        "https://www.instagram.com/share/BAabc12345/",
        "https://bit.ly/3abc",
    ],
)
def test_short_links_ask_for_the_long_one(address: str) -> None:
    found = parse_link(address)
    assert (found.problem, found.canonical_id) == ("short_link", None)
    assert "Open it and paste the long one" in (found.reason or "")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.tiktok.com/@somebody",
        "https://www.tiktok.com/@somebody/video/",
        f"https://www.tiktok.com/@somebody?video={T}",
        "https://www.youtube.com/@somebody",
        "https://www.youtube.com/playlist?list=PL123",
        "https://www.youtube.com/embed/videoseries?list=PL123",
        "https://www.youtube.com/embed/live_stream?channel=UC1",
        f"https://www.youtube.com/watch?v={Y}&v=aaaaaaaaaaa",
        f"https://www.youtube.com/watch?v={Y}x",
        "https://youtu.be/",
        "https://www.instagram.com/somebody/",
        "https://www.instagram.com/reels/audio/123456789/",
        "https://www.instagram.com/stories/somebody/3141723303735405462/",
        "https://l.instagram.com/?e=AT0",
    ],
)
def test_a_page_that_is_no_single_video_states_it(address: str) -> None:
    found = parse_link(address)
    assert (found.problem, found.canonical_id) == ("no_video", None)
    assert "Paste the address of the video" in (found.reason or "")


@pytest.mark.parametrize(
    "address",
    [
        f"https://notyoutube.com/watch?v={Y}",
        f"https://youtube.com.example.org/watch?v={Y}",
        f"https://www.youtube.com@example.org/watch?v={Y}",
        f"https://example.org/https://www.youtube.com/watch?v={Y}",
        f"https://example.org/?u=https://www.youtube.com/watch?v={Y}",
        f"https://example.org\\@youtube.com/watch?v={Y}",
        f"https://notgoogle.com/url?q=https://youtu.be/{Y}",
    ],
)
def test_only_the_platforms_own_hosts_count(address: str) -> None:
    found = parse_link(address)
    assert found.problem == "other_site"
    assert found.reason == f"{found.site} is not TikTok, YouTube or Instagram."


@pytest.mark.parametrize("text", ["", "  ", "Anna", "TBD", "7489443966908189959", "youtube.com", "https://", "n/a"])
def test_a_text_without_an_address_states_it(text: str) -> None:
    assert [link.problem for link in find_links(text)] == ["no_address"]


@pytest.mark.parametrize(
    "between", ["\n", " ", ", ", ",", ";", " | ", "|", " and ", "\u00a0", "\r\n\r\n", "", *"/+&、。\uff0c\uff1a·\uff5e"]
)
def test_two_addresses_are_two_videos(between: str) -> None:
    text = f"https://youtu.be/{Y}{between}https://www.tiktok.com/@x/video/{T}"
    assert [link.canonical_id for link in find_links(text)] == [YOUTUBE, TIKTOK]
    assert parse_link(text).problem == "several_addresses"


@pytest.mark.parametrize(
    "around",
    [
        "「{}」",
        "『{}』",
        "【{}】",
        "\uff08{}\uff09",
        "〈{}〉",
        "《{}》",
        "링크:{}",
        "링크\uff1a{}",
        "~~{}~~",
        "{}입니다",
    ],
)
def test_an_address_is_found_among_korean_and_japanese_punctuation(around: str) -> None:
    assert [link.canonical_id for link in find_links(around.format(f"https://youtu.be/{Y}"))] == [YOUTUBE]


def test_one_video_given_twice_is_one_video() -> None:
    assert parse_link(f"https://youtu.be/{Y} (https://www.youtube.com/watch?v={Y})").canonical_id == YOUTUBE


def test_an_address_that_forwards_to_itself_ends() -> None:
    address = "https://www.youtube.com/redirect?q=x"
    for _ in range(20):
        address = f"https://www.youtube.com/redirect?q={quote(address, safe='')}"
    assert parse_link(address).problem == "no_video"


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_has_a_result_or_a_reason(text: str) -> None:
    found = list(find_links(text))
    assert found
    assert all((link.canonical_id is None) == (link.reason is not None) for link in found)


PIECES = ("https://", "www.", "youtube.com", "/", "watch?v=", Y, "tiktok.com", "@x/video/", T, "%", "[", ":")


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_pieces_of_addresses_have_a_result_or_a_reason(text: str) -> None:
    for link in find_links(text):
        assert (link.canonical_id is None) == (link.reason is not None)


@pytest.mark.parametrize(
    "piece", ["a.", ",", "https:", "//", "%3a", "(", "a.b/,", "&amp;", "video/", "+https://youtu.be/"]
)
def test_long_texts_take_linear_time(piece: str) -> None:
    assert list(find_links(piece * 40_000))
