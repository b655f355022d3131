"""``influtics-lab serve``: the documented endpoint on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from influtics_lab.localapi import LocalAPI


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = "a snapshot's folder, or a folder of answer pages (*.json); else simulated videos"
    parser.add_argument("catalog", type=Path, nargs="?", metavar="CATALOG", help=what)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, takes a free one")


def run(options: argparse.Namespace) -> int:
    """Serve; the first line of standard output says where, and with which key, as soon as it answers."""
    with LocalAPI(options.catalog, port=options.port) as api:
        print(f"INFLUTICS_BASE_URL={api.url} INFLUTICS_API_KEY={api.key}", flush=True)
        print(f"{len(api.catalogue):,} videos at {api.url}/v1/videos/stats. Ctrl-C ends.", file=sys.stderr)
        threading.Event().wait()
    return 0
