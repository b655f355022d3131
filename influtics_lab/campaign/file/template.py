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
_TEMPLATE: Final = Path(__file__).with_name("first_campaign.txt")
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
    order = ("platform", "created_at", "video_id")
    rows = [] if snapshot is None else snapshot.videos.sort(order, nulls_last=True).to_dicts()
    first = _quote(rows[0]["video_id"]) if rows else '"an id"'
    videos = "" if plan is not None else "\n".join(_select_videos(rows)) if rows else 'ids = ["an id"]'
    return _TEMPLATE.read_text("utf-8").format(
        start=start,
        end=end,
        first=first,
        videos=videos,
        header="#[videos]" if plan is not None else "[videos]",
        undated=_list_undated(rows, end),
        sheet=_SHEET_EXAMPLE if plan is None else "\n".join(_describe_sheet(Path(sheet or "").name, plan)),
        currency=_CURRENCY_EXAMPLE if plan is None else "\n".join(_list_currencies(plan)),
    )


def _find_period(snapshot: Snapshot | None, plan: PlanSheet | None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the readings; without readings, of due dates or the day it was taken."""
    if snapshot is not None:
        taken = dt.datetime.fromisoformat(snapshot.manifest["taken_at"]).date()
        days = snapshot.stats["timestamp"].dt.date()
        return days.min() or taken, days.max() or taken  # type: ignore[return-value]  # dates
    due = [post.due for post in plan.posts if post.due is not None] if plan is not None else []
    if not due:
        raise ConfigError("No period is available: the sheet has no due dates. Pass a snapshot, or add due dates.")
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
