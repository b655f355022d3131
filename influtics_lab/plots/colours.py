"""Colour, marker, dash and hatch of each platform: always the same, and each of them enough to recognise it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from matplotlib.colors import to_hex, to_rgb

Dash: TypeAlias = Literal["-"] | tuple[float, tuple[float, ...]]


class Look(NamedTuple):
    """How one platform is drawn: each attribute alone identifies it, also in grey print."""

    colour: str
    marker: str
    dash: Dash
    hatch: str


# Blue, vermilion and purple after Okabe and Ito, which colour-blind eyes distinguish, moved apart in lightness.
LOOKS: Final = {
    "TikTok": Look("#00558c", "o", "-", ""),
    "YouTube": Look("#c24e00", "s", (0, (7, 1.6)), "////"),
    "Instagram": Look("#c878a3", "^", (0, (2.4, 1.2)), "...."),
}
OTHER: Final = Look("#6b7280", "D", (0, (6, 1.5, 1.2, 1.5)), "xxxx")
COLOURS: Final = {name: look.colour for name, look in LOOKS.items()}
UNKNOWN: Final = "unknown platform"


def find_look(platform: str | None) -> Look:
    """Return the look of a platform; one look for all unknown ones.

    Examples
    --------
    >>> find_look("YouTube").marker
    's'
    """
    return LOOKS.get(platform or "", OTHER)


def darken_colour(colour: str) -> str:
    """Return a colour darkened until small text in it can be read on white: 4.5 to 1.

    Examples
    --------
    >>> darken_colour("#ffffff")
    '#757575'
    """
    red, green, blue = to_rgb(colour)
    shades = ((red * step / 100, green * step / 100, blue * step / 100) for step in range(100, -1, -1))
    return to_hex(next(filter(is_readable_on_white, shades)))


def is_readable_on_white(colour: str | tuple[float, float, float]) -> bool:
    """Return whether small text in a colour can be read on white: 4.5 to 1."""
    return 1.05 / (compute_luminance(colour) + 0.05) >= 4.5


def compute_luminance(colour: str | tuple[float, float, float]) -> float:
    """Return the relative luminance of a colour, from 0 (black) to 1 (white).

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.2, "relative luminance".
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def order_platforms(platforms: list[str]) -> list[str]:
    """Return names of platforms once each: those known in their own order, then the others by name.

    Examples
    --------
    >>> order_platforms(["Vimeo", "YouTube", "TikTok", "YouTube"])
    ['TikTok', 'YouTube', 'Vimeo']
    """
    return sorted(set(platforms), key=lambda name: ([*LOOKS, name].index(name), name))
