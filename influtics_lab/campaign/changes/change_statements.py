"""Sentences about two snapshots of a campaign, each beside the condition under which it is true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from influtics_lab.campaign.changes.change_types import ReadingChanges, Statements, VideoChange
from influtics_lab.campaign.changes.snapshot_pair import PairSide, SnapshotPair
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.formatting import COUNTED_LABELS, format_deadline, format_moments, format_n_of
from influtics_lab.campaign.figures.key_figure_types import Finding
from influtics_lab.text_format import capitalise_first, join_words, plural

_BOTH: Final = "in the campaign both times"


def list_notes(pair: SnapshotPair) -> Iterator[Finding]:
    """Yield what a reader must know before reading the differences."""
    if pair.is_same:
        yield Finding.note("same_content", "Both snapshots have the same content: nothing changed.")
        return
    then, now, zone = pair.then, pair.now, pair.now.figures.campaign.time_zone
    if then.query != now.query:
        filters = f"The earlier snapshot has {_describe_filter(then)}, the later one {_describe_filter(now)}"
        yield Finding.note("other_query", f"{filters}: filters can leave out videos.")
    for name, side in (("earlier", then), ("later", now)):
        if side.is_part:
            yield Finding.note(
                "only_a_part", f"The {name} snapshot is one page of the list. It can lack videos of other pages."
            )
    if then.last_reading is None or now.last_reading is None:
        text = "Neither snapshot has readings."
        if then.last_reading or now.last_reading:
            text = f"The {'later' if then.last_reading else 'earlier'} snapshot has no readings."
        yield Finding.note("snapshot_without_readings", text)
    elif now.last_reading < then.last_reading:
        earlier, later = format_moments((then.last_reading, now.last_reading), zone)
        yield Finding.note(
            "fewer_readings",
            f"The later snapshot ends earlier: its last reading is of {later}, the other's of {earlier} ({zone}).",
        )
    if then.reaches_end or now.reaches_end:
        yield Finding.note("period_over", _describe_end(pair))


def _describe_filter(side: PairSide) -> str:
    names = [f"{name} {value}" for name, value in side.query.items() if value]
    return f"the filter {join_words(names)}" if names else "no filter"


def _describe_end(pair: SnapshotPair) -> str:
    campaign = pair.now.figures.campaign
    end = format_deadline(campaign.end, campaign.time_zone)
    if pair.then.reaches_end and pair.now.reaches_end:
        return f"The period was over in both snapshots: both have a reading at or after its end ({end})."
    over, other = ("later", "earlier") if pair.now.reaches_end else ("earlier", "later")
    return (
        f"The period was over in the {over} snapshot only: the {other} one has no reading at or after its end ({end})."
    )


def write_statements(pair: SnapshotPair, videos: Sequence[VideoChange], readings: ReadingChanges) -> Statements:
    """Return the other sentences, by topic."""
    if pair.is_same:
        return Statements(tuple(_describe_snapshots(pair)), (), (), ())
    return Statements(
        snapshots=tuple(_describe_snapshots(pair)),
        videos=tuple(_describe_videos(pair, videos)),
        views=tuple(_describe_views(pair, videos)),
        readings=tuple(_describe_readings(videos, readings)),
    )


def _describe_snapshots(pair: SnapshotPair) -> Iterator[Finding]:
    zone = pair.now.figures.campaign.time_zone
    then, now = format_moments((pair.then.taken_at, pair.now.taken_at), zone)
    text = f"Snapshots of {then} and {now} ({zone}), under the same campaign file."
    if pair.then.taken_at == pair.now.taken_at:
        text = f"Both snapshots were taken at {now} ({zone}). The campaign file is the same."
    yield Finding.note("taken", text)


def _describe_videos(pair: SnapshotPair, videos: Sequence[VideoChange]) -> Iterator[Finding]:
    both = [video for video in videos if video.state == "stayed"]
    if not videos:
        yield Finding.note("no_videos", "No video belongs to the campaign in either snapshot.")
        return
    n = capitalise_first(format_n_of(len(both), len(videos)))
    belong = "belongs" if len(both) == 1 else "belong"
    yield Finding.note("videos_in_both", f"{n} {belong} to the campaign in both snapshots.")
    changed = sum(bool(video.fields) for video in both)
    if changed:
        yield Finding.note("details_changed", f"Details changed for {format_n_of(changed, len(both))} {_BOTH}.")
    elif both:
        sides = (pair.videos_then, pair.videos_now)
        has_status = all(side[video.video_id].status for side in sides for video in both)
        names = [label for name, label in LABELS.items() if name != "status" or has_status]
        yield Finding.note("details_same", f"Unchanged for {plural(len(both), 'video')} {_BOTH}: {join_words(names)}.")


def _describe_views(pair: SnapshotPair, videos: Sequence[VideoChange]) -> Iterator[Finding]:
    views = [video.measures["views_counted"] for video in videos if video.state == "stayed"]
    label = f"Views {COUNTED_LABELS[pair.now.figures.settings.counted]}"
    missing = sum(change.then is None and change.now is None for change in views)
    equal = len(views) - missing
    if not views:
        yield Finding.note(
            "views_not_compared", "No video belongs to the campaign in both snapshots, so no views are compared."
        )
    elif any(change.is_changed for change in views):
        return
    elif equal:
        more = f"; not available in either snapshot for {missing:,}" if missing else ""
        yield Finding.note("views_same", f"{label} are the same for {format_n_of(equal, len(views))} {_BOTH}{more}.")
    else:
        n = format_n_of(missing, len(views))
        yield Finding.note("views_missing", f"{label} are not available in either snapshot for {n} {_BOTH}.")


def _describe_readings(videos: Sequence[VideoChange], readings: ReadingChanges) -> Iterator[Finding]:
    numbers = {state: sum(video.state == state for video in videos) for state in ("stayed", "came", "went")}
    corrected = readings.corrected
    if numbers["stayed"]:
        yield Finding.note(
            "readings",
            f"{plural(readings.new, 'new reading')}, {readings.gone:,} no longer there and {readings.both:,} in both "
            f"snapshots, of {plural(numbers['stayed'], 'video')} {_BOTH}.",
        )
    if numbers["came"]:
        yield Finding.note("readings_added", f"{plural(readings.of_added, 'reading')} of added videos.")
    if numbers["went"]:
        yield Finding.note("readings_removed", f"{plural(readings.of_removed, 'reading')} of removed videos.")
    if corrected.values:
        yield Finding.note(
            "values_changed",
            f"{plural(corrected.values, 'count')} changed afterwards, at {plural(corrected.readings, 'reading')} of "
            f"{plural(corrected.videos, 'video')}.",
        )
    if readings.values_appeared or readings.values_gone:
        yield Finding.note(
            "values_appeared_or_gone",
            f"{plural(readings.values_appeared, 'count')} appeared and {readings.values_gone:,} vanished at readings "
            "in both snapshots.",
        )
    if readings.both and not corrected.values + readings.values_appeared + readings.values_gone:
        yield Finding.note("values_same", "The counts at readings in both snapshots are the same.")
