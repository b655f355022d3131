"""``influtics-lab archive``: keep many snapshots in one folder, for use from cron. Most calls print one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any, Final

from influtics_lab.archive import Archive
from influtics_lab.cli.console import local_path, print_line
from influtics_lab.cli.snapshot import add_client_arguments, create_client, platform_name
from influtics_lab.platforms import PLATFORMS
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.snapshot.export import export_frame
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (_, add_own_arguments, what) in _ACTIONS.items():
        action = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        action.add_argument("archive", type=to_location, metavar="ARCHIVE", help="the archive's folder or URL")
        add_own_arguments(action)


def _add_add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("snapshot", type=to_location, metavar="SNAPSHOT", help="a snapshot's folder or URL")


def _add_refresh_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--platform", type=platform_name, choices=PLATFORMS, help="only this platform's videos")
    parser.add_argument("--status", choices=STATUSES, help="only videos of this tracking status")
    parser.add_argument("--with-status", action="store_true", help="also find out each video's status")
    what = "read everything if the last full read is older (default 7)"
    parser.add_argument("--full-every", type=float, default=7.0, metavar="DAYS", help=what)
    add_client_arguments(parser)


def _add_history_arguments(parser: argparse.ArgumentParser) -> None:
    _add_as_of(parser)
    what = "a .parquet, .csv or .arrow file, with one row for each video and timestamp"
    parser.add_argument("--out", type=local_path, required=True, metavar="FILE", help=what)


def _add_export_arguments(parser: argparse.ArgumentParser) -> None:
    _add_as_of(parser)
    what = "folder or URL in which the snapshot gets a folder"
    parser.add_argument("--out", type=to_location, required=True, metavar="DIR", help=what)


def _add_as_of(parser: argparse.ArgumentParser) -> None:
    what = "a date (its end counts), or an instant with its offset; default: the last snapshot"
    parser.add_argument("--as-of", metavar="DATE", help=what)


def run_command(options: argparse.Namespace) -> int:
    """Run the action and print its result."""
    print_line(_ACTIONS[options.action][0](Archive(options.archive), options))
    return 0


def _run_add(archive: Archive, options: argparse.Namespace) -> str:
    return f"{options.archive}: {archive.add(Snapshot.read(options.snapshot))}."


def _run_refresh(archive: Archive, options: argparse.Namespace) -> str:
    with create_client(options) as client:
        refreshed = archive.refresh(
            client,
            platform=options.platform,
            status=options.status,
            with_status=options.with_status,
            full_every=options.full_every,
        )
    return f"{options.archive}: {refreshed}."


def _run_history(archive: Archive, options: argparse.Namespace) -> str:
    frame = archive.history(options.as_of)
    export_frame(frame, options.out)
    videos = frame["video_id"].n_unique()
    unread = archive.videos(options.as_of).height - videos
    rest = f"; {plural(unread, 'more video')} without readings" if unread else ""
    return f"{options.out}: {plural(videos, 'video')}, {plural(frame.height, 'reading')}{rest}."


def _run_export(archive: Archive, options: argparse.Namespace) -> str:
    return str(archive.snapshot(options.as_of).write(options.out))


def _run_publish(archive: Archive, options: argparse.Namespace) -> str:
    number = archive.publish()
    return f"{options.archive}: {plural(number, 'snapshot')} in the Delta tables stats, videos, rejected and snapshots."


def _run_status(archive: Archive, options: argparse.Namespace) -> str:
    return f"{options.archive}\n{archive.status()}"


def _run_log(archive: Archive, options: argparse.Namespace) -> str:  # noqa: ARG001  # as the others
    """Return a line for each snapshot, newest first: the log itself is packed."""
    return "\n".join(map(_describe_snapshot, archive.snapshots().reverse().iter_rows(named=True))) or "no snapshots"


def _describe_snapshot(row: Mapping[str, Any]) -> str:
    query = " ".join(filter(None, (row["status"], row["platform"]))) or "everything"
    numbers = {what: row[f"readings_{what}"] for what in ("new", "changed", "removed")}
    changes = ", ".join(f"{number:,} {what}" for what, number in numbers.items() if number) or "none changed"
    removed = f"; {plural(row['videos_removed'], 'video')} removed" if row["videos_removed"] else ""
    size = f"{plural(row['videos'], 'video')}, {plural(row['readings'], 'reading')} ({changes}){removed}"
    return f"{row['number']}: {row['read_until']:%Y-%m-%d %H:%M:%S} UTC, {query}: {size}"


def _add_no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments: the archive's folder is enough."""


_Run = Callable[[Archive, argparse.Namespace], str]
_AddArguments = Callable[[argparse.ArgumentParser], None]
_ACTIONS: Final[dict[str, tuple[_Run, _AddArguments, str]]] = {
    "add": (_run_add, _add_add_arguments, "add a snapshot: its new, changed and removed rows"),
    "refresh": (
        _run_refresh,
        _add_refresh_arguments,
        "read what changed since the last refresh, or everything if that cannot be determined",
    ),
    "history": (_run_history, _add_history_arguments, "write the readings as of a day to one file"),
    "status": (_run_status, _add_no_arguments, "show size, last verification, and how reliable refreshes were"),
    "log": (_run_log, _add_no_arguments, "list the snapshots, newest first, and how many readings each changed"),
    "publish": (_run_publish, _add_no_arguments, "write Delta tables for other engines, now and after each add"),
    "export": (_run_export, _add_export_arguments, "write the state as of a day as a snapshot, and print its path"),
}
