"""A campaign file to start from: its keys explained, and a snapshot's videos in it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from influtics_lab.snapshot import Snapshot

_TITLE: Final = 60
_HEAD: Final = """\
# A campaign of influtics-lab. Lines that begin with "# " explain; lines that begin with "#" alone are examples:
# take the sign away to use them. Dates and times stand without quotes.

name = "Campaign"
#client = "Whose campaign it is"

# From its first day to its last, both included, in the time zone in which days begin and end.
[period]
start = {start}
end = {end}
time_zone = "UTC"

# Which videos belong: those that are named (ids, external_ids, links_csv), and those that meet all of the conditions
# (platform, title_pattern, created, published). In a pattern * is any text and ? any one character, whatever the
# case. Invisible characters count as characters, and styled letters (bold, full width) are not plain ones.
[videos]
#external_ids = ["the platform's own id"]
#platform = ["TikTok", "Instagram"]
#title_pattern = "*summer*"
#created = {{since = {start}, until = {end}}}
#published = {{since = {start}, until = {end}}}
#exclude = ["an id or a link of a video that does not belong"]
"""
_LINKS: Final = """
# A CSV file with a column "link" may name the videos, too: links_csv = "links.csv", beside this file.
"""
_PUBLISHED: Final = """
# When videos were published whose ids do not say so, by id or link: without it they have no age, and no gains where
# tracking began within the period. A date means its beginning.
#[published_at]
"""
_TAIL: Final = """
# Who made what. A creator's videos outside the campaign are its history.
#[[creators]]
#name = "A creator"
#videos = [{first}]

# What was spent: for a video, a creator or a platform, or for the whole campaign. Money is not divided.
#[[spend]]
#amount = 1500.00
#currency = "EUR"
#date = {start}
#creator = "A creator"

# The currency of the figures, and what one unit of another one is worth in it.
#[currency]
#report = "EUR"
#rates = {{USD = 0.92}}

# What is to be reached by when: views and engagement_rate (in %) at least, cpm at most.
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

# With what each video is compared: "platform", its creator's "own history", or "videos" that are named.
#[compare]
#against = "platform"
#at_age = "7d"
#age = "published"

# How figures are made. counted: "auto", gains of videos that are older than the period and last known counts of the
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
    """Give the text of a campaign file that names all videos of a snapshot, with every key explained.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    str
        TOML that `parse_campaign` takes. The period is that of the readings; titles stand in comments, as plain text.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> print(new_campaign(lab.simulate(2))[:25])
    # A campaign of influtics
    """
    rows = snapshot.videos.sort("platform", "created_at", "video_id", nulls_last=True).to_dicts()
    first, last = _days(snapshot)
    facts = {"start": first, "end": last, "first": _quoted(rows[0]["video_id"]) if rows else '"an id"'}
    listed = "\n".join(_listed(rows)) + "\n" if rows else 'ids = ["an id"]\n'
    return _HEAD.format(**facts) + listed + _LINKS + _PUBLISHED + _undated(rows, last) + _TAIL.format(**facts)


def _days(snapshot: Snapshot) -> tuple[dt.date, dt.date]:
    instants = snapshot.stats["timestamp"]
    if instants.len():
        first, last = instants.dt.date().min(), instants.dt.date().max()
        return first, last  # type: ignore[return-value]  # dates, as there are some
    taken = dt.datetime.fromisoformat(snapshot.manifest["taken_at"]).date()
    return taken, taken


def _listed(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield "# Every video of the snapshot: take away those that do not belong."
    yield "ids = ["
    for row in rows:
        when = f", published {row['published_at']:%Y-%m-%d}" if row["published_at"] is not None else ""
        about = f"{row['platform'] or 'no platform'}{when}: {row['title'] or 'without a title'}"
        yield f"  {_quoted(row['video_id'])}, # {_plain(about)}"
    yield "]"


def _undated(rows: list[dict[str, Any]], day: dt.date) -> str:
    names = [row["external_video_id"] or row["video_id"] for row in rows if row["published_at"] is None]
    return "".join(f"#{_quoted(name)} = {day}\n" for name in dict.fromkeys(names)) or f'#"an id" = {day}\n'


def _quoted(text: str) -> str:
    """Write a text as TOML does, whatever it holds."""
    signs = (f"\\{sign}" if sign in '"\\' else sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in text)
    return f'"{"".join(signs)}"'


def _plain(text: str) -> str:
    """Write a text so that it ends no comment and turns no line around."""
    signs = (" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    found = " ".join("".join(signs).split())
    return found if len(found) <= _TITLE + 20 else f"{found[: _TITLE + 17]}..."
