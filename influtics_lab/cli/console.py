"""Print text on a terminal without control characters."""

from __future__ import annotations

import sys

from influtics_lab.plain_text import escape_unprintable


def print_line(text: str, *, on_stderr: bool = False) -> None:
    """Print text, with control characters escaped: it may come from a file or server."""
    print(escape_unprintable(text, keep="\n"), file=sys.stderr if on_stderr else sys.stdout)
