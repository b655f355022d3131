"""Figures of the sample in the report of all its videos: in notebook 03, its page and its numbers."""

from __future__ import annotations

from datetime import datetime

from notebooks.places import NUMBER, README, Places
from notebooks.plain_sample import Sample
from notebooks.shown import Walk, found, printed_rows, sentence

import influtics_lab as lab
from influtics_lab.schema import FLAGS


def add_report(walk: Walk, sample: Sample, places: Places) -> None:
    """Sizes and flags in the report of all videos."""
    walk.also("videos", places.in_report(r"(\d+) videos, [\d,]+ readings"))
    walk.also("readings", places.in_report(r"\d+ videos, ([\d,]+) readings"))
    walk.also("content digest", places.in_report(r"Digest of its content ([0-9a-f]{64})"))
    walk.also("rejected values", places.in_report(r"(\d+) values of these videos were rejected"))
    walk.also(
        "videos with readings",
        places.in_report(r"With those that are known, the total is at least [\d,]+ \((\d+) of 60 videos\)"),
    )
    flagged = places.figures["quality"]["flagged"]
    for flag, noun in FLAGS.items():
        name = flag.removeprefix("is_")
        walk.also(f"{noun}s", {"report.json": str(sum(flagged[name].values()))})
        if name in {"purge", "burst"}:  # of the flags these change how a figure is read
            walk.also(f"{noun}s", places.in_report(rf" {name}, (\d+) readings?"))


def add_views_of_report(walk: Walk, sample: Sample, places: Places) -> None:
    """Last known views in the report, and what its period counted and gained."""
    known = {name: figure["known"] for name, figure in places.figures["totals"]["counts"]["views"].items()}
    shown = places.in_report(r"With those that are known, the total is at least ([\d,]+)") | {
        "report.json": str(known["last_read"])
    }
    walk.also("total views", shown)
    for group in places.figures["by_platform"]:
        walk.also(f"views, {group['name']}", {"report.json": str(group["counts"]["views"]["last_read"]["known"])})
    start = datetime.fromisoformat(places.figures["totals"]["window"]["start"])
    basis = {row["video_id"]: row["counts"]["views"]["counted"]["basis"] for row in places.figures["videos"]}
    counts = {
        "counted": [sample.counted(video, start, basis[video]) for video in sample.readings],
        "gained": [sample.gain(video, sample.end - start)[0] for video in sample.readings],
    }
    said = sentence(places.notebooks["03"], "Views of the campaign")
    shown = {"counted": {"03, explorer": found(rf"UTC\): (?:at least )?{NUMBER}", said)}}
    shown["gained"] = places.in_report(rf"first readings alone, the total is (?:at least )?{NUMBER}")
    for name, column in (("counted", "counted"), ("gained", "gained in the period")):
        of_all = {"report.json": str(known[name])}
        for place, rows in places.report_rows("Count").items():
            (row,) = (row for row in rows if row["Count"] == "Views")
            of_all[f"{place}, totals"] = found(NUMBER, row[column])
        expected = sum(value for value in counts[name] if value is not None)
        walk.figure(f"views {name} in the period", float(expected), shown[name] | of_all)


def add_rates_of_report(walk: Walk, sample: Sample, places: Places) -> None:
    """Engagement rates as last read: of all, of each platform, and of the videos that lead."""
    rates = places.figures["totals"]["engagement_rate"]["last_read"]
    for name in ("pooled", "median"):
        for place, rows in places.report_rows("Engagement rate").items():
            (row,) = (row for row in rows if row["Engagement rate"] == "as last read")
            walk.also(f"engagement rate, {name}", {place: row[name].rstrip(" %")}, digits=2)
        walk.also(f"engagement rate, {name}", {"report.json": str(rates[name]["value"])}, digits=9)
        walk.also(f"engagement rate, {name}, n", {"report.json": str(rates["n"])})
    pooled = dict(lab.compare(sample.frame).select("platform", "engagement_rate_pooled_pct").rows())
    for platform, own in sorted(sample.of_platform.items()):
        shown = {"lab.compare": f"{pooled[platform]:.2f}"}
        for place, rows in places.report_rows("Platform").items():
            (row,) = (row for row in rows if row["Platform"] == platform and "engagement rate as last read" in row)
            shown[place] = row["engagement rate as last read"].rstrip(" %")
        walk.figure(f"engagement rate, pooled, {platform}", sample.pooled(own), shown, digits=2)
    readme = dict(zip(sample.fastest[:5], (row[4] for row in printed_rows(README, "┆")), strict=True))
    tables = {place: {row["Video"]: row for row in rows} for place, rows in places.report_rows("Video").items()}
    for video in dict.fromkeys([*sample.best[:4], *readme]):
        title, rate = sample.videos[video]["title"], sample.rate(video)
        if title is None:
            continue  # pages show other words for it
        rows = {name: table[title] for name, table in tables.items()}
        walk.also(f"views, {title}", {name: row["views as last read"] for name, row in rows.items()})
        if rate is not None:
            shown = {name: row["engagement rate as last read"].rstrip(" %") for name, row in rows.items()}
            shown |= {"README": readme[video]} if video in readme else {}
            walk.figure(f"engagement rate, {title}", rate, shown, digits=2)
