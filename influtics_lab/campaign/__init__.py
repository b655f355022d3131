"""A campaign as a TOML file, laid over a snapshot: which videos, what came of them, what it cost.

===================================  ================================================================
`read_campaign`, `parse_campaign`    from a file, or its text, to a `Campaign`; an error names line and key
`json_schema`                        the JSON Schema of the file, as in ``campaign.schema.json``
`new_campaign`                       the text of a file to start from, made from a snapshot
`check_campaign`                     what does not fit: ids that match no video, money without a rate, ...
`key_figures`                        every number, as one plain dict that is the same everywhere
`tables`                             the same as frames
`figure_definitions`                 what every one of them means: formula, unit, when it is null, source
===================================  ================================================================
"""

from __future__ import annotations

from influtics_lab.campaign.definitions import figure_definitions
from influtics_lab.campaign.figures import key_figures
from influtics_lab.campaign.findings import Finding, check_campaign
from influtics_lab.campaign.json_schema import json_schema
from influtics_lab.campaign.model import Campaign
from influtics_lab.campaign.reading import parse_campaign, read_campaign
from influtics_lab.campaign.tables import tables
from influtics_lab.campaign.template import new_campaign

__all__ = [
    "Campaign",
    "Finding",
    "check_campaign",
    "figure_definitions",
    "json_schema",
    "key_figures",
    "new_campaign",
    "parse_campaign",
    "read_campaign",
    "tables",
]
