"""Figures that show themselves in a notebook, without pyplot and without touching anybody's settings."""

from __future__ import annotations

import base64
import html
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from influtics_lab.errors import ConfigError
from influtics_lab.plots.validation import check_at_least_one

INK: Final = "#1f2328"
MUTED: Final = "#5f6670"
GRID: Final = "#e3e6ea"
SIZE: Final = (9.0, 5.0)
DPI: Final = 100
NAMES_FROM: Final = 0.735  # of the width: the right edge of axes that leave room for names
_RC: Final[dict[str, Any]] = {
    "figure.facecolor": "white",  # opaque: right in a dark notebook too
    "axes.facecolor": "white",
    "axes.edgecolor": "#9aa1aa",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,
    "text.hinting": "none",  # letters as designed, evenly apart; saves a tenth of a redraw
    "axes.formatter.use_mathtext": False,
    "figure.dpi": DPI,
    "svg.hashsalt": "influtics-lab",  # the same bytes again
    "svg.fonttype": "path",
}
_one_at_a_time: Final = threading.Lock()


class _Styled(threading.local):
    """Whether this thread draws in the style already: setting it costs a millisecond, and a picture needs it thrice."""

    is_active = False


_styled: Final = _Styled()


class Picture(Figure):
    """A matplotlib figure that a notebook shows when it is the last line of a cell."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # inside style(), as all that make one are
        self.descriptions: list[str] = []  # titles and what they add, for those who cannot see the picture
        self.beyond = ""  # what is beyond the axes
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        return to_png(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Return the picture with alternative text, which notebooks prefer, and alone."""
        data = base64.b64encode(to_png(self)).decode()
        alt = html.escape("; ".join(dict.fromkeys(self.descriptions)) or "picture")
        image = f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{data}">'
        return {"text/html": image, "image/png": data}


