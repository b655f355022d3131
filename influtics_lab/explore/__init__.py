"""Widgets for a notebook: what is chosen is a value, the picture is a function of it, and every click is code.

``VideoExplorer(frame)`` as the last line of a cell shows one or some videos through time. ``explorer.state`` is what
is chosen (a ``VideoState``), ``explorer.code()`` the lines that draw the same picture.
"""

from influtics_lab.explore.state import VideoState
from influtics_lab.explore.video import VideoExplorer

__all__ = ["VideoExplorer", "VideoState"]
