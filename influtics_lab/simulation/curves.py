"""Simulate when a video is read, and how its counts rise: launch, decay, daily rhythm, late revival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from influtics_lab.simulation.clock import DAY, HOUR, SECOND
from influtics_lab.simulation.phenomena import Card
from influtics_lab.simulation.random_draws import Draws, Floats, Integers, exp, log

GRAIN: Final = {"microseconds": 1, "milliseconds": 1000, "seconds": SECOND}
TIME_ZONES: Final = (-8, -5, 0, 1, 2, 9, 9)
BUSIEST_HOUR: Final = 20  # local time


@dataclass(frozen=True)
class PlatformLevel:
    """Typical values of a platform: final views and their spread, hours of the launch, initial counts per view."""

    views: float
    spread: float
    launch_hours: float
    rates: dict[str, float]


LEVELS: Final = {
    "TikTok": PlatformLevel(30_000, 1.9, 18, {"likes": 0.085, "comments": 0.0016, "reposts": 0.0070}),
    "YouTube": PlatformLevel(9_000, 1.8, 40, {"likes": 0.042, "comments": 0.0040}),
    "Instagram": PlatformLevel(20_000, 1.6, 14, {"likes": 0.052, "comments": 0.0022, "reposts": 0.0045}),
}


def draw_reading_times(first: int, end: int, card: Card, draws: Draws) -> Integers:
    """Return the instants of a video's readings: hours to a day apart, with jitter and occasional outages.

    Parameters
    ----------
    first, end : int
        Microseconds since 1970. No reading is later than the end.
    card : Card
    draws : Draws

    Returns
    -------
    numpy.ndarray of int64
        Microseconds since 1970, rising. Empty if the end is before the first.
    """
    step = draws.choice((4, 6, 8, 8, 12, 12, 24)) * HOUR
    count = max(0, (end - first) * 10 // (step * 7) + 2)
    jitter, outage, length = draws.uniforms(count), draws.uniforms(count), draws.uniforms(count)
    gaps = step * (0.7 + 0.6 * jitter) * np.where(outage < 0.03, 2 + 4 * length, 1)
    times = first + np.concatenate(([0], np.cumsum(np.floor(gaps).astype(np.int64))))
    times = times[times <= end]
    return times // GRAIN[card["fraction"]] * GRAIN[card["fraction"]]


def simulate_counts(times: Integers, published: int, card: Card, draws: Draws) -> dict[str, Integers]:
    """Return the true counts at each reading: whole, and never falling.

    Parameters
    ----------
    times : numpy.ndarray of int64
        Microseconds since 1970, rising; at least one.
    published : int
        Microseconds since 1970.
    card : Card
    draws : Draws

    Returns
    -------
    dict of str to numpy.ndarray of int64
        views, likes, comments and, except on YouTube, reposts.
    """
    level = LEVELS[card["platform"]]
    expected = _expected_views(times, published, level, card, draws)
    gained = _round_with_noise(np.diff(expected, prepend=0.0), 0.25, draws)
    ages = (times - published) / HOUR
    keenness = 0.5 + 0.5 / np.sqrt(1 + ages / 36)  # counts per view, relative to the start: early viewers engage most
    likes, *rest = draws.factors(0.45, 0.7, 0.7)
    taste = dict(zip(("likes", "comments", "reposts"), (likes, likes * rest[0], likes * rest[1]), strict=True))
    engagements = {
        name: np.cumsum(_round_with_noise(gained * keenness * min(0.3, rate * taste[name]), 0.15, draws))
        for name, rate in level.rates.items()
    }
    if card["quirk"] == "burst":
        gained = _add_burst(gained, draws)
    return {"views": np.cumsum(gained), **engagements}


def _expected_views(times: Integers, published: int, level: PlatformLevel, card: Card, draws: Draws) -> Floats:
    """Return the sum of launch, long tail and revival, which all saturate, in hours that run faster in the evening."""
    size, launch, tail = draws.factors(level.spread, 0.5, 0.4)
    if draws.chance(0.04):
        size *= min(60.0, 1 / draws.uniform(1e-3, 1))
    hours = _audience_hours(times, published, draws)
    share = draws.uniform(0.35, 0.75)
    fast = 1 - exp(-hours / (level.launch_hours * launch))
    slow = 1 - exp(-0.5 * log(1 + hours / (160 * tail)))
    views = level.views * size * (share * fast + (1 - share) * slow)
    if card["revival"] == "late":
        start = hours[0] + draws.uniform(0.3, 0.8) * (hours[-1] - hours[0])
        revival = 1 - exp(-np.maximum(0.0, hours - start) / (level.launch_hours * 1.5))
        views = views + views[-1] * draws.uniform(0.4, 2.0) * revival
    return views + 3


def _audience_hours(times: Integers, published: int, draws: Draws) -> Floats:
    """Return the hours since publication, warped by the time of day in the audience's zone.

    The warp is a wave of parabolas: its slope is highest at the busiest hour and lowest twelve hours from it.
    """
    shift = (draws.choice(TIME_ZONES) - BUSIEST_HOUR) * HOUR

    def wave(instants: Integers) -> Floats:
        phase = ((instants + shift) % DAY) / DAY
        half = np.where(phase < 0.5, phase, phase - 0.5)
        return np.where(phase < 0.5, 1.0, -1.0) * 16 * half * (0.5 - half)

    depth = draws.uniform(0.03, 0.09) * 24
    return (times - published) / HOUR + depth * (wave(times) - wave(np.array([published])))


def _round_with_noise(gained: Floats, spread: float, draws: Draws) -> Integers:
    """Return whole numbers near the gains, with noise, none below 0."""
    noise = exp(spread * draws.normals(len(gained)))
    noise[0] = 1.0
    return np.floor(np.maximum(gained, 0.0) * noise + draws.uniforms(len(gained))).astype(np.int64)


def _add_burst(gained: Integers, draws: Draws) -> Integers:
    """Return gains with four intervals of eight to twelve times the usual: views without engagements."""
    if len(gained) < 12:
        return gained
    start = draws.integer(6, len(gained) - 5)
    usual = int(np.sort(gained[1:start])[start // 2])
    burst = gained.copy()
    burst[start : start + 4] = np.maximum(gained[start : start + 4], usual) * draws.integer(8, 12)
    return burst
