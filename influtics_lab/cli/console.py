"""Print text on a terminal without control characters, and write files that a command makes anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from influtics_lab.errors import ConfigError
from influtics_lab.plain_text import escape_unprintable
from influtics_lab.storage import is_url, report_write_errors


def local_path(text: str) -> Path:
    """Return an argument as a path of this machine: a URL would become a folder of its name."""
    if is_url(text):
        raise argparse.ArgumentTypeError(f"{text} is a URL; this has to be a path of this machine")
    return Path(text)


def write_new_file(path: Path, text: str) -> None:
    """Write a text into a file that does not exist yet, and print its path; raise ConfigError if it exists."""
    with report_write_errors(f"{path} cannot be written", "Choose another place."):
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            raise ConfigError(f"{path} already exists. Choose another name: nothing is overwritten.") from None
    print(path)


def print_line(text: str, *, on_stderr: bool = False) -> None:
    """Print text, with control characters escaped: it may come from a file or server."""
    print(escape_unprintable(text, keep="\n"), file=sys.stderr if on_stderr else sys.stdout)
