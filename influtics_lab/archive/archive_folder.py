"""The public class `Archive`: add snapshots to a folder or bucket, and read any past state again."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import polars as pl

from influtics_lab.archive import commit
from influtics_lab.archive.archive_files import Store
from influtics_lab.archive.archive_tables import TABLES
from influtics_lab.archive.arrivals import find_arrivals, find_removals
from influtics_lab.archive.compaction import compact_months
from influtics_lab.archive.consistent_reads import read_consistently
from influtics_lab.archive.delta_tables import publish_tables
from influtics_lab.archive.log import AsOf, Log
from influtics_lab.archive.refresh import FULL_EVERY, Refreshed, refresh_archive
from influtics_lab.archive.restored_snapshot import find_revisions, restore_snapshot
from influtics_lab.archive.row_changes import Added
from influtics_lab.archive.status import LISTED, ArchiveStatus, describe_archive, list_entry
from influtics_lab.archive.stored_rows import copy_files, scan_frame, scan_videos
from influtics_lab.archive.verification import verify_archive
from influtics_lab.errors import ConfigError, InfluticsError, PublicationWarning, QueryError, check_type
from influtics_lab.load import Client
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import Folder, is_url, open_place, resolve_location, to_location

_MOST_DAYS: Final = 36_500


class Archive:
    """Many snapshots in a folder or bucket of Parquet files that hold only new and changed rows.

    ``videos/``, ``stats/`` and ``rejected/`` are partitioned by ``snapshot_date``; ``archive.json``, with segments in
    ``log/``, lists the valid files. Replacing it is the one step that commits: a writer that is killed leaves the state
    before or after.

    Parameters
    ----------
    folder : path or str
        A folder of its own; the first ``add`` or ``refresh`` makes it. Or a URL of an object store, ``s3://bucket/path``,
        ``gs://bucket/path`` or ``az://container/path`` (extra ``cloud``); credentials are read from the
        environment. There writers need no lock: the log is replaced only if nobody else replaced it meanwhile.
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
        self.folder = to_location(folder)
        self.patience = patience
        self._store = Store(open_place(self.folder))

    def __repr__(self) -> str:
        return f"Archive({str(self.folder)!r})"

    def add(self, snapshot: Snapshot) -> Added:
        """Add a snapshot: its new and changed rows, and the rows that are gone within its query.

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
            If the snapshot is only a part (``Client.page``) or older than the archive's last one, or the folder is no
            archive.
        SnapshotError
            If the snapshot does not match its manifest.
        ArchiveBusyError
            If another process writes into the archive for longer than ``patience``.
        StorageError
            If the folder cannot be written.
        """
        check_type(
            "The snapshot", snapshot, Snapshot, "Pass what lab.take_snapshot() or lab.open_snapshot(path) returns."
        )
        with self._store.hold_lock(self.patience):
            log = commit.load_log(self._store)
            added = commit.add_snapshot(self._store, log, snapshot)
            self._publish_changes(log)
        return added

    def refresh(
        self,
        client: Client | None = None,
        *,
        platform: str | None = None,
        status: str | None = None,
        with_status: bool = False,
        full_every: float = FULL_EVERY,
    ) -> Refreshed:
        """Read only what changed since the last refresh, where that can be checked; otherwise read everything.

        Videos are requested in order of ``updated_at``, newest first, down to what the archive holds, and again from
        the top until nothing new appears. The service does not document that every change moves a video up, so a full
        read follows from time to time and reports the changes that no ``updated_at`` showed.

        Parameters
        ----------
        client : Client, optional
            Default: a client with the key from ``INFLUTICS_API_KEY``.
        platform, status, with_status
            As for ``take_snapshot``. The first refresh of each query reads everything.
        full_every : float, default 7
            Days after which everything is read again; 0 reads everything now.

        Returns
        -------
        Refreshed
            As text, one line.

        Raises
        ------
        ConfigError, QueryError, IncompleteReadError
            As for ``take_snapshot``; the archive is unchanged.
        KeyRefusedError, RequestRefusedError, PayloadError, UnavailableError
            As for ``take_snapshot``; the archive is unchanged.
        ArchiveError, ArchiveBusyError, StorageError
            As for ``add``. Also, before anything is read, if this machine's clock is behind the archive's last read.
        """
        if isinstance(full_every, bool) or not 0 <= full_every <= _MOST_DAYS:
            text = f"full_every (--full-every) is {full_every!r}; it must be a number of days from 0 to {_MOST_DAYS:,}."
            raise ConfigError(text)
        query = {"platform": platform, "status": status, "with_status": with_status}
        with self._store.hold_lock(self.patience):
            log = commit.load_log(self._store)
            refreshed = refresh_archive(self._store, log, client, query, dt.timedelta(days=full_every))
            self._publish_changes(log)
        return refreshed

    def publish(self) -> int:
        """Write Delta tables over the archive's files, now and after each later add, for other engines.

        ``stats``, ``videos``, ``rejected`` and ``snapshots`` become Delta tables, which DuckDB, Spark and polars read
        without a list of files; see the docstring of `influtics_lab.archive`. Only what changed is written. A
        publication that fails after an add is a warning, and the next one makes up for it. A Delta log that ``verify``
        finds damaged, or changed by another program, is written again. Never run ``optimize`` or ``vacuum`` on these
        tables: this repairs what the first did; together they delete the archive's own files.

        Returns
        -------
        int
            The number of snapshots in the tables.

        Raises
        ------
        MissingExtraError
            If deltalake is not installed (extra ``lake``).
        ConfigError
            If the path has a percent sign or backslash, which readers of Delta tables replace.
        ArchiveError, ArchiveBusyError, StorageError
            As for ``compact``; also if the tables cannot be written.
        """
        self._load_log()  # raises if there is no archive, before a folder is made
        with self._store.hold_lock(self.patience):
            number = publish_tables(self._store, repair=True)
            commit.commit_change(self._store, self._load_log(), self._switch_on)
        return number

    def _switch_on(self, before: Log) -> Log:
        return before if before.published else commit.replace_log(self._store, replace(before, published=True))

    def _publish_changes(self, log: Log) -> None:
        """Publish after a change of an archive that was published before; warn if that fails."""
        if log.published:
            try:
                publish_tables(self._store)
            except InfluticsError as error:
                warnings.warn(f"{error} The next add publishes again.", PublicationWarning, stacklevel=3)

    def history(self, as_of: AsOf = None) -> pl.DataFrame:
        """Return the joined frame as of a day: equal to ``Snapshot.frame()`` of the snapshot taken then.

        Parameters
        ----------
        as_of : str, date or datetime, optional
            A date is the end of that UTC day; an instant is compared with the read's end. None is the last snapshot.

        Returns
        -------
        polars.DataFrame
            The columns of ``schema.FRAME``, sorted by ``video_id, timestamp``, without the videos and readings that
            were removed by then.

        Raises
        ------
        QueryError
            If ``as_of`` is no date or instant, or before the first snapshot.
        ArchiveError
            If the folder is not an archive, has no snapshot, or is damaged.
        """
        return read_consistently(
            self._store, lambda log: scan_frame(self._store, log, log.as_of(as_of).number).collect()
        )

    def scan(self, as_of: AsOf = None) -> pl.LazyFrame:
        """Return ``history`` as a lazy frame: filters on ``video_id`` or ``timestamp`` read only matching row groups.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        polars.LazyFrame
            The columns of ``schema.FRAME``. Collect it before the next ``compact``, which deletes files.
        """
        log = self._load_log()
        return scan_frame(self._store, log, log.as_of(as_of).number)

    def videos(self, as_of: AsOf = None) -> pl.DataFrame:
        """Return the videos as of a day, with the field values of that day.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        polars.DataFrame
            The columns of ``schema.VIDEOS``, sorted by ``video_id``.
        """
        lazy = read_consistently(
            self._store, lambda log: scan_videos(self._store, log, log.as_of(as_of).number).collect()
        )
        return lazy.sort("video_id")

    def snapshot(self, as_of: AsOf = None) -> Snapshot:
        """Return the state as of a day as a snapshot: equal in content to the one taken then.

        Parameters
        ----------
        as_of
            As for ``history``.

        Returns
        -------
        Snapshot
            With the manifest of the snapshot that was added. If the state consists of several filtered snapshots, the
            manifest states that. ``rejected.page`` is that of the read in which the value first appeared.
        """
        return read_consistently(self._store, lambda log: restore_snapshot(self._store, log, log.as_of(as_of)))

    def revisions(self) -> pl.DataFrame:
        """Return the readings whose values the platform changed later.

        Returns
        -------
        polars.DataFrame
            One row for each change of a reading: ``video_id, timestamp``; ``seen_at``, the end of the read that found
            the change; ``withdrawn``, whether the reading was gone then; ``views``, ``views_before`` and the same for
            the other counts, null without a value. Sorted by ``video_id, timestamp, seen_at``.
        """
        return read_consistently(self._store, lambda log: find_revisions(self._store, log))

    def arrivals(self, after: dt.datetime) -> pl.DataFrame:
        """Return the videos with readings that are new or changed in reads that ended after an instant.

        Parameters
        ----------
        after : datetime
            With a time zone, such as a ``read_until`` of ``snapshots``.

        Returns
        -------
        polars.DataFrame
            ``video_id``, ``first_new`` and ``last_new``, the earliest and the latest ``timestamp`` of these readings,
            without those that were withdrawn since. Only files of these reads are opened.
        """
        return read_consistently(self._store, lambda log: find_arrivals(self._store, log, after))

    def removals(self) -> pl.DataFrame:
        """Return when videos came into the list of the service and when they were removed from it.

        Returns
        -------
        polars.DataFrame
            One row for each change: ``video_id``; ``seen_at``, the end of the read that found it; ``removed``; and
            ``title``, ``platform``, ``external_video_id``, ``status``, ``created_at`` and ``published_at`` as last
            known. Sorted by ``video_id, seen_at``.
        """
        return read_consistently(self._store, lambda log: find_removals(self._store, log))

    def snapshots(self) -> pl.DataFrame:
        """Return one row for each added snapshot: times, query, proof of completeness, and numbers of changes.

        ``content_digest`` is the snapshot's own, ``state_digest`` that of the archive's whole state after it.
        """
        return pl.DataFrame([list_entry(entry) for entry in self._load_log().entries], schema=LISTED)

    def status(self) -> ArchiveStatus:
        """Return the size of the archive, the result of the last ``verify``, and how reliable its refreshes were.

        Returns
        -------
        ArchiveStatus
            As text, one line each. No Parquet file is read.
        """
        return describe_archive(self._store, self._load_log())

    def compact(self) -> Self:
        """Merge the files of each month into one for each table, and delete the others. Reads return the same rows.

        ``add`` itself merges past months, and now and then the current one. The next ``add`` deletes the files that
        were replaced, so that a reader who opened the old log still finds them.
        """
        self._load_log()  # raises if there is no archive, before a folder is made
        with self._store.hold_lock(self.patience):
            after = commit.commit_change(self._store, self._load_log(), self._compact)
            self._publish_changes(after)
            self._store.delete_unlisted(after.list_paths())
        return self

    def _compact(self, before: Log) -> Log:
        after = compact_months(self._store, before)
        return before if after == before else commit.replace_log(self._store, after)

    def verify(self) -> Self:
        """Check every digest, count and rule again, and record the result for ``status`` if the folder is writable.

        Raises
        ------
        ArchiveError
            If a check fails; ``problems`` lists every failure, and the text says what to do.
        """
        verify_archive(self._store)
        return self

    def files(self, table: str = "stats", *, into: str | os.PathLike[str] | None = None) -> list[Path | str]:
        """Return paths or URLs of the valid files of ``videos``, ``stats`` or ``rejected``, for other engines.

        With ``into``, a folder, they are copied there first: for engines that cannot read the object store.
        `help(influtics_lab.archive)` has the query for a day's state. In ``videos``, where ``as_read`` is true,
        ``latest_*`` and ``stats_last_updated`` are null: they equal those of the video's last reading.

        Raises
        ------
        QueryError
            If there is no such table.
        ConfigError
            If ``into`` is a URL, or the archive's own folder.
        ArchiveError
            If the folder is not an archive, or a file is missing or damaged.
        StorageError
            If the copies cannot be written.
        """
        if table not in TABLES:
            text = f"table is {table!r}; expected one of {', '.join(TABLES)}."
            raise QueryError(text, parameter="table", value=table, allowed=tuple(TABLES))
        if into is None:
            return [self._store.place.location(file.path) for file in self._load_log().files_of(table)]
        if is_url(into) or resolve_location(into) == resolve_location(self.folder):
            raise ConfigError(f"into is {str(into)!r}; expected a folder of this machine, not the archive's own.")
        folder = Folder(Path(into))
        return read_consistently(self._store, lambda log: copy_files(self._store, log.files_of(table), folder))

    def _load_log(self) -> Log:
        return commit.load_existing_log(self._store)
