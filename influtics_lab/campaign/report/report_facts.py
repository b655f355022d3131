"""What a report is about and where its numbers come from, as pairs of words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from influtics_lab.config import VERSION
from influtics_lab.text_format import plural

_FACTS: Final = {
    "snapshot_id": "Snapshot",
    "content_digest": "Digest of its content",
    "taken_at": "Taken at",
    "as_of": "Last reading",
    "videos": "Videos in it",
    "readings": "Readings in it",
}


def about(figures: Mapping[str, Any], contents: Iterable[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """Say what a workbook of figures is: the campaign, its sheets, the snapshot, and how figures were made.

    Parameters
    ----------
    figures : mapping
        As `key_figures` gives them.
    contents : iterable of tuple
        Each sheet's name, what is in it, and how many rows it has.

    Returns
    -------
    list of tuple of str
    """
    campaign, snapshot = figures["campaign"], figures["snapshot"]
    sheets = [(name.capitalize(), f"{told} ({plural(rows, 'row')})") for name, told, rows in contents]
    return [
        ("Campaign", campaign["name"]),
        ("Client", campaign["client"] or "not named"),
        ("Period", f"{campaign['start']} to {campaign['end']}, in UTC; days are those of {campaign['time_zone']}"),
        ("Counted until", f"{campaign['until']}{' (the period is still running)' if campaign['running'] else ''}"),
        ("", ""),
        *sheets,
        ("", ""),
        ("How to read it", "An empty cell is not known; it is never 0. The column named reason beside it says why."),
        ("", "Numbers are exact; their format rounds what is shown. Instants are in UTC."),
        ("", "Counts at the period's start and end, which gains are made of, fold out at the plus signs over a sheet."),
        ("", ""),
        *((words, _said(snapshot[name])) for name, words in _FACTS.items()),
        *_settings(figures["settings"]),
        ("Computed by", f"influtics-lab {VERSION}"),
    ]  # fmt: skip


def _settings(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if name != "compared_with_videos" and value not in (None, {}, []):
            yield f"Setting: {name.replace('_', ' ')}", _said(value)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return str(value)
