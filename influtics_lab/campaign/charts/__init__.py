"""Pictures of a campaign, in the style of ``influtics_lab.plots``: they draw key figures and compute nothing.

======================  ====================================================================
`plot_progress`         a count of the whole campaign, day by day, and its target
`plot_contributions`    what each video, creator or platform contributed
`plot_rates`            engagement rates of creators or platforms, with intervals
`plot_standing`         the rank of each video among others at equal age
`plot_costs`            what views and engagements cost
`to_svg`                a picture as SVG: the same bytes from the same figures
======================  ====================================================================
"""

from __future__ import annotations

from influtics_lab.campaign.charts.contribution_chart import plot_contributions
from influtics_lab.campaign.charts.cost_chart import plot_costs
from influtics_lab.campaign.charts.equal_age_chart import plot_standing
from influtics_lab.campaign.charts.progress_chart import plot_progress
from influtics_lab.campaign.charts.rate_chart import plot_rates
from influtics_lab.plots.canvas import to_svg

__all__ = ["plot_contributions", "plot_costs", "plot_progress", "plot_rates", "plot_standing", "to_svg"]
