"""Build answer pages: videos in the documented envelope; and write the bundled sample."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from influtics_lab.errors import ConfigError
from influtics_lab.simulation.clock import read_instant
from influtics_lab.simulation.videos import simulate_videos
from influtics_lab.storage import report_write_errors

SAMPLE_VIDEOS: Final = 60
SAMPLE_LIMIT: Final = 20
NAME: Final = "page-{number:05d}.json"


def answer_pages(videos: Iterable[dict[str, Any]], *, limit: int = 100) -> list[dict[str, Any]]:
    """Put videos into the documented envelope, the newest first, as the endpoint does by default.

    Parameters
    ----------
    videos : iterable of dict
        Items of `data.data`. Equal `created_at` are ordered by `video_id`; unreadable ones come last.
    limit : int, default 100
        Videos on a page, 1 to 100.

    Returns
    -------
    list of dict
        One page without videos if there are none. The request ids depend only on the number of videos, the limit and
        the offset.

    Raises
    ------
    ConfigError
        If the limit is not from 1 to 100.

    Examples
    --------
    >>> pages = answer_pages([video.answer for video in simulate_videos(5)], limit=2)
    >>> [len(page["data"]["data"]) for page in pages], pages[1]["data"]["pagination"]
    ([2, 2, 1], {'total': 5, 'limit': 2, 'offset': 2, 'has_more': True})
    >>> answer_pages([])[0]["data"]["data"]
    []
    """
    if not 1 <= limit <= 100:
        raise ConfigError(f"answer_pages: limit is {limit}; it must be from 1 to 100.")
    ordered = sorted(videos, key=_newest_first, reverse=True)
    return [_build_page(ordered, offset, limit) for offset in range(0, max(1, len(ordered)), limit)]


def _newest_first(video: dict[str, Any]) -> tuple[bool, int, str]:
    created = read_instant(video.get("created_at"))
    return created is not None, created or 0, str(video.get("video_id"))


def _build_page(videos: list[dict[str, Any]], offset: int, limit: int) -> dict[str, Any]:
    total = len(videos)
    name = f"influtics-lab/{total}/{limit}/{offset}"
    return {
        "success": True,
        "data": {
            "data": videos[offset : offset + limit],
            "pagination": {"total": total, "limit": limit, "offset": offset, "has_more": offset + limit < total},
        },
        "meta": {"processing_time_ms": 0, "request_id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))},
    }


def write_sample(folder: str | Path) -> list[Path]:
    """Write the sample: sixty videos of seed 1, twenty on a page.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist. Existing sample pages are replaced.

    Returns
    -------
    list of Path
        The files: UTF-8 JSON with one key per line, the same bytes on every machine.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    pages = answer_pages([video.answer for video in simulate_videos(SAMPLE_VIDEOS)], limit=SAMPLE_LIMIT)
    paths = []
    with report_write_errors(f"The sample cannot be written to {folder}", "Choose a different folder."):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages):
            path = Path(folder, NAME.format(number=number))
            path.write_bytes((json.dumps(page, ensure_ascii=False, indent=1) + "\n").encode())
            paths.append(path)
    return paths
