"""How much a drawn test draws: a quarter in a run of every tier, an eighth in the default run, else everything."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

FEWER: Final = "INFLUTICS_LAB_FEWER_DRAWS"
"""By how much a run that names no path divides draws (conftest.py), in all its processes."""


def count_draws(usual: int, variable: str | None = None) -> int:
    """Return how much to draw: what the variable of the environment says, else the usual or a part of it."""
    if variable and (given := os.environ.get(variable)):
        return int(given)
    return max(2, usual // int(os.environ.get(FEWER, "1")))


def examples(usual: int = 100, variable: str | None = None) -> settings:
    """Return the settings of a test of Hypothesis that usually takes so many examples."""
    return settings(max_examples=count_draws(usual, variable), deadline=None)
