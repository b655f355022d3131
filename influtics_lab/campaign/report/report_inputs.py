"""What a report is made of: the campaign file with what it names, and the snapshots."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from influtics_lab.archive import Archive, is_archive, open_snapshot
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.file.parser import read_campaign
from influtics_lab.errors import ConfigError, SnapshotError
from influtics_lab.snapshot import Snapshot, content_digest
from influtics_lab.snapshot.content_checks import TABLES

INPUTS: Final = "inputs"


@dataclass(frozen=True)
class Source:
    """A snapshot, and where it lies: a folder that has its id as its name, whatever the given one is called."""

    given: Path
    folder: Path
    snapshot: Snapshot

    @property
    def facts(self) -> dict[str, str]:
        """What tells it apart from every other one."""
        return {name: str(self.snapshot.manifest[name]) for name in ("snapshot_id", "content_digest")}


def stage(place: Path, scratch: Path, wanted: Mapping[str, str] | None = None) -> Source:
    """Open the snapshot of a folder, or of an archive.

    Parameters
    ----------
    place : pathlib.Path
        A snapshot's folder or an archive's.
    scratch : pathlib.Path
        Where to put it if it does not lie in a folder that has its id as its name.
    wanted : mapping, optional
        The `facts` of the snapshot that is looked for in an archive; without it, or where it is not there, the latest.

    Returns
    -------
    Source

    Raises
    ------
    SnapshotError
        If it is none, is damaged, or its content is not what its manifest says.
    """
    snapshot = open_snapshot(place) if wanted is None else _wanted(place, wanted)
    found = content_digest({name: getattr(snapshot, name) for name in TABLES})
    if found != snapshot.manifest["content_digest"]:
        text = f"{place} has other content than its manifest says. Take the snapshot again, or give another one."
        raise SnapshotError(text)
    here = place.resolve()
    folder = here if here.name == snapshot.manifest["snapshot_id"] else snapshot.write(scratch)
    return Source(here, folder, snapshot)


def _wanted(place: Path, wanted: Mapping[str, str]) -> Snapshot:
    if not is_archive(place):
        return open_snapshot(place)
    archive = Archive(place)
    same = archive.snapshots().filter(pl.col("state_digest") == wanted["content_digest"])
    every = (archive.snapshot(until) for until in same["read_until"].reverse())
    return next((one for one in every if one.manifest["snapshot_id"] == wanted["snapshot_id"]), archive.snapshot())


def copy_inputs(file: Path, folder: Path) -> dict[str, Path]:
    """Copy a campaign file, and the files that it names, so that a report can be made again from the copies.

    Parameters
    ----------
    file : pathlib.Path
    folder : pathlib.Path
        Made if it is not there.

    Returns
    -------
    dict of str to pathlib.Path
        The copies: ``campaign``, and ``links_csv`` and ``logo`` where the file names them.

    Raises
    ------
    ConfigError
        If the file is not valid, or names one that is not beside or below it.
    """
    campaign = read_campaign(file)
    for key, name in _named(campaign).items():
        if Path(name).is_absolute() or ".." in Path(name).parts:
            text = (
                f'{file}: {key} is "{name}"; a report takes only files beside or below the campaign file. Put it there.'
            )
            raise ConfigError(text)
    names = {"campaign": file.name, **{key.rpartition(".")[2]: name for key, name in _named(campaign).items()}}
    for name in names.values():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.parent / name, folder / name)
    return {key: folder / name for key, name in names.items()}


def _named(campaign: Campaign) -> dict[str, str]:
    every = {"videos.links_csv": campaign.videos.links_csv, "look.logo": campaign.look.logo}
    return {key: name for key, name in every.items() if name is not None}
