"""A first campaign file for a snapshot or a client's sheet: every key explained, and all videos."""

from __future__ import annotations

import datetime as dt
import os
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from influtics_lab.campaign.file.model import SheetFile
from influtics_lab.campaign.file.plan_sheet import read_plan_sheet
from influtics_lab.campaign.file.sheet_account import describe_account, describe_guesses
from influtics_lab.campaign.file.sheet_types import PlanSheet
from influtics_lab.errors import ConfigError
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import shorten

_LONGEST_COMMENT: Final = 80
_LONGEST_LINE: Final = 116
_TEMPLATE: Final = """\
# A campaign of influtics-lab. Lines that begin with "# " explain; lines that begin with "#" alone are examples:
# remove the "#" to use them. Dates and times have no quotes.

name = "Campaign"
#client = "Whose campaign it is"

# The language of the client edition: "en" or "de"; and its numbers: "1,234.5", "1.234,5" or "1 234,5".
#language = "en"
#number_format = "1,234.5"

# Free texts of the report. objectives is a list, a sentence each.
#objectives = ["What the campaign is for"]
#summary = "What happened"
#learnings = "What we learned"
#next_steps = "What to do next"

# The first and the last day, both included, in the time zone in which days begin and end.
[period]
start = {start}
end = {end}
time_zone = "UTC"

# The client's sheet (CSV or XLSX, beside this file): a row for each post, with its link, creator, fee, currency, due
# date, deliverable, tier, platform and notes, with payment due and paid, and with the terms of deals: cpm, tiers,
# minimum, minimum rule, cap, budget, cutoff. Names of columns are matched generously; "influtics-lab campaign check"
# lists which were guessed. Its videos and creators belong to the campaign, and its fees are spend.
{sheet}

# Which videos belong: those that are named (ids, external_ids, links_csv), and those that meet all of the conditions
# (platform, title_pattern, created, published). In a pattern * is any text and ? any one character; upper and lower
# case are the same. Invisible characters count as characters, and styled letters (bold, full width) are not plain.
{header}
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
{currency}

# The budget of the whole campaign.
#[budget]
#amount = 20000.00
#currency = "EUR"

# What the client counted (CSV or XLSX, beside this file): clicks, codes, orders and revenue, by link or creator.
#[outcomes]
#path = "outcomes.csv"
#worksheet = "Shop"
#columns = {{revenue = "Net sales"}}
#currency = "EUR"

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


_MOST_LISTED: Final = 100  # videos; of a larger account they are selected by a condition
_MOST_EXAMPLES: Final = 5
_SHEET_EXAMPLE: Final = """\
#[sheet]
#path = "creators.csv"
#worksheet = "Plan"
#columns = {fee = "Net fee"}
#currency = "EUR"
#cutoff_date = 2025-07-31
#cutoff_age = "30d\""""
_CURRENCY_EXAMPLE: Final = """\
#[currency]
#report = "EUR"
#rates = {USD = 0.92}"""


def new_campaign(snapshot: Snapshot | None = None, sheet: str | os.PathLike[str] | None = None) -> str:
    """Return the text of a campaign file that names all videos of a snapshot or a sheet, with every key explained.

    Parameters
    ----------
    snapshot : Snapshot, optional
        Up to 100 videos are listed with their titles as comments in plain text; more are selected by a condition.
    sheet : path, optional
        The client's sheet, CSV or XLSX. Its videos belong to the campaign; the file names it as beside it.

    Returns
    -------
    str
        TOML that `parse_campaign` reads. The period is that of the readings, else that of the sheet's due dates.

    Raises
    ------
    ConfigError
        If neither is given, the sheet cannot be used, or it has no due date and there is no snapshot.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> print(new_campaign(lab.simulate(2))[:25])
    # A campaign of influtics
    """
    plan = None if sheet is None else read_plan_sheet(Path(sheet), SheetFile(path=str(sheet)))
    start, end = _find_period(snapshot, plan)
    rows = [] if snapshot is None else _list_rows(snapshot)
    first = _quote(rows[0]["video_id"]) if rows else '"an id"'
    videos = "" if plan is not None else "\n".join(_select_videos(rows)) if rows else 'ids = ["an id"]'
    return _TEMPLATE.format(
        start=start,
        end=end,
        first=first,
        videos=videos,
        header="#[videos]" if plan is not None else "[videos]",
        undated=_list_undated(rows, end),
        sheet=_SHEET_EXAMPLE if plan is None else "\n".join(_describe_sheet(Path(sheet or "").name, plan)),
        currency=_CURRENCY_EXAMPLE if plan is None else "\n".join(_list_currencies(plan)),
    )


