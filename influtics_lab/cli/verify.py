"""``influtics-lab verify``: check whether a snapshot or archive is still as it was written."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.archive import Archive, is_archive
from influtics_lab.cli.console import print_line
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=to_location, metavar="PATH", help="the folder or URL of a snapshot or an archive")


def run_command(options: argparse.Namespace) -> int:
    """Check everything; an error lists every failure."""
    if is_archive(options.path):
        return _verify_archive(options.path)
    snapshot = Snapshot.read(options.path).verify()
    manifest = snapshot.manifest
    print_line(
        f"{options.path} holds: {plural(manifest['videos'], 'video')}, {plural(manifest['readings'], 'reading')}, "
        f"{manifest['rejected']:,} rejected; content {manifest['content_digest']}."
    )
    return 0


def _verify_archive(path: Path | str) -> int:
    listed = Archive(path).verify().snapshots()
    size = plural(listed.height, "snapshot")
    if listed.height:
        last = listed.row(-1, named=True)
        size += (
            f", the last one read until {last['read_until']:%Y-%m-%d %H:%M:%S} UTC, content {last['content_digest']}"
        )
    print_line(f"{path} holds: {size}.")
    return 0
