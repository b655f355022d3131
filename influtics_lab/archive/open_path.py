"""Open a snapshot from a path or URL: a snapshot's folder, an archive's, or none for the bundled sample."""

from __future__ import annotations

from influtics_lab.archive.archive_files import LOG
from influtics_lab.archive.archive_folder import Archive
from influtics_lab.load import sample_snapshot
from influtics_lab.snapshot import Snapshot
from influtics_lab.storage import Location, open_place


def is_archive(place: Location) -> bool:
    """Return whether a folder or URL is an archive."""
    return open_place(place).find_problem(LOG) != "is missing"


def open_snapshot(place: Location | None = None) -> Snapshot:
    """Return the snapshot in a folder, the latest of an archive, or the bundled sample.

    Parameters
    ----------
    place : path or URL, optional
        A snapshot's folder or URL, or an archive's; None opens the sample of invented videos.

    Returns
    -------
    Snapshot
        For an earlier day of an archive: ``lab.Archive(place).snapshot(as_of=...)``.

    Raises
    ------
    SnapshotError
        If the path holds neither, or a damaged one.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> lab.open_snapshot().videos.height
    60
    """
    if place is None:
        return sample_snapshot()
    return Archive(place).snapshot() if is_archive(place) else Snapshot.read(place)
