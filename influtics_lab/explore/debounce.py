"""Wait until somebody has finished typing: of several actions in a row only the last one runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

CLICK_DELAY_S: Final = 0.02
"""How long a picture waits for the next click."""

TYPING_DELAY_S: Final = 0.3
"""How long a picture waits for the next keystroke."""


class Debounce:
    """Runs an action some time after it was last asked for; at once where no event loop runs (a script, a test).

    Examples
    --------
    >>> debounce = Debounce()
    >>> debounce.run_later(print, 0.1)  # no event loop runs here
    <BLANKLINE>
    """

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._action: Callable[[], object] | None = None

    def run_later(self, action: Callable[[], object], seconds: float) -> None:
        """Run the action in so many seconds, unless it is replaced or cancelled before.

        Parameters
        ----------
        action : callable
        seconds : float
        """
        self.cancel()
        self._action = action
        with suppress(RuntimeError):  # no event loop runs
            self._timer = asyncio.get_running_loop().call_later(seconds, self.run_now)
        if self._timer is None:
            self.run_now()

    def run_now(self) -> None:
        """Run the action that waits, if there is one."""
        action = self._action
        self.cancel()
        if action is not None:
            action()

    def cancel(self) -> None:
        """Forget the action that waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._action = None
