"""Engagements: which counts they are made of, and their sum with hidden counts as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from influtics_lab.errors import FrameError
from influtics_lab.metrics._engine import add_integers
from influtics_lab.metrics._frame_checks import check_counts
from influtics_lab.visible_counts import Frame, find_free_prefix, with_masked_counts

PARTS: Final = ("likes", "comments", "reposts")


def check_parts(function: str, parts: Sequence[str] | None) -> list[str]:
    """Return the parts asked for, once each; all parts for None."""
    if parts is None:
        return list(PARTS)
    chosen = check_counts(f"{function}(parts=)", [parts] if isinstance(parts, str) else parts, PARTS)
    if not chosen:
        raise FrameError(f"{function}: parts is empty; give some of {', '.join(PARTS)}, or nothing at all.")
    return chosen


def with_engagements(frame: Frame, total: str, label: str, parts: Sequence[str], *, leave_out: bool, by: str) -> Frame:
    """Add the sum of the parts under the name `total`, and the names of the parts under the name `label`.

    Hidden counts are missing. With `leave_out`, reposts are left out where a video never reports them. Both columns
    are null where a part is missing.
    """
    masked, names = with_masked_counts(frame, parts, by=by)
    summed = with_sum(masked, names, total, label, leave_out=leave_out, by=by)
    return summed.drop(*names.values())


def with_sum(frame: Frame, shown: Mapping[str, str], total: str, label: str, *, leave_out: bool, by: str) -> Frame:
    """Add the sum as `with_engagements` does, from columns in which hidden counts are null already."""
    reported = f"{find_free_prefix(frame)}reported"
    has_reposts = nw.col("reposts").count().over(by) > 0 if leave_out else nw.lit(value=True)
    always = [part for part in shown if not (leave_out and part == "reposts")]
    all_parts, others = _add_counts(shown.values()), _add_counts(shown[part] for part in always)
    names = nw.when(nw.col(reported)).then(nw.lit("+".join(shown))).otherwise(nw.lit("+".join(always)))
    sums = nw.when(nw.col(reported)).then(all_parts).otherwise(others)
    summed = frame.with_columns(has_reposts.alias(reported)).with_columns(sums.alias(total))
    return summed.with_columns(nw.when(~nw.col(total).is_null()).then(names).alias(label)).drop(reported)


def _add_counts(names: Iterable[str]) -> nw.Expr:
    return add_integers(*(nw.col(name).cast(nw.Int64()) for name in names))
