"""Distort true counts as a service does: corrections, purges, hidden and rounded counts, cached polls, stalls."""

from __future__ import annotations

from typing import Final

import numpy as np

from influtics_lab.simulation.clock import DAY, HOUR, SECOND
from influtics_lab.simulation.phenomena import Card
from influtics_lab.simulation.random_draws import Draws, Integers

Counts = dict[str, Integers]
FALLS: Final = {"correction": (0.0005, 0.009), "purge": (0.015, 0.14)}
ENOUGH: Final = 400  # below it, a fall of one is no longer a small share


def apply_quirks(times: Integers, counts: Counts, card: Card, draws: Draws) -> tuple[Integers, Counts]:
    """Return the readings as the service reports them.

    Parameters
    ----------
    times : numpy.ndarray of int64
    counts : dict of str to numpy.ndarray of int64
        The true counts.
    card : Card
    draws : Draws

    Returns
    -------
    tuple of times and counts
        A cached poll adds a reading. Neither input is changed.
    """
    if card["quirk"] == "stall":
        counts = _stall_counts(times, counts, draws)
    if card["fall"] in FALLS:
        counts = _drop_counts(counts, FALLS[card["fall"]], draws)
    elif card["shown as"] == "abbreviated" and card["platform"] == "TikTok":
        counts = {name: _abbreviate_counts(values) for name, values in counts.items()}
    if card["likes"] in {"zero", "fall to zero"}:
        shown = 0 if card["likes"] == "zero" else max(1, len(times) * 2 // 3)
        counts = {**counts, "likes": np.where(np.arange(len(times)) < shown, counts["likes"], 0)}
    if card["quirk"] == "cached poll":
        return _repeat_reading(times, counts, draws)
    return times, counts


def _stall_counts(times: Integers, counts: Counts, draws: Draws) -> Counts:
    """Hold all counts for one and a half to three days, early in the video's life."""
    start = int(np.searchsorted(times, times[0] + draws.integer(24, 48) * HOUR))
    is_held = (times >= times[min(start, len(times) - 1)]) & (times <= times[0] + draws.integer(84, 120) * HOUR)
    first = int(np.argmax(is_held))
    return {name: np.where(is_held, values[first], values) for name, values in counts.items()}


def _drop_counts(counts: Counts, shares: tuple[float, float], draws: Draws) -> Counts:
    """Let one or two counts fall once by a share of themselves, and rise from there as before."""
    dropped = dict(counts)
    names = [name for name, values in counts.items() if len(values) > 4 and values[len(values) // 2] >= ENOUGH]
    for name in names[: draws.integer(1, 2)]:
        values = dropped[name]
        at = draws.integer(len(values) // 2 + 1, len(values) - 1)
        low = values[at - 1] - max(1, int(values[at - 1] * draws.uniform(*shares)))
        dropped[name] = np.concatenate((values[:at], values[at:] - (values[at] - low)))
    return dropped


def _abbreviate_counts(values: Integers) -> Integers:
    """Truncate counts as an app shows them: 56,512 is 56.5K, 1,934,000 is 1.9M."""
    unit = np.where(values >= 1_000_000, 100_000, np.where(values >= 10_000, 100, 1))
    return values // unit * unit


def _repeat_reading(times: Integers, counts: Counts, draws: Draws) -> tuple[Integers, Counts]:
    """Add a reading ten to fifty minutes after an existing one, with the same counts."""
    at = draws.integer(0, len(times) - 1)
    repeated_at = times[at] + draws.integer(600 * SECOND, 3000 * SECOND)
    if (at + 1 < len(times) and times[at + 1] <= repeated_at) or repeated_at > times[-1] + DAY:
        return times, counts
    repeated = np.insert(np.arange(len(times)), at + 1, at)
    return np.insert(times, at + 1, repeated_at), {name: values[repeated] for name, values in counts.items()}
