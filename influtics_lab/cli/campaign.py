"""``influtics-lab campaign``: write a new campaign file, or check one."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from influtics_lab.archive import open_snapshot
from influtics_lab.campaign import check_campaign, new_campaign, read_campaign
from influtics_lab.cli.console import local_path, print_line, write_new_file
from influtics_lab.errors import ConfigError
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser("init", help="write a commented campaign file for a client's sheet or a snapshot")
    init.add_argument("--snapshot", type=to_location, metavar="PATH", help="the folder of a snapshot or an archive")
    init.add_argument(
        "--sheet", type=Path, metavar="SHEET", help="the client's sheet, CSV or XLSX, in the folder of FILE"
    )
    init.add_argument(
        "--out", type=local_path, required=True, metavar="FILE", help="a TOML file that does not exist yet"
    )
    check = actions.add_parser("check", help="check whether a campaign file is valid and its videos exist")
    check.add_argument("file", type=Path, metavar="FILE", help="a campaign file")
    check.add_argument("--snapshot", type=to_location, metavar="PATH", help="also look for its videos in this snapshot")
    text = "fetch the pictures of the best and weakest posts into thumbnails/ beside the file, for its reports"
    thumbnails = actions.add_parser("thumbnails", help=text)
    thumbnails.add_argument("file", type=Path, metavar="FILE", help="a campaign file")
    thumbnails.add_argument(
        "--snapshot", type=to_location, required=True, metavar="PATH", help="a snapshot or an archive"
    )


def run_command(options: argparse.Namespace) -> int:
    """Run the action; return 1 if a check finds problems."""
    if options.action == "init":
        return _run_init(options.snapshot, options.sheet, options.out)
    if options.action == "thumbnails":
        thumbnails = importlib.import_module("influtics_lab.campaign.report.thumbnails")  # it loads matplotlib
        for line in thumbnails.fetch_thumbnails(options.file, open_snapshot(options.snapshot)):
            print_line(line)
        return 0
    return _run_check(options.file, options.snapshot)


def _run_init(place: Path | str | None, sheet: Path | None, out: Path) -> int:
    if place is None and sheet is None:
        raise ConfigError("Pass --sheet SHEET, --snapshot PATH, or both.")
    if sheet is not None and sheet.resolve().parent != out.resolve().parent:
        raise ConfigError(f"{sheet} is not in the folder of {out}. Put both into one folder.")
    write_new_file(out, new_campaign(None if place is None else open_snapshot(place), sheet))
    return 0


def _run_check(file: Path, snapshot: Path | str | None) -> int:
    campaign = read_campaign(file)
    findings = check_campaign(campaign, None if snapshot is None else open_snapshot(snapshot))
    problems = [finding for finding in findings if finding.level == "problem"]
    for finding in findings:
        print_line(f"{finding.level}: {' '.join(finding.text.split())}")
    verdict = plural(len(problems), "problem") if problems else "valid"
    print_line(f"{file}: {verdict}.")
    return 1 if problems else 0
