"""Which video an address names. Host and path decide; the query only where it is the address's own parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urljoin, urlsplit

from influtics_lab.platforms.platform_table import PLATFORMS, Platform, canonical_id

Problem = Literal["short_link", "no_video", "other_site", "no_address", "several_addresses"]

_REASONS: Final[dict[Problem, str]] = {
    "short_link": "This short link does not name the video. Open it and paste the long one from the address bar.",
    "no_video": "This page of {site} is no single video. Paste the address of the video.",
    "other_site": "{site} is not TikTok, YouTube or Instagram.",
    "no_address": "This is no address. Paste one such as https://www.tiktok.com/@name/video/7489443966908189959.",
    "several_addresses": "These are several addresses. Give each its own row.",
}
_SHORTENERS: Final = frozenset(
    ("bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "t.co", "t.ly", "tinyurl.com")
)
# Pages that forward to the address in a parameter of theirs: host, path, parameters.
_WRAPPERS: Final = tuple(
    (re.compile(rf"(?:.+\.)?(?:{host})"), re.compile(path), names)
    for host, path, names in (
        (r"lm?\.(?:instagram|facebook|messenger|threads)\.(?:com|net)", r"(?:l\.php)?", ("u",)),
        (r"instagram\.com", r"accounts/login", ("next",)),
        (r"youtube\.com", r"redirect", ("q",)),
        (r"youtube\.com", r"attribution_link", ("u",)),
        (r"youtube\.com", r"signin", ("next",)),
        (r"youtube\.com", r"oembed", ("url",)),
        (r"consent\.youtube\.com|(?:consent|accounts)\.google\.[a-z.]+", r".*", ("continue",)),
        (r"google\.[a-z]{2,3}(?:\.[a-z]{2})?", r"url", ("q", "url")),
        (r"tiktok\.com", r"link(?:/v2)?", ("target",)),
        (r"tiktok\.com", r"login", ("redirect_url",)),
        (r"tiktok\.com|instagram\.com", r"oembed", ("url",)),
        (r"safelinks\.protection\.outlook\.com", r".*", ("url",)),
        (r"linkedin\.com", r"(?:redir/redirect|safety/go)", ("url",)),
        (r"out\.reddit\.com", r".*", ("url",)),
        (r"duckduckgo\.com", r"l", ("uddg",)),
        (r"vk\.com", r"away\.php", ("to",)),
        (r"t\.me", r"iv", ("url",)),
        (r"slack-redir\.net", r"link", ("url",)),
    )
)
_MAX_WRAPPERS: Final = 5
_MOST_CHARACTERS: Final = 2_000
_MAX_LENGTH: Final = 8_000  # characters of an address that are looked at
# White space, marks that have no width, quotes, brackets, and the punctuation of Chinese, Japanese and Korean.
_BETWEEN: Final = re.compile(
    r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff<>\"\u201c-\u201f\u00ab\u00bb\u2039\u203a(){}\[\]`^"
    r"\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01-\uff03\uff08-\uff0c\uff1a-\uff1f\uff3b\uff3d\uff5b-\uff64]+"
)
# A comma, semicolon or pipe belongs to an address, unless another one begins behind it.
_GLUED: Final = re.compile(
    r"[,;|](?=https?:|https?%3a|www\.|(?:[a-z0-9-]+\.)+[a-z]+/)|(?<![/?&=#%+@])(?=https?://)", re.IGNORECASE
)
_JOINED: Final = re.compile(r"[/&+]+(?=https?://)", re.IGNORECASE)  # within a path; a query never names another video
_ADDRESS: Final = re.compile(
    r"https?:/{1,3}[^/]|(?:[a-z][a-z0-9+.-]*:)?//[^/]|(?:[\w-]+\.)+[a-z]{2,}(?::[0-9]+)?[/?#]", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"(?:(?:([a-z][a-z0-9+.-]*):)?/{1,3})?(.*)", re.IGNORECASE | re.DOTALL)
_LEADING: Final = ".,;:!|~'\u2018\u2019*\u2022\u00b7\u2013\u2014"
_TRAILING: Final = ".,;:!?|~'\u2018\u2019*\u2026"


@dataclass(frozen=True)
class VideoLink:
    """What one address names.

    Attributes
    ----------
    text : str
        The address as it was given, without punctuation around it.
    platform, external_id : str or None
        The video; None where there is a problem. The id is spelled as in the address.
    problem : str or None
        ``short_link``, ``no_video``, ``other_site``, ``no_address`` or ``several_addresses``.
    site : str
        The host of the address, for messages.
    """

    text: str
    platform: str | None = None
    external_id: str | None = None
    problem: Problem | None = None
    site: str = ""

    @property
    def canonical_id(self) -> str | None:
        """Return the video's canonical id; None where there is a problem."""
        return canonical_id(self.platform, self.external_id)

    @property
    def reason(self) -> str | None:
        """Return why no video is named, and what to do; None where one is."""
        return _REASONS[self.problem].format(site=self.site) if self.problem else None


def parse_link(text: str) -> VideoLink:
    """Return the video that the one address in a text names, or why there is none.

    Examples
    --------
    >>> parse_link("www.tiktok.com/@somebody/video/7489443966908189959?lang=en").canonical_id
    'TikTok:7489443966908189959'
    >>> parse_link("https://vm.tiktok.com/ZM123/").problem
    'short_link'
    >>> parse_link("https://youtu.be/dQw4w9WgXcQ https://youtu.be/aaaaaaaaaaa").reason
    'These are several addresses. Give each its own row.'
    """
    links = list(find_links(text))
    if len({link.canonical_id or link.text for link in links}) > 1:
        return VideoLink(text.strip(), problem="several_addresses")
    return links[0]


