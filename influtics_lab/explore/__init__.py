"""Widgets for a notebook: a state, a picture that is a function of it, and every click as code.

====================  =================================================================================
``VideoExplorer``     one or some videos through time
``PlatformExplorer``  groups of videos compared at equal age, with intervals
``CohortExplorer``    all videos by age: bands, and single videos on top
``QualityExplorer``   when videos were read, what was rejected or flagged, what is stale
``CampaignExplorer``  a campaign's key figures: progress, contributions, rates, ranks, costs
``Dashboard``         all of a snapshot on one page: filter bar, tiles, a table, and one video through time
====================  =================================================================================

``VideoExplorer(frame)`` as the last line of a cell shows it. ``explorer.state`` is what is chosen (a ``VideoState``,
with ``Filters`` that explorers of a frame share); setting it redraws. ``explorer.code()`` returns the lines that draw
the same picture, and ``explorer.export("views.svg")`` writes the picture or its data. After
``explorer.link_to(other)`` the two share their filters. ``CampaignExplorer(campaign, snapshot)`` shows a campaign.

Every explorer is the widget of ``explorer.py`` with a ``View``: declared controls (``controls.py``) and functions that
select, draw, describe and write code. A new explorer is a state, a view, and a class that joins them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from influtics_lab.explore.campaign_explorer import CampaignExplorer
    from influtics_lab.explore.campaign_state import CampaignState
    from influtics_lab.explore.cohort_explorer import CohortExplorer, CohortState
    from influtics_lab.explore.dashboard_widget import Dashboard
    from influtics_lab.explore.filters import Filters
    from influtics_lab.explore.platform_explorer import PlatformExplorer, PlatformState
    from influtics_lab.explore.quality_explorer import QualityExplorer, QualityState
    from influtics_lab.explore.video_explorer import VideoExplorer, VideoState

__all__ = [
    "CampaignExplorer",
    "CampaignState",
    "CohortExplorer",
    "CohortState",
    "Dashboard",
    "Filters",
    "PlatformExplorer",
    "PlatformState",
    "QualityExplorer",
    "QualityState",
    "VideoExplorer",
    "VideoState",
]

_MODULES: Final = {  # imported when they are first used: a dashboard needs no campaign
    "CampaignExplorer": "campaign_explorer",
    "CampaignState": "campaign_state",
    "CohortExplorer": "cohort_explorer",
    "CohortState": "cohort_explorer",
    "Dashboard": "dashboard_widget",
    "Filters": "filters",
    "PlatformExplorer": "platform_explorer",
    "PlatformState": "platform_explorer",
    "QualityExplorer": "quality_explorer",
    "QualityState": "quality_explorer",
    "VideoExplorer": "video_explorer",
    "VideoState": "video_explorer",
}


if not TYPE_CHECKING:  # a type checker should refuse other names

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
