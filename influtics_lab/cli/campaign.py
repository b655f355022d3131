"""``influtics-lab campaign``: a campaign file to start from, and whether one is valid."""

from __future__ import annotations

import argparse
from pathlib import Path

from influtics_lab.archive import open_snapshot
from influtics_lab.campaign import check_campaign, new_campaign, read_campaign
from influtics_lab.cli.console import say
from influtics_lab.errors import ConfigError, StorageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser("init", help="write a commented campaign file of a snapshot's videos")
    init.add_argument(
        "--snapshot", type=Path, required=True, metavar="PATH", help="the folder of a snapshot or an archive"
    )
    init.add_argument("--out", type=Path, required=True, metavar="FILE", help="a TOML file that is not there yet")
    check = actions.add_parser("check", help="say whether a campaign file is valid, and what matches no video")
    check.add_argument("file", type=Path, metavar="FILE", help="a campaign file")
    check.add_argument("--snapshot", type=Path, metavar="PATH", help="also look for its videos in this snapshot")


def run(options: argparse.Namespace) -> int:
    """Do what was asked; 1 where something in a valid file does not fit."""
    return _init(options.snapshot, options.out) if options.action == "init" else _check(options.file, options.snapshot)


def _init(snapshot: Path, out: Path) -> int:
    text = new_campaign(open_snapshot(snapshot))
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{out} is there already. Choose another name: nothing is overwritten.") from None
    except OSError as error:
        raise StorageError(f"{out} cannot be written: {error.strerror}. Choose another place.") from None
    print(out)
    return 0


def _check(file: Path, snapshot: Path | None) -> int:
    campaign = read_campaign(file)
    found = check_campaign(campaign, None if snapshot is None else open_snapshot(snapshot))
    problems = [finding for finding in found if finding.level == "problem"]
    for finding in found:
        say(f"{finding.level}: {' '.join(finding.text.split())}")
    say(f"{file}: {f'{len(problems)} to mend' if problems else 'valid'}.")
    return 1 if problems else 0
