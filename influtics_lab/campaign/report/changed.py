"""What changed since an earlier snapshot, as the report tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from influtics_lab.campaign.changes_tables import DEFINITIONS
from influtics_lab.campaign.report.answer import target_words
from influtics_lab.campaign.report.fragments import Cell, bullets, grid, missing, paragraph, plain, short, words
from influtics_lab.campaign.report.sections import VERDICTS
from influtics_lab.campaign.wording import AT_LEAST, AT_MOST, amount, moment, number, of, percent, why
from influtics_lab.markup import plural

Figures = Mapping[str, Any]
Write = Callable[..., str]  # of a number, and of whether it is a bound
_SHOWN: Final = 25


def changes_since(figures: Figures, changes: Figures | None) -> str:
    """Give what changed: the campaign, its targets, its videos, and readings that were corrected."""
    if changes is None:
        return paragraph("No earlier snapshot was given, so nothing is compared with it.")
    zone = figures["campaign"]["time_zone"]
    then, now = (f"{moment(changes[side]['taken_at'], zone)} ({zone})" for side in ("then", "now"))
    said = paragraph(f"Between the snapshot of {then} and that of {now}, under the same campaign file.")
    notes = "".join(paragraph(one["text"]) for one in changes["notes"])
    if changes["same"]:
        return said + notes
    parts = [
        _totals(figures, changes),
        _targets(figures, changes),
        _movers(changes, figures["settings"]["counted"]),
        _members(changes),
        _corrected(changes),
    ]
    return said + notes + "".join(parts) + _findings(changes) + _footnotes()


def _totals(figures: Figures, changes: Figures) -> str:
    counted, currency = figures["settings"]["counted"], figures["settings"]["currency"]
    estimator = figures["settings"]["engagement_rate"][0]
    measures = changes["totals"]["measures"]
    rows = [
        _row(
            f"{name.capitalize()} {'gained' if counted == 'gained' else 'as last read'}",
            measures[f"{name}_{counted}"],
            number,
        )
        for name in ("views", "likes", "comments", "reposts", "engagements")
    ]
    points = measures[f"engagement_rate_last_read_{estimator}_pct"]
    rows.append(_row(f"Engagement rate as last read, {estimator}", points, percent, unit="points"))
    if figures["spend"]:
        rows += [_row(name, measures[key], _money(currency)) for name, key in (("Spend", "spend"), ("CPM", "cpm"))]
    head = ["The campaign", "then", "now", "difference", "over the same videos"]
    return grid(head, rows, name="changed")


def _money(currency: str | None) -> Write:
    return lambda value, bound="": amount(value, currency, bound)


def _row(name: str, figure: Figures, write: Write, unit: str = "") -> list[Cell]:
    alike = figure.get("alike")
    same = words("") if alike is None else missing(alike["reason"])
    if alike is not None and alike["difference"] is not None:
        same = Cell(_signed(alike["difference"], write), plain(of(alike["n"], alike["of"])))
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
    return sign + write(abs(value))


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
        return Cell(percent(figure[when], AT_LEAST if partly else ""))
    return words("a price has no share") if target["measure"] == "cpm" else missing(figure[f"{when}_reason"])


def _movers(changes: Figures, counted: str) -> str:
    """Give the videos whose views, as the campaign counts them, differ most."""
    name, what = f"views_{counted}", "views gained" if counted == "gained" else "views as last read"
    moved = [
        (one["measures"][name], one)
        for one in changes["videos"]
        if one["state"] == "stayed" and one["measures"][name]["difference"]
    ]
    moved.sort(key=lambda pair: (-abs(pair[0]["difference"]), pair[1]["video_id"]))
    if not moved:
        return paragraph(f"No video has other {what} than then.")
    rows = [_mover(figure, one) for figure, one in moved[:_SHOWN]]
    more = f", the {_SHOWN} that differ most of {len(moved):,}" if len(moved) > _SHOWN else ""
    caption = f"Videos whose {what} are others now{more}"
    return grid(["Video", "then", "now", "difference"], rows, name="changed-videos", caption=caption)


def _mover(figure: Figures, video: Figures) -> list[Cell]:
    name = Cell(short(video["title"]), short(video["platform"], "no platform"), "text")
    sides = (Cell(number(figure[when])) for when in ("then", "now"))
    return [name, *sides, Cell(_signed(figure["difference"], number))]


def _members(changes: Figures) -> str:
    """Say which videos came and went, and whose status is another one."""
    named = {one["video_id"]: one for one in changes["videos"]}
    parts = []
    for state, title in (("came", "New in the campaign"), ("went", "No longer in the campaign")):
        ids = changes[state]
        texts = [f"{short(named[one]['title'])}: {_why(changes, named[one]['why'])}" for one in ids]
        parts.append(bullets(f"{title}: {plural(len(ids), 'video')}", texts) if ids else "")
    told = [_told(one, name, both) for one in changes["videos"] for name, both in one["fields"].items()]
    parts.append(bullets("What is told otherwise of a video", told) if told else "")
    return "".join(parts) or paragraph("The same videos belong, and the same is told of them.")


def _why(changes: Figures, reason: str | None) -> str:
    return plain(changes["reasons"].get(reason, why(reason)))


def _told(video: Figures, name: str, both: Figures) -> str:
    then, now = (short(None if both[when] is None else str(both[when]), "not told") for when in ("then", "now"))
    return f"{short(video['title'])}: {plain(name.replace('_', ' '))} was {then}, is {now}"


def _corrected(changes: Figures) -> str:
    found = changes["readings"]
    corrected = found["corrected"]
    said = f"{plural(found['new'], 'new reading')}, {found['gone']:,} gone."
    if not corrected["values"]:
        return paragraph(said, "No value was corrected afterwards: each instant has the same counts in both.")
    named = {one["video_id"]: one["title"] for one in changes["videos"]}
    rows = [_reading(one, named.get(one["video_id"])) for one in corrected["listed"][:_SHOWN]]
    text = (
        f"{plural(corrected['values'], 'value')} at {plural(corrected['readings'], 'reading')} of "
        f"{plural(corrected['videos'], 'video')} {'was' if corrected['values'] == 1 else 'were'} corrected afterwards: "
        "the same video and instant have another count now."
    )
    head = ["Video", "reading of", "count", "then", "now"]
    return paragraph(said, text) + grid(head, rows, name="corrected")


def _reading(one: Figures, title: str | None) -> list[Cell]:
    instant = words(one["at"][:16].replace("T", " ") + " UTC")
    return [Cell(short(title)), instant, words(one["count"]), *(Cell(number(one[when])) for when in ("then", "now"))]


def _findings(changes: Figures) -> str:
    found = changes["findings"]
    lists: Sequence[tuple[str, list[str]]] = (
        ("New findings", [plain(one["text"]) for one in found["new"]]),
        ("Findings that are gone", [plain(one["text"]) for one in found["gone"]]),
        (
            "Findings that are others now",
            [f"{plain(one['now'])} <i>Before: {plain(one['then'])}</i>" for one in found["changed"]],
        ),
    )
    return "".join(bullets(title, texts) for title, texts in lists if texts)


def _footnotes() -> str:
    told = (one for one in DEFINITIONS if one.figure in {"difference", "alike", "corrected reading"})
    items = "".join(f"<li><b>{plain(one.figure)}</b>: {plain(one.formula)}.</li>" for one in told)
    return f'<ul class="footnotes">{items}</ul>'
