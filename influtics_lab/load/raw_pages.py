"""Pages that are already here: parsed, bundled or simulated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.api.envelope import open_envelope
from influtics_lab.api.merge_answers import decode_answer, merge_answers
from influtics_lab.config import bundled
from influtics_lab.errors import PayloadError
from influtics_lab.load.freeze import facts_of, freeze, instant_text, labelled, now, warn
from influtics_lab.simulation import answer_pages, simulate_videos
from influtics_lab.snapshot import Snapshot

_GIVEN: Final = "not asked: the pages were given"


def parse_pages(pages: Iterable[bytes | Mapping[str, Any]], taken_at: str | dt.datetime | None = None) -> Snapshot:
    """Make a snapshot of answers that are already here, without any network.

    Parameters
    ----------
    pages : iterable of bytes or mappings
        Answers of the endpoint, in the order in which they came; either envelope.
    taken_at : str or datetime, optional
        When they were taken; else the latest reading stands for it.

    Returns
    -------
    Snapshot
        Whose completeness nobody proved: the manifest says so.

    Raises
    ------
    PayloadError
        If an answer is not of the documented shape.

    Warns
    -----
    DataQualityWarning
        If there were values that could not be kept.

    Examples
    --------
    >>> video = {"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 5, "2025-06-30 20:00:00+00": None}}}
    >>> snapshot = parse_pages([{"data": [video], "pagination": {"total": 1}}])
    >>> snapshot.stats.select("views", "likes").rows()
    [(5, None)]
    """
    snapshot = _parse(pages, {}, taken_at)
    warn(snapshot.manifest, stacklevel=2)
    return snapshot


def sample_snapshot() -> Snapshot:
    """Give the bundled sample: about sixty simulated videos of three platforms, some with values as bad as real ones.

    Examples
    --------
    >>> sample_snapshot().videos["platform"].unique().sort().to_list()
    ['Instagram', 'TikTok', 'YouTube']
    """
    files = sorted(bundled("sample").glob("page-*.json"))
    return _parse((file.read_bytes() for file in files), {}, None)


def simulate(videos: int = 120, *, seed: int = 1) -> Snapshot:
    """Give a snapshot of simulated videos: the same everywhere from the same seed.

    Parameters
    ----------
    videos : int, default 120
    seed : int, default 1

    Returns
    -------
    Snapshot
        With every video's status, as if ``with_status`` had been asked.

    Examples
    --------
    >>> simulate(3, seed=7).videos.height
    3
    """
    simulated = list(simulate_videos(videos, seed=seed))
    statuses = {video.answer["video_id"]: video.status for video in simulated}
    return _parse(answer_pages(video.answer for video in simulated), statuses, None)


def _parse(pages: Iterable[Any], statuses: Mapping[str, str], taken_at: str | dt.datetime | None) -> Snapshot:
    answers = []
    parts = []
    for number, page in enumerate(pages):
        if not isinstance(page, bytes | bytearray | Mapping):
            kind = type(page).__name__
            raise PayloadError(f"Page {number} is a {kind}: give the bytes of an answer, or the object that it holds.")
        answer = open_envelope(dict(page) if isinstance(page, Mapping) else page)
        parts.append(decode_answer(answer.items, number))
        answers.append(answer)
    frames = labelled(merge_answers(parts), statuses)
    if taken_at is None:
        taken_at = frames.stats.select(pl.col("timestamp").max()).item() or now()
    facts = facts_of(answers) | {"taken_at": instant_text(taken_at), "completeness": {"proven": _GIVEN}}
    return freeze(frames, facts)
