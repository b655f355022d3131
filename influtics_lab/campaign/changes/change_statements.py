"""Sentences about two snapshots of a campaign: each one stands beside the condition under which it is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from influtics_lab.campaign.changes.change_facts import PairFacts, SnapshotFacts
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.figure_types import Finding
from influtics_lab.campaign.figures.findings import NOTE
from influtics_lab.campaign.figures.formatting import COUNTED_LABELS, format_deadline, format_moments, format_n_of
from influtics_lab.text_format import capitalise_first, join_words, plural

_BOTH: Final = "in the campaign both times"


def notes(facts: PairFacts) -> Iterator[Finding]:
    """Yield what a reader must know before reading the differences."""
    if facts.same_content:
        yield Finding("same_content", NOTE, "Both snapshots have the same content: nothing changed.")
        return
    then, now, zone = facts.then, facts.now, facts.time_zone
    sides = (("earlier", then), ("later", now))
    if (then.platform, then.status) != (now.platform, now.status):
        text = f"The earlier snapshot has {_filter(then)}, the later one {_filter(now)}: filters can leave out videos."
        yield Finding("other_query", NOTE, text)
    for name, side in sides:
        if side.is_part:
            text = f"The {name} snapshot is one page of the list. It can lack videos of other pages."
            yield Finding("only_a_part", NOTE, text)
    if then.last_reading is None or now.last_reading is None:
        lacking = [name for name, side in sides if side.last_reading is None]
        which = "Neither snapshot has readings." if len(lacking) == 2 else f"The {lacking[0]} snapshot has no readings."
        yield Finding("snapshot_without_readings", NOTE, which)
    elif now.last_reading < then.last_reading:
        earlier, later = format_moments((then.last_reading, now.last_reading), zone)
        text = f"The later snapshot ends earlier: its last reading is of {later}, the other's of {earlier} ({zone})."
        yield Finding("fewer_readings", NOTE, text)
    if then.reaches_end or now.reaches_end:
        yield Finding("period_over", NOTE, _period_over(facts))


def _filter(side: SnapshotFacts) -> str:
    names = [f"{name} {value}" for name, value in (("platform", side.platform), ("status", side.status)) if value]
    return f"the filter {join_words(names)}" if names else "no filter"


def _period_over(facts: PairFacts) -> str:
    end = format_deadline(facts.period_end, facts.time_zone)
    if facts.then.reaches_end and facts.now.reaches_end:
        return f"The period was over in both snapshots: both have a reading at or after its end ({end})."
    over, other = ("later", "earlier") if facts.now.reaches_end else ("earlier", "later")
    return (
        f"The period was over in the {over} snapshot only: the {other} one has no reading at or after its end ({end})."
    )


def statements(facts: PairFacts) -> dict[str, list[Finding]]:
    """Return the other sentences by what they are about: ``snapshots``, ``videos``, ``views``, ``readings``."""
    topics = {"videos": _of_videos, "views": _of_views, "readings": _of_readings}
    differ = {name: [] if facts.same_content else list(topic(facts)) for name, topic in topics.items()}
    return {"snapshots": list(_of_snapshots(facts)), **differ}


def _of_snapshots(facts: PairFacts) -> Iterator[Finding]:
    then, now = format_moments((facts.then.taken_at, facts.now.taken_at), facts.time_zone)
    if facts.then.taken_at == facts.now.taken_at:
        text = f"Both snapshots were taken at {now} ({facts.time_zone}). The campaign file is the same."
    else:
        text = f"Snapshots of {then} and {now} ({facts.time_zone}), under the same campaign file."
    yield Finding("taken", NOTE, text)


def _of_videos(facts: PairFacts) -> Iterator[Finding]:
    videos = facts.videos
    every = videos.both + videos.added + videos.removed
    if not every:
        yield Finding("no_videos", NOTE, "No video belongs to the campaign in either snapshot.")
        return
    text = (
        f"{capitalise_first(format_n_of(videos.both, every))} {_belong(videos.both)} to the campaign in both snapshots."
    )
    yield Finding("videos_in_both", NOTE, text)
    if videos.details_changed:
        yield Finding(
            "details_changed", NOTE, f"Details changed for {format_n_of(videos.details_changed, videos.both)} {_BOTH}."
        )
    elif videos.both:
        names = [label for name, label in LABELS.items() if name != "status" or videos.has_status]
        text = f"Unchanged for {plural(videos.both, 'video')} {_BOTH}: {join_words(names)}."
        yield Finding("details_same", NOTE, text)


def _of_views(facts: PairFacts) -> Iterator[Finding]:
    videos, views = facts.videos, f"Views {COUNTED_LABELS[facts.counted]}"
    if not videos.both:
        text = "No video belongs to the campaign in both snapshots, so no views are compared."
        yield Finding("views_not_compared", NOTE, text)
    elif videos.views_equal and not videos.views_changed:
        missing = f"; not available in either snapshot for {videos.views_missing:,}" if videos.views_missing else ""
        text = f"{views} are the same for {format_n_of(videos.views_equal, videos.both)} {_BOTH}{missing}."
        yield Finding("views_same", NOTE, text)
    elif not videos.views_changed:
        missing = format_n_of(videos.views_missing, videos.both)
        text = f"{views} are not available in either snapshot for {missing} {_BOTH}."
        yield Finding("views_missing", NOTE, text)


def _of_readings(facts: PairFacts) -> Iterator[Finding]:
    videos, readings = facts.videos, facts.readings
    if videos.both:
        text = (
            f"{plural(readings.new, 'new reading')}, {readings.gone:,} no longer there and {readings.both:,} in both "
            f"snapshots, of {plural(videos.both, 'video')} {_BOTH}."
        )
        yield Finding("readings", NOTE, text)
    if videos.added:
        yield Finding("readings_added", NOTE, f"{plural(readings.of_added, 'reading')} of added videos.")
    if videos.removed:
        yield Finding("readings_removed", NOTE, f"{plural(readings.of_removed, 'reading')} of removed videos.")
    if readings.values_changed:
        text = (
            f"{plural(readings.values_changed, 'count')} changed afterwards, at "
            f"{plural(readings.readings_changed, 'reading')} of {plural(readings.videos_changed, 'video')}."
        )
        yield Finding("values_changed", NOTE, text)
    if readings.values_appeared or readings.values_gone:
        text = (
            f"{plural(readings.values_appeared, 'count')} appeared and {readings.values_gone:,} vanished at readings "
            "in both snapshots."
        )
        yield Finding("values_appeared_or_gone", NOTE, text)
    if readings.both and not readings.values_changed + readings.values_appeared + readings.values_gone:
        yield Finding("values_same", NOTE, "The counts at readings in both snapshots are the same.")


def _belong(n: int) -> str:
    return "belongs" if n == 1 else "belong"
