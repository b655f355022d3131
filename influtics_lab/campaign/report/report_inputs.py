"""The inputs of a report: the campaign file with the files that it names, and the snapshots."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from influtics_lab.archive import Archive, is_archive, open_snapshot
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.report.thumbnails import list_thumbnail_files
from influtics_lab.errors import ConfigError, SnapshotError
from influtics_lab.snapshot import Snapshot, content_digest
from influtics_lab.snapshot.content_checks import TABLES
from influtics_lab.storage import resolve_location

INPUTS: Final = "inputs"
AGAINST: Final = "against"


@dataclass(frozen=True)
class Source:
    """A snapshot, and the folder or archive that it was read from."""

    place: Path | str
    snapshot: Snapshot

    @property
    def facts(self) -> dict[str, str]:
        """The id and the digest that identify it."""
        return {name: str(self.snapshot.manifest[name]) for name in ("snapshot_id", "content_digest")}


def open_source(place: Path | str, wanted: Mapping[str, str] | None = None) -> Source:
    """Open the snapshot of a folder, or of an archive.

    Parameters
    ----------
    place : pathlib.Path or str
        The folder or URL of a snapshot or an archive.
    wanted : mapping, optional
        The `facts` of the snapshot to find in an archive; without it, or where the archive lacks it, the latest.

    Returns
    -------
    Source

    Raises
    ------
    SnapshotError
        If there is none, it is damaged, or its content does not match the digest in its manifest.
    """
    snapshot = open_snapshot(place) if wanted is None else _find_snapshot(place, wanted)
    digest = content_digest({name: getattr(snapshot, name) for name in TABLES})
    if digest != snapshot.manifest["content_digest"]:
        text = f"{place} does not match the digest in its manifest. Take the snapshot again, or pass a different one."
        raise SnapshotError(text)
    return Source(resolve_location(place), snapshot)


def _find_snapshot(place: Path | str, wanted: Mapping[str, str]) -> Snapshot:
    if not is_archive(place):
        return open_snapshot(place)
    archive = Archive(place)
    matching = archive.snapshots().filter(pl.col("state_digest") == wanted["content_digest"])
    for read_until in matching["read_until"].reverse():
        snapshot = archive.snapshot(read_until)
        if snapshot.manifest["snapshot_id"] == wanted["snapshot_id"]:
            return snapshot
    return archive.snapshot()


def copy_inputs(campaign: Campaign, file: Path, folder: Path) -> dict[str, Path]:
    """Copy a campaign file, and the files that it names, so that the report can be made again from the copies.

    Parameters
    ----------
    campaign : Campaign
        What the file holds.
    file : pathlib.Path
    folder : pathlib.Path
        Created if it does not exist.

    Returns
    -------
    dict of str to pathlib.Path
        The copies: ``campaign``, and ``links_csv``, ``logo``, ``sheet`` and ``outcomes`` where the file names them.

    Raises
    ------
    ConfigError
        If the file names one that is not beside or below it.
    """
    names = {"campaign": file.name}
    for key, name in _named_files(campaign).items():
        if Path(name).is_absolute() or ".." in Path(name).parts:
            text = f'{file}: {key} is "{name}"; a report uses only files beside or below the campaign file. '
            raise ConfigError(f"{text}Put it there.")
        names[key.removesuffix(".path").rpartition(".")[2]] = name
    names |= {f"thumbnail_{n}": name for n, name in enumerate(list_thumbnail_files(file.parent))}
    for name in names.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.parent / name, folder / name)
    return {key: folder / name for key, name in names.items()}


def _named_files(campaign: Campaign) -> dict[str, str]:
    files = {"videos.links_csv": campaign.videos.links_csv, "look.logo": campaign.look.logo}
    files |= {"sheet.path": None if campaign.sheet is None else campaign.sheet.path}
    files |= {"outcomes.path": None if campaign.outcomes is None else campaign.outcomes.path}
    return {key: name for key, name in files.items() if name is not None}
