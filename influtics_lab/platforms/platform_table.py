"""The table of platforms, and names and ids looked up in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from influtics_lab.platforms import instagram_ids
from influtics_lab.text_format import suggest_name

_SPACE: Final = " \t\r\n\xa0\ufeff"
_LAST_US: Final = 4_102_444_800_000_000  # the year 2100


@dataclass(frozen=True)
class Platform:
    """What is specific to one platform.

    Attributes
    ----------
    name : str
        As the service spells it.
    hosts : tuple of str
        Domains of its pages; subdomains belong to them.
    video_path : re.Pattern
        Finds the id (group 1) in the path of an address, which has no slash at its ends.
    short_hosts : tuple of str
        Hosts whose addresses redirect to a video and carry no id.
    short_path : re.Pattern or None
        Finds paths that do the same.
    id_time_us : callable or None
        Returns the time that an id carries, in microseconds since 1970; None where ids carry none.
    first_us : int
        An earlier time in an id is chance.
    video_page : str
        The address of a video's page, with ``{}`` for the id as `canonical_id` spells it.
    view : str
        What the platform counts as a view, in a few words.
    """

    name: str
    hosts: tuple[str, ...]
    video_path: re.Pattern[str]
    short_hosts: tuple[str, ...] = ()
    short_path: re.Pattern[str] | None = None
    id_time_us: Callable[[str], int | None] | None = None
    first_us: int = 0
    video_page: str = ""
    view: str = ""


_TIKTOK_ID: Final = re.compile(r"[0-9]{15,20}")


def _tiktok_time_us(text: str) -> int | None:
    return (int(text) >> 32) * 1_000_000 if _TIKTOK_ID.fullmatch(text) else None


_TABLE: Final = (
    Platform(
        name="TikTok",
        hosts=("tiktok.com", "tiktokv.com"),
        video_path=re.compile(
            r"(?:^|/)(?i:video|photo|v|embed|embed/v[0-9]+|player/v[0-9]+)/([0-9]+)(?![A-Za-z0-9_-])"
        ),
        short_hosts=("vm.tiktok.com", "vt.tiktok.com"),
        short_path=re.compile(r"^(?i:t|share)/."),
        id_time_us=_tiktok_time_us,
        first_us=1_388_534_400_000_000,  # 2014: its first videos
        video_page="https://www.tiktok.com/@_/video/{}",
        view="each start of a video, and each replay",
    ),
    Platform(
        name="YouTube",
        hosts=("youtube.com", "youtube-nocookie.com", "youtubekids.com", "youtu.be"),
        video_path=re.compile(
            r"^(?:(?i:watch|shorts|live|embed|v|e|video)/)(?!videoseries|live_stream)([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
        ),
        video_page="https://www.youtube.com/watch?v={}",
        view="a start and some seconds of watching; of Shorts, each start and replay since 31 March 2025",
    ),
    Platform(
        name="Instagram",
        hosts=("instagram.com", "instagr.am"),
        video_path=re.compile(r"^(?!share/)(?:[^/]+/)?(?i:p|reels?|tv)/([A-Za-z0-9_-]{6,})"),
        short_path=re.compile(r"^(?i:share|s)/."),
        id_time_us=instagram_ids.media_time_us,
        first_us=1_262_304_000_000_000,  # 2010: its first pictures
        video_page="https://www.instagram.com/p/{}/",
        view="each start of a video, and each replay",
    ),
)
PLATFORMS: Final = {platform.name: platform for platform in _TABLE}
"""The platforms by name, in the order in which pictures and tables list them."""
_BY_LOWER: Final = {name.lower(): name for name in PLATFORMS}


def match_platform(name: str) -> str | None:
    """Return a platform's name as the table spells it, whatever its case; None for other names.

    Examples
    --------
    >>> match_platform(" tiktok "), match_platform("Vimeo")
    ('TikTok', None)
    """
    return _BY_LOWER.get(name.strip(_SPACE).lower())


def suggest_platform(name: str) -> str | None:
    """Return the platform that a misspelt name probably means, for "did you mean".

    Examples
    --------
    >>> suggest_platform("You Tube"), suggest_platform("insta"), suggest_platform("Vimeo")
    ('YouTube', 'Instagram', None)
    """
    close = suggest_name(name.strip(_SPACE).lower(), _BY_LOWER)
    return None if close is None else _BY_LOWER[close]


def published_us(platform: str | None, external_video_id: str | None) -> int | None:
    """Return the publication time that a platform wrote into its own id.

    TikTok: the upper 32 bits of the id are Unix seconds. Instagram: the upper bits of the media id are milliseconds.
    YouTube's ids carry no time.

    Returns
    -------
    int or None
        Microseconds since 1970, UTC; None where the id carries no time or an impossible one.

    Examples
    --------
    >>> published_us("TikTok", "7489443966908189959") // 1_000_000
    1743772059
    >>> published_us("YouTube", "dQw4w9WgXcQ") is None
    True
    """
    entry = PLATFORMS.get(platform or "")
    if entry is None or entry.id_time_us is None or external_video_id is None:
        return None
    instant = entry.id_time_us(external_video_id)
    return instant if instant is not None and entry.first_us <= instant < _LAST_US else None


def canonical_id(platform: str | None, external_video_id: str | None) -> str | None:
    """Return platform and the platform's own id in one spelling: equal for the same video, however it is written.

    Instagram writes one video as a shortcode, as a media id with or without the owner's id, and, if it is private, as
    39 characters of which the first 11 are the shortcode. Names of platforms are equal in any case.

    Returns
    -------
    str or None
        ``"Instagram:CuZpLL9tyuW"``. None, which matches nothing, where the platform or the id is null or empty.

    Examples
    --------
    >>> canonical_id("Instagram", "3141723303735405462_4711"), canonical_id("youtube", "dQw4w9WgXcQ")
    ('Instagram:CuZpLL9tyuW', 'YouTube:dQw4w9WgXcQ')
    >>> canonical_id("TikTok", None) is None
    True
    """
    name, text = (platform or "").strip(_SPACE), (external_video_id or "").strip(_SPACE)
    if not name or not text:
        return None
    name = match_platform(name) or name
    return f"{name}:{instagram_ids.unify_spelling(text) if name == 'Instagram' else text}"


def canonical_ids(platform: str = "platform", external_video_id: str = "external_video_id") -> pl.Expr:
    """Return `canonical_id` of two columns as a polars expression.

    Parameters
    ----------
    platform, external_video_id : str
        Names of columns of type String.

    Returns
    -------
    polars.Expr
        Named ``canonical_id``; null where the platform or the id is null or empty.

    Examples
    --------
    >>> frame = pl.DataFrame({"platform": ["Instagram", "TikTok"], "external_video_id": ["3141723303735405462", None]})
    >>> frame.select(canonical_ids())["canonical_id"].to_list()
    ['Instagram:CuZpLL9tyuW', None]
    """
    name, text = pl.col(platform).str.strip_chars(_SPACE), pl.col(external_video_id).str.strip_chars(_SPACE)
    name = name.str.to_lowercase().replace_strict(_BY_LOWER, default=name)
    unified = pl.when(name == "Instagram").then(instagram_ids.unify_spellings(text)).otherwise(text)
    joined = pl.concat_str(name, pl.lit(":"), unified)
    return pl.when(name != "", text != "").then(joined).alias("canonical_id")
