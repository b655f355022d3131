"""What decoded frames need to become a snapshot."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from influtics_lab.api.decode import Frames
from influtics_lab.api.envelope import Answer
from influtics_lab.errors import DataQualityWarning, QueryError
from influtics_lab.snapshot import Snapshot


def facts_of(answers: Sequence[Answer]) -> dict[str, Any]:
    """Give what the manifest says of answers that were not joined by seams."""
    totals = [answer.total for answer in answers]
    return {
        "query": None,
        "host": None,
        "pages": len(answers),
        "request_ids": [answer.request_id for answer in answers],
        "total_reported": [min(totals), max(totals)] if totals else [0, 0],
    }


def freeze(frames: Frames, facts: Mapping[str, Any]) -> Snapshot:
    """Make a snapshot of decoded frames, with their account."""
    account = frames.count_points()
    fields = frames.rejected.height - account["rejected"]
    counted = {"accounting": account, "rejected_fields": fields, "unknown_metrics": frames.unknown_metrics}
    return Snapshot.build(frames.videos, frames.stats, frames.rejected, {**facts, **counted})


def labelled(frames: Frames, labels: Mapping[str, str]) -> Frames:
    """Write each video's status beside it; null where there is none."""
    if not labels:
        return frames
    status = pl.col("video_id").replace_strict(dict(labels), default=None, return_dtype=pl.String)
    videos = frames.videos.with_columns(status=status)
    return Frames(videos, frames.stats, frames.rejected, frames.accounts, frames.unknown)


def warn(manifest: Mapping[str, Any], stacklevel: int) -> None:
    """Say how many values could not be kept, and where they are."""
    lost, fields = manifest["accounting"]["rejected"], manifest["rejected_fields"]
    if lost or fields:
        text = (
            f"{lost:,} of {manifest['accounting']['received']:,} raw points and {fields:,} fields could not be kept; "
            "take_snapshot().rejected has each of them with its reason."
        )
        warnings.warn(text, DataQualityWarning, stacklevel=stacklevel + 1)


def now() -> str:
    """Return this moment, as the manifest writes it: two reads within a second are two."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def instant_text(value: Any) -> str:
    """Give an instant as the manifest writes it, or say what is wrong with it."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = value.isoformat()  # a day says no instant: told below
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise QueryError(
                f"taken_at is {value!r}, without a time zone: give one.", parameter="taken_at", value=value
            )
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    try:
        return instant_text(dt.datetime.fromisoformat(value))
    except ValueError:
        text = f"taken_at is {value!r}; give an ISO 8601 instant such as 2025-07-01T00:00:00+00:00."
        raise QueryError(text, parameter="taken_at", value=value) from None
