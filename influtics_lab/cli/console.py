"""What the commands print."""

from __future__ import annotations

import sys

from influtics_lab.plain_text import escape_unprintable


def say(text: str, *, on_stderr: bool = False) -> None:
    """Print lines in which whatever came from a file or a server is text, never a code of the terminal."""
    print(escape_unprintable(text, keep="\n"), file=sys.stderr if on_stderr else sys.stdout)
