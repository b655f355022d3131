"""Widgets for a notebook: what is chosen is a value, the picture is a function of it, and every click is code.

====================  ==========================================================================================
``VideoExplorer``     one or some videos through time
``PlatformExplorer``  groups of videos against each other at equal age, with intervals
``CohortExplorer``    all videos by age: bands, and single ones on top
``QualityExplorer``   when videos were read, what was rejected or flagged, what is stale
``CampaignExplorer``  a campaign's key figures: progress, contributions, rates, standing, costs
====================  ==========================================================================================

``VideoExplorer(frame)`` as the last line of a cell shows it. ``explorer.state`` is what is chosen (a ``VideoState``,
which has ``Filters`` that explorers of a frame share), ``explorer.code()`` the lines that draw the same picture, and
``explorer.export("views.svg")`` writes the picture or its data. ``one.link_to(another)`` lets them share filters.
``CampaignExplorer(campaign, snapshot)`` is over a campaign rather than a frame.
"""

from influtics_lab.explore.campaign_explorer import CampaignExplorer
from influtics_lab.explore.campaign_state import CampaignState
from influtics_lab.explore.cohort_explorer import CohortExplorer, CohortState
from influtics_lab.explore.filters import Filters
from influtics_lab.explore.platform_explorer import PlatformExplorer, PlatformState
from influtics_lab.explore.quality_explorer import QualityExplorer, QualityState
from influtics_lab.explore.video_explorer import VideoExplorer, VideoState

__all__ = [
    "CampaignExplorer",
    "CampaignState",
    "CohortExplorer",
    "CohortState",
    "Filters",
    "PlatformExplorer",
    "PlatformState",
    "QualityExplorer",
    "QualityState",
    "VideoExplorer",
    "VideoState",
]
