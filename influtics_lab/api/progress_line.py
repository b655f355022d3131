"""The progress bar of a read: one line on a terminal or in a notebook, nothing in a log."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any, Self

from tqdm.auto import tqdm

from influtics_lab.text_format import plural


class Progress:
    """A progress bar over the pages of a read, with the numbers of videos, readings and retries so far.

    Parameters
    ----------
    what : str
        The label of the bar.
    show : bool, optional
        Default: only if standard error is a terminal, or in a notebook.
    """

    def __init__(self, what: str, show: bool | None = None) -> None:
        visible = _has_viewer() if show is None else show
        self._bar: Any = tqdm(desc=what, unit=" pages", disable=not visible, leave=True)
        self._lock = threading.Lock()
        self._videos = self._readings = 0

    def add_page(self, videos: int, readings: int, expected_pages: int, retries: int) -> None:
        """Count one more page."""
        with self._lock:
            self._videos += videos
            self._readings += readings
            self._set_total(max(expected_pages, self._bar.n + 1))
            text = f"{plural(self._videos, 'video')}, {plural(self._readings, 'reading')}"
            self._bar.set_postfix_str(f"{text}, {retries} retries" if retries else text, refresh=False)
            self._bar.update()

    def _set_total(self, pages: int) -> None:
        self._bar.total = pages
        if box := getattr(self._bar, "container", None):  # in a notebook, tqdm draws no total that it learns later
            bar = box.children[1]
            bar.max, bar.layout.width = pages, None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self._set_total(self._bar.n)  # the number of pages was an estimate: the bar ends full
            self._bar.refresh()
        self._bar.close()


def _has_viewer() -> bool:
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