def find_links(text: str) -> Iterator[VideoLink]:
    """Yield what each address in a text names, in order; words between them are skipped.

    A text without an address yields one result, which says so: whatever is read is used or reported.

    Examples
    --------
    >>> [link.external_id for link in find_links("1. https://youtu.be/dQw4w9WgXcQ, 2. (instagram.com/p/CuZpLL9tyuW/)")]
    ['dQw4w9WgXcQ', 'CuZpLL9tyuW']
    """
    addresses = list(_split_addresses(text))
    for address in addresses:
        yield _parse_address(address)
    if not addresses:
        yield VideoLink(text.strip(), problem="no_address")


def is_link(cell: str) -> bool:
    """Return whether a cell holds links to videos and nothing else; short links are among them.

    Examples
    --------
    >>> is_link("https://youtu.be/dQw4w9WgXcQ"), is_link("see https://youtu.be/dQw4w9WgXcQ"), is_link("Ann")
    (True, False, False)
    """
    if not 0 < len(cell) <= _MOST_CHARACTERS:
        return False
    links = (link for word in cell.split() for link in find_links(word))
    return all(link.problem in {None, "short_link"} for link in links)


def _split_addresses(text: str) -> Iterator[str]:
    for word in _BETWEEN.split(text):
        for piece in _GLUED.split(word):
            address = _unquote_whole(piece).lstrip(_LEADING).rstrip(_TRAILING)
            if _ADDRESS.match(address):
                yield from _split_joined(address)


def _split_joined(address: str) -> Iterator[str]:
    """Yield the addresses of videos that are joined by a slash or a sign; other pages may have addresses as paths."""
    start = 0
    for joint in _JOINED.finditer(address):
        before = address[start : joint.start()]
        if not is_link(before) or "?" in before or "#" in before:
            break
        yield before
        start = joint.end()
    yield address[start:]


def _unquote_whole(text: str) -> str:
    """Return an address that came percent-encoded as a whole, as in the query of a page that forwards to it."""
    for _ in range(_MAX_WRAPPERS):
        if "/" in text or "%" not in text:
            break
        text = unquote(text)
    return text


def _parse_address(text: str) -> VideoLink:
    address = _split_url(text)
    for _ in range(_MAX_WRAPPERS):
        inner = _unwrap_redirect(address) if address else None
        if not address or not inner:
            break
        address = _split_url(urljoin(address.geturl(), inner) if inner.startswith("/") else inner)
    if address is None:
        return VideoLink(text, problem="no_address")
    host, path = _get_host(address), _get_path(address)
    for platform in PLATFORMS.values():
        if any(_is_within(host, domain) for domain in platform.hosts):
            return _parse_path(text, platform, address, host, path)
    return VideoLink(text, problem="short_link" if host in _SHORTENERS else "other_site", site=host)


def _parse_path(text: str, platform: Platform, address: SplitResult, host: str, path: str) -> VideoLink:
    if platform.name == "YouTube":
        path = _youtube_path(address, host, path)
    if match := platform.video_path.search(path):
        return VideoLink(text, platform.name, match[1], site=host)
    is_short = host in platform.short_hosts or (platform.short_path is not None and platform.short_path.search(path))
    return VideoLink(text, problem="short_link" if is_short else "no_video", site=platform.name)


def _youtube_path(address: SplitResult, host: str, path: str) -> str:
    """Return the path with the id in it, also where the id is the address's own parameter or follows from the host."""
    if host.endswith("youtu.be"):
        return f"v/{path}"
    if path.casefold() in {"watch", "watch_popup"}:
        videos = set(parse_qs(address.query).get("v", ()))
        return f"v/{videos.pop()}" if len(videos) == 1 else path
    return path


def _split_url(text: str) -> SplitResult | None:
    """Return the parts of an address, with https where it has no scheme; None where it has no host."""
    text = re.sub(r"&(?:amp;)+", "&", _unquote_whole(text)[:_MAX_LENGTH]).replace("\\", "/")
    scheme, rest = _SCHEME.match(text).groups()  # type: ignore[union-attr]  # every part of it is optional
    try:
        address = urlsplit(f"{scheme or 'https'}://{rest}")
    except ValueError:  # a network address or a host that cannot be
        return None
    return address if address.hostname else None


def _unwrap_redirect(address: SplitResult) -> str | None:
    """Return the address to which a known page forwards; None where it is no such page."""
    host, path = _get_host(address), _get_path(address)
    for host_pattern, path_pattern, names in _WRAPPERS:
        if host_pattern.fullmatch(host) and path_pattern.fullmatch(path):
            query = parse_qs(address.query)
            return next((query[name][0].strip() for name in names if name in query), None)
    return None


def _get_host(address: SplitResult) -> str:
    return (address.hostname or "").rstrip(".")


def _get_path(address: SplitResult) -> str:
    return "/".join(filter(None, unquote(address.path).split("/")))


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def video_page(platform: str | None, external_video_id: str | None) -> str | None:
    """Return the address of a video's page; None where the platform or the id is not known, or the id is none.

    Examples
    --------
    >>> video_page("Instagram", "3141723303735405462")
    'https://www.instagram.com/p/CuZpLL9tyuW/'
    >>> video_page("YouTube", "x/../<script>") is None
    True
    """
    known = canonical_id(platform, external_video_id)
    name, _, text = (known or "").partition(":")
    if known is None or name not in PLATFORMS:
        return None
    address = PLATFORMS[name].video_page.format(text)
    return address if parse_link(address).canonical_id == known else None
