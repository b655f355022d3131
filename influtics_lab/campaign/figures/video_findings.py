"""Findings about some of the videos: which these are, and the sentence about them."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import polars as pl

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.data_quality import count_flagged, stalled_at_end, undated_videos
from influtics_lab.campaign.figures.key_figure_types import Finding
from influtics_lab.text_format import plural

_SHOWN: Final = 5
_LONGEST_TITLE: Final = 48
_HOSTILE_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_HOSTILE_CHARACTERS: Final = frozenset("<>$`")


def list_video_notes(data: CampaignData) -> Iterator[Finding]:
    """Yield a note for each fact that holds for some videos."""
    for code, (find_videos, text) in _VIDEO_NOTES.items():
        yield from note_videos(data, code, find_videos(data), text)


def note_videos(data: CampaignData, code: str, videos: Collection[str], text: str) -> Iterator[Finding]:
    """Yield a note on some videos: a sentence with ``{videos}``, how many they are, and ``{names}``."""
    if videos:
        share = f"{len(videos):,} of {plural(len(data.chosen.videos), 'video')}"
        names = list_names(f"“{title}”" for title in list_titles(data, videos))
        yield Finding.note(code, text.format(videos=share, names=names))


def list_titles(data: CampaignData, videos: Iterable[str]) -> list[str]:
    """Return the titles of videos, shortened; the id of one without a title."""
    facts = {row["video_id"]: row for row in data.videos.iter_rows(named=True)}
    names = [facts[video]["title"] or facts[video]["external_video_id"] or video for video in videos]
    plain = ("".join(character for character in name if not _is_control(character)) for name in names)
    return [textwrap.shorten(name, _LONGEST_TITLE, placeholder="…") for name in plain]


def _is_control(character: str) -> bool:
    """Return whether a character has no picture of its own: a control, a direction, or a code point without one."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cn", "Cs"} and character != "\u200d"


def list_names(names: Iterable[str]) -> str:
    """Write the first names of a list, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _select_read(data: CampaignData, condition: pl.Expr) -> list[str]:
    """Return the videos with a reading that meets a condition."""
    return sorted(set(data.own.filter(condition)["video_id"]))


def _list_hostile_titles(data: CampaignData) -> list[str]:
    titles = data.videos.select("video_id", "title").rows()
    return [video for video, title in titles if title is not None and is_hostile(title)]


def is_hostile(title: str) -> bool:
    """Return whether a program could read a title as more than text: a formula, markup, mathematics, a direction.

    Examples
    --------
    >>> is_hostile("=HYPERLINK(1)"), is_hostile("<b>x</b>"), is_hostile("An ordinary title")
    (True, True, False)
    """
    has_controls = any(map(_is_control, title))
    return title.startswith(_HOSTILE_STARTS) or bool(_HOSTILE_CHARACTERS & set(title)) or has_controls


_VIDEO_NOTES: Final[dict[str, tuple[Callable[[CampaignData], Collection[str]], str]]] = {
    "without_readings": (
        lambda data: sorted(set(data.chosen.videos) - set(data.own["video_id"])),
        "No readings of {videos}: {names}.",
    ),
    "hidden_counts": (
        lambda data: _select_read(data, pl.col("is_hidden")),
        "Counts are hidden at readings of {videos}: {names}. Hidden is missing, not 0.",
    ),
    "without_publication": (
        undated_videos,
        (
            "The publication date of {videos} is missing: {names}. They have no age, and their gains need a reading "
            "before the period. Add the dates under [published_at]."
        ),
    ),
    "read_before_published": (
        lambda data: _select_read(data, pl.col("timestamp") < pl.col("published_at")),
        "Readings of {videos} lie before their publication: {names}. See published_at.",
    ),
    "flagged_purge": (
        lambda data: count_flagged(data, "purge"),
        "Counts that the platform took away in the period are missing in the figures of {videos}: {names}.",
    ),
    "flagged_burst": (
        lambda data: count_flagged(data, "burst"),
        "Views that came in bursts with little engagement are in the figures of {videos}: {names}.",
    ),
    "flagged_stalled": (
        stalled_at_end,
        "Counts did not change at the last reading of {videos}, which may have more by now: {names}.",
    ),
    "hostile_titles": (
        _list_hostile_titles,
        "Titles of {videos} hold markup, formulas or control characters: {names}. They are shown as plain text.",
    ),
}
"""Notes on facts that hold for some videos: which these are, and the sentence about them."""
