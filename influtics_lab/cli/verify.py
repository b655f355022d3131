"""``influtics-lab verify``: is a snapshot still what its manifest says."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.snapshot import Snapshot


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=Path, metavar="PATH", help="a snapshot's folder")


def run(options: argparse.Namespace) -> int:
    """Check everything; an error names each thing that is wrong."""
    snapshot = Snapshot.read(options.path).verify()
    manifest = snapshot.manifest
    print(
        f"{options.path} holds: {manifest['videos']:,} videos, {manifest['readings']:,} readings, "
        f"{manifest['rejected']:,} rejected; content {manifest['content_digest']}."
    )
    return 0
