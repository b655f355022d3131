"""``influtics-lab snapshot``: one complete read, frozen. The snapshot's path is the last line of standard output."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from influtics_lab.errors import StorageError
from influtics_lab.load import Client, take_snapshot
from influtics_lab.schema import PLATFORMS, STATUSES
from influtics_lab.snapshot import Snapshot


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the snapshot's own folder")
    parser.add_argument("--platform", choices=PLATFORMS, help="only this platform's videos")
    parser.add_argument("--status", choices=STATUSES, help="only videos of this tracking status")
    parser.add_argument("--with-status", action="store_true", help="find out each video's status: three more reads")
    parser.add_argument("--keep-pages", action="store_true", help="keep the answers as they came, too")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="pages fetched at once (default 4)")
    parser.add_argument("--base-url", metavar="URL", help="else INFLUTICS_BASE_URL, else the service's own")


def run(options: argparse.Namespace) -> int:
    """Take the snapshot and write it; say on standard error what it holds."""
    with ExitStack() as stack:
        client = stack.enter_context(Client(base_url=options.base_url, workers=options.workers))
        prepare(options.out)
        pages = None
        if options.keep_pages:
            pages = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".pages-", dir=options.out)))
        snapshot = take_snapshot(
            options.platform, options.status, with_status=options.with_status, client=client, pages=pages
        )
        path = snapshot.write(options.out, pages=pages)
    print(summary(snapshot), file=sys.stderr)
    print(path)
    return 0


def prepare(folder: Path) -> None:
    """Make the folder and try it, before an hour of reading: StorageError where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StorageError(f"Nothing can be written to {folder}: {error.strerror}. Choose another --out.") from None


def summary(snapshot: Snapshot) -> str:
    """Say in a line what was read, how it was proven complete, and what could not be kept."""
    manifest, account = snapshot.manifest, snapshot.manifest["accounting"]
    lost = f"; {account['rejected']:,} of {account['received']:,} values not kept, see rejected.parquet"
    return (
        f"{manifest['videos']:,} videos, {manifest['readings']:,} readings in {manifest['pages']} pages; "
        f"complete ({manifest['completeness']['proven']}){lost if account['rejected'] else ''}."
    )
