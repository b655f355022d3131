"""The report's tables of single videos: each one, and where it stands among others at equal age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.formatting import (
    describe_reason,
    format_count,
    format_day,
    format_n_of,
    format_percentile,
    to_local,
)
from influtics_lab.campaign.figures.plain_formatting import counted_words
from influtics_lab.campaign.report.html_tables import (
    Cell,
    count,
    footnotes,
    grid,
    missing,
    money,
    note,
    paragraph,
    plain,
    share,
    short,
)
from influtics_lab.campaign.report.summary_lines import age_words
from influtics_lab.text_format import capitalise_first, plural

Figures = Mapping[str, Any]
MOST: Final = 200
_USED: Final = ("last_read", "gained", "share_pct", "engagement rate of a video", "percentile_pct")


def standing(figures: Figures) -> str:
    """Say how the middle video stands among others at equal age."""
    age = age_words(figures)
    head = [capitalise_first(age), f"the middle video stands above{note('percentile_pct')}", "known of"]
    rows = []
    for measure, name in (("views", "Views"), ("engagement_rate", "Engagement rate")):
        middle = figures["comparison"][measure]
        cell = (
            missing(middle["reason"])
            if middle["value"] is None
            else Cell(format_percentile(middle["value"]), "of the others")
        )
        rows.append([Cell(name), cell, Cell(plain(format_n_of(middle["n"], middle["of"])), kind="text")])
    fewest = "Where fewer than 5 others have a value at that age, there is no percentile. 50 % is the middle."
    used = ("value at the age of comparison", "others", "percentile_pct")
    return grid(head, rows, name="standing") + paragraph(_others(figures), fewest) + footnotes(*used)


def _others(figures: Figures) -> str:
    named = plural(len(figures["settings"]["compared_with_videos"]), "video")
    return {
        "platform": "The others are all further videos of the same platform in this snapshot: who these are decides "
        "what a percentile means.",
        "own history": "The others are earlier videos of the same creator.",
        "videos": f"The others are {named} that the campaign file names.",
    }[str(figures["settings"]["compared_with"])]


def videos(figures: Figures) -> str:
    """Give one row for each video, the one with most views first."""
    every = sorted(figures["videos"], key=_place)
    if not every:
        return paragraph(figures["reasons"]["no_videos"])
    priced = any(one["money"]["spend"]["value"] is not None for one in every)
    head = [
        "Video",
        "published",
        f"views as last read{note('last_read')}",
        f"views gained{note('gained')}",
        f"share of views{note('share_pct')}",
        f"engagement rate as last read{note('engagement rate of a video')}",
        f"stands above{note('percentile_pct')}",
        *([f"CPM{note('cpm')}"] if priced else []),
    ]
    rows = [[*_video(one, figures), *([_price(one)] if priced else [])] for one in every[:MOST]]
    said = paragraph(
        f"Of {plural(len(every), 'video')} these are the {MOST} with most views; the workbook has all of them."
        if len(every) > MOST
        else "",
        "What was gained goes to the period's very end, on the line to the next reading: a young video's may be more "
        "than what it had when it was last read before."
        if _outgrown(every)
        else "",
        f"A share is of the sum that is known of views {counted_words(figures)}. A video stands above so many of the "
        f"others in views {age_words(figures)}.",
    )
    return grid(head, rows, name="videos") + said + footnotes(*_USED, *(["cpm"] if priced else []))


def _outgrown(videos: list[Figures]) -> bool:
    """Say whether any video gained more than it had when it was last read."""
    pairs = ([one["counts"]["views"][place]["value"] for place in ("gained", "last_read")] for one in videos)
    return any(gained is not None and last is not None and gained > last for gained, last in pairs)


def _place(video: Figures) -> tuple[bool, float, str]:
    figure = video["counts"]["views"]["counted"]
    value = figure["value"] if figure["value"] is not None else figure["at_least"]
    return value is None, -(value or 0), video["video_id"]


def _video(video: Figures, figures: Figures) -> Iterator[Cell]:
    zone, published = figures["campaign"]["time_zone"], video["published_at"]
    about = [video["platform"] or "no platform", *([video["creator"]] if video["creator"] else [])]
    told = " · ".join(short(one, limit=28) for one in about)
    yield Cell(short(video["title"] or video["external_video_id"]), told, "text")
    when = (
        missing("no_publication")
        if published is None
        else Cell(plain(format_day(to_local(published, zone))), kind="text")
    )
    yield when._replace(kind=f"{when.kind} text") if when.kind == "none" else when
    counts = video["counts"]["views"]
    if counts["last_read"]["value"] is None and counts["gained"]["value"] is None:
        yield Cell(plain(describe_reason(counts["last_read"]["reason"])), kind="none text", span=5)
        return
    last = counts["last_read"]
    at = "" if last["at"] is None else format_day(to_local(last["at"], zone))
    earlier = counts["counted"]["basis"] == MAY_CONTAIN_EARLIER
    at += f"; {MAY_CONTAIN_EARLIER}" if earlier else ""
    yield missing(last["reason"]) if last["value"] is None else Cell(format_count(last["value"]), at)
    yield count(counts["gained"])
    yield share(video["share_pct"]["views"])
    yield share(video["engagement_rate"]["last_read"])
    found = video["comparison"]["views"]
    if found["percentile_pct"] is None:
        yield missing(found["percentile_reason"])
    else:
        yield Cell(format_percentile(found["percentile_pct"]), f"of {plural(found['others'], 'other')}")


def _price(video: Figures) -> Cell:
    cpm = video["money"]["cpm"]
    return missing(cpm["reason"]) if cpm["value"] is None else money({"value": cpm["value"]}, None)
