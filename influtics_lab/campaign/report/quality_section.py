"""How good the data are: what is missing, hidden, flagged or too young, and what that means for the conclusions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from influtics_lab.campaign.figures.formatting import format_count, format_hours, format_n_of, format_reasons
from influtics_lab.campaign.report.html_tables import Cell, bullets, grid, paragraph, plain, short
from influtics_lab.campaign.report.summary_lines import age_words
from influtics_lab.markup import escape_html
from influtics_lab.text_format import join_words, plural

Figures = Mapping[str, Any]
STALE: Final = dt.timedelta(days=7)
_NAMED: Final = 4
_FLAGS: Final = {
    "purge": (
        "Counts were taken away",
        "A count fell further than corrections and chance explain. Sums take the count as last read, after the fall.",
    ),
    "burst": (
        "A burst: faster views with far less engagement",
        "This is consistent with paid or invalid traffic; it proves neither. Look at these views twice.",
    ),
}
_GAINS: Final = (
    (True, "Gain of views known from below only", "Sums hold what was gained between their readings, at least."),
    (False, "Gain of views not known", "They are in no sum of what was gained in the period."),
)
_IN_TABLE: Final = frozenset(
    (
        "tracked_twice",
        "without_readings",
        "hidden_counts",
        "earlier_views",
        "long_gap",
        "without_publication",
        "without_creator",
        "flagged_purge",
        "flagged_stalled",
        "flagged_burst",
    )
)  # findings that the table tells, with what they mean
_PROOFS: Final = {
    "strict": "No video of the list was missed: every page of it was joined to the next without a gap.",
    "counted": "No video of the list was missed: it was read twice, with the same videos and total.",
    "not asked: the pages were given": "Whether the snapshot has every video of the list is not known: it was made of "
    "pages that were given, not asked for.",
}


class _Doubt(NamedTuple):
    what: str
    videos: Sequence[str]
    means: str
    small: str = ""


def quality(figures: Figures) -> str:
    """Give what is to be known of the data, each with how many videos it is of, and what follows from it."""
    found = figures["quality"]
    if not found["videos"]:
        return paragraph("No video of the snapshot belongs to the campaign: there are no data to judge.") + findings(
            figures
        )
    titles = {video["video_id"]: video["title"] or video["external_video_id"] for video in figures["videos"]}
    rows = [_row(doubt, found["asked"], titles) for doubt in _doubts(figures) if doubt.videos]
    head = ["What", "videos", "what it means"]
    table = (
        grid(head, rows, name="doubts")
        if rows
        else paragraph("No video is missing, hidden, flagged, stale or too young.")
    )
    return _known(figures) + table + _without(figures) + _rejected(found) + _proof(found) + findings(figures)


def _known(figures: Figures) -> str:
    """Say on how many videos each main figure stands, and what follows from that."""
    totals, whole = figures["totals"], figures["quality"]["asked"]
    rate, views = totals["engagement_rate"], totals["counts"]["views"]
    last, gained = (views[place]["n"] for place in ("last_read", "gained"))
    bound = "the sum is whole" if last == whole else "the sum is a lower bound"
    rated = "" if rate["last_read"]["n"] == whole else "; the others may engage otherwise"
    old = "" if rate["at_age"]["n"] == whole else "; those that were read at that age may be a selection"
    by_fall = (
        ": the sum is a lower bound, too" if views["gained"]["is_bound"] else ": where a count fell, no bound holds"
    )
    lower = "" if gained == whole else by_fall
    facts = [
        f"<b>Views</b> as last read are known of {format_n_of(last, whole)}: {bound}.",
        f"<b>Gains</b> in the period are known of {format_n_of(gained, whole)}{lower}.",
        f"<b>The engagement rate</b> as last read stands on {format_n_of(rate['last_read']['n'], whole)}{rated}.",
        f"<b>The comparison</b> {plain(age_words(figures))} stands on {format_n_of(rate['at_age']['n'], whole)}{old}.",
    ]
    within, every = (figures["quality"][name] for name in ("readings_in_period", "readings"))
    readings = f"{format_count(within)} of {plural(every, 'reading')} of these videos lie in the period."
    return bullets("What it means for the answer", facts) + paragraph(readings)


def _doubts(figures: Figures) -> Iterator[_Doubt]:
    yield from _doubts_of_videos(figures)
    yield from _doubts_of_counts(figures)


def _doubts_of_videos(figures: Figures) -> Iterator[_Doubt]:
    """Yield what is doubtful of a video whatever its counts are."""
    found, settings = figures["quality"], figures["settings"]
    yield _Doubt(
        "Named in the campaign file, not in the snapshot",
        found["not_found"],
        "Deleted, never tracked, or misspelt. They are in no sum: totals are lower bounds.",
    )
    yield _Doubt(
        "Tracked more than once",
        list(found["tracked_twice"]),
        "Each counts once: the series with the newest views. What the file says of the other series applies to it.",
    )
    yield _Doubt(
        "No readings in the snapshot", found["without_readings"], "They are in no sum: totals are lower bounds."
    )
    yield _Doubt(
        "Not read in the period",
        found["without_readings_in_period"],
        "Nothing is known of them in the period: totals are lower bounds.",
    )
    hidden = sorted({count for counts in found["hidden"].values() for count in counts})
    yield _Doubt(
        "Hidden counts", list(found["hidden"]),
        "Hidden is missing, not 0. They are left out of engagement rates and of sums of that count.",
        join_words(hidden),
    )  # fmt: skip
    dated = settings["age"] == "published"
    yield _Doubt(
        "Publication not known", found["without_publication"],
        f"They have no age{', so they are in no comparison at equal age' if dated else ''}; what they gained is known "
        "only where they were read before the period. The campaign file can say when they were published.",
    )  # fmt: skip
    yield _Doubt(
        "Too young",
        found["too_young"],
        f"They cannot be compared {age_words(figures)} yet: the others may be a selection.",
    )


def _doubts_of_counts(figures: Figures) -> Iterator[_Doubt]:
    """Yield what is doubtful of the counts of a video."""
    found = figures["quality"]
    gains = {video["video_id"]: video["counts"]["views"]["gained"] for video in figures["videos"]}
    for is_bounded, what, means in _GAINS:
        some = [
            video
            for video, gain in gains.items()
            if gain["value"] is None and (gain["at_least"] is not None) == is_bounded
        ]
        yield _Doubt(what, some, means, format_reasons(Counter(gains[video]["reason"] for video in some)))
    yield _Doubt(
        "May contain earlier views",
        found["earlier_views"],
        "They count with all views they have: what they had before the period is not known.",
    )
    yield _Doubt(
        "Long gap between readings at an end of the period",
        list(found["long_gaps"]),
        "What they gained rests on a straight line over the gap.",
        f"up to {format_hours(max(found['long_gaps'].values(), default=0.0))}",
    )
    yield _Doubt(
        "Not read for seven days or more",
        _stale(figures),
        "They count with their last reading: they may have more by now.",
    )
    yield _Doubt(
        "No creator named", found["without_creator"], "They are in the campaign's sums, and in those of no creator."
    )
    for flag, (what, means) in _FLAGS.items():
        readings = sum(found["flagged"][flag].values())
        yield _Doubt(what, list(found["flagged"][flag]), means, f"{flag}, {plural(readings, 'reading')}")
    yield _Doubt(
        "All counts stand still at the last reading",
        found["stalled_at_end"],
        "Reading may have stopped without a word. What the video has by now may be more.",
    )


def _stale(figures: Figures) -> list[str]:
    """Give the videos whose last reading lies seven days or more before the time ends in which counts are taken."""
    until = dt.datetime.fromisoformat(figures["campaign"]["until"])
    last = ((video["video_id"], video["counts"]["views"]["last_read"]["at"]) for video in figures["videos"])
    return [video for video, at in last if at is not None and dt.datetime.fromisoformat(at) <= until - STALE]


def _row(doubt: _Doubt, whole: int, titles: Mapping[str, str | None]) -> list[Cell]:
    names = [short(titles.get(video, video), limit=32) for video in doubt.videos[:_NAMED]]
    more = f" and {len(doubt.videos) - _NAMED:,} more" if len(doubt.videos) > _NAMED else ""
    named = f"{', '.join(names)}{more}"
    share = Cell(f"{len(doubt.videos):,} of {whole:,}")
    return [Cell(plain(doubt.what), plain(doubt.small), "text"), share, Cell(plain(doubt.means), named, "text")]


def _without(figures: Figures) -> str:
    """Say which doubts were looked for and not found: silence is no answer."""
    absent = [doubt.what[:1].lower() + doubt.what[1:] for doubt in _doubts(figures) if not doubt.videos]
    return paragraph(f"Looked for, and found at no video: {'; '.join(absent)}.") if absent else ""


def _rejected(found: Figures) -> str:
    if not found["rejected_values"]:
        return paragraph("No value of these videos was rejected when the snapshot was taken.")
    reasons = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in found["rejected_by_reason"].items())
    return paragraph(
        f"{plural(found['rejected_values'], 'value')} of these videos could not be kept when the snapshot was taken "
        f"({reasons}). They are in no figure; the snapshot's table of rejected values has each one."
    )


def _proof(found: Figures) -> str:
    proof = found["completeness"]
    return paragraph(
        _PROOFS.get(str(proof), f"Whether the snapshot has every video of the list is not proven ({proof}).")
    )


def findings(figures: Figures) -> str:
    """Give what does not fit in the campaign file, and what else is to be told."""
    told = {
        level: [
            escape_html(one["text"])
            for one in figures["findings"]
            if one["level"] == level and one["code"] not in _IN_TABLE
        ]
        for level in ("problem", "note")
    }
    return bullets("In the campaign file, to be mended", told["problem"]) + bullets("To be known", told["note"])
