"""Pictures: one function each, from a frame to matplotlib axes. They draw; ``influtics_lab.metrics`` computes.

========================  ====================================================================================
``plot_counts``           a count of each video over time or age; of very many, a raster or bands
``plot_velocity``         how fast a count grew, as steps
``plot_engagement``       the engagement rate over time or age
``plot_cohorts``          where all videos lie at each age, with single videos on top
``plot_comparison``       groups beside each other, with intervals: of ``lab.compare``
``plot_forecast``         videos and the limits of their views at an age: of ``lab.forecast``
``plot_backtest``         how often forecasts were right: of ``lab.backtest``
``plot_ranking``          the largest videos
``plot_posting_times``    weekday by hour of publication
``plot_readings``         when each video was read, what was rejected and flagged
``plot_er_audit``         the reported engagement rate against the recomputed: of ``lab.audit_er``
``plot_small_multiples``  a panel for each video or group
========================  ====================================================================================

Each returns axes. As the last line of a notebook's cell they show themselves; ``to_png`` returns the picture as
bytes, and ``panels`` returns empty ones to draw on, one above the other. Inside ``bundled_font()`` a picture is the
same on every machine, and inside ``style()`` whatever else is drawn looks like these.

Of very many videos, ``curves`` prepares once what pictures of all of them need, and ``age_bands`` returns it as a
frame.
"""

from influtics_lab.plots.audit import plot_er_audit
from influtics_lab.plots.backtest import plot_backtest
from influtics_lab.plots.band_quantiles import Curves, age_bands, curves
from influtics_lab.plots.canvas import panels, style, to_png
from influtics_lab.plots.cohorts import plot_cohorts
from influtics_lab.plots.comparison import plot_comparison
from influtics_lab.plots.count_lines import plot_counts
from influtics_lab.plots.engagement import plot_engagement
from influtics_lab.plots.font_text import bundled_font
from influtics_lab.plots.forecast import plot_forecast
from influtics_lab.plots.posting_times import plot_posting_times
from influtics_lab.plots.ranking import plot_ranking
from influtics_lab.plots.reading_heatmap import plot_readings
from influtics_lab.plots.small_multiples import plot_small_multiples
from influtics_lab.plots.velocity import plot_velocity

__all__ = [
    "Curves",
    "age_bands",
    "bundled_font",
    "curves",
    "panels",
    "plot_backtest",
    "plot_cohorts",
    "plot_comparison",
    "plot_counts",
    "plot_engagement",
    "plot_er_audit",
    "plot_forecast",
    "plot_posting_times",
    "plot_ranking",
    "plot_readings",
    "plot_small_multiples",
    "plot_velocity",
    "style",
    "to_png",
]


def __dir__() -> list[str]:
    return sorted(__all__)
