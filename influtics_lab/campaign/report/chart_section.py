"""The report's pictures, each drawn once, with what is to be seen in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from matplotlib.axes import Axes

from influtics_lab.campaign.charts import (
    plot_contributions,
    plot_costs,
    plot_progress,
    plot_rates,
    plot_standing,
)
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.formatting import (
    format_count,
    format_deadline,
    format_n_of,
    format_percent,
    format_percentile,
)
from influtics_lab.campaign.figures.plain_formatting import counted_words, money_words, period, sum_words, summed_of
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.html_tables import paragraph, picture, plain, why_empty
from influtics_lab.campaign.report.summary_lines import age_words, target_words
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural

Figures = Mapping[str, Any]


class Illustrations:
    """The pictures of a report: in the font that comes with matplotlib, and what it lacks in those of this machine.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    figures : mapping
        As `key_figures` gives them.
    """

    def __init__(self, campaign: Campaign, snapshot: Snapshot, figures: Figures) -> None:
        self.campaign, self.snapshot, self.figures = campaign, snapshot, figures
        self._drawn: dict[str, Axes] = {}

    @cached_property
    def _by(self) -> str:
        return "creator" if self.figures["by_creator"] else "platform"

    @cached_property
    def _ways(self) -> dict[str, Callable[[], Axes]]:
        figures, by = self.figures, self._by
        ways: dict[str, Callable[[], Axes]] = {
            "progress": lambda: plot_progress(self.campaign, self.snapshot),
            "contributions": lambda: plot_contributions(figures),
            "standing": lambda: plot_standing(figures),
        }
        if figures["videos"]:
            ways["creators"] = lambda: plot_contributions(figures, by=by)
            ways["rates"] = lambda: plot_rates(figures, by=by)
        money = figures["totals"]["money"]["cpm"]
        if money["value"] is not None or money["at_most"] is not None:
            ways["costs"] = lambda: plot_costs(figures, by=by)
        return ways

    def has(self, name: str) -> bool:
        """Say whether there is such a picture."""
        return name in self._ways

    def draw(self, name: str) -> Axes:
        """Give a picture."""
        if name not in self._drawn:
            self._drawn[name] = self._ways[name]()
        return self._drawn[name]

    def all(self) -> dict[str, Axes]:
        """Give every picture."""
        return {name: self.draw(name) for name in self._ways}

    def figure(self, name: str) -> str:
        """Give a picture as HTML, with what is to be seen in words; where there is nothing to draw, why."""
        drawn = self.draw(name)
        if (nothing := why_empty(drawn)) is not None:
            return paragraph(f"No picture: {nothing[:1].lower()}{nothing[1:]}")
        alt = " ".join(_ALT[name](self.figures, self._by))
        return picture(drawn, alt, plain(_CAPTIONS[name](self.figures, self._by)))


def _progress(figures: Figures, _: str) -> Iterator[str]:
    whole = figures["totals"]["counts"]["views"]["counted"]
    yield f"Views by the end of each day of {period(figures['campaign'])}."
    yield f"At the end there are {sum_words(whole)} ({summed_of(whole)})."
    for target in figures["targets"]:
        if target["measure"] == "views":
            by = format_deadline(target["date"], figures["campaign"]["time_zone"])
            yield f"Wanted: {target_words(target, figures)} by {by}."


def _of_progress(figures: Figures) -> str:
    """Return what the picture is made of, and what the hatched part is, where there is one."""
    counted = [video["counts"]["views"]["counted"] for video in figures["videos"]]
    if figures["settings"]["counted"] == "gained":
        return "What the videos gained by the end of each day, on the line between readings. The end is the answer's."
    line = "The sum of what was counted of each video by the end of each day; its end is the answer's number."
    later = [one for one in counted if one["basis"] == MAY_CONTAIN_EARLIER and one["value"] is not None]
    if not later:
        return line
    return (
        f"{line} Hatched: {plural(len(later), 'video')} first read within the period; each counts from its first "
        "reading on, with all it had by then, which may contain earlier views."
    )


def _contributions(figures: Figures, _: str) -> Iterator[str]:
    known = [video for video in figures["videos"] if video["counts"]["views"]["counted"]["value"] is not None]
    yield f"A bar for each video's views, {counted_words(figures)}; {plural(len(known), 'video')}."
    if known:
        best = max(known, key=lambda video: (video["counts"]["views"]["counted"]["value"], video["video_id"]))
        share = best["share_pct"]["views"]["value"]
        yield f"The largest has {format_count(best['counts']['views']['counted']['value'])}" + (
            "." if share is None else f", {format_percent(share)} of the sum that is known."
        )


def _creators(figures: Figures, by: str) -> Iterator[str]:
    yield f"A bar for the views of each {by}, {counted_words(figures)}:"
    for group in figures[f"by_{by}"]:
        figure = group["counts"]["views"]["counted"]
        yield f"{_name(group)} {sum_words(figure)} ({summed_of(figure)});"


def _rates(figures: Figures, by: str) -> Iterator[str]:
    estimator = figures["settings"]["engagement_rate"][0]
    yield f"The {estimator} engagement rate as last read of the campaign and of each {by}, with its interval:"
    for group in (figures["totals"], *figures[f"by_{by}"]):
        value = group["engagement_rate"]["last_read"][estimator]["value"]
        yield f"{_name(group)} {'not known' if value is None else format_percent(value)};"


def _costs(figures: Figures, by: str) -> Iterator[str]:
    yield f"A bar for what a thousand views cost, for the campaign and each {by}:"
    for group in (figures["totals"], *figures[f"by_{by}"]):
        yield f"{_name(group)} {money_words(group['money']['cpm'], group['money']['currency']) or 'not known'};"


def _name(group: Figures) -> str:
    return "the campaign" if group["kind"] == "campaign" else group["name"] or "none named"


def _standing(figures: Figures, _: str) -> Iterator[str]:
    middle = figures["comparison"]["views"]
    yield f"A row for each video: how many in a hundred of the others have fewer views {age_words(figures)}."
    if middle["value"] is not None:
        n = format_n_of(middle["n"], middle["of"])
        yield f"The middle one stands above {format_percentile(middle['value'])}; it is known of {n}."


_ALT: Final[dict[str, Callable[[Figures, str], Iterator[str]]]] = {
    "progress": _progress,
    "contributions": _contributions,
    "creators": _creators,
    "rates": _rates,
    "costs": _costs,
    "standing": _standing,
}
_CAPTIONS: Final[dict[str, Callable[[Figures, str], str]]] = {
    "progress": lambda figures, _: _of_progress(figures),
    "contributions": lambda figures, __: (
        f"Views {counted_words(figures)}, and what share they are of the sum that is known."
    ),
    "creators": lambda figures, by: f"Views {counted_words(figures)}, by {by}. “At least” marks a lower bound.",
    "rates": lambda _, by: f"Engagement rate by {by}, as last read. Ages differ: the table has the rates at equal age.",
    "costs": lambda figures, by: (
        f"Spend over views {counted_words(figures)}, by {by}. What was spent on the whole campaign is in its bar alone."
    ),
    "standing": lambda _, __: "Each video among the others at equal age; 50 is the middle.",
}
