"""The report's tables of the whole campaign: totals, engagement rates, targets; creators and platforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from influtics_lab.campaign.charts.row_chart import NOBODY
from influtics_lab.campaign.figures.formatting import NBSP, describe_reason, format_count, format_deadline, format_hours
from influtics_lab.campaign.figures.plain_formatting import counted_words
from influtics_lab.campaign.report.html_tables import (
    Cell,
    count,
    footnotes,
    grid,
    missing,
    note,
    paragraph,
    plain,
    rate,
    short,
    words,
)
from influtics_lab.campaign.report.summary_lines import (
    age_words,
    pace,
    reached_words,
    target_words,
    value_words,
)
from influtics_lab.plots.font_text import clean_text, find_names_without_font
from influtics_lab.text_format import plural

Figures = Mapping[str, Any]
VERDICTS: Final = {"reached": "reached", "missed": "missed", "not yet": "not yet", "unknown": "not known"}
_COUNTS: Final = ("views", "likes", "comments", "reposts", "engagements")
FRACTIONS: Final = "What was gained is interpolated, not counted: shown rounded, sums may differ by one."
_BOUND: Final = "A sum is “at least” so much where it is not known of every video: those that are known are in it."


def totals(figures: Figures) -> str:
    """Give each count of the whole campaign as last read and gained, and its engagement rates."""
    counts = figures["totals"]["counts"]
    places = ("last_read", "gained", *(["counted"] if figures["settings"]["counted"] == "auto" else []))
    head = ["Count", f"as last read in the period{note('last_read')}", f"gained in the period{note('gained')}"]
    head += [f"counted{note('counted')}"] * (len(places) > 2)
    rows = [[Cell(_name(figures, name)), *(count(counts[name][place]) for place in places)] for name in _COUNTS]
    used = (*places, "known", *_rates(figures), "n_effective")
    return grid(head, rows, name="totals") + paragraph(_BOUND, FRACTIONS) + _rates_grid(figures) + footnotes(*used)


def _name(figures: Figures, name: str) -> str:
    parts = f"<small>{plain(' + '.join(figures['settings']['parts']))}</small>" if name == "engagements" else ""
    return name.capitalize() + parts


def _rates(figures: Figures) -> list[str]:
    return [f"{name} engagement rate" for name in figures["settings"]["engagement_rate"]]


def _rates_grid(figures: Figures) -> str:
    settings, rates = figures["settings"], figures["totals"]["engagement_rate"]
    head = ["Engagement rate", *(f"{name}{note(f'{name} engagement rate')}" for name in settings["engagement_rate"])]
    head.append(f"effective number of videos{note('n_effective')}")
    names = {"last_read": _ages(rates["last_read"]["age_hours"]), "at_age": plain(age_words(figures))}
    rows = []
    for place, name in names.items():
        found = rates[place]
        cells = [rate(found, one) for one in settings["engagement_rate"]]
        effective = found["n_effective"]
        last = missing("no_rate_known") if effective is None else Cell(f"{effective:.1f}", "as if all had equal views")
        rows.append([Cell(name), *cells, last])
    by_creator = "creators where at least five are named, else of whole videos"
    drawn = (
        f"Below a rate stands its {settings['level_pct']:g}{NBSP}% interval, from {settings['resamples']:,} draws of "
        f"whole {by_creator if settings['drawn'] == 'creators' else 'videos'}: its sampling uncertainty."
    )
    young = "Rates fall as videos get older: compare them at equal age only."
    return grid(head, rows, name="rates") + paragraph(drawn, young)


def _ages(ages: Figures) -> str:
    if not ages["n"]:
        return "as last read<small>of no video the age is known</small>"
    spread = (
        f"{format_hours(ages['youngest'])} to {format_hours(ages['oldest'])}, median {format_hours(ages['median'])}"
    )
    return f"as last read<small>at ages of {spread} ({plural(ages['n'], 'video')})</small>"


def targets(figures: Figures) -> str:
    """Give each target, where it stands, and its pace."""
    if not figures["targets"]:
        return paragraph("The campaign file sets no target, so there is nothing to be reached, and no pace to tell.")
    head = [
        "Target",
        "by",
        f"stands at{note('value of a target')}",
        "verdict",
        f"reached{note('reached_pct')}",
        f"pace{note('needed_per_day')}",
    ]
    rows = [_target(one, figures) for one in figures["targets"]]
    used = ["value of a target", "reached_pct", "days_left", "needed_per_day", "expected_by_now", "recent_per_day"]
    return grid(head, rows, name="targets") + footnotes(*used)


def _target(target: Figures, figures: Figures) -> list[Cell]:
    left = f"{target['days_left']:.1f} days left" if target["days_left"] > 0 else "date has passed"
    by = words(format_deadline(target["date"], figures["campaign"]["time_zone"]), left)
    verdict = Cell(VERDICTS[target["verdict"]], "as of its date" if target["is_past"] else "", "text verdict")
    stands = words(value_words(target, figures))
    return [words(target_words(target, figures)), by, stands, verdict, _reached(target), _pace(target)]


def _reached(target: Figures) -> Cell:
    if target["reached_pct"] is not None:
        return Cell(reached_words(target))
    if target["measure"] == "cpm":
        return words("a price has no share")
    return missing(target["value"].get("reason"))


def _pace(target: Figures) -> Cell:
    text = pace(target).strip()
    if not text:
        return words(describe_reason(target["needed_per_day"]["reason"]))
    expected = target["expected_by_now"]
    even = f"On a straight line: {format_count(expected['value'])} by now." if expected["value"] is not None else ""
    return words(f"{text} {even}".strip())


def groups(figures: Figures) -> str:
    """Give what each creator and each platform has, beside the whole campaign."""
    counted, estimator = "counted", figures["settings"]["engagement_rate"][0]
    told = [kind for kind in ("creator", "platform") if figures[f"by_{kind}"]]
    tables = "".join(_groups(figures, kind) for kind in told)
    nobody = "" if "creator" in told else paragraph("The campaign file names no creators, so none are told apart.")
    said = paragraph(f"Counts are {counted_words(figures)}; rates are {estimator}.", _BOUND)
    said += _without_font(figures)
    return nobody + (tables + said + footnotes(counted, "known", f"{estimator} engagement rate") if told else "")


def _without_font(figures: Figures) -> str:
    """Explain the labels of creators whose names the pictures' font does not draw."""
    names = [group["name"] for group in figures["by_creator"] if group["name"] is not None]
    shown = [f"{code} is {clean_text(name)}" for name, code in find_names_without_font(names).items()]
    return paragraph(f"The font of the pictures lacks characters of these names: {'; '.join(shown)}.") if shown else ""


def _groups(figures: Figures, kind: str) -> str:
    counted, estimator = "counted", figures["settings"]["engagement_rate"][0]
    head = [
        kind.capitalize(),
        "videos",
        f"views{note(counted)}",
        f"engagements{note(counted)}",
        f"engagement rate as last read{note(f'{estimator} engagement rate')}",
        f"the same {plain(age_words(figures))}",
    ]
    rows = [_group(group, kind, counted, estimator) for group in (*figures[f"by_{kind}"], figures["totals"])]
    return grid(head, rows, name="groups")


def _group(group: Figures, kind: str, counted: str, estimator: str) -> list[Cell]:
    name = "<b>the campaign</b>" if group["kind"] == "campaign" else short(group["name"], NOBODY[kind])
    if not group["videos"]:
        return [Cell(name), Cell("0"), Cell("no video of the campaign belongs to it", kind="none text", span=4)]
    counts = [count(group["counts"][one][counted], brief=True) for one in ("views", "engagements")]
    rates = (group["engagement_rate"][when] for when in ("last_read", "at_age"))
    shown = [rate(one, estimator) for one in rates]
    return [Cell(name), Cell(format_count(group["videos"])), *counts, *shown]
