"""A campaign's key figures by click: what it brought, how people engaged, where its videos stand, what that cost."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import polars as pl
from matplotlib.axes import Axes

from influtics_lab.campaign import Campaign, KeyFigures, key_figures
from influtics_lab.campaign.figures.figure_types import plain_figures
from influtics_lab.errors import ConfigError
from influtics_lab.explore import controls as c
from influtics_lab.explore.campaign_pictures import Made, code, data_of, picture
from influtics_lab.explore.campaign_state import (
    MEASURES,
    NO_LIMIT,
    TABLES,
    CampaignState,
    Settings,
    filled,
    groups_of,
    settings_of,
)
from influtics_lab.explore.campaign_text import remains, summary, table
from influtics_lab.explore.explorer_base import Board
from influtics_lab.snapshot import Snapshot

_AT_AGES: Final = ("24h", "3d", "7d", "14d", "30d")
_GAPS: Final = (NO_LIMIT, "1d", "3d", "7d")
_HELD: Final = 12  # settings of which the figures are held
_NAMES: Final = {
    "engagement_rate": "engagement rate", NO_LIMIT: "any", "cpm": "CPM", "cpv": "CPV", "cpe": "CPE", "emv": "EMV",
}  # fmt: skip


class CampaignExplorer(Board[CampaignState]):
    """A widget that shows a campaign's key figures: progress, contributions, rates, standing, costs.

    What is chosen is ``explorer.state``; ``explorer.code()`` gives the lines that draw the same picture, where the
    campaign is called ``campaign`` and the snapshot ``snapshot``. What is set otherwise than in the campaign file
    (what counts, the estimator, the age of comparison, gaps) is told in the status line.

    Parameters
    ----------
    campaign : Campaign
        As ``read_campaign`` gives it.
    snapshot : Snapshot
    state : CampaignState, optional
        What to show first.
    figures : mapping, optional
        What ``key_figures`` gave of both, where it is there already.
    folder : path, optional
        Where the buttons write files; without it they give a download.

    Attributes
    ----------
    picture, measure, by, counted, when, estimator, at_age, max_gap, table : ipywidgets.Widget
        The controls; what is set there is shown.
    image, status, summary, error
        As of a ``VideoExplorer``.
    extra : ipywidgets.HTML
        The table.

    Raises
    ------
    ConfigError
        If it is given something else, or figures of another snapshot.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> explorer = CampaignExplorer(parse_campaign(new_campaign(sample)), sample)
    >>> explorer.picture.value = "costs"
    >>> explorer.state.measure
    'cpm'
    """

    def __init__(
        self,
        campaign: Campaign,
        snapshot: Snapshot,
        state: CampaignState | None = None,
        *,
        figures: KeyFigures | Mapping[str, Any] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        for given, kind in ((campaign, Campaign), (snapshot, Snapshot)):
            if not isinstance(given, kind):
                raise ConfigError(f"CampaignExplorer takes a Campaign and a Snapshot; this is {type(given).__name__}.")
        self._campaign, self._snapshot = campaign, snapshot
        self._held: dict[Settings, Made] = {}
        if figures is not None:
            self._take(plain_figures(figures))
        super().__init__(state or CampaignState(), folder=folder)

    def code(self) -> str:
        """Give the lines of Python that give the same picture of ``campaign`` and ``snapshot``."""
        return code(self._campaign, self._made.frames, self._settings, self.state)

    @property
    def data(self) -> pl.DataFrame:
        """What the picture is drawn of: the frame that ``code()`` calls ``data``."""
        return data_of(self._made, self.state)

    @property
    def figures(self) -> Mapping[str, Any]:
        """The key figures with what is chosen; those of the last dozen settings are held."""
        return self._made.figures

    @property
    def _made(self) -> Made:
        settings = self._settings
        if settings not in self._held:
            campaign = settings.applied(self._campaign)
            figures = key_figures(campaign, self._snapshot).to_dict()
            if len(self._held) >= _HELD:
                del self._held[next(iter(self._held))]
            self._held[settings] = Made(campaign, self._snapshot, figures)
        return self._held[settings]

    @property
    def _settings(self) -> Settings:
        return settings_of(self.state, self._campaign)

    def _take(self, figures: Mapping[str, Any]) -> None:
        digests = [figures["snapshot"]["content_digest"], self._snapshot.manifest["content_digest"]]
        if digests[0] != digests[1] or figures["campaign"]["name"] != self._campaign.name:
            raise ConfigError(
                f"CampaignExplorer: figures are of {figures['campaign']['name']!r} in the snapshot {digests[0][:12]}, "
                f"not of {self._campaign.name!r} in {digests[1][:12]}. Give those of both, or none."
            )
        self._held[settings_of(CampaignState(), self._campaign)] = Made(self._campaign, self._snapshot, figures)

    def _known(self, state: CampaignState) -> CampaignState:
        return filled(state, self._campaign)

    def _draw(self) -> Axes:
        return picture(self._made, self.state)

    def _said(self) -> str:
        return summary(self.figures, self.state)

    def _extra(self) -> str:
        return table(self._made.frames, self.data, self.state)

    def _remains(self) -> str:
        estimators, compare = self._settings.changes(self._campaign)
        said = {"counted": "{} counts", "max_gap": "gaps up to {}", "at_age": "at age {}"}
        changed = [
            said[name].format("any" if value is None else value)
            for name, value in (estimators | compare).items()
            if name in said
        ]
        if "engagement_rate" in estimators:
            changed.append(f"{self.state.estimator} rate")
        return remains(self.figures, changed)

    def _controls(self) -> dict[str, Any]:
        return {
            "picture": c.toggles("Picture", tuple(MEASURES)),
            "measure": c.toggles("Measure", [("views", "views")]),
            "by": c.toggles("By", ["video", "creator", "platform"]),
            "counted": c.toggles("Counted", [("automatic", "auto"), ("as last read", "read"), ("gained", "gained")]),
            "when": c.toggles("Rates", [("as last read", "last_read"), ("at equal age", "at_age")]),
            "estimator": c.toggles("Estimator", ["pooled", "mean", "median"]),
            "at_age": c.toggles("At age", _AT_AGES),
            "max_gap": c.toggles("Gaps up to", _GAPS),
            "table": c.toggles("Table", TABLES),
        }

    def _headings(self) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
        return (
            ("What is drawn", (("picture",), ("measure",), ("by",), ("when",), ("estimator",))),
            ("How figures are made", (("counted",), ("at_age",), ("max_gap",))),
            ("Below the picture", (("table",),)),
        )

    def _offer(self) -> None:
        self.state = filled(self.state, self._campaign)
        drawn = self.state.picture
        own = filled(CampaignState(), self._campaign)
        offered = {
            "measure": MEASURES[drawn],
            "by": groups_of(drawn),
            "at_age": dict.fromkeys([*_AT_AGES, own.at_age, self.state.at_age]),
            "max_gap": dict.fromkeys([*_GAPS, own.max_gap, self.state.max_gap]),
        }
        for name, values in offered.items():
            c.offer(self.controls[name], [(_NAMES.get(str(value), str(value)), value) for value in values], None)
        matters = {
            "by": drawn not in {"progress", "standing"},
            "counted": drawn not in {"rates", "standing"},
            "when": drawn == "rates",
            "estimator": drawn == "rates",
            "at_age": drawn == "standing" or (drawn == "rates" and self.state.when == "at_age"),
            "max_gap": drawn != "costs" or self.state.counted != "read",
        }
        for name, does in matters.items():
            self.controls[name].disabled = not does
