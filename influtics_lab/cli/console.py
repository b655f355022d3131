"""Print text on a terminal without control characters."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import is_url


def local_path(text: str) -> Path:
    """Return an argument as a path of this machine: a URL would become a folder of its name."""
    if is_url(text):
        raise argparse.ArgumentTypeError(f"{text} is a URL; this has to be a path of this machine")
    return Path(text)


def print_line(text: str, *, on_stderr: bool = False) -> None:
    """Print text, with control characters escaped: it may come from a file or server."""
    print(escape_unprintable(text, keep="\n"), file=sys.stderr if on_stderr else sys.stdout)
