"""How much a drawn test draws: a quarter in a run of all folders, everything where a path is named."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

FEWER: Final = "INFLUTICS_LAB_FEWER_DRAWS"
"""Set by a run that names no path (conftest.py), for all its processes."""


def count_draws(usual: int, variable: str | None = None) -> int:
    """Return how much to draw: what the variable of the environment says, else the usual or a quarter of it."""
    if variable and (given := os.environ.get(variable)):
        return int(given)
    return max(2, usual // 4) if os.environ.get(FEWER) else usual


def examples(usual: int = 100, variable: str | None = None) -> settings:
    """Return the settings of a test of Hypothesis that usually takes so many examples."""
    return settings(max_examples=count_draws(usual, variable), deadline=None)
