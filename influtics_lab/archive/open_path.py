"""Open a snapshot from a path: a snapshot's folder, an archive's, or none for the bundled sample."""

from __future__ import annotations

import os
from pathlib import Path

from influtics_lab.archive.archive_files import LOG
from influtics_lab.archive.archive_folder import Archive
from influtics_lab.load import sample_snapshot
from influtics_lab.snapshot import Snapshot


def is_archive(place: str | os.PathLike[str]) -> bool:
    """Return whether a folder is an archive."""
    return Path(place, LOG).exists()


def open_snapshot(place: str | os.PathLike[str] | None = None) -> Snapshot:
    """Return the snapshot in a folder, the latest of an archive, or the bundled sample.

    Parameters
    ----------
    place : path, optional
        A snapshot's folder, or an archive's; None opens the sample of invented videos.

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
