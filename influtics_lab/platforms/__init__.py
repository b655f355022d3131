"""Everything specific to TikTok, YouTube and Instagram: names, ids, publication times, links.

==================  =========================================================================
`PLATFORMS`         the table: one entry per platform, by name
`match_platform`    a name in any case, as the table spells it
`canonical_id`      platform and the platform's own id in one spelling
`canonical_ids`     the same as a polars expression
`published_us`      the publication time that an id carries
`parse_link`        the video that one address names, or why it names none
`find_links`        the same for each address in a text
`is_link`           whether a cell of a sheet holds links and nothing else
==================  =========================================================================
"""

from __future__ import annotations

from influtics_lab.platforms.platform_table import (
    PLATFORMS,
    Platform,
    canonical_id,
    canonical_ids,
    match_platform,
    published_us,
    suggest_platform,
)
from influtics_lab.platforms.video_links import VideoLink, find_links, is_link, parse_link

__all__ = [
    "PLATFORMS",
    "Platform",
    "VideoLink",
    "canonical_id",
    "canonical_ids",
    "find_links",
    "is_link",
    "match_platform",
    "parse_link",
    "published_us",
    "suggest_platform",
]
