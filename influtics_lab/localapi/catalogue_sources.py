"""Where a catalogue comes from: a simulation, a snapshot, answer pages, or a folder of either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from influtics_lab.api.envelope import open_envelope
from influtics_lab.errors import ConfigError, PayloadError, StorageError
from influtics_lab.localapi.catalogue import Catalogue, Ties
from influtics_lab.localapi.snapshot_answers import answers
from influtics_lab.simulation import SimulatedVideo, simulate_videos
from influtics_lab.snapshot import Snapshot

Page = dict[str, Any] | bytes
Given = Snapshot | str | Path | Iterable[SimulatedVideo] | Iterable[Page] | None
Source = Catalogue | Given


def catalogue_of(
    source: Source = None, statuses: Mapping[str, str] | None = None, *, ties: Ties = "stable"
) -> Catalogue:
    """Make a catalogue.

    Parameters
    ----------
    source : optional
        Nothing: a simulation of the default size. SimulatedVideos. A Snapshot. A folder: a snapshot's, where it has a
        `manifest.json`, else one of answer pages (`*.json`, in the order of their names). Answer pages as bytes or
        objects, in either envelope. A Catalogue, which is taken as it is.
    statuses : mapping of video_id to status, optional
        Before what the source says; a video of which nobody knows the status is active.
    ties : "stable" or "random"

    Returns
    -------
    Catalogue
        Of a video that comes twice, the later one.

    Raises
    ------
    StorageError
        If the folder cannot be read or holds neither.
    PayloadError
        If a page is none.
    ConfigError
        If the source is something else.

    Examples
    --------
    >>> page = {"data": [{"video_id": "a"}], "pagination": {"total": 1}}
    >>> catalogue_of([page], {"a": "failed"})["a"].status
    'failed'
    """
    if isinstance(source, Catalogue):
        return source
    catalogue = Catalogue(ties=ties)
    told = statuses or {}
    for answer, status in _videos(source):
        video_id = answer.get("video_id") if isinstance(answer, dict) else None
        wanted = told.get(video_id) if isinstance(video_id, str) else None
        catalogue.insert(answer, wanted or status or "active")
    return catalogue


def _videos(source: Given) -> Iterable[tuple[Any, str | None]]:
    if source is None:
        return _of_parts(simulate_videos())
    if isinstance(source, str | Path):
        return _of_folder(Path(source))
    if isinstance(source, Snapshot):
        return answers(source)
    if isinstance(source, bytes | Mapping) or not isinstance(source, Iterable):
        raise ConfigError(
            f"LocalAPI: the source is a {type(source).__name__}: give a Snapshot, a folder, or a list of answer pages."
        )
    return _of_parts(source)


def _of_parts(parts: Iterable[SimulatedVideo] | Iterable[Page]) -> Iterator[tuple[Any, str | None]]:
    for part in parts:
        if isinstance(part, SimulatedVideo):
            yield part.answer, part.status
        else:
            for item in open_envelope(part).items:
                yield item, None


def _of_folder(folder: Path) -> Iterator[tuple[Any, str | None]]:
    if (folder / "manifest.json").is_file():
        yield from answers(Snapshot.read(folder))
        return
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not paths:
        raise StorageError(f"{folder} is no snapshot and no folder of answer pages (*.json): give one of them.")
    for path in paths:
        try:
            items = open_envelope(path.read_bytes()).items
        except PayloadError as error:
            raise PayloadError(f"{path} is no answer page: {error}") from None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
        for item in items:
            yield item, None
