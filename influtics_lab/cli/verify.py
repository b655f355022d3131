"""``influtics-lab verify``: is a snapshot, or an archive, still what it was when it was written."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.archive import Archive, is_archive
from influtics_lab.cli.console import say
from influtics_lab.snapshot import Snapshot
from influtics_lab.text_format import plural


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=Path, metavar="PATH", help="a snapshot's folder, or an archive's")


def run(options: argparse.Namespace) -> int:
    """Check everything; an error names each thing that is wrong."""
    if is_archive(options.path):
        return _archive(options.path)
    snapshot = Snapshot.read(options.path).verify()
    manifest = snapshot.manifest
    say(
        f"{options.path} holds: {plural(manifest['videos'], 'video')}, {plural(manifest['readings'], 'reading')}, "
        f"{manifest['rejected']:,} rejected; content {manifest['content_digest']}."
    )
    return 0


def _archive(path: Path) -> int:
    listed = Archive(path).verify().snapshots()
    size = plural(listed.height, "snapshot")
    if listed.height:
        last = listed.row(-1, named=True)
        size += (
            f", the last one read until {last['read_until']:%Y-%m-%d %H:%M:%S} UTC, content {last['content_digest']}"
        )
    say(f"{path} holds: {size}.")
    return 0
