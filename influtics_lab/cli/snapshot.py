"""``influtics-lab snapshot``: one complete read, frozen. The snapshot's path is the last line of standard output."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from contextlib import suppress
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
    parser.add_argument("--resume", action="store_true", help="go on with a read that was interrupted")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="pages fetched at once (default 4)")
    parser.add_argument("--base-url", metavar="URL", help="else INFLUTICS_BASE_URL, else the service's own")


def run(options: argparse.Namespace) -> int:
    """Take the snapshot and write it; say on standard error what it holds."""
    with Client(base_url=options.base_url, workers=options.workers) as client:
        prepare(options.out)
        pages = _spool(options, client.settings.base_url)
        try:
            snapshot = take_snapshot(
                options.platform,
                options.status,
                with_status=options.with_status,
                client=client,
                pages=pages,
                resume=options.resume,
            )
        finally:
            with suppress(OSError):
                pages.rmdir()  # where no page came there is nothing to resume
    path = snapshot.write(options.out, pages=pages if options.keep_pages else None)
    shutil.rmtree(pages, ignore_errors=True)
    print(summary(snapshot), file=sys.stderr)
    print(path)
    return 0


def _spool(options: argparse.Namespace, base_url: str) -> Path:
    """Give the folder where the answers of this very query are put as they come, so that a read can be resumed."""
    query = f"{base_url} {options.platform} {options.status}"
    spool: Path = options.out / f".reading-{hashlib.sha256(query.encode()).hexdigest()[:12]}"
    if not options.resume:
        shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(exist_ok=True)
    return spool


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
