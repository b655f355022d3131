"""Snapshots without the service: from answer pages, the bundled sample, or simulated videos."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

from influtics_lab.api.decode_answers import AnswerDecoder
from influtics_lab.api.envelope import open_envelope
from influtics_lab.config import find_bundled
from influtics_lab.errors import MissingColumnError, PayloadError
from influtics_lab.load.build_snapshot import (
    build_snapshot,
    current_timestamp,
    format_instant,
    page_facts,
    warn_about_rejected,
    with_status_labels,
)
from influtics_lab.markup import require_polars
from influtics_lab.platforms import PLATFORMS
from influtics_lab.simulation import answer_pages, draw_paid_video, simulate_videos
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import name_columns

_GIVEN: Final = "not asked: the pages were given"
_IDS: Final = ("platform", "external_video_id")


def parse_pages(pages: Iterable[bytes | Mapping[str, Any]], taken_at: str | dt.datetime | None = None) -> Snapshot:
    """Build a snapshot from answers that you already have, without any request.

    Parameters
    ----------
    pages : iterable of bytes or mappings
        Answers of the endpoint, in order of receipt, with either envelope.
    taken_at : str or datetime, optional
        When they were received. Default: the time of the latest reading.

    Returns
    -------
    Snapshot
        The manifest states that completeness was not proven.

    Raises
    ------
    PayloadError
        If an answer does not have the documented shape.

    Warns
    -----
    DataQualityWarning
        If values were rejected.

    Examples
    --------
    >>> video = {"video_id": "a", "stats": {"views": {"2025-06-30 08:00:00+00": 5, "2025-06-30 20:00:00+00": None}}}
    >>> snapshot = parse_pages([{"data": [video], "pagination": {"total": 1}}])
    >>> snapshot.stats.select("views", "likes").rows()
    [(5, None)]
    """
    snapshot = _parse_answers(pages, {}, taken_at)
    warn_about_rejected(snapshot.manifest, stacklevel=2)
    return snapshot


def sample_snapshot() -> Snapshot:
    """Return the bundled sample: 60 simulated videos of three platforms, some with the defects of real data.

    Examples
    --------
    >>> sample_snapshot().videos["platform"].unique().sort().to_list()
    ['Instagram', 'TikTok', 'YouTube']
    """
    files = sorted(find_bundled("sample").glob("page-*.json"))
    return _parse_answers((file.read_bytes() for file in files), {}, None)


def sample_costs(videos: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return what an agency keeps in a spreadsheet: the link, creator and fee of each video, all invented.

    The service knows neither creators nor fees. Written as CSV, this is what `with_creator` reads.

    Parameters
    ----------
    videos : DataFrame, optional
        With ``platform`` and ``external_video_id``; rows that lack one are left out. Default: the sample's.

    Returns
    -------
    DataFrame
        One row per video: ``link`` (String), ``creator`` (String), ``cost`` (Float64, in any currency). The same
        video has the same row every time.

    Examples
    --------
    >>> sample_costs().select("creator", "cost").row(0)
    ('Sam Okafor', 340.0)
    """
    known = (sample_snapshot().videos if videos is None else _select_ids(videos)).select(_IDS).drop_nulls()
    known = known.filter(pl.col("platform").is_in(PLATFORMS))
    rows = [draw_paid_video(*row) for row in known.iter_rows()]
    return pl.DataFrame(rows, schema={"link": pl.String, "creator": pl.String, "cost": pl.Float64})


def _select_ids(videos: object) -> pl.DataFrame:
    frame = require_polars(videos, "sample_costs accepts")
    if missing := [name for name in _IDS if name not in frame.columns]:
        text = f"sample_costs needs {name_columns(missing)}. Snapshot.videos and Snapshot.frame() have them."
        raise MissingColumnError(text, missing=missing)
    return frame.select(pl.col(_IDS).cast(pl.String))


def simulate(videos: int = 120, *, seed: int = 1) -> Snapshot:
    """Return a snapshot of simulated videos: equal seeds give equal videos on every machine.

    Parameters
    ----------
    videos : int, default 120
    seed : int, default 1

    Returns
    -------
    Snapshot
        With every video's status, as with ``with_status=True``.

    Examples
    --------
    >>> simulate(3, seed=7).videos.height
    3
    """
    simulated = list(simulate_videos(videos, seed=seed))
    statuses = {video.answer["video_id"]: video.status for video in simulated}
    return _parse_answers(answer_pages(video.answer for video in simulated), statuses, None)


def _parse_answers(pages: Iterable[Any], statuses: Mapping[str, str], taken_at: str | dt.datetime | None) -> Snapshot:
    answers = []
    decoder = AnswerDecoder()
    for number, page in enumerate(pages):
        if not isinstance(page, bytes | bytearray | Mapping):
            kind = type(page).__name__
            raise PayloadError(f"Page {number} is a {kind}; expected the bytes of an answer, or its JSON object.")
        answer = open_envelope(dict(page) if isinstance(page, Mapping) else page)
        decoder.add(answer.items, number)
        answers.append(answer)
    frames = with_status_labels(decoder.finish(), statuses)
    if taken_at is None:
        taken_at = frames.stats.select(pl.col("timestamp").max()).item() or current_timestamp()
    facts = page_facts(answers) | {"taken_at": format_instant(taken_at), "completeness": {"proven": _GIVEN}}
    return build_snapshot(frames, facts)
