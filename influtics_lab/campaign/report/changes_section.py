"""What changed since an earlier snapshot, as the report tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from influtics_lab.campaign.changes.change_facts import is_changed
from influtics_lab.campaign.changes.change_tables import DEFINITIONS
from influtics_lab.campaign.changes.video_changes import LABELS
from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    describe_reason,
    format_count,
    format_money,
    format_n_of,
    format_percent,
)
from influtics_lab.campaign.figures.plain_formatting import counted_label
from influtics_lab.campaign.report.html_tables import Cell, bullets, grid, missing, paragraph, plain, short, words
from influtics_lab.campaign.report.summary_lines import target_words
from influtics_lab.campaign.report.totals_section import FRACTIONS, VERDICTS
from influtics_lab.text_format import plural

Figures = Mapping[str, Any]
Write = Callable[..., str]  # of a number, and of whether it is a bound
_SHOWN: Final = 25
_NOTED: Final = {
    "difference": "difference",
    "alike": "over the same videos",
    "corrected reading": "changed counts",
}


def changes_since(figures: Figures, changes: Figures | None) -> str:
    """Return what changed: the campaign, its targets, its videos, and readings that were corrected."""
    if changes is None:
        return paragraph("No earlier snapshot was given, so nothing is compared with it.")
    intro = _said(changes, "snapshots") + "".join(paragraph(one["text"]) for one in changes["notes"])
    if changes["same"]:
        return intro
    parts = [
        _totals(figures, changes),
        _targets(figures, changes),
        _movers(changes, figures),
        _members(changes),
        _corrected(changes),
    ]
    return intro + "".join(parts) + _findings(changes) + _footnotes(figures)


def _said(changes: Figures, topic: str) -> str:
    """Return the sentences about a topic as a paragraph; nothing without any."""
    texts = [one["text"] for one in changes["statements"][topic]]
    return paragraph(*texts) if texts else ""


def _totals(figures: Figures, changes: Figures) -> str:
    currency = figures["settings"]["currency"]
    estimator = figures["settings"]["engagement_rate"][0]
    measures = changes["totals"]["measures"]
    rows = [
        _row(
            f"{name.capitalize()} {counted_label(figures)}",
            measures[f"{name}_counted"],
            format_count,
        )
        for name in ("views", "likes", "comments", "reposts", "engagements")
    ]
    points = measures[f"engagement_rate_last_read_{estimator}_pct"]
    rows.append(_row(f"Engagement rate as last read, {estimator}", points, format_percent, unit="points"))
    if figures["spend"]:
        rows += [_row(name, measures[key], _money(currency)) for name, key in (("Spend", "spend"), ("CPM", "cpm"))]
    head = ["The campaign", "then", "now", "difference", "over the same videos"]
    return grid(head, rows, name="changed")


def _money(currency: str | None) -> Write:
    return lambda value, bound="": format_money(value, currency, bound)


def _row(name: str, figure: Figures, write: Write, unit: str = "") -> list[Cell]:
    alike = figure.get("alike")
    same = words("") if alike is None else missing(alike["reason"])
    if alike is not None and alike["difference"] is not None:
        same = Cell(_signed(alike["difference"], write), plain(format_n_of(alike["n"], alike["of"])))
    sides = [_side(figure, when, write) for when in ("then", "now")]
    return [Cell(plain(name)), *sides, _difference(figure, write, unit), same]


def _side(figure: Figures, when: str, write: Write) -> Cell:
    n = figure.get(f"{when}_n")
    small = "" if n is None else plain(plural(n, "video"))
    if figure[when] is not None:
        return Cell(write(figure[when]), small)
    for fact, bound in (("known", AT_LEAST), ("at_most", AT_MOST)):
        if figure.get(f"{when}_{fact}") is not None:
            return Cell(write(figure[f"{when}_{fact}"], bound), small)
    return missing(figure[f"{when}_reason"])


def _difference(figure: Figures, write: Write, unit: str) -> Cell:
    if figure["difference"] is None:
        return missing(figure["reason"])
    text = _signed(figure["difference"], write)
    return Cell(text.replace("%", unit) if unit else text)


def _signed(value: float, write: Write) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    size = abs(value)
    return sign + (format_money(size, None) if write is format_count and 0 < size < 0.5 else write(size))  # no +0


def _targets(figures: Figures, changes: Figures) -> str:
    rows = [
        [
            words(target_words(one, figures)),
            words(VERDICTS[one["verdict"]["then"]]),
            words(VERDICTS[one["verdict"]["now"]]),
            *(_points(one, when) for when in ("then", "now")),
        ]
        for one in changes["targets"]
    ]
    head = ["Target", "verdict then", "verdict now", "reached then", "reached now"]
    return grid(head, rows, name="changed-targets") if rows else ""


def _points(target: Figures, when: str) -> Cell:
    figure = target["measures"]["reached_pct"]
    if figure[when] is not None:
        value = target["measures"]["value"]  # views of some videos only: they have no value, but reach a share
        partly = value[when] is None and value[f"{when}_value"] is not None
        return Cell(format_percent(figure[when], AT_LEAST if partly else ""))
    return words("a price has no share") if target["measure"] == "cpm" else missing(figure[f"{when}_reason"])


def _movers(changes: Figures, figures: Figures) -> str:
    """Return the videos whose views, as the campaign counts them, changed, appeared or vanished."""
    name, what = "views_counted", f"views {counted_label(figures)}"
    both = [one for one in changes["videos"] if one["state"] == "stayed"]
    moved = [(one["measures"][name], one) for one in both if is_changed(one["measures"][name])]
    if not moved:
        return _said(changes, "views")
    moved.sort(key=lambda pair: (-_size(pair[0]), pair[1]["video_id"]))
    rows = [_mover(figure, one) for figure, one in moved[:_SHOWN]]
    more = f"; here are the {_SHOWN} that changed most" if len(moved) > _SHOWN else ""
    caption = f"Other {what}: {format_n_of(len(moved), len(both))}{more}"
    return grid(["Video", "then", "now", "difference"], rows, name="changed-videos", caption=caption)


def _size(figure: Figures) -> float:
    """Return how much changed: all of a value that one snapshot does not have."""
    return abs(float((figure["now"] or 0) - (figure["then"] or 0)))


def _mover(figure: Figures, video: Figures) -> list[Cell]:
    name = Cell(short(video["title"]), short(video["platform"], "no platform"), "text")
    return [
        name,
        *(_side(figure, when, format_count) for when in ("then", "now")),
        _difference(figure, format_count, ""),
    ]


def _members(changes: Figures) -> str:
    """Return which videos were added and removed, and whose details changed."""
    named = {one["video_id"]: one for one in changes["videos"]}
    parts = []
    for state, title in (("came", "New in the campaign"), ("went", "No longer in the campaign")):
        ids = changes[state]
        texts = [f"{short(named[one]['title'])}: {_why(changes, named[one]['why'])}" for one in ids]
        parts.append(bullets(f"{title}: {plural(len(ids), 'video')}", texts))
    details = [_detail(one, name, both) for one in changes["videos"] for name, both in one["fields"].items()]
    return "".join([_said(changes, "videos"), *parts, bullets("Changed details", details)])


def _why(changes: Figures, reason: str | None) -> str:
    return plain(changes["reasons"].get(reason, describe_reason(reason)))


def _detail(video: Figures, name: str, both: Figures) -> str:
    then, now = (short(None if both[when] is None else str(both[when]), "not available") for when in ("then", "now"))
    title, label = short(video["title"]), plain(LABELS[name])
    alike = re.sub(r' title="[^"]*"', "", then) == re.sub(r' title="[^"]*"', "", now)
    return f"{title}: {label} changed where it is not shown" if alike else f"{title}: {label} was {then}, is {now}"


def _corrected(changes: Figures) -> str:
    corrected = changes["readings"]["corrected"]
    if not corrected["values"]:
        return _said(changes, "readings")
    named = {one["video_id"]: one["title"] for one in changes["videos"]}
    rows = [_reading(one, named.get(one["video_id"])) for one in corrected["listed"][:_SHOWN]]
    head = ["Video", "reading of", "count", "then", "now"]
    more = f"; here are {_SHOWN} of them" if corrected["values"] > _SHOWN else ""
    caption = f"Changed counts, as reported: {corrected['values']:,}{more}"
    return _said(changes, "readings") + grid(head, rows, name="corrected", caption=caption)


def _reading(one: Figures, title: str | None) -> list[Cell]:
    instant = words(one["at"].removesuffix("+00:00").removesuffix(":00").replace("T", " ") + " UTC")
    return [
        Cell(short(title)),
        instant,
        words(one["count"]),
        *(Cell(format_count(one[when])) for when in ("then", "now")),
    ]


def _findings(changes: Figures) -> str:
    found = changes["findings"]
    lists: Sequence[tuple[str, list[str]]] = (
        ("New findings", [plain(one["text"]) for one in found["new"]]),
        ("Findings no longer made", [plain(one["text"]) for one in found["gone"]]),
        (
            "Changed findings",
            [f"{plain(one['now'])} <i>Before: {plain(one['then'])}</i>" for one in found["changed"]],
        ),
    )
    return "".join(bullets(title, texts) for title, texts in lists if texts)


def _footnotes(figures: Figures) -> str:
    notes = [(_NOTED[one.figure], one.formula) for one in DEFINITIONS if one.figure in _NOTED]
    items = "".join(f"<li><b>{plain(name)}</b>: {plain(formula)}.</li>" for name, formula in notes)
    gained = paragraph(FRACTIONS) if figures["settings"]["counted"] != "last_read" else ""
    return f'{gained}<ul class="footnotes">{items}</ul>'
