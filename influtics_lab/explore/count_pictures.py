"""The pictures of a count that two explorers share: the count itself, its velocity, and engagement."""

from __future__ import annotations

from typing import Final

from influtics_lab.explore.code_lines import Pipes
from influtics_lab.explore.explorer_state import FilteredState

PICTURES: Final = ("counts", "velocity", "engagement")


class CountState(FilteredState):
    """A state with one of these pictures."""

    picture: str

    @property
    def column(self) -> str:
        """The column that is drawn."""
        count = self.filters.count
        return {"counts": count, "velocity": f"{count}_per_hour", "engagement": "engagement_rate_pct"}[self.picture]

    @property
    def metrics(self) -> Pipes:
        """The functions that add the column to a frame."""
        pipes: dict[str, Pipes] = {"velocity": (("growth", self.filters.count),), "engagement": (("engagement_rate",),)}
        return pipes.get(self.picture, ())
