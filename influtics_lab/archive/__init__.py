"""Many snapshots in one folder or bucket: only new and changed rows are stored, and each past day can be read again.

================= ===============================================================================
archive_folder    the public class `Archive`
open_path         `open_snapshot`: from a snapshot's folder, an archive's, or the bundled sample
commit            add one snapshot: write its changes, then the log that lists them
refresh           read only what changed since the last refresh, where that can be checked
incremental_read  read the list in order of `updated_at`, newest first
missed_changes    changes that a full read finds and the refreshes before it did not show
row_changes       which rows a snapshot changes; which rows were valid as of a snapshot
repeated_fields   fields of a video that only repeat its last reading: not stored twice
stored_rows       read rows as of a snapshot from the Parquet files
arrivals          videos with new readings since an instant; videos that were removed
restored_snapshot build a snapshot, or the list of revisions, from stored rows
compaction        merge the small files of a month
log, log_entries  `archive.json`: the snapshots that were added and the files that hold their rows
log_segments      the earlier entries of the log, in small files that never change
archive_tables    the columns and keys of the three stored tables
delta_tables      Delta tables over the same files, for other engines
archive_files     the files of the folder or bucket, and its lock
status            size, last verification, and how reliable refreshes were
verification      check every digest and count again
================= ===============================================================================

**From cron.** Each hour, with the key in a file that only you can read (``export INFLUTICS_API_KEY=...``)::

    17 * * * * . $HOME/.influtics; cd $HOME/lab && .venv/bin/influtics-lab archive refresh data/archive >>log 2>&1

Let your monitor see the exit code. 3 is a key that has expired. 5 is a service that does not answer: the archive is as
it was, and the next run catches up. 2 with "Another process writes" means that one run takes longer than the time
between two. The log says why a run "read everything (...)"; if every line says so, the service's order is unreliable.
"missed by the refresh before" means that the service changed videos without moving them to the top:
choose a smaller ``--full-every``. Run ``influtics-lab verify data/archive`` once a week; it says what to do about each
problem. ``influtics-lab archive log data/archive`` lists the snapshots, which `archive.json` holds in packed form.

**In an object store.** ``lab.Archive("s3://bucket/path")``, ``gs://bucket/path`` or ``az://container/path``
needs the extra ``cloud``. Credentials, region and address are read from the environment (``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``; ``GOOGLE_APPLICATION_CREDENTIALS``;
``AZURE_STORAGE_ACCOUNT_NAME``, ``AZURE_STORAGE_ACCOUNT_KEY``); a URL that holds any is refused. Writers need no lock:
the log is replaced only if it still has the version that was read, and a writer that was overtaken starts again, five
times. Google allows one write of the log a second, so an add right after another waits. Files that are no longer
listed stay for at least a day. An add costs about seven requests, and one for each file of the archive; beside its new
rows it uploads less than 10 kB, also after three years of hourly refreshes.

**From other engines.** ``influtics-lab archive publish data/archive`` (extra ``lake``) writes Delta tables over the
same files, and so does each later add: ``stats``, ``videos``, ``rejected``, and ``snapshots`` last. Each row has
``snapshot``, the number of the snapshot that added it, ``seen_at``, the end of that read, and ``removed``. This is a
day's state in DuckDB with its extension ``delta``; other engines run the query over their own names of the tables::

    select video_id, timestamp, views, likes, comments, reposts from delta_scan('data/archive/stats')
    where seen_at < timestamptz '2025-07-02 00:00:00+00' and video_id in (
        select video_id from delta_scan('data/archive/videos') where seen_at < timestamptz '2025-07-02 00:00:00+00'
        qualify snapshot = max(snapshot) over (partition by video_id) and not removed
    ) qualify snapshot = max(snapshot) over (partition by video_id, timestamp) and not removed

In polars::

    end, newest = dt.datetime(2025, 7, 2, tzinfo=dt.UTC), pl.col("snapshot").max()
    stats, videos = (pl.scan_delta(f"data/archive/{t}").filter(pl.col("seen_at") < end) for t in ("stats", "videos"))
    stats = stats.filter(pl.col("snapshot") == newest.over("video_id", "timestamp"), ~pl.col("removed"))
    videos = videos.filter(pl.col("snapshot") == newest.over("video_id"), ~pl.col("removed"))
    state = stats.join(videos, on="video_id", how="semi")

Paths with a percent sign or a backslash cannot have Delta tables, since their readers replace these. polars reads Delta
tables only where no part of the path needs an escape in a URL, such as a space or an accent.
Engines without Delta read the files that ``archive.files("stats")`` lists; a glob would also find files that were
replaced. The folder name ``snapshot_date`` is the first day of a file that may hold a month: it finds files, and
``seen_at`` finds rows. In ``videos``, ``as_read`` marks rows whose ``latest_*`` and ``stats_last_updated`` are those of
the video's last reading. Never run ``optimize`` or ``vacuum`` on these tables: they are only an index of the archive.
"""

from influtics_lab.archive.archive_folder import Archive
from influtics_lab.archive.missed_changes import Unseen
from influtics_lab.archive.open_path import is_archive, open_snapshot
from influtics_lab.archive.refresh import Refreshed
from influtics_lab.archive.row_changes import Added
from influtics_lab.archive.status import ArchiveStatus

__all__ = ["Added", "Archive", "ArchiveStatus", "Refreshed", "Unseen", "is_archive", "open_snapshot"]
