"""The command line ``influtics-lab``. Each command is a module of its own, loaded only when it is called."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final

from influtics_lab import __version__
from influtics_lab.cli.console import say
from influtics_lab.errors import DataQualityWarning, InfluticsError

# command: what it does, in the words of `--help`; its module has `arguments(parser)` and `run(options) -> exit code`
COMMANDS: Final = {
    "demo": "try everything on this machine: serve, read, freeze, measure, draw",
    "snapshot": "read every video once and freeze it as a folder of Parquet files",
    "archive": "many snapshots in a folder: add, refresh, history as of a day, export",
    "campaign": "a campaign file: write one to start from, check one",
    "report": "a campaign's report: page, tables, pictures, numbers; and does it come out the same again",
    "verify": "check every digest, count and law of a snapshot or archive again",
    "serve": "serve the documented endpoint on this machine",
    "dashboard": "show the dashboard notebook as a web page on this machine",
}
_EPILOG: Final = """\
The key is read from the environment variable INFLUTICS_API_KEY, the address from INFLUTICS_BASE_URL.
Exit codes: 0 done, 1 a check failed, 2 usage or configuration, 3 key refused, 4 the API refused otherwise,
5 no usable answer after all retries, 6 could not be proven complete, 130 Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Else those of the process.

    Returns
    -------
    int
        The exit code of ``errors.py``. An error is one line on standard error that says what to do.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = next((word for word in words if word in COMMANDS), "")
    try:
        options = _parser(command).parse_args(words)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataQualityWarning)  # commands say it in their own words
            return int(_module(options.command).run(options))
    except InfluticsError as error:
        _complain(command, str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        sys.stdout = None  # nothing can be written there at exit either
        return 0
    except OSError as error:
        _complain(
            command,
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}. Choose another place.",
        )
        return 2


def _module(command: str) -> Any:
    return importlib.import_module(f"influtics_lab.cli.{command}")


def _complain(command: str, text: str) -> None:
    say(f"influtics-lab {command}: {' '.join(text.split())}", on_stderr=True)


def script() -> None:
    """Run as the installed script: Ctrl-C ends at once, whatever a worker still waits for."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        code = main()
    except SystemExit as ended:  # of --help, --version, or wrong usage
        code = int(ended.code or 0)
    except KeyboardInterrupt:
        code = 130
        hint = " --resume goes on from here." if "snapshot" in sys.argv[1:] else ""
        print(f"influtics-lab: stopped.{hint}", file=sys.stderr)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = code if isinstance(error, BrokenPipeError) else code or 2
    os._exit(code)


def _parser(command: str) -> argparse.ArgumentParser:
    """Build the parser; only the command that is called loads its module for its arguments."""
    parser = argparse.ArgumentParser(
        prog="influtics-lab",
        description="Load, measure, draw and freeze the statistics of the videos you track with Influtics.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in COMMANDS.items():
        sub = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name == command:
            _module(name).arguments(sub)
    return parser
