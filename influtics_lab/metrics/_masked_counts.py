"""The rules of hidden counts and failed polls, which metrics share with pictures."""

from __future__ import annotations

from influtics_lab.visible_counts import (
    LIKES_NEVER_ABOVE_VIEWS,
    counts_in,
    read_at,
    with_hidden,
    with_shown,
    with_spare,
    without_hidden,
)

__all__ = [
    "LIKES_NEVER_ABOVE_VIEWS",
    "counts_in",
    "read_at",
    "with_hidden",
    "with_shown",
    "with_spare",
    "without_hidden",
]
