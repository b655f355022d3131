"""Figures of the sample in README, demo, notebooks and dashboard, each beside a plain count."""

from __future__ import annotations

import re
import statistics

from notebooks.places import ENDS, NUMBER, README, Places
from notebooks.plain_sample import DAY, WEEK, Sample
from notebooks.shown import Walk, found, printed_rows, rows_of, sentence, text_of, total

import influtics_lab as lab
from influtics_lab.schema import FLAGS


def add_sizes(walk: Walk, sample: Sample, places: Places) -> None:
    """How many videos and readings there are, and which data they are."""
    ends = {number: text_of(places.cell(number, "provenance")) for number in ("01", "02", "04", "05", "06")}
    at_end = {f"{number}, end": text for number, text in ends.items()}
    counted = printed_rows(places.demo, r"\s{2,}")
    shown = {place: found(r"videos (\d+)", text) for place, text in at_end.items()}
    shown |= {"demo": total(row[1] for row in counted)} | places.in_tiles(r"<b>([\d,]+) videos")
    walk.figure("videos", sample.snapshot.videos.height, shown)
    shown = {place: found(r"readings ([\d,]+)", text) for place, text in at_end.items()}
    shown |= {"demo": total(row[2] for row in counted)} | places.in_tiles(r"<b>.*? videos, ([\d,]+) readings")
    walk.figure("readings", sample.frame.height, shown)
    shown = {
        "04": found(r"n = \d+ of (\d+);", re.sub(r"\s+", " ", places.cell("04", "answer"))),
        "05": total(row["videos"] for row in rows_of(places.cell("05", "groups"))),
        "06": found(r"\d+ of (\d+) videos have known views", places.cell("06", "answer")),
    }
    walk.figure("videos with readings", len(sample.readings), shown | places.in_tiles(r"readings of ([\d,]+) of them"))
    newest = f"{sample.end:%Y-%m-%d %H:%M}"
    walk.figure("newest reading", newest, places.in_tiles(r"readings of .*?, until ([\d-]+ [\d:]+) UTC"))
    shown = {"01": rows_of(places.cell("01", "growth"))[0]["window_end (UTC)"][:16]}
    walk.figure("end of gains", newest, shown | places.in_tiles(r"windows of gains end at ([\d-]+ [\d:]+) UTC"))
    digests = {place: found(r"content digest ([0-9a-f]{64})", text) for place, text in at_end.items()}
    digests["dashboard"] = found(r"\b([0-9a-f]{64})\b", places.dashboard)
    walk.figure("content digest", sample.snapshot.manifest["content_digest"], digests)
    shown = {
        "01": total(row["values"] for row in rows_of(places.cell("01", "rejected"))),
        "01, end": found(r"rejected values (\d+)", ends["01"]),
        "02, explorer": found(r"Marked: (\d+) rejected values", sentence(places.notebooks["02"], "When ")),
    }
    walk.figure("rejected values", sample.snapshot.rejected.height, shown)


