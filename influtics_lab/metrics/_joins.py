"""Joins of frames of one engine; the left one keeps the order of the rows, where the engine has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from influtics_lab.visible_counts import Frame


def join_matching(frame: Frame, other: Frame, on: list[str]) -> Frame:
    """Return each row of one frame with each row of the other that has the same keys."""
    left: Any = frame  # both are eager or both lazy, which types do not express
    rows: Frame = left.join(other, on=on)
    return rows


def join_left(frame: Frame, other: Frame, on: Sequence[str]) -> Frame:
    """Add the other frame's columns where the keys agree; it has each key once.

    polars promises an order of a join's rows only when asked, which narwhals does not.
    """
    left: Any = frame
    if not frame.implementation.is_polars():
        rows: Frame = left.join(other, on=list(on), how="left")
        return rows
    native = frame.to_native().join(other.to_native(), on=list(on), how="left", maintain_order="left")
    ordered: Frame = nw.from_native(native)
    return ordered
