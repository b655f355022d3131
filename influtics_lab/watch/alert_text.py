"""What an event says: a sentence, its evidence, the readings, and the lines of Python that show them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from influtics_lab.plain_text import escape_unprintable
from influtics_lab.schema import COUNTS
from influtics_lab.text_format import capitalise_first, shorten
from influtics_lab.watch.level_changes import Change
from influtics_lab.watch.watch_conditions import Condition
from influtics_lab.watch.watch_scope import Scope

BEGINS: Final = "begins"
ENDS: Final = "ends"
_LONGEST_TITLE: Final = 60
_MOST_READINGS: Final = 4
_UNITS: Final = {"engagement_rate": "%", "views_per_day": "views a day"}


@dataclass(frozen=True)
class Source:
    """Where events come from: the archive, the read that was judged, and when.

    Attributes
    ----------
    place : str
        The archive as it was named.
    identity : str
    read_until, found_at : str
        ISO 8601.
    """

    place: str
    identity: str
    read_until: str
    found_at: str


def build_event(
    change: Change,
    condition: Condition,
    scope: Scope,
    source: Source,
    *,
    video: Mapping[str, Any] | None,
    rows: pl.DataFrame,
) -> dict[str, Any]:
    """Return an event as JSON has it.

    Parameters
    ----------
    change : Change
    condition : Condition
    scope : Scope
    source : Source
    video : mapping, optional
        The video's row; without it the event is about videos together.
    rows : polars.DataFrame
        The video's readings up to the change.
    """
    begins = change.level > 0
    evidence = {name: _to_json(value) for name, value in change.evidence.items() if begins or value is not None}
    subject = escape_unprintable(change.subject) if video is None else name_video(video)
    sentence = f"{f'the total of {subject}' if video is None else subject} is no longer watched."
    if change.evidence and not begins and condition.kind in _ENDINGS:
        sentence = _ENDINGS[condition.kind].format(subject=subject, count=getattr(condition, "count", ""))
    elif change.evidence:
        sentence = _SENTENCES[condition.kind](evidence, subject, condition, begins=begins)
    names = ("video_id", "title", "platform", "external_video_id", "creator")
    return {
        "key": derive_key(change, condition, source),
        "change": BEGINS if begins else ENDS,
        "condition": condition.name,
        "kind": condition.kind,
        "urgent": condition.urgent,
        "summary": capitalise_first(sentence),
        "subject": change.subject if video is None else {name: video[name] for name in names if video.get(name)},
        "at": change.at.isoformat(),
        "since": change.since,
        "evidence": evidence,
        "readings": [
            {name: _to_json(value) for name, value in row.items()}
            for row in rows.select("timestamp", *COUNTS).tail(_MOST_READINGS).iter_rows(named=True)
        ],
        "python": list_lines(change, condition, scope, source, is_video=video is not None),
        "archive": {"place": escape_unprintable(source.place), "read_until": source.read_until},
        "found_at": source.found_at,
    }


def derive_key(change: Change, condition: Condition, source: Source) -> str:
    """Return what identifies an event: the same for the same change, however often it is found or sent."""
    what = str(change.level) if condition.is_moment else change.since
    parts = (
        source.identity,
        condition.identity,
        condition.name,
        change.subject,
        what,
        BEGINS if change.level else ENDS,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def name_video(video: Mapping[str, Any]) -> str:
    """Return what a sentence calls a video: its title, shortened and without control characters, and its platform."""
    title = escape_unprintable(" ".join((video["title"] or "").split()))
    name = f'"{shorten(title, _LONGEST_TITLE)}"' if title else f"video {escape_unprintable(video['video_id'])}"
    return f"{name} ({escape_unprintable(video['platform'])})" if video["platform"] else name


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _format_number(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def _format_limit(limit: float) -> str:
    """Return a limit of the file as it is."""
    text = _format_number(limit)
    return text if float(text.replace(",", "")) == limit else f"{limit:,}"


def _format_beside(value: float, limit: float) -> str:
    """Return a value with as many decimals as show on which side of a limit it is."""
    texts = [_format_number(value), *(f"{value:,.{digits}f}" for digits in range(1, 16))]
    return next(
        (text for text in texts if _compare(float(text.replace(",", "")), limit) == _compare(value, limit)), texts[-1]
    )


def _compare(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)


def format_instant(text: str) -> str:
    """Return an instant as a sentence writes it.

    Examples
    --------
    >>> format_instant("2026-07-01T10:00:30+00:00")
    '2026-07-01 10:00 UTC'
    """
    return f"{dt.datetime.fromisoformat(text).astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def _describe_purge(seen: Mapping[str, Any], subject: str, condition: Any, *, begins: bool) -> str:
    count = condition.count
    if not begins:
        return (
            f"{count} of {subject} are back at {_format_number(seen[f'{count}_now'])}, where they were before the fall."
        )
    before, after = (_format_number(seen[f"{count}_{when}"]) for when in ("before", "after"))
    return f"{count} of {subject} fell by {seen[f'{count}_fall_pct']:.1f} %, from {before} to {after}."


def _describe_stall(seen: Mapping[str, Any], subject: str, _: Any, **__: bool) -> str:
    hours, expected = seen["unchanged_hours"], _format_number(seen["expected_views"])
    return (
        f"the counts of {subject} have not changed for {hours:,.0f} hours; about {expected} more views were expected."
    )


def _describe_burst(seen: Mapping[str, Any], subject: str, _: Any, **__: bool) -> str:
    speed, before = seen["burst_views_per_hour"], seen["burst_views_per_hour_before"]
    rates = [seen[f"burst_engagement_rate{when}_pct"] for when in ("", "_before")]
    return (
        f"{subject} gains {_format_number(speed)} views an hour, {speed / before:.1f} times as many as before, with an "
        f"engagement rate of {rates[0]:.2f} % (before: {rates[1]:.2f} %). "
        "This is consistent with paid or invalid traffic."
    )


def _describe_failed_polls(seen: Mapping[str, Any], subject: str, condition: Any, **_: bool) -> str:
    last = "the last reading has" if condition.readings == 1 else f"the last {condition.readings} readings have"
    return f"{last} no counts of {subject}: the poll failed. Views before: {_format_number(seen['views_before'])}."


def _describe_hidden(seen: Mapping[str, Any], subject: str, condition: Any, **_: bool) -> str:
    last = _format_number(seen[f"last_visible_{condition.count}"])
    return f"{condition.count} of {subject} are hidden. The last visible number was {last}."


def _describe_removed(_: Mapping[str, Any], subject: str, __: Any, *, begins: bool) -> str:
    return f"{subject} is {'no longer' if begins else 'again'} in the list of the service."


def _describe_no_reading(seen: Mapping[str, Any], subject: str, condition: Any, **_: bool) -> str:
    last = format_instant(seen["last_reading_at"])
    return f"{subject}: no new reading for {_format_number(condition.hours)} hours. The last one was at {last}."


def _describe_value(seen: Mapping[str, Any], subject: str, condition: Any, *, begins: bool) -> str:
    measure, side = condition.measure, "at least" if condition.at_least is not None else "at most"
    limit = condition.at_least if condition.at_least is not None else condition.at_most
    unit = _UNITS.get(measure, measure)
    is_so = side if begins else f"no longer {side}"
    return f"{subject}: {_format_beside(seen[measure], limit)} {unit}, {is_so} {_format_limit(limit)}."


def _describe_milestone(seen: Mapping[str, Any], subject: str, condition: Any, **_: bool) -> str:
    passed, now = _format_number(seen["milestone"]), _format_number(seen[condition.count])
    return f"{subject} passed {passed} {condition.count}{'' if now == passed else f': now {now}'}."


def _describe_pace(seen: Mapping[str, Any], subject: str, _: Any, *, begins: bool) -> str:
    goal = f"{_format_number(seen['target'])} views by {format_instant(seen['by'])}"
    if seen.get("needed_per_day") is None:
        return f"{subject} {'missed' if begins else 'reached'} {goal}: {_format_number(seen['views'])} views."
    pace, least = seen["gained_per_day"], seen["needed_per_day"]
    gained, needed = _format_beside(pace, least), _format_beside(least, pace)
    again = "" if begins else " again"
    return f"{subject}: {gained} views gained a day{again}; {goal} need {needed} a day on a straight line."


def _describe_counting_rule(seen: Mapping[str, Any], subject: str, _: Any, **__: bool) -> str:
    return (
        f"{subject} has its first reading after a change of what is counted ({seen['rule']}): {seen['change']}. "
        "Views before and after it are not comparable."
    )


def _describe_forecast(seen: Mapping[str, Any], subject: str, condition: Any, *, begins: bool) -> str:
    most, goal = _format_beside(seen["views_forecast_high"], condition.target), _format_limit(condition.target)
    side = "below" if begins else "no longer below"
    return (
        f"the forecast of {subject} at an age of {condition.horizon} is at most {most} views, {side} the target of "
        f"{goal}: now {_format_number(seen['views_now'])}."
    )


_ENDINGS: Final = {
    "stall": "the counts of {subject} change again.",
    "burst": "the burst of views of {subject} is over.",
    "failed_polls": "{subject} has counts again.",
    "hidden": "{count} of {subject} are visible again.",
    "no_reading": "{subject}: a new reading.",
}
"""What a sentence says of a condition that ended, where it needs no evidence."""

_SENTENCES: Final[dict[str, Callable[..., str]]] = {
    "purge": _describe_purge,
    "stall": _describe_stall,
    "burst": _describe_burst,
    "failed_polls": _describe_failed_polls,
    "hidden": _describe_hidden,
    "removed": _describe_removed,
    "no_reading": _describe_no_reading,
    "value": _describe_value,
    "milestone": _describe_milestone,
    "pace": _describe_pace,
    "counting_rule": _describe_counting_rule,
    "forecast": _describe_forecast,
}


def list_lines(change: Change, condition: Any, scope: Scope, source: Source, *, is_video: bool) -> list[str]:
    """Return the lines of Python that show an event's evidence."""
    archive = f"lab.Archive({source.place!r})"
    head = ["from datetime import datetime", "import influtics_lab as lab"]
    if condition.kind == "removed":
        return [*head[1:], f"{archive}.removals().filter(video_id={change.subject!r})"]
    if condition.kind == "pace" and condition.target is None:
        figures = (
            f"key_figures(read_campaign({condition.campaign!r}), {archive}.snapshot({source.read_until!r})).targets"
        )
        return [*head[1:], "from influtics_lab.campaign import key_figures, read_campaign", figures]
    frame = f"frame = {archive}.history({source.read_until!r})"
    if condition.kind == "forecast":
        at = f"until=datetime.fromisoformat({change.at.isoformat()!r})"
        shown = f".filter(video_id={change.subject!r}).select('views_now', 'views_forecast', 'views_forecast_high')"
        return [*head, frame, f"frame.pipe(lab.forecast, {condition.horizon!r}, {at}){shown}"]
    if is_video:
        frame += f".filter(video_id={change.subject!r})"
    elif scope.ids is not None:
        head.append("import polars as pl")
        frame += f".filter(pl.col('video_id').is_in({sorted(scope.ids)!r}))"
    return [*head, frame, _show_evidence(change, condition, is_video=is_video)]


