"""``influtics-lab report``: a campaign's report as a folder, and whether it comes out the same again."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.campaign.report.build import build_report
from influtics_lab.campaign.report.check import check_report
from influtics_lab.cli.console import say
from influtics_lab.errors import ConfigError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("campaign", type=Path, nargs="?", metavar="CAMPAIGN.toml", help="a campaign file")
    what = "a snapshot's folder, or an archive's: its latest; with --check where it is now, if it was moved"
    parser.add_argument("--snapshot", type=Path, metavar="PATH", help=what)
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that is not there yet")
    parser.add_argument(
        "--since", type=Path, metavar="PATH", help="the snapshot of the last report: what changed since"
    )
    parser.add_argument(
        "--check", type=Path, metavar="DIR", help="make that report again, and compare; changes nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Make a report, or check one: 1 where it does not come out the same."""
    if options.check is not None:
        if options.campaign is not None or options.out is not None:
            raise ConfigError("--check DIR takes no campaign file and no --out: both are in the folder.")
        return _check(options.check, options.snapshot, options.since)
    wanted = {"CAMPAIGN.toml": options.campaign, "--snapshot": options.snapshot, "--out": options.out}
    missing = [name for name, value in wanted.items() if value is None]
    if missing:
        raise ConfigError(
            f"{', '.join(missing)} not given. Give CAMPAIGN.toml --snapshot PATH --out DIR, or --check DIR."
        )
    built = build_report(options.campaign, options.snapshot, options.out, options.since)
    for line in filter(None, (built.summary, built.no_pdf)):
        say(line, on_stderr=True)
    print(built.folder)
    return 0


def _check(folder: Path, snapshot: Path | None, since: Path | None) -> int:
    found = check_report(folder, snapshot, since)
    for line in found.lines():
        say(line)
    verdict = "comes out the same again" if found.same else "does not come out the same"
    say(f"{folder}: {verdict}.")
    return 0 if found.same else 1
