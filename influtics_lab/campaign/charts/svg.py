"""A picture as SVG, the same bytes each time."""

from __future__ import annotations

import io
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influtics_lab.plots.canvas import figure_of, style

_SETTINGS: Final[dict[Any, Any]] = {"svg.hashsalt": "influtics-lab", "svg.fonttype": "path"}


def to_svg(drawn: Axes | Figure) -> bytes:
    """Give the picture as the bytes of an SVG file: for the same picture, the same bytes.

    That holds from run to run for one version of matplotlib and its fonts. Texts are paths, so that it looks the same
    where the fonts are not installed; neither a date nor a version stands in it.

    Parameters
    ----------
    drawn : matplotlib.axes.Axes or matplotlib.figure.Figure
        Of axes the whole figure is taken.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from influtics_lab.plots.canvas import new_axes
    >>> to_svg(new_axes()) == to_svg(new_axes())
    True
    """
    figure = drawn if isinstance(drawn, Figure) else figure_of(drawn)
    buffer = io.BytesIO()
    with style(), mpl.rc_context(_SETTINGS):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