def add_last_known_views(walk: Walk, sample: Sample, places: Places) -> None:
    """Last known views: in all, of each platform, and of the videos that lead or move."""
    counted = {row[0]: row[3] for row in printed_rows(places.demo, r"\s{2,}")}
    tables = {
        place: {row["platform"]: row["total views"] for row in rows}
        for place, rows in places.tables("platforms", "total views").items()
    }
    shown = {f"{place}, platforms": total(table.values()) for place, table in tables.items()}
    shown |= places.in_tiles(rf">{NUMBER}</div><div>total views") | {"demo": total(counted.values())}
    shown["02, sentence"] = found(rf"{NUMBER} views of", places.cell("02", "sentence"))
    walk.figure("total views", sum(sample.views.values()), shown)
    for platform, videos in sorted(sample.of_platform.items()):
        shown = {f"{place}, platforms": table[platform] for place, table in tables.items()}
        walk.figure(f"views, {platform}", sum(map(sample.views.get, videos)), shown | {"demo": counted[platform]})
    readme = dict(zip(sample.fastest[:5], printed_rows(README, "┆"), strict=True))
    tables = {
        "02, movers": {row["title"]: row["views"] for row in rows_of(places.cell("02", "movers-table"))},
        "04": {row["title"]: row["views"] for row in rows_of(places.cell("04", "fastest"))},
    }
    for place, video in enumerate(sample.best):
        title, views = sample.videos[video]["title"], sample.views[video]
        shown = {name: table[title] for name, table in tables.items() if title in table}
        if place < 4:
            for number in ("01", "02"):
                said = sentence(places.notebooks[number], "Views over time")
                short = found(rf"{re.escape(title)} \([^)]*last ([\d.]+[kM]) views", said)
                shown[f"{number}, explorer"] = str(round(float(short[:-1]) * {"k": 1e3, "M": 1e6}[short[-1]]))
        if video in readme:
            shown["README"] = readme[video][1]
        if len(shown) > 1:
            walk.figure(f"views, {title}", views, shown, exact=lambda name: "explorer" not in name)


def add_gains(walk: Walk, sample: Sample, places: Places) -> None:
    """What views gained in 24 hours and 7 days: in all, and of those that moved most."""
    for length, name in ((DAY, "24 h"), (WEEK, "7 d")):
        known = [value for video in sample.readings if (value := sample.gain(video, length)[0]) is not None]
        pattern = rf">(?:at least )?{NUMBER}(?: known)?</div><div>views gained in {name}"
        shown = places.in_tiles(pattern)
        words = {"24 h": "24 hours", "7 d": "7 days"}[name]
        shown["02, sentence"] = found(rf"{words}: \*\*(?:at least )?{NUMBER}", places.cell("02", "sentence"))
        walk.figure(f"views gained in {name}", float(sum(known)), shown)
        pattern = rf"views gained in {name}</div><div[^>]*>(\d+) of \d+ videos"
        walk.figure(f"views gained in {name}, n", len(known), places.in_tiles(pattern))
    week = rows_of(places.cell("01", "growth"))
    readme = [tuple(row[2:4]) for row in printed_rows(README, "┆")]
    for place, video in enumerate(sample.fastest[:5]):
        value, status = sample.gain(video, WEEK)
        tables = places.tables("movers-table", "gained in 7d").items()
        shown = {name: (rows[place]["gained in 7d"], rows[place]["known, 7d"]) for name, rows in tables}
        shown["01"] = (week[place]["views_gained_in_window"], week[place]["views_gained_status"])
        shown["README"] = readme[place]
        walk.figure(f"gained in 7 d, no. {place + 1}", float(value or 0), {name: row[0] for name, row in shown.items()})
        walk.figure(f"gained in 7 d, no. {place + 1}, known", status, {name: row[1] for name, row in shown.items()})


def add_last_rates(walk: Walk, sample: Sample, places: Places) -> None:
    """Engagement rates (likes + comments) at each video's last reading that has all of them."""
    every = [*sample.readings]
    rates = sample.rates(every)
    for name, value in (("pooled", sample.pooled(every)), ("median", statistics.median(rates))):
        shown = places.in_tiles(rf">{NUMBER} %</div><div>engagement, {name}")
        walk.figure(f"engagement rate, {name}", value, shown, digits=2)
        shown = places.in_tiles(rf"engagement, {name}.*?n&nbsp;=&nbsp;(\d+)")
        walk.figure(f"engagement rate, {name}, n", len(rates), shown)
    medians = dict(lab.compare(sample.frame).select("platform", "engagement_rate_median_pct").rows())
    for row in printed_rows(places.demo, r"\s{2,}"):
        value = statistics.median(sample.rates(sample.of_platform[row[0]]))
        shown = {"demo": row[4].rstrip(" %"), "lab.compare": f"{medians[row[0]]:.2f}"}
        walk.figure(f"engagement rate, median, {row[0]}", value, shown, digits=2)


