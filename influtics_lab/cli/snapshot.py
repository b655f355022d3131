"""``influtics-lab snapshot``: write one complete read. The snapshot's path is the last line of standard output."""

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
from influtics_lab.cli.console import print_line
from influtics_lab.config import Settings
from influtics_lab.errors import ConfigError
from influtics_lab.load import Client, take_snapshot
from influtics_lab.platforms import PLATFORMS, match_platform
from influtics_lab.schema import STATUSES
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import hold_exclusively, open_place, report_write_errors, to_location
from influtics_lab.text_format import plural


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--out",
        type=to_location,
        required=True,
        metavar="DIR",
        help="folder or URL in which the snapshot gets a folder",
    )
    parser.add_argument("--platform", type=platform_name, choices=PLATFORMS, help="only this platform's videos")
    parser.add_argument("--status", choices=STATUSES, help="only videos of this tracking status")
    parser.add_argument(
        "--with-status", action="store_true", help="also find out each video's status, by three more reads"
    )
    parser.add_argument("--keep-pages", action="store_true", help="also keep the raw answers")
    parser.add_argument("--resume", action="store_true", help="continue a read that was interrupted")
    add_client_arguments(parser)


def add_client_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of every command that reads from the service."""
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="pages fetched at once (default 4)")
    parser.add_argument("--base-url", metavar="URL", help="default: INFLUTICS_BASE_URL, else the service's own")
    what = f"most answers that one read accepts (default {MAX_PAGES:,}, about two million videos)"
    parser.add_argument("--max-pages", type=int, default=MAX_PAGES, metavar="N", help=what)
    what = f"largest decompressed answer in megabytes (default {MAX_PAGE_MB:g})"
    parser.add_argument("--max-page-mb", type=float, default=MAX_PAGE_MB, metavar="MB", help=what)


def create_client(options: argparse.Namespace) -> Client:
    """Return a client for the arguments."""
    return Client(
        base_url=options.base_url,
        workers=options.workers,
        max_pages=options.max_pages,
        max_page_mb=options.max_page_mb,
    )


def platform_name(text: str) -> str:
    """Return a platform's name as the service spells it; any other text unchanged."""
    return match_platform(text) or text


def run_command(options: argparse.Namespace) -> int:
    """Take a snapshot and write it; print a summary on standard error."""
    with create_client(options) as client, _open_spool(options, client.settings) as pages:
        snapshot = take_snapshot(
            options.platform,
            options.status,
            with_status=options.with_status,
            client=client,
            pages=pages,
            resume=options.resume,
        )
        path = snapshot.write(options.out, pages=pages if options.keep_pages else None)
    print_line(summarize_read(snapshot), on_stderr=True)
    print(path)
    return 0


def _query_digest(options: argparse.Namespace, settings: Settings) -> str:
    query = f"{settings.base_url} {options.platform} {options.status} {settings.api_key.reveal()}"
    return hashlib.sha256(query.encode()).hexdigest()[:12]


@contextmanager
def _open_spool(options: argparse.Namespace, settings: Settings) -> Iterator[Path]:
    """Yield the folder for the raw answers of this query, so that an interrupted read can be resumed.

    Its name depends on the query and the key, since another key may see another list. One read at a time uses it.
    """
    if isinstance(options.out, str):
        if options.resume:
            raise ConfigError("--resume continues from answers in a folder. Pass a folder as --out, or leave it out.")
        open_place(options.out)  # before an hour of reading
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    prepare_folder(options.out)
    name = _query_digest(options, settings)
    spool: Path = options.out / f".reading-{name}"
    with hold_exclusively(options.out / f".lock-{name}"):
        if not options.resume:
            shutil.rmtree(spool, ignore_errors=True)
        with report_write_errors(f"{spool} cannot be written", "Delete it, or choose another --out."):
            spool.mkdir(exist_ok=True)
        try:
            yield spool
        finally:
            with suppress(OSError):
                spool.rmdir()  # without any page there is nothing to resume
        shutil.rmtree(spool, ignore_errors=True)


def prepare_folder(folder: Path) -> None:
    """Make the folder and try to write there, before an hour of reading; raise StorageError if that fails."""
    with report_write_errors(f"The folder {folder} cannot be written", "Choose another --out."):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def summarize_read(snapshot: Snapshot) -> str:
    """Return one line about a read: its size, proof of completeness, and rejected values."""
    manifest, account = snapshot.manifest, snapshot.manifest["accounting"]
    sizes = f"{plural(manifest['videos'], 'video')}, {plural(manifest['readings'], 'reading')}"
    text = f"{sizes} in {plural(manifest['pages'], 'page')}; complete ({manifest['completeness']['proven']})"
    if account["rejected"]:
        text += f"; {account['rejected']:,} of {account['received']:,} values not kept, see rejected.parquet"
    return f"{text}."
