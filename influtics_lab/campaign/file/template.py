"""A first campaign file for a snapshot: every key explained, and all videos of the snapshot."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import shorten

_LONGEST_COMMENT: Final = 80
_TEMPLATE: Final = """\
# A campaign of influtics-lab. Lines that begin with "# " explain; lines that begin with "#" alone are examples:
# remove the "#" to use them. Dates and times have no quotes.

name = "Campaign"
#client = "Whose campaign it is"

# The first and the last day, both included, in the time zone in which days begin and end.
[period]
start = {start}
end = {end}
time_zone = "UTC"

# Which videos belong: those that are named (ids, external_ids, links_csv), and those that meet all of the conditions
# (platform, title_pattern, created, published). In a pattern * is any text and ? any one character; upper and lower
# case are the same. Invisible characters count as characters, and styled letters (bold, full width) are not plain.
[videos]
#external_ids = ["the platform's own id"]
#platform = ["TikTok", "Instagram"]
#title_pattern = "*summer*"
#created = {{since = {start}, until = {end}}}
#published = {{since = {start}, until = {end}}}
#exclude = ["an id or a link of a video that does not belong"]
{videos}

# A CSV file with a column "link" can also name the videos: links_csv = "links.csv", beside this file.

# Publication times of videos whose ids do not carry them, by id or link. Without a publication time a video has no age,
# and no gains where tracking began within the period. A date means its beginning.
#[published_at]
{undated}
# The creators and their videos. A creator's videos outside the campaign are the creator's history.
#[[creators]]
#name = "A creator"
#videos = [{first}]

# What was spent: for a video, a creator or a platform, or for the whole campaign. Money is not divided.
#[[spend]]
#amount = 1500.00
#currency = "EUR"
#date = {start}
#creator = "A creator"

# What creators are paid: a fixed fee, and a price for a thousand views (cpm). In place of cpm, prices for ranges of
# views: tiers = [{{up_to = 100000, cpm = 10.00}}, {{cpm = 5.00}}]. Views count up to cutoff_date or, in its place, to
# an age of each video: cutoff_age = "30d". A video with fewer views than the minimum pays nothing; with
# minimum_rule = "deduct" the minimum is subtracted instead. cap is the most views of a video that are paid, and budget
# the most that the deal pays. Without videos = ["an id or a link"] the deal is for all videos of the creator.
#[[deals]]
#creator = "A creator"
#currency = "EUR"
#fixed_fee = 500.00
#cpm = 10.00
#minimum = 1000
#cap = 100000
#budget = 5000.00
#cutoff_date = {end}
#rounding = "half up"

# The currency of the figures, and the value of one unit of other currencies in it.
#[currency]
#report = "EUR"
#rates = {{USD = 0.92}}

# Goals and their dates: views and engagement_rate (in %) at least, cpm at most.
#[[targets]]
#measure = "views"
#value = 1000000
#date = {end}

# What a view, like, comment or repost is worth to you, for the earned media value. There are no default rates.
#[emv]
#currency = "EUR"
#views = 0.01
#likes = 0.10
#comments = 0.50
#reposts = 0.50

# The videos that each video is compared with: "platform", its creator's "own history", or "videos" that are named.
#[compare]
#against = "platform"
#at_age = "7d"
#age = "published"

# How figures are computed. counted: "auto", gains of videos that are older than the period and last known counts of the
# others; "read", last known counts of all; "gained", gains of all.
#[estimators]
#counted = "auto"
#engagement_rate = ["pooled", "median"]
#parts = ["likes", "comments"]
#max_gap = "3d"
#level_pct = 95
#resamples = 10000
#draw = "creators"

# The report's colours, the first one for headings. A logo (PNG or SVG, beside this file): logo = "logo.svg".
#[look]
#colours = ["#1a2b3c", "#d95f02"]
"""


def new_campaign(snapshot: Snapshot) -> str:
    """Return the text of a campaign file that names all videos of a snapshot, with every key explained.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    str
        TOML that `parse_campaign` reads. The period is that of the readings; titles are comments in plain text.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> print(new_campaign(lab.simulate(2))[:25])
    # A campaign of influtics
    """
    rows = snapshot.videos.sort("platform", "created_at", "video_id", nulls_last=True).to_dicts()
    start, end = _find_period(snapshot)
    first = _quote(rows[0]["video_id"]) if rows else '"an id"'
    videos = "\n".join(_list_videos(rows)) if rows else 'ids = ["an id"]'
    return _TEMPLATE.format(start=start, end=end, first=first, videos=videos, undated=_list_undated(rows, end))


def _find_period(snapshot: Snapshot) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the readings; of a snapshot without readings the day it was taken."""
    taken = dt.datetime.fromisoformat(snapshot.manifest["taken_at"]).date()
    days = snapshot.stats["timestamp"].dt.date()
    return days.min() or taken, days.max() or taken  # type: ignore[return-value]  # dates


def _list_videos(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Every video of the snapshot: remove those that do not belong."
    yield "ids = ["
    for row in rows:
        when = f", published {row['published_at']:%Y-%m-%d}" if row["published_at"] is not None else ""
        about = f"{row['platform'] or 'no platform'}{when}: {row['title'] or 'without a title'}"
        yield f"  {_quote(row['video_id'])}, # {_format_comment(about)}"
    yield "]"


def _list_undated(rows: list[dict[str, Any]], day: dt.date) -> str:
    names = [row["external_video_id"] or row["video_id"] for row in rows if row["published_at"] is None]
    return "".join(f"#{_quote(name)} = {day}\n" for name in dict.fromkeys(names)) or f'#"an id" = {day}\n'


def _quote(text: str) -> str:
    """Return any text as a TOML string."""
    return f'"{"".join(map(_escape_character, text))}"'


def _escape_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _format_comment(text: str) -> str:
    """Return a text that cannot end a comment or change the direction of a line."""
    characters = (" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return shorten(" ".join("".join(characters).split()), _LONGEST_COMMENT)
