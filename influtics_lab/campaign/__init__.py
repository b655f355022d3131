"""A campaign as a TOML file, laid over a snapshot: which videos, what came of them, what it cost.

===================================  ================================================================
`read_campaign`, `parse_campaign`    from a file, or its text, to a `Campaign`; an error names line and key
`json_schema`                        the JSON Schema of the file, as in ``campaign.schema.json``
`new_campaign`                       the text of a file to start from, made from a snapshot
`check_campaign`                     what does not fit: ids that match no video, money without a rate, ...
`key_figures`, `KeyFigures`          every number, the same everywhere; ``to_dict()`` as ``report.json`` has them
`tables`                             the same as frames
`figure_definitions`                 what every one of them means: formula, unit, when it is null, source
`changes`, `CampaignChanges`         what changed since an earlier snapshot; ``to_dict()`` as in ``report.json``
`change_tables`                      the same as frames; `change_definitions` says what their columns mean
`settle`, `Settlement`               what creators are owed by the deals of the file, as of a day
`open_report`, `Report`              the figures as a report for the client, and its appendix with all tables
`plot_progress`                      a count of the whole campaign day by day, and its target
`plot_contributions`                 what each video, creator or platform contributed
`plot_rates`, `plot_standing`        engagement rates with intervals; each video among others at equal age
`plot_costs`, `to_svg`               what views and engagements cost; a picture as SVG
===================================  ================================================================

``help(influtics_lab.campaign.file)`` explains the client's sheet, ``[sheet]``, and its columns. Pictures and the report
load matplotlib when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from influtics_lab.campaign.changes.campaign_changes import changes
from influtics_lab.campaign.changes.change_tables import change_definitions, change_tables
from influtics_lab.campaign.changes.change_types import CampaignChanges
from influtics_lab.campaign.figures.figure_definitions import figure_definitions
from influtics_lab.campaign.figures.figure_tables import tables
from influtics_lab.campaign.figures.findings import check_campaign
from influtics_lab.campaign.figures.key_figure_types import Finding, KeyFigures
from influtics_lab.campaign.figures.key_figures import key_figures
from influtics_lab.campaign.file.json_schema import json_schema
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.parser import parse_campaign, read_campaign
from influtics_lab.campaign.file.template import new_campaign
from influtics_lab.campaign.settlement.compute_settlement import settle
from influtics_lab.campaign.settlement.statements import Settlement

if TYPE_CHECKING:
    from influtics_lab.campaign.charts import (
        plot_contributions,
        plot_costs,
        plot_progress,
        plot_rates,
        plot_standing,
        to_svg,
    )
    from influtics_lab.campaign.report.campaign_report import Report, open_report

__all__ = [
    "Campaign",
    "CampaignChanges",
    "Finding",
    "KeyFigures",
    "Report",
    "Settlement",
    "change_definitions",
    "change_tables",
    "changes",
    "check_campaign",
    "figure_definitions",
    "json_schema",
    "key_figures",
    "new_campaign",
    "open_report",
    "parse_campaign",
    "plot_contributions",
    "plot_costs",
    "plot_progress",
    "plot_rates",
    "plot_standing",
    "read_campaign",
    "settle",
    "tables",
    "to_svg",
]

_PICTURES: Final = ("plot_contributions", "plot_costs", "plot_progress", "plot_rates", "plot_standing", "to_svg")
_LATER: Final = {
    **dict.fromkeys(_PICTURES, "influtics_lab.campaign.charts"),
    **dict.fromkeys(("Report", "open_report"), "influtics_lab.campaign.report.campaign_report"),
}


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # a type checker should refuse other names

    def __getattr__(name: str) -> object:
        if name in _LATER:  # loaded when it is used: it needs matplotlib
            return getattr(importlib.import_module(_LATER[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