class PictureAxes(Axes):
    """Axes that a notebook shows, with the whole figure, when they are the last line of a cell."""

    written_title: Annotation | None = None

    def set_title(self, label: str, fontdict: Any = None, loc: Any = "left", pad: Any = None, **kwargs: Any) -> Text:
        """Set a title as matplotlib does, in place of the one that a plot of this package wrote."""
        if self.written_title is not None:
            self.written_title.set_visible(False)
            pad = self.written_title.xyann[1] if pad is None else pad
        return super().set_title(label, fontdict, loc, pad, **kwargs)

    def _repr_png_(self) -> bytes:
        return to_png(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        figure = figure_of(self)
        return figure._repr_mimebundle_() if isinstance(figure, Picture) else {}  # its own class


def describe_picture(ax: Axes, *texts: str) -> None:
    """Add to the alternative text of a picture of this package."""
    figure = figure_of(ax)
    if isinstance(figure, Picture):
        figure.descriptions.append(": ".join(filter(None, texts)))


def note_beyond(ax: Axes, beyond: str) -> None:
    """Keep what lies beyond the axes of a picture of this package, for the status line of an explorer."""
    figure = figure_of(ax)
    if isinstance(figure, Picture):
        figure.beyond = beyond


def read_beyond(ax: Axes) -> str:
    """Return what lies beyond the axes of a picture, as `note_beyond` kept it."""
    return getattr(figure_of(ax), "beyond", "")


@contextmanager
def style() -> Iterator[None]:
    """Draw inside this context in the style of this package, whatever the user's own settings are.

    They are as they were afterwards. One thread at a time, for they belong to the whole process. Inside itself it
    changes nothing.

    Yields
    ------
    None

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["axes.spines.top"]
    >>> with style():
    ...     matplotlib.rcParams["axes.spines.top"]
    False
    >>> matplotlib.rcParams["axes.spines.top"] == before
    True
    """
    if _styled.is_active:
        yield
        return
    with _one_at_a_time, matplotlib.style.context(["default", _RC]):
        _styled.is_active = True
        try:
            yield
        finally:
            _styled.is_active = False


@style()
def new_axes(*, left: float = 0.085, right: float = 0.975, bottom: float = 0.115, height: float = SIZE[1]) -> Axes:
    """Return empty axes on a figure of their own, 900 by 500 pixels unless another height is asked for.

    Parameters
    ----------
    left, right : float
        Where the axes begin and end, as fractions of the width.
    bottom : float
        Where they begin, as a fraction of 5 inches.
    height : float
        Inches of the figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    figure = Picture(figsize=(SIZE[0], height), dpi=DPI)
    share = SIZE[1] / height
    figure.subplots_adjust(left=left, right=right, top=1 - 0.16 * share, bottom=bottom * share)
    return figure.add_subplot(axes_class=PictureAxes)


@style()
def panels(number: int, *, height: float = 3.9) -> list[Axes]:
    """Return empty axes one above the other on one figure, with room for names at their right.

    Parameters
    ----------
    number : int
        How many.
    height : float, default 3.9
        The height of each in inches; there are 100 pixels to one. All are 9 inches wide.

    Returns
    -------
    list of matplotlib.axes.Axes
        The uppermost first. A notebook shows the whole figure when one of them is the last line of a cell.

    Raises
    ------
    ConfigError
        If the number is below 1.

    Examples
    --------
    >>> upper, lower = panels(2)
    >>> upper.figure is lower.figure
    True
    """
    check_at_least_one("panels", "number", number)
    figure = Picture(figsize=(SIZE[0], height * number), dpi=DPI)
    whole = height * number
    figure.subplots_adjust(
        left=0.085, right=NAMES_FROM, top=1 - 0.75 / whole, bottom=0.6 / whole,
        hspace=1.35 / (height - 1.35),
    )  # fmt: skip
    return [figure.add_subplot(number, 1, place + 1, axes_class=PictureAxes) for place in range(number)]


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure of axes.

    Raises
    ------
    ConfigError
        If they were removed from it.
    """
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise ConfigError("These axes belong to no figure: they were removed from it. Draw on others.")
    return figure


def to_png(drawn: Axes | Figure, *, dpi: float | None = None) -> bytes:
    """Return the picture as the bytes of a PNG file: for the same picture, the same bytes.

    That holds from run to run for one version of matplotlib and its fonts. It holds neither a date nor a version.

    Parameters
    ----------
    drawn : matplotlib.axes.Axes or matplotlib.figure.Figure
        What a plot function returned; of axes the whole figure is drawn.
    dpi : float, optional
        Pixels to the inch, else the figure's own.

    Returns
    -------
    bytes

    Raises
    ------
    ConfigError
        If the axes were removed from their figure.

    Examples
    --------
    >>> to_png(new_axes())[1:4]
    b'PNG'
    """
    return _save(drawn, "png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1})


def to_svg(drawn: Axes | Figure) -> bytes:
    """Return the picture as the bytes of an SVG file: for the same picture, the same bytes.

    That holds from run to run for one version of matplotlib and its fonts. Texts are paths, so the picture looks the
    same where the fonts are not installed; the file contains neither a date nor a version.

    Parameters
    ----------
    drawn : matplotlib.axes.Axes or matplotlib.figure.Figure
        What a plot function returned; of axes the whole figure is written.

    Returns
    -------
    bytes

    Examples
    --------
    >>> to_svg(new_axes()) == to_svg(new_axes())
    True
    """
    return _save(drawn, "svg", metadata={"Date": None, "Creator": None})


def to_pdf(drawn: Axes | Figure) -> bytes:
    """Return the picture as the bytes of a PDF file, under the same rules as `to_svg`.

    Examples
    --------
    >>> to_pdf(new_axes())[:5]
    b'%PDF-'
    """
    return _save(drawn, "pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})


def _save(drawn: Axes | Figure, kind: str, *, dpi: float | None = None, **options: Any) -> bytes:
    figure = drawn if isinstance(drawn, Figure) else figure_of(drawn)
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, dpi=dpi or figure.dpi, **options)
    return buffer.getvalue()
