"""Wait until somebody has finished typing: the last of several calls is done, the others are not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Later:
    """Does a thing some time after it was last asked for; at once where no event loop runs (a script, a test).

    Examples
    --------
    >>> later = Later()
    >>> later.do(print, 0.1)  # no event loop runs here
    <BLANKLINE>
    """

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None
        self._thing: Callable[[], object] | None = None

    def do(self, thing: Callable[[], object], seconds: float) -> None:
        """Do it in so many seconds, unless it is asked for again before.

        Parameters
        ----------
        thing : callable
        seconds : float
        """
        self.forget()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            thing()
            return
        self._thing = thing
        self._waiting = loop.call_later(seconds, self.now)

    def now(self) -> None:
        """Do what waits, if anything does."""
        thing = self._thing
        self.forget()
        if thing is not None:
            thing()

    def forget(self) -> None:
        """Do not do what waits."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._thing = None
