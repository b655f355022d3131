"""The report's pictures, each drawn once."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cached_property

from matplotlib.axes import Axes

from influtics_lab.campaign.charts import (
    plot_contributions,
    plot_costs,
    plot_progress,
    plot_rates,
    plot_standing,
    to_svg,
)
from influtics_lab.campaign.figures.count_figures import MAY_CONTAIN_EARLIER
from influtics_lab.campaign.figures.key_figure_types import KeyFigures
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.template_rendering import render
from influtics_lab.language import Language, find_language
from influtics_lab.markup import Html
from influtics_lab.snapshot import Snapshot


class ReportCharts:
    """The pictures of a report: in the font that comes with matplotlib, and what it lacks in those of this machine.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    figures : KeyFigures
    """

    def __init__(self, campaign: Campaign, snapshot: Snapshot, figures: KeyFigures) -> None:
        self.campaign, self.snapshot, self.figures = campaign, snapshot, figures
        self._drawn: dict[tuple[str, Language], Axes] = {}
        self._group_kind = "creator" if figures.by_creator else "platform"

    @cached_property
    def _plots(self) -> dict[str, Callable[[], Axes]]:
        figures, by = self.figures, self._group_kind
        plots: dict[str, Callable[[], Axes]] = {
            "progress": lambda: plot_progress(self.campaign, self.snapshot),
            "contributions": lambda: plot_contributions(figures),
            "standing": lambda: plot_standing(figures),
        }
        if figures.videos:
            plots["creators"] = lambda: plot_contributions(figures, by=by)
            plots["rates"] = lambda: plot_rates(figures, by=by)
        if figures.totals.money.cpm.shown is not None:
            plots["costs"] = lambda: plot_costs(figures, by=by)
        return plots

    def draw(self, name: str) -> Axes:
        """Return a picture, drawn once in each language."""
        key = (name, find_language())
        if key not in self._drawn:
            self._drawn[key] = self._plots[name]()
        return self._drawn[key]

    def draw_all(self) -> dict[str, Axes]:
        """Return every picture."""
        return {name: self.draw(name) for name in self._plots}

    def show(self, name: str) -> Html:
        """Return a picture as HTML, with its content in words; why it is empty; or nothing without such a picture."""
        if name not in self._plots:
            return Html("")
        drawn = self.draw(name)
        if not drawn.axison:  # nothing to draw: a text in its place has the reason
            nothing = drawn.texts[-1].get_text()
            return render("empty_chart", reason=nothing[:1].lower() + nothing[1:])
        counted = [video for video in self.figures.videos if video.counts.views.counted.value is not None]
        return render(
            "report_chart",
            name=name,
            figures=self.figures,
            by=self._group_kind,
            groups=self.figures.groups(self._group_kind),
            largest=max(counted, key=lambda video: (video.counts.views.counted.value, video.video_id), default=None),
            counted=len(counted),
            is_hatched=any(drawn_area.get_hatch() for drawn_area in drawn.collections),
            earlier=sum(video.counts.views.counted.basis == MAY_CONTAIN_EARLIER for video in counted),
            source=Html(f"data:image/svg+xml;base64,{base64.b64encode(to_svg(drawn)).decode()}"),
        )
