"""``influtics-lab serve``: the documented endpoint on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from influtics_lab.localapi import LocalAPI
from influtics_lab.text_format import plural

_KEPT_REQUESTS: Final = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = "a snapshot's folder, or a folder of answer pages (*.json); default: simulated videos"
    parser.add_argument("catalog", type=Path, nargs="?", metavar="CATALOG", help=what)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, chooses a free port")


def run_command(options: argparse.Namespace) -> NoReturn:
    """Serve the endpoint; print its address and key as the first line of standard output, once it answers."""
    with LocalAPI(options.catalog, port=options.port, keep_requests=_KEPT_REQUESTS) as api:
        print(f"INFLUTICS_BASE_URL={api.url} INFLUTICS_API_KEY={api.key}", flush=True)
        print(f"{plural(len(api.catalogue), 'video')} at {api.url}/v1/videos/stats. Ctrl-C ends.", file=sys.stderr)
        while True:  # not Event.wait(): polars' signal handler keeps Ctrl-C from it
            time.sleep(0.2)
