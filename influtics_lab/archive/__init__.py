"""Many snapshots in a folder: only what is new is stored, and each day is still there as it was.

============= ====================================================================================
folder        `Archive`: add, history as of a day, revisions, compact, verify
log           what was added, and which files hold it: the one file that commits
tables        what is stored: three tables, each row with the snapshot that brought it
changes       what a snapshot changes; what was known as of a snapshot
compaction    the small files of a month made one
refresh       fetch only what changed, where that can be checked
walk          the list in order of `updated_at`, newest first
unseen        what a full read finds that no refresh had shown
status        what it holds, what `verify` found, how far refreshes can be trusted
verification  every digest, count and law again
opening       `open_snapshot`: of a snapshot's folder, an archive's, or the sample
store         the few places that touch the file system
============= ====================================================================================
"""

from influtics_lab.archive.archive_folder import Archive
from influtics_lab.archive.missed_changes import Unseen
from influtics_lab.archive.open_path import is_archive, open_snapshot
from influtics_lab.archive.refresh import Refreshed
from influtics_lab.archive.row_changes import Added
from influtics_lab.archive.status import ArchiveStatus

__all__ = ["Added", "Archive", "ArchiveStatus", "Refreshed", "Unseen", "is_archive", "open_snapshot"]
