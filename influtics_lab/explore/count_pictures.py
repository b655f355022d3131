"""The pictures of a count that two explorers share: the count itself, its velocity, and engagement."""

from __future__ import annotations

from typing import Final

from influtics_lab.explore.code_lines import Pipes

PICTURES: Final = ("counts", "velocity", "engagement")


def find_column(picture: str, count: str) -> str:
    """Return the column that a picture draws.

    Examples
    --------
    >>> find_column("velocity", "likes")
    'likes_per_hour'
    """
    return {"counts": count, "velocity": f"{count}_per_hour", "engagement": "engagement_rate_pct"}[picture]


def list_pipes(picture: str, count: str) -> Pipes:
    """Return the functions that add the column of a picture to a frame.

    Examples
    --------
    >>> list_pipes("velocity", "likes")
    (('growth', 'likes'),)
    """
    pipes: dict[str, Pipes] = {"velocity": (("growth", count),), "engagement": (("engagement_rate",),)}
    return pipes.get(picture, ())
