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
from influtics_lab.cli.console import print_line
from influtics_lab.errors import DataQualityWarning, InfluticsError

# Each command and its help text. Its module defines `add_arguments(parser)` and `run_command(options) -> exit code`.
COMMANDS: Final = {
    "demo": "try everything on this machine: serve, read, write a snapshot, compute, draw",
    "snapshot": "read every video once and write the result as a folder of Parquet files",
    "archive": "keep many snapshots in one folder: add, refresh, history as of a day, export",
    "watch": "check conditions over an archive once, and send what began or ended since the last run",
    "campaign": "write a new campaign file, or check one",
    "report": "write a campaign's report (page, tables, pictures, numbers), or check that one is reproducible",
    "settle": "compute what creators are owed as of a day (statements, tables), or check that it is reproducible",
    "verify": "check every digest, count and rule of a snapshot or archive again",
    "serve": "serve the documented endpoint on this machine",
    "dashboard": "show the dashboard notebook as a web page on this machine",
}
_EPILOG: Final = """\
The key is read from the environment variable INFLUTICS_API_KEY, the address from INFLUTICS_BASE_URL.
Exit codes: 0 success, 1 a check failed or a watch has events, 2 usage or configuration, 3 key refused, 4 the API
refused otherwise, 5 no usable answer after all retries, 6 read could not be proven complete, 130 Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        An exit code of ``errors.py``. An error is printed as one line on standard error, with advice.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = _find_command(words)
    try:
        options = _build_parser(command).parse_args(words)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataQualityWarning)  # commands report it in their own words
            warnings.showwarning = lambda message, *_, **__: _print_error(command, str(message))
            return int(_load_command(options.command).run_command(options))
    except InfluticsError as error:
        _print_error(command, str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has ended, as `head` does
        sys.stdout = None  # nothing can be written there at exit either
        return 0
    except OSError as error:
        reason = ": ".join(str(part) for part in (error.strerror or error, error.filename) if part)
        _print_error(command, f"{reason}. Choose another place.")
        return 2


def _find_command(words: Sequence[str]) -> str:
    return next((word for word in words if word in COMMANDS), "")


def _load_command(command: str) -> Any:
    return importlib.import_module(f"influtics_lab.cli.{command}")


def _print_error(command: str, text: str) -> None:
    print_line(f"influtics-lab {command}: {' '.join(text.split())}", on_stderr=True)


def script() -> None:
    """Run as the installed script: Ctrl-C ends the process at once, even while workers wait for answers."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        code = main()
    except SystemExit as exit_request:  # raised by argparse for --help, --version, or wrong usage
        code = int(exit_request.code or 0)
    except KeyboardInterrupt:
        code = 130
        hint = " --resume continues from here." if _find_command(sys.argv[1:]) == "snapshot" else ""
        print(f"influtics-lab: stopped.{hint}", file=sys.stderr)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        code = code if isinstance(error, BrokenPipeError) else code or 2
    os._exit(code)


def _build_parser(command: str) -> argparse.ArgumentParser:
    """Return the parser; only the module of the called command is imported, for its arguments."""
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
            _load_command(name).add_arguments(sub)
    return parser
