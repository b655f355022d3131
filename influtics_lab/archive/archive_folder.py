"""The archive itself: many snapshots in a folder, each day as it was."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self, TypeVar

import polars as pl

from influtics_lab.archive import commit
from influtics_lab.archive.archive_files import LOG, Store
from influtics_lab.archive.compaction import compacted
from influtics_lab.archive.log import AsOf, Log, dump
from influtics_lab.archive.refresh import FULL_EVERY, Refreshed, refresh
from influtics_lab.archive.restored_snapshot import revisions_of, snapshot_of
from influtics_lab.archive.row_changes import Added
from influtics_lab.archive.status import (
    LISTED,
    ArchiveStatus,
    describe,
    list_entry,
    record_problem,
    record_verification,
)
from influtics_lab.archive.stored_rows import lazy_frame, lazy_videos, readable
from influtics_lab.archive.verification import problems
from influtics_lab.errors import ArchiveBusyError, ArchiveError, ConfigError
from influtics_lab.load import Client
from influtics_lab.snapshot import Snapshot

T = TypeVar("T")
_MOST_DAYS: Final = 36_500
_LOOKS: Final = 20  # logs that one read follows while writers replace them


class Archive:
    """Many snapshots in a folder of Parquet files that hold only what is new or changed.

    ``videos/``, ``stats/`` and ``rejected/`` are partitioned by ``snapshot_date``; ``archive.json`` names the files
    that count. Replacing it is the one step that commits: killed at any moment, the archive is as before or as after.

    Parameters
    ----------
    folder : path
        A folder of its own; the first ``add`` or ``refresh`` makes it.
    patience : float, default 60
        Seconds to wait for another process that writes into it.

    Examples
    --------
    >>> import tempfile, influtics_lab as lab
    >>> def read(day, **points):
    ...     views = {f"2025-07-0{key[1]} 08:00:00+00": count for key, count in points.items()}
    ...     video = {"video_id": "a", "stats": {"views": views}}
    ...     return lab.parse_pages([{"data": [video], "pagination": {"total": 1}}], f"2025-07-0{day}T12:00:00+00:00")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = Archive(folder)
    ...     print(archive.add(read(1, d1=5)))
    ...     print(archive.add(read(2, d1=6, d2=9)))
    ...     print(archive.history("2025-07-01")["views"].to_list(), archive.history()["views"].to_list())
    snapshot 1: videos: 1 new; readings: 1 new
    snapshot 2: readings: 1 new, 1 changed
    [5] [6, 9]
    """

    def __init__(self, folder: str | os.PathLike[str], *, patience: float = 60.0) -> None:
        self.folder = Path(folder)
        self.patience = patience
        self._store = Store(self.folder)

    def __repr__(self) -> str:
        return f"Archive({str(self.folder)!r})"

    def add(self, snapshot: Snapshot) -> Added:
        """Add a snapshot: what is new, what changed, and what is gone within its query.

        A filtered snapshot removes nothing outside its filter. Adding the same snapshot again does nothing.

        Parameters
        ----------
        snapshot : Snapshot
            A complete read, not older than the last one that was added.

        Returns
        -------
        Added
            How many rows were new, changed and removed; as text, one line.

        Raises
        ------
        ArchiveError
            If it is only a part (``Client.page``), or older than what the archive has, or the folder is no archive.
        SnapshotError
            If the snapshot is not what its manifest says.
        ArchiveBusyError
            If another process writes into the archive for longer than ``patience``.
        StorageError
            If the folder cannot be written.
        """
        with self._store.locked(self.patience):
            return commit.add(self._store, commit.load(self._store), snapshot)

    def refresh(
        self,
        client: Client | None = None,
        *,
        platform: str | None = None,
        status: str | None = None,
        with_status: bool = False,
        full_every: float = FULL_EVERY,
    ) -> Refreshed:
        """Read only what changed since the last refresh, where that can be checked; else everything, and say why.

        Videos are asked for in order of ``updated_at``, newest first, only as far as the archive knows, again from
        the top until the list stood still. That the service moves a video up at every change is not documented: so a
        full read comes round, and reports what differs although no stamp shows it.

        Parameters
        ----------
        client : Client, optional
            Else one with the key from ``INFLUTICS_API_KEY``.
        platform, status, with_status
            As for ``take_snapshot``. Each query has its own first full read.
        full_every : float, default 7
            Days after which everything is read; 0 reads everything now.

        Returns
        -------
        Refreshed
            As text, one line.

        Raises
        ------
        ConfigError, QueryError, IncompleteReadError
            As for ``take_snapshot``; the archive is as it was.
        KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
            As for ``take_snapshot``; the archive is as it was.
        ArchiveError, ArchiveBusyError, StorageError
            As for ``add``. Also where this machine's clock is behind the archive's last read: before anything is read.
        """
        if isinstance(full_every, bool) or not 0 <= full_every <= _MOST_DAYS:
            text = f"full_every (--full-every) is {full_every!r}; it must be a number of days from 0 to {_MOST_DAYS:,}."
            raise ConfigError(text)
        query = {"platform": platform, "status": status, "with_status": with_status}
        with self._store.locked(self.patience):
            log = commit.load(self._store)
            return refresh(self._store, log, client, query, dt.timedelta(days=full_every))

    def history(self, as_of: AsOf = None) -> pl.DataFrame:
        """Give the one frame as it was then: equal to that of the snapshot frozen then.

        Parameters
        ----------
        as_of : str, date or datetime, optional
            A date is the end of that UTC day; an instant is compared with the read's end. None is the last snapshot.

        Returns
        -------
        polars.DataFrame
            The columns of ``schema.FRAME``, sorted by ``video_id, timestamp``; videos and readings that were removed
            by then are not in it.

        Raises
        ------
        QueryError
            If ``as_of`` is no date or instant, or before the first snapshot.
        ArchiveError
            If the folder is no archive, has no snapshot, or is damaged.
        """
        return self._read(lambda log: lazy_frame(self._store, log, log.as_of(as_of).number).collect())

    def scan(self, as_of: AsOf = None) -> pl.LazyFrame:
        """Give ``history`` lazily: a filter on ``video_id`` or ``timestamp`` reads only the parts that have it.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        polars.LazyFrame
            The columns of ``schema.FRAME``. Collect it before the next ``compact``, which takes files away.
        """
        log = self._log()
        return lazy_frame(self._store, log, log.as_of(as_of).number)

    def videos(self, as_of: AsOf = None) -> pl.DataFrame:
        """Give the videos as they were then, with the fields that they had.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        polars.DataFrame
            The columns of ``schema.VIDEOS``, sorted by ``video_id``.
        """
        lazy = self._read(lambda log: lazy_videos(self._store, log, log.as_of(as_of).number).collect())
        return lazy.sort("video_id")

    def snapshot(self, as_of: AsOf = None) -> Snapshot:
        """Give all that the archive knew then as a snapshot: equal in content to the one frozen then.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        Snapshot
            With the manifest of the snapshot that was added, where that was everything; where filtered snapshots made
            it up, with one that says so. ``rejected.page`` is that of the read that first brought the value.
        """
        return self._read(lambda log: snapshot_of(self._store, log, log.as_of(as_of)))

    def revisions(self) -> pl.DataFrame:
        """Give the readings whose value the platform changed afterwards.

        Returns
        -------
        polars.DataFrame
            One row for each change of a reading: ``video_id, timestamp``; ``seen_at``, the end of the read that first
            had it; ``withdrawn``, whether the reading was gone then; ``views`` and ``views_before``, and so on for
            each count, null where there was none. Sorted by these three.
        """
        return self._read(lambda log: revisions_of(self._store, log))

    def snapshots(self) -> pl.DataFrame:
        """Give one row for each snapshot that was added: when, what was asked, how complete, what it changed.

        ``content_digest`` is the snapshot's own, ``state_digest`` that of all that the archive knew after it.
        """
        return pl.DataFrame([list_entry(entry) for entry in self._log().entries], schema=LISTED)

    def status(self) -> ArchiveStatus:
        """Return what the archive holds, what ``verify`` last found, and how far its refreshes can be trusted.

        Returns
        -------
        ArchiveStatus
            As text, a line for each. No file of data is read.
        """
        return describe(self._store, self._log())

    def compact(self) -> Self:
        """Make the files of each month one for each table, and take the others away; every as-of read stays the same.

        ``add`` does so itself with the months that have ended, and now and then with the one that goes on; the files
        that it replaces are taken away by the next ``add``, so that whoever reads meanwhile still finds them.
        """
        self._log()  # says so where there is none, before a folder is made
        with self._store.locked(self.patience):
            before = self._log()
            after = compacted(self._store, before)
            if after != before:
                self._store.write_log(dump(after))
            self._store.sweep({file.path for file in after.files})
        return self

    def verify(self) -> Self:
        """Check every digest, count and law again, and keep the outcome for ``status`` where the folder can be written.

        Raises
        ------
        ArchiveError
            If one does not hold; ``problems`` names each thing that is wrong.
        """
        damaged_record = record_problem(self._store)
        log = self._log()
        for _ in range(_LOOKS):
            wrong = list(problems(self._store, log))
            if not wrong or (now := self._log()) == log:
                break
            log = now  # a writer replaced files meanwhile: what was missing may be theirs
        record_verification(self._store, log, wrong)
        if wrong := [*wrong, *([damaged_record] if damaged_record else [])]:
            raise ArchiveError(f"{self.folder} is not what its log says: {'; '.join(wrong)}.", problems=wrong)
        return self

    def files(self, table: str = "stats") -> list[Path]:
        """Give the files of ``videos``, ``stats`` or ``rejected`` that count, for DuckDB, Spark and others.

        Each row has ``snapshot``, the number of the snapshot that brought it, ``seen_at``, the end of that read, and
        ``removed``. As of a day: of the rows with ``seen_at`` before its end, the one with the greatest ``snapshot``
        for each key, unless it is ``removed``. In ``videos``, where ``as_read`` is true, ``latest_*`` and
        ``stats_last_updated`` are null because they are those of the video's last reading.
        """
        return [self._store.path(file.path) for file in self._log().files_of(table)]

    def _log(self) -> Log:
        data = self._store.read_log()
        if data is None:
            self._store.refuse_lost_log()
            what = f"it has no {LOG}" if self.folder.is_dir() else "it is no folder"
            raise ArchiveError(f"{self.folder} is no archive: {what}. `archive add` or `archive refresh` makes one.")
        return commit.load(self._store)

    def _read(self, what: Callable[[Log], T]) -> T:
        """Read by the log; where a writer took files away meanwhile, again by the new one."""
        log = self._log()
        for _ in range(_LOOKS):
            try:
                with readable(self._store):
                    return what(log)
            except ArchiveError:
                if (now := self._log()) == log:
                    raise
                log = now
        raise ArchiveBusyError(f"{self.folder} was changed {_LOOKS} times while it was read. Try again later.")
