"""``influtics-lab report``: build a campaign's report as a folder, or check that it comes out the same again."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.campaign.report.report_check import check_report
from influtics_lab.campaign.report.report_folder import build_report
from influtics_lab.cli.console import local_path, print_line
from influtics_lab.errors import ConfigError
from influtics_lab.storage import to_location


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("campaign", type=Path, nargs="?", metavar="CAMPAIGN.toml", help="a campaign file")
    text = "a snapshot's folder, or an archive's: its latest; with --check its new place, if it was moved"
    parser.add_argument("--snapshot", type=to_location, metavar="PATH", help=text)
    parser.add_argument("--out", type=local_path, metavar="DIR", help="a folder that does not exist yet")
    parser.add_argument(
        "--since", type=to_location, metavar="PATH", help="the snapshot of the last report, to show what changed since"
    )
    text = "the file of another campaign in the same snapshot, to compare with at the same age"
    parser.add_argument("--against", type=Path, metavar="OTHER.toml", help=text)
    parser.add_argument(
        "--check", type=local_path, metavar="DIR", help="rebuild that report and compare; changes nothing"
    )


def run_command(options: argparse.Namespace) -> int:
    """Build a report, or check one; return 1 if it does not come out the same."""
    if options.check is not None:
        if options.campaign is not None or options.out is not None or options.against is not None:
            raise ConfigError("--check DIR needs no campaign file, no --against and no --out: all are in the folder.")
        return _run_check(options.check, options.snapshot, options.since)
    needed = {"CAMPAIGN.toml": options.campaign, "--snapshot": options.snapshot, "--out": options.out}
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        text = f"{', '.join(missing)} not given. Pass CAMPAIGN.toml --snapshot PATH --out DIR, or --check DIR."
        raise ConfigError(text)
    built = build_report(options.campaign, options.snapshot, options.out, options.since, options.against)
    for line in filter(None, (built.summary, built.no_pdf)):
        print_line(line, on_stderr=True)
    print(built.folder)
    return 0


def _run_check(folder: Path, snapshot: Path | str | None, since: Path | None) -> int:
    result = check_report(folder, snapshot, since)
    for line in result.lines():
        print_line(line)
    verdict = "comes out the same again" if result.is_same else "does not come out the same"
    print_line(f"{folder}: {verdict}.")
    return 0 if result.is_same else 1
