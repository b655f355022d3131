"""Simulate videos, each as the item of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from influtics_lab.errors import ConfigError
from influtics_lab.simulation import curves, quirks, titles
from influtics_lab.simulation.answers import ServedReadings, build_answer, build_readings
from influtics_lab.simulation.clock import DAY, HOUR, SECOND, to_microseconds
from influtics_lab.simulation.ids import draw_external_id
from influtics_lab.simulation.phenomena import SIZE, Card, deal_cards
from influtics_lab.simulation.random_draws import Draws

UNTIL: Final = datetime(2025, 7, 1, tzinfo=UTC)
TERMS: Final = (14, 21, 30)  # days for which a video is tracked


@dataclass(frozen=True, slots=True)
class SimulatedVideo:
    """One simulated video.

    Attributes
    ----------
    answer : dict
        One item of `data.data`, in the documented format.
    status : str
        active, completed or failed: the server filters by it, but does not return it.
    """

    answer: dict[str, Any]
    status: str


@dataclass(frozen=True)
class _TrackingSpan:
    """When tracking of a video began and ended, and its final status."""

    created: int
    end: int
    status: str


def simulate_videos(
    videos: int = 120, *, seed: int = 1, until: datetime = UNTIL, days: float = 45
) -> Iterator[SimulatedVideo]:
    """Simulate plausible tracked videos of three platforms: equal arguments give equal videos on every machine.

    Parameters
    ----------
    videos : int, default 120
        The number of videos.
    seed : int, default 1
        A whole number from 0.
    until : datetime, default 2025-07-01T00:00:00Z
        The time of the answer, with a time zone: no reading is later.
    days : float, default 45
        Tracking of the oldest video began so many days earlier.

    Yields
    ------
    SimulatedVideo
        Not sorted by time. Video 7 is the same in a simulation of 8 videos and in one of 8,000. Of every sixty in a
        row, a fixed share has each phenomenon of `simulation.phenomena.DECK`.

    Raises
    ------
    ConfigError
        If a number is negative or no whole number, or `until` has no time zone or lies before 2016 or after 2099.

    Examples
    --------
    >>> video = next(simulate_videos(1))
    >>> video.status, video.answer["title"]
    ('active', 'Untitled')
    >>> list(simulate_videos(0))
    []
    """
    numbers: dict[str, object] = {"videos": videos, "seed": seed}
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigError(f"simulate: {name} is {value!r}; pass a whole number from 0.")
    if videos < 0 or seed < 0 or days <= 0:
        arguments = f"videos={videos}, seed={seed}, days={days}"
        raise ConfigError(f"simulate: {arguments}; videos and seed must be 0 or more, and days above 0.")
    if until.tzinfo is None or not 2016 <= until.year <= 2099:
        raise ConfigError(f"simulate: until={until}; it must have a time zone and a year from 2016 to 2099.")
    return _simulate_all(videos, seed, to_microseconds(until), int(days * DAY))


def _simulate_all(videos: int, seed: int, until: int, span: int) -> Iterator[SimulatedVideo]:
    for round_ in range(-(-videos // SIZE)):
        draws = Draws(seed, 3, round_)
        bulk_created = _draw_created(draws, until, span)
        first = draws.integer(0, SIZE - 12)
        bulk = range(first, first + draws.integer(3, 12))
        for place, card in enumerate(deal_cards(seed, round_)[: videos - round_ * SIZE]):
            index = round_ * SIZE + place
            draws = Draws(seed, 2, index)
            created = _draw_created(draws, until, span)
            tracked = _draw_span(bulk_created if place in bulk else created, until, card, draws)
            yield SimulatedVideo(_simulate_answer(tracked, card, draws), tracked.status)


def _draw_created(draws: Draws, until: int, span: int) -> int:
    """Return when a video was added: on a random day, mostly in working hours."""
    instant = until - int(draws.uniform(0.0, 1.0) * span)
    hour = 7 + 6 * (draws.uniform() + draws.uniform())
    at_work = instant // DAY * DAY + int(hour * HOUR)
    return at_work if until - span <= at_work < until - 60 * SECOND else instant


def _draw_span(created: int, until: int, card: Card, draws: Draws) -> _TrackingSpan:
    term, early = draws.choice(TERMS) * DAY, int(draws.uniform(0.5, 5) * DAY)
    if card["fate"] == "not read yet":
        return _TrackingSpan(until - int(draws.uniform(5, 25) * SECOND), until, "active")
    if card["fate"] == "fails at once":
        return _TrackingSpan(created, created, "failed")
    if card["fate"] == "fails early":
        return _TrackingSpan(created, min(until, created + early), "failed")
    return _TrackingSpan(created, min(until, created + term), "completed" if created + term < until else "active")


def _simulate_answer(tracked: _TrackingSpan, card: Card, draws: Draws) -> dict[str, Any]:
    published = _draw_published(tracked.created, card, draws)
    video_id, external = draws.uuid(), draw_external_id(card["platform"], published, card["id"], draws)
    title = titles.draw_title(card["title"], card["platform"], draws)
    return build_answer(
        {
            "video_id": video_id,
            "external_video_id": external,
            "created": tracked.created,
            "title": title,
        },
        _simulate_readings(tracked, published, card, draws),
        card,
        draws,
    )


def _draw_published(created: int, card: Card, draws: Draws) -> int:
    """Return the time of publication: hours, days or months before tracking began."""
    if card["published"] == "days ago":
        return created - int(draws.uniform(1, 14) * DAY)
    if card["published"] == "long ago":
        return created - int(draws.uniform(30, 120) * DAY)
    return created - int(min(2.0 * DAY, 3 * HOUR * draws.factors(0.9)[0]))


def _simulate_readings(tracked: _TrackingSpan, published: int, card: Card, draws: Draws) -> ServedReadings | None:
    first = tracked.created + draws.integer(31_500_000, 35_500_000)
    times = curves.draw_reading_times(first, tracked.end, card, draws)
    if not len(times):
        return None
    counts = curves.simulate_counts(times, published, card, draws)
    times, counts = quirks.apply_quirks(times, counts, card, draws)
    is_tracked = times <= tracked.end
    return build_readings(times[is_tracked], {name: values[is_tracked] for name, values in counts.items()}, card, draws)
