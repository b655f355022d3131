"""``influtics-lab watch``: check the conditions of a file once, after each refresh, and send what changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.archive import Archive
from influtics_lab.cli.console import local_path, print_line, write_new_file
from influtics_lab.errors import ArchiveError, ConfigError, StorageError
from influtics_lab.text_format import plural
from influtics_lab.watch.dry_run import preview_watch
from influtics_lab.watch.run_watch import WatchResult, run_watch
from influtics_lab.watch.watch_file import Watch, read_watch
from influtics_lab.watch.watch_template import WATCH_TEMPLATE

_FAILED, _FIRED = 5, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a TOML file of conditions")
    parser.add_argument("--archive", metavar="ARCHIVE", help="the archive to check")
    text = "the file that records open events; default: FILE with the suffix .state.json"
    parser.add_argument("--state", type=local_path, metavar="STATE", help=text)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--init", action="store_true", help="write a commented FILE, which must not exist yet")
    text = "show what would be sent now, and when each condition began last; send and write nothing"
    modes.add_argument("--dry-run", action="store_true", help=text)


def run_command(options: argparse.Namespace) -> int:
    """Check once; return 1 if anything began or ended, and 5 if a place did not accept its events."""
    if options.init:
        write_new_file(options.file, WATCH_TEMPLATE)
        return 0
    if options.archive is None:
        raise ConfigError("--archive is not given. Name the archive to check.")
    watch, archive = read_watch(options.file), Archive(options.archive)
    state = options.state or options.file.with_suffix(".state.json")
    try:
        return _run(watch, archive, state, options)
    except ArchiveError as error:  # whose exit code would mean events here
        raise StorageError(str(error)) from None


def _run(watch: Watch, archive: Archive, state: Path, options: argparse.Namespace) -> int:
    if options.dry_run:
        for line in preview_watch(watch, archive, state, folder=options.file.parent):
            print_line(line)
        return 0
    result = run_watch(watch, archive, state, folder=options.file.parent)
    for text in (*result.notes, *result.failures):
        print_line(f"influtics-lab watch: {text}", on_stderr=True)
    print_line(f"{options.file}: {_describe_result(result)}.", on_stderr=True)
    return _FAILED if result.failures else _FIRED if result.events else 0


def _describe_result(result: WatchResult) -> str:
    parts = [plural(len(result.events), "event")]
    if result.silenced:
        parts.append(f"{result.silenced:,} silenced")
    if result.waiting:
        parts.append(f"{result.waiting:,} not sent yet")
    return ", ".join(parts)
