"""The first sheet of the report's workbook: what it is about, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from influtics_lab.campaign.figures.key_figure_types import FigureSettings, KeyFigures
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


def describe_workbook(figures: KeyFigures, contents: Iterable[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """Return the facts of the first sheet as pairs: campaign, sheets, snapshot, settings.

    Parameters
    ----------
    figures : KeyFigures
    contents : iterable of tuple
        Each sheet's name, what it holds, and its number of rows.

    Returns
    -------
    list of tuple of str
    """
    campaign, snapshot = figures.campaign, figures.snapshot.to_dict()
    sheets = [(name.capitalize(), f"{content} ({plural(rows, 'row')})") for name, content, rows in contents]
    return [
        ("Campaign", campaign.name),
        ("Client", campaign.client or "not named"),
        ("Period", f"{campaign.start} to {campaign.end}, in UTC; days are those of {campaign.time_zone}"),
        ("Counted until", f"{campaign.until}{' (the period is still running)' if campaign.running else ''}"),
        ("", ""),
        *sheets,
        ("", ""),
        ("How to read it", "An empty cell is not available; it is never 0. The column named reason beside it has why."),
        ("", "Numbers are exact; their format rounds what is shown. Instants are in UTC."),
        ("", "Counts at the start and end of the period, from which gains are computed, unfold at the plus signs."),
        ("", ""),
        *((label, _write_value(snapshot[name])) for name, label in _FACTS.items()),
        *_list_settings(figures.settings),
        ("Computed by", f"influtics-lab {VERSION}"),
    ]  # fmt: skip


def _list_settings(settings: FigureSettings) -> Iterator[tuple[str, str]]:
    for name, value in settings.to_dict().items():
        if name != "compared_with_videos" and value not in (None, {}, []):
            yield f"Setting: {name.replace('_', ' ')}", _write_value(value)


def _write_value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return str(value)
