"""``influtics-lab snapshot``: one complete read, frozen. The snapshot's path is the last line of standard output."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from influtics_lab.api.connection import MAX_PAGE_MB
from influtics_lab.api.retry_budget import MAX_PAGES
from influtics_lab.cli.console import say
from influtics_lab.config import Settings
from influtics_lab.errors import StorageError
from influtics_lab.load import Client, take_snapshot
from influtics_lab.platforms import PLATFORMS, match_platform
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import hold_exclusively
from influtics_lab.text_format import plural


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the snapshot's own folder")
    parser.add_argument("--platform", type=platform_name, choices=PLATFORMS, help="only this platform's videos")
    parser.add_argument("--status", choices=STATUSES, help="only videos of this tracking status")
    parser.add_argument("--with-status", action="store_true", help="find out each video's status: three more reads")
    parser.add_argument("--keep-pages", action="store_true", help="keep the answers as they came, too")
    parser.add_argument("--resume", action="store_true", help="go on with a read that was interrupted")
    client_arguments(parser)


def client_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every command that asks the service."""
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="pages fetched at once (default 4)")
    parser.add_argument("--base-url", metavar="URL", help="else INFLUTICS_BASE_URL, else the service's own")
    what = f"most answers of one read (default {MAX_PAGES:,}, about two million videos)"
    parser.add_argument("--max-pages", type=int, default=MAX_PAGES, metavar="N", help=what)
    what = f"largest answer in megabytes, decompressed (default {MAX_PAGE_MB:g})"
    parser.add_argument("--max-page-mb", type=float, default=MAX_PAGE_MB, metavar="MB", help=what)


def make_client(options: argparse.Namespace) -> Client:
    """Return the client that the arguments describe."""
    return Client(
        base_url=options.base_url,
        workers=options.workers,
        max_pages=options.max_pages,
        max_page_mb=options.max_page_mb,
    )


def platform_name(text: str) -> str:
    """Return a platform as the service spells it, whatever its case; any other text as it is."""
    return match_platform(text) or text


def run(options: argparse.Namespace) -> int:
    """Take the snapshot and write it; say on standard error what it holds."""
    with make_client(options) as client:
        prepare(options.out)
        with _spool(options, client.settings) as pages:
            snapshot = take_snapshot(
                options.platform,
                options.status,
                with_status=options.with_status,
                client=client,
                pages=pages,
                resume=options.resume,
            )
            path = snapshot.write(options.out, pages=pages if options.keep_pages else None)
    say(summary(snapshot), on_stderr=True)
    print(path)
    return 0


def _query_digest(options: argparse.Namespace, settings: Settings) -> str:
    query = f"{settings.base_url} {options.platform} {options.status} {settings.api_key.reveal()}"
    return hashlib.sha256(query.encode()).hexdigest()[:12]


@contextmanager
def _spool(options: argparse.Namespace, settings: Settings) -> Iterator[Path]:
    """Give the folder where the answers of this very query are put as they come, so that a read can be resumed.

    Its name depends on the key, too: another key may see another list. One read at a time has it.
    """
    name = _query_digest(options, settings)
    spool: Path = options.out / f".reading-{name}"
    with hold_exclusively(options.out / f".lock-{name}"):
        if not options.resume:
            shutil.rmtree(spool, ignore_errors=True)
        try:
            spool.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{spool} cannot be made: {error.strerror}. Delete it, or choose another --out."
            ) from None
        try:
            yield spool
        finally:
            with suppress(OSError):
                spool.rmdir()  # where no page came there is nothing to resume
        shutil.rmtree(spool, ignore_errors=True)


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
        f"{plural(manifest['videos'], 'video')}, {plural(manifest['readings'], 'reading')} in "
        f"{plural(manifest['pages'], 'page')}; "
        f"complete ({manifest['completeness']['proven']}){lost if account['rejected'] else ''}."
    )