def add_figures_at_a_week(walk: Walk, sample: Sample, places: Places) -> None:
    """Rates and views 7 days after tracking began."""
    said, explorer = places.cell("05", "answer"), sentence(places.notebooks["05"], "Median of the videos")
    rows = {"05, table": rows_of(places.cell("05", "groups"))}
    rows["05, ages"] = [row for row in rows_of(places.cell("05", "ages")) if row["at"] == "7d"]
    tables = {place: {row["platform"]: row for row in found_rows} for place, found_rows in rows.items()}
    drawn = lab.compare(sample.frame, at_age="7d", age="tracked", max_gap="3d")
    for platform, videos in sorted(sample.of_platform.items()):
        rates = sample.rates_at_week(videos)
        texts = {"05": said, "05, explorer": explorer}
        patterns = {"05": rf"{platform}: {NUMBER} %\*\*", "05, explorer": rf"{platform}: {NUMBER} %"}
        shown = {place: found(patterns[place], text) for place, text in texts.items()}
        shown |= {place: table[platform]["median %"] for place, table in tables.items()}
        walk.figure(f"engagement rate at 7 d, median, {platform}", statistics.median(rates), shown, digits=2)
        patterns = {"05": rf"{platform}: .*?n = (\d+) of", "05, explorer": rf"{platform}: .*?\), (\d+) of"}
        shown = {place: found(patterns[place], text) for place, text in texts.items()}
        shown |= {place: table[platform]["n"] for place, table in tables.items()}
        walk.figure(f"engagement rate at 7 d, n, {platform}", len(rates), shown)
        patterns = {"05": rf"{platform}: .*?interval {ENDS} %", "05, explorer": rf"{platform}: .*?\({ENDS}\)"}
        for number, end in enumerate(("low", "high"), 1):
            shown = {place: found(patterns[place], text, number) for place, text in texts.items()}
            shown |= {place: table[platform][f"median_{end} %"] for place, table in tables.items()}
            (value,) = drawn.filter(platform=platform)[f"engagement_rate_median_{end}_pct"]
            walk.figure(f"engagement rate at 7 d, {end}, {platform}", value, shown, digits=2)
    known = sum(sample.at_week(video, "views") is not None for video in sample.readings)
    unknown = {
        "04, half-lives": total(row["not observed"] for row in rows_of(places.cell("04", "half-life"))),
        "04, weeks": total(row["without_age"] for row in rows_of(places.cell("04", "weeks"))),
        "05, table": total(row["without_age"] for row in rows["05, table"]),
    }
    shown = {place: str(len(sample.readings) - int(text)) for place, text in unknown.items()}
    shown["06"] = found(r"(\d+) of \d+ videos have known views", places.cell("06", "answer"))
    walk.figure("videos with views at 7 d", known, shown)
    rated = sum(len(sample.rates_at_week(videos)) for videos in sample.of_platform.values())
    shown = {"05, table": total(row["n"] for row in rows["05, table"])}
    status = sentence(places.notebooks["05"], "56 of 56 videos")
    shown["05, explorer"] = found(r"(\d+) videos with all counts at 7d", status)
    walk.figure("videos with a rate at 7 d", rated, shown)


def add_flags(walk: Walk, sample: Sample, places: Places) -> None:
    """How many readings have each flag."""
    flagged = sample.frame.pipe(lab.flag_counters)
    marked = sentence(places.notebooks["02"], "When ")
    tables = places.tables("flags", "flag")
    for place, (flag, noun) in enumerate(FLAGS.items()):
        shown = {name: rows[place]["readings"] for name, rows in tables.items()}
        shown["02, explorer"] = found(rf"(\d+) {noun}s?\b", marked)
        walk.figure(f"{noun}s", int(flagged[flag].sum()), shown)
