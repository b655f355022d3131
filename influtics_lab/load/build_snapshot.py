"""Build a snapshot from decoded frames: facts for the manifest, statuses, timestamps, and the quality warning."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from influtics_lab.api.decode import Frames
from influtics_lab.api.envelope import Answer
from influtics_lab.errors import DataQualityWarning, QueryError
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural


def page_facts(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the manifest's facts about single answers, whose completeness was not proven."""
    totals = [answer.total for answer in answers]
    return {
        "query": None,
        "host": None,
        "pages": len(answers),
        "request_ids": [answer.request_id for answer in answers],
        "total_reported": [min(totals), max(totals)] if totals else [0, 0],
    }


def build_snapshot(frames: Frames, facts: Mapping[str, Any]) -> Snapshot:
    """Return a snapshot of decoded frames, with the counts of their raw values."""
    account = frames.count_points()
    fields = frames.rejected.height - account["rejected"]
    counts = {"accounting": account, "rejected_fields": fields, "unknown_metrics": frames.unknown_metrics}
    return Snapshot.build(frames.videos, frames.stats, frames.rejected, {**facts, **counts})


def with_status_labels(frames: Frames, labels: Mapping[str, str]) -> Frames:
    """Return frames with each video's status in ``videos``; null without a label."""
    if not labels:
        return frames
    status = pl.col("video_id").replace_strict(dict(labels), default=None, return_dtype=pl.String)
    videos = frames.videos.with_columns(status=status)
    return replace(frames, videos=videos)


def warn_about_rejected(manifest: Mapping[str, Any], stacklevel: int) -> None:
    """Warn if values were rejected: how many, and where they are listed."""
    rejected, fields = manifest["accounting"]["rejected"], manifest["rejected_fields"]
    if rejected or fields:
        values = f"{rejected:,} of {manifest['accounting']['received']:,} values"
        others = f" and {plural(fields, 'field')}" if fields else ""
        text = f"{values}{others} could not be kept. take_snapshot().rejected lists each with the reason."
        warnings.warn(text, DataQualityWarning, stacklevel=stacklevel + 1)


def current_timestamp() -> str:
    """Return the current time as text for the manifest, in microseconds, so that two reads never share it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def format_instant(value: Any) -> str:
    """Return an instant as text for the manifest; raise QueryError if it is invalid or has no time zone."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = value.isoformat()  # a date alone has no time zone, which is reported below
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            text = f"taken_at is {value!r}, without a time zone. Add one."
            raise QueryError(text, parameter="taken_at", value=value)
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    try:
        return format_instant(dt.datetime.fromisoformat(value))
    except ValueError:
        text = f"taken_at is {value!r}; expected an ISO 8601 instant such as 2025-07-01T00:00:00+00:00."
        raise QueryError(text, parameter="taken_at", value=value) from None
