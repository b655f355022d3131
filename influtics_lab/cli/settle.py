"""``influtics-lab settle``: write what creators are owed as of a day as a folder, or check that it is reproducible."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.archive.open_path import is_archive
from influtics_lab.campaign.figures.formatting import NBSP
from influtics_lab.campaign.settlement.compute_settlement import parse_day
from influtics_lab.campaign.settlement.settlement_folder import build_settlement, check_settlement
from influtics_lab.campaign.settlement.statement_pages import OVERVIEW, describe_amount
from influtics_lab.cli.console import local_path, print_line
from influtics_lab.errors import ConfigError, MissingArchiveError
from influtics_lab.storage import to_location
from influtics_lab.text_format import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "campaign", type=Path, nargs="?", metavar="CAMPAIGN.toml", help="a campaign file with [[deals]]"
    )
    places = parser.add_mutually_exclusive_group()
    text = "a snapshot's folder; with --check its new place, if it was moved"
    places.add_argument("--snapshot", type=to_location, metavar="PATH", help=text)
    places.add_argument(
        "--archive", type=to_location, metavar="ARCHIVE", help="an archive: its state at the end of the day"
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="use what was read up to the end of this day, such as 2025-07-10"
    )
    text = "the folder of a former settlement, to list what changed since as adjustments"
    parser.add_argument("--since", type=local_path, metavar="FORMER", help=text)
    parser.add_argument("--out", type=local_path, metavar="DIR", help="a folder that does not exist yet")
    parser.add_argument(
        "--check", type=local_path, metavar="DIR", help="rebuild that settlement and compare; changes nothing"
    )


def run_command(options: argparse.Namespace) -> int:
    """Write a settlement, or check one; return 1 if it does not come out the same."""
    place = options.snapshot or options.archive
    if options.archive is not None and not is_archive(options.archive):
        raise MissingArchiveError(
            f"{options.archive} is not an archive. Pass an archive's folder or URL, or a snapshot as --snapshot."
        )
    if options.check is not None:
        if any(value is not None for value in (options.campaign, options.out, options.as_of, options.since)):
            raise ConfigError("--check DIR needs no campaign file, --as-of, --since or --out: all are in the folder.")
        return _run_check(options.check, place)
    needed = {
        "CAMPAIGN.toml": options.campaign,
        "--snapshot or --archive": place,
        "--as-of": options.as_of,
        "--out": options.out,
    }
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        text = "Pass CAMPAIGN.toml --snapshot PATH --as-of DATE --out DIR, or --check DIR."
        raise ConfigError(f"{', '.join(missing)} not given. {text}")
    settlement = build_settlement(
        options.campaign, place, parse_day(options.as_of, "--as-of"), options.out, options.since
    )
    sums = (describe_amount(*amounts, currency).replace(NBSP, " ") for currency, amounts in settlement.totals.items())
    statements = plural(len(settlement.statements), "statement")
    if settlement.former is not None:
        statements += f" and {plural(len(settlement.adjustments), 'adjustment')} since {settlement.former['as_of']}"
    print_line(f"{statements}, {'; '.join(sums)}: see {OVERVIEW}.", on_stderr=True)
    print(options.out)
    return 0


def _run_check(folder: Path, place: Path | str | None) -> int:
    result = check_settlement(folder, place)
    for line in result.lines():
        print_line(line)
    verdict = "comes out the same again" if result.is_same else "does not come out the same"
    print_line(f"{folder}: {verdict}.")
    return 0 if result.is_same else 1
