"""``influtics-lab archive``: many snapshots in a folder, from cron. One line of outcome each time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from influtics_lab.archive import Archive
from influtics_lab.cli.console import say
from influtics_lab.cli.snapshot import client_arguments, make_client, platform_name
from influtics_lab.platforms import PLATFORMS
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.snapshot.export import export_frame
from influtics_lab.text_format import plural


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (_, what) in _ACTIONS.items():
        action = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        action.add_argument("archive", type=Path, metavar="ARCHIVE", help="the archive's folder")
        _ARGUMENTS[name](action)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("snapshot", type=Path, metavar="SNAPSHOT", help="a snapshot's folder")


def _refresh_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--platform", type=platform_name, choices=PLATFORMS, help="only this platform's videos")
    parser.add_argument("--status", choices=STATUSES, help="only videos of this tracking status")
    parser.add_argument("--with-status", action="store_true", help="find out each video's status, too")
    parser.add_argument("--full-every", type=float, default=7.0, metavar="DAYS", help="read everything (default 7)")
    client_arguments(parser)


def _history_arguments(parser: argparse.ArgumentParser) -> None:
    _as_of(parser)
    what = "one file, .parquet, .csv or .arrow: one row for each video and timestamp"
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=what)


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _as_of(parser)
    what = "folder for the snapshot's own folder"
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=what)


def _as_of(parser: argparse.ArgumentParser) -> None:
    what = "a date, whose end is meant, or an instant with its offset; else the last snapshot"
    parser.add_argument("--as-of", metavar="DATE", help=what)


def run(options: argparse.Namespace) -> int:
    """Do what was asked and say in a line what came of it."""
    say(_ACTIONS[options.action][0](Archive(options.archive), options))
    return 0


def _add(archive: Archive, options: argparse.Namespace) -> str:
    return f"{options.archive}: {archive.add(Snapshot.read(options.snapshot))}."


def _refresh(archive: Archive, options: argparse.Namespace) -> str:
    with make_client(options) as client:
        done = archive.refresh(
            client,
            platform=options.platform,
            status=options.status,
            with_status=options.with_status,
            full_every=options.full_every,
        )
    return f"{options.archive}: {done}."


def _history(archive: Archive, options: argparse.Namespace) -> str:
    frame = archive.history(options.as_of)
    export_frame(frame, options.out)
    return f"{options.out}: {plural(frame['video_id'].n_unique(), 'video')}, {plural(frame.height, 'reading')}."


def _export(archive: Archive, options: argparse.Namespace) -> str:
    return str(archive.snapshot(options.as_of).write(options.out))


def _status(archive: Archive, options: argparse.Namespace) -> str:
    return f"{options.archive}\n{archive.status()}"


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare none beside the archive."""


_ACTIONS: Final[dict[str, tuple[Callable[[Archive, argparse.Namespace], str], str]]] = {
    "add": (_add, "add a snapshot: what is new, what changed, what is gone"),
    "refresh": (_refresh, "read what changed since the last refresh, or everything where that cannot be known"),
    "history": (_history, "write the readings as they were on a day into one file"),
    "status": (_status, "what it holds, what verify last found, how far its refreshes can be trusted"),
    "export": (_export, "freeze what was known on a day as a snapshot; its path is the line that is printed"),
}
_ARGUMENTS: Final[dict[str, Callable[[argparse.ArgumentParser], None]]] = {
    "add": _add_arguments,
    "refresh": _refresh_arguments,
    "history": _history_arguments,
    "export": _export_arguments,
    "status": _no_arguments,
}