def _list_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    return snapshot.videos.sort("platform", "created_at", "video_id", nulls_last=True).to_dicts()


def _find_period(snapshot: Snapshot | None, plan: PlanSheet | None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the readings; without readings, of due dates or the day it was taken."""
    if snapshot is not None:
        taken = dt.datetime.fromisoformat(snapshot.manifest["taken_at"]).date()
        days = snapshot.stats["timestamp"].dt.date()
        return days.min() or taken, days.max() or taken  # type: ignore[return-value]  # dates
    due = [post.due for post in plan.posts if post.due is not None] if plan is not None else []
    if not due:
        raise ConfigError("The period is not known: the sheet has no due dates. Pass a snapshot, or add them.")
    return min(due), max(due)


def _describe_sheet(name: str, plan: PlanSheet) -> Iterator[str]:
    for text in (describe_account(plan.account), describe_guesses(plan.account)):
        yield from (f"# {line}" for line in textwrap.wrap(_clean_text(text), _LONGEST_LINE))
    yield "[sheet]"
    yield f"path = {_quote(name)}"
    yield from _SHEET_EXAMPLE.splitlines()[2:]


def _list_currencies(plan: PlanSheet) -> Iterator[str]:
    """Yield the currency of most fees, and the others as an example of rates."""
    counts = Counter(post.currency for post in plan.posts if post.currency is not None)
    if not counts:
        yield from _CURRENCY_EXAMPLE.splitlines()
        return
    (report, _), *others = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    yield "[currency]"
    yield f"report = {_quote(report)}"
    rates = ", ".join(f"{code} = 1.00" for code, _ in others) or "USD = 0.92"
    if others:
        yield "# The sheet has these other currencies: write their value."
    yield f"#rates = {{{rates}}}"


def _select_videos(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the key that selects every video: a list, or of many a condition that all of them meet."""
    condition = _find_condition(rows) if len(rows) > _MOST_LISTED else None
    if condition is None:
        yield "# Every video of the snapshot: remove those that do not belong."
        yield "ids = ["
        yield from (f"  {_quote(row['video_id'])}, # {_describe_video(row)}" for row in rows)
        yield "]"
        return
    yield f"# All {len(rows):,} videos of the snapshot: add conditions, or name the videos that belong."
    yield condition
    yield "#ids = ["
    yield from (f"#  {_quote(row['video_id'])}, # {_describe_video(row)}" for row in rows[:_MOST_EXAMPLES])
    yield "#]"


def _find_condition(rows: list[dict[str, Any]]) -> str | None:
    """Return the platforms of all videos, else the first day of tracking; None where some video has neither."""
    platforms = {row["platform"] for row in rows}
    if None not in platforms:
        return f"platform = [{', '.join(map(_quote, sorted(platforms)))}]"
    created = [row["created_at"] for row in rows]
    return None if None in created else f"created = {{since = {min(created):%Y-%m-%d}}}"


def _describe_video(row: dict[str, Any]) -> str:
    when = f", published {row['published_at']:%Y-%m-%d}" if row["published_at"] is not None else ""
    about = f"{row['platform'] or 'no platform'}{when}: {row['title'] or 'without a title'}"
    return shorten(_clean_text(about), _LONGEST_COMMENT)


def _list_undated(rows: list[dict[str, Any]], day: dt.date) -> str:
    undated = (row["external_video_id"] or row["video_id"] for row in rows if row["published_at"] is None)
    names = list(dict.fromkeys(undated)) or ["an id"]
    shown = names if len(rows) <= _MOST_LISTED else names[:_MOST_EXAMPLES]
    more = f"# And {len(names) - len(shown):,} more.\n" if len(shown) < len(names) else ""
    return "".join(f"#{_quote(name)} = {day}\n" for name in shown) + more


def _quote(text: str) -> str:
    """Return any text as a TOML string."""
    return f'"{"".join(map(_escape_character, text))}"'


def _escape_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _clean_text(text: str) -> str:
    """Return a text that cannot end a comment or change the direction of a line."""
    characters = (" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join("".join(characters).split())