def _show_evidence(change: Change, condition: Any, *, is_video: bool) -> str:
    measure = getattr(condition, "measure", getattr(condition, "count", "views"))
    moment = change.evidence.get("purged_at") or change.at
    at = f"filter(timestamp=datetime.fromisoformat({moment.isoformat()!r}))"
    if condition.kind == "no_reading":
        return "frame['timestamp'].max()"
    if condition.kind == "pace":
        return "lab.total_gained(frame.pipe(lab.gained, last='7d'))"
    if not is_video:
        until = f"frame.filter(frame['timestamp'] <= datetime.fromisoformat({change.at.isoformat()!r}))"
        if measure == "engagement_rate":
            rated = ".pipe(lab.engagement_rate).drop_nulls('engagement_rate_pct').group_by('video_id').last()"
            return f"{until}{rated}.select('engagements', 'views').sum()"
        return f"{until}.pipe(lab.latest).select({measure!r}).sum()"
    if condition.kind in {"value", "milestone", "counting_rule"}:
        shown = {
            "engagement_rate": "frame.pipe(lab.engagement_rate).{}.select('timestamp', 'engagement_rate_pct')",
            "views_per_day": "frame.pipe(lab.window_gain, 'views', window='24h').{}"
            ".select('timestamp', 'views_gained_24h')",
        }
        return shown.get(measure, f"frame.{{}}.select('timestamp', {measure!r})").format(at)
    columns = ["timestamp", *_SHOWN.get(condition.kind, ())]
    if condition.kind == "purge":
        columns += [measure, f"{measure}_fall_pct"]
    return f"frame.pipe(lab.flag_counters).{at}.select({', '.join(map(repr, columns))})"


_SHOWN: Final[Mapping[str, Sequence[str]]] = {
    "stall": ("views", "unchanged_hours", "expected_views", "unchanged_p_value"),
    "burst": ("views", "burst_views_per_hour", "burst_views_per_hour_before", "burst_engagement_rate_pct"),
    "failed_polls": ("is_failed_poll", "views_before_failed_poll"),
    "hidden": ("hidden_counts",),
}
