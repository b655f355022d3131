"""Everything specific to TikTok, YouTube and Instagram: names, ids, publication times, links, counting rules.

==================  =========================================================================
`PLATFORMS`         the table: one entry per platform, by name
`match_platform`    a name in any case, as the table spells it
`canonical_id`      platform and the platform's own id in one spelling
`canonical_ids`     the same as a polars expression
`published_us`      the publication time that an id carries
`parse_link`        the video that one address names, or why it names none
`find_links`        the same for each address in a text
`is_link`           whether a cell of a sheet holds links and nothing else
`COUNTING_RULES`    the days from which a platform counts views in another way
`CountingRule`      one such day: platform, formats, what changed, source
`SCOPES`            the formats that a rule may be about
`collect_rules`     the known rules and those of a user
`counting_rules`    the same as a table
`video_page`        the address of a video's page
==================  =========================================================================
"""

from __future__ import annotations

from influtics_lab.platforms.counting_rules import (
    COUNTING_RULES,
    SCOPES,
    CountingRule,
    Rules,
    collect_rules,
    counting_rules,
)
from influtics_lab.platforms.platform_table import (
    PLATFORMS,
    Platform,
    canonical_id,
    canonical_ids,
    match_platform,
    published_us,
    suggest_platform,
)
from influtics_lab.platforms.video_links import VideoLink, find_links, is_link, parse_link, video_page

__all__ = [
    "COUNTING_RULES",
    "PLATFORMS",
    "SCOPES",
    "CountingRule",
    "Platform",
    "Rules",
    "VideoLink",
    "canonical_id",
    "canonical_ids",
    "collect_rules",
    "counting_rules",
    "find_links",
    "is_link",
    "match_platform",
    "parse_link",
    "published_us",
    "suggest_platform",
    "video_page",
]
