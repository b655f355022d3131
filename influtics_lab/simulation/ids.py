"""Simulate the platforms' own video ids, which contain the publication time on TikTok and Instagram."""

from __future__ import annotations

from typing import Final

from influtics_lab.platforms.instagram_ids import BASE64, EPOCH_MS, encode_shortcode
from influtics_lab.simulation.clock import SECOND
from influtics_lab.simulation.random_draws import Draws

YOUTUBE_LAST: Final = "AEIMQUYcgkosw048"  # 64 bits in 11 characters of 6 bits: the last one has only 4


def draw_external_id(platform: str, published: int, spelling: str, draws: Draws) -> str:
    """Return a platform's id for a video published at an instant.

    Parameters
    ----------
    platform : str
        TikTok (the upper 32 bits are Unix seconds), Instagram (the upper 41 bits are milliseconds since the
        platform's epoch) or YouTube (no time at all).
    published : int
        Microseconds since 1970.
    spelling : str
        `"shortcode"` writes an Instagram id in base 64; otherwise it is a number.
    draws : Draws

    Returns
    -------
    str
    """
    if platform == "TikTok":
        return str(((published // SECOND) << 32) | (draws.draw_bits() >> 32))
    if platform == "Instagram":
        number = ((published // 1000 - EPOCH_MS) << 23) | (draws.draw_bits() >> 41)
        return encode_shortcode(number) if spelling == "shortcode" else str(number)
    bits = draws.draw_bits()
    return "".join(BASE64[bits >> 6 * k & 63] for k in range(10)) + YOUTUBE_LAST[bits >> 60]
