"""Pictures: one function each, from a frame to matplotlib axes. They draw; ``influtics_lab.metrics`` computes.

``plot_counts``, ``plot_velocity`` and ``plot_engagement`` take the one frame, with the columns that the metrics add,
and give axes. As the last line of a notebook's cell they show themselves; ``to_png`` gives the same picture as bytes,
and ``panels`` gives empty ones to draw on, one above the other. Inside ``bundled_font()`` a picture is the same on
every machine.
"""

from influtics_lab.plots.canvas import panels, to_png
from influtics_lab.plots.counts import plot_counts
from influtics_lab.plots.engagement import plot_engagement
from influtics_lab.plots.text import bundled_font
from influtics_lab.plots.velocity import plot_velocity

__all__ = ["bundled_font", "panels", "plot_counts", "plot_engagement", "plot_velocity", "to_png"]
