"""Create a catalogue from a simulation, a snapshot, answer pages, or a folder with either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from influtics_lab.api.envelope import open_envelope
from influtics_lab.errors import ConfigError, PayloadError, StorageError
from influtics_lab.localapi.catalogue import Catalogue, Ties
from influtics_lab.localapi.snapshot_answers import restore_answers
from influtics_lab.simulation import SimulatedVideo, simulate_videos
from influtics_lab.snapshot import Snapshot

Page = dict[str, Any] | bytes
Given = Snapshot | str | Path | Iterable[SimulatedVideo] | Iterable[Page] | None
Source = Catalogue | Given


def create_catalogue(
    source: Source = None, statuses: Mapping[str, str] | None = None, *, ties: Ties = "stable"
) -> Catalogue:
    """Return a catalogue of the videos of a source.

    Parameters
    ----------
    source : optional
        One of: None, for a simulation of the default size; SimulatedVideos; a Snapshot; a folder, of a snapshot if it
        has a `manifest.json`, otherwise of answer pages (`*.json`, sorted by name); answer pages as bytes or objects,
        with either envelope; a Catalogue, which is returned unchanged.
    statuses : mapping of video_id to status, optional
        Override the statuses of the source. Videos without any status are active.
    ties : "stable" or "random"

    Returns
    -------
    Catalogue
        Of a video that occurs twice, the later occurrence.

    Raises
    ------
    StorageError
        If the folder cannot be read or holds neither.
    PayloadError
        If a page is no answer.
    ConfigError
        If the source has a different type.

    Examples
    --------
    >>> page = {"data": [{"video_id": "a"}], "pagination": {"total": 1}}
    >>> create_catalogue([page], {"a": "failed"})["a"].status
    'failed'
    """
    if isinstance(source, Catalogue):
        return source
    catalogue = Catalogue(ties=ties)
    known_statuses = statuses or {}
    for answer, status in _read_source(source):
        video_id = answer.get("video_id") if isinstance(answer, dict) else None
        known_status = known_statuses.get(video_id) if isinstance(video_id, str) else None
        catalogue.insert(answer, known_status or status or "active")
    return catalogue


def _read_source(source: Given) -> Iterable[tuple[Any, str | None]]:
    if source is None:
        return _read_parts(simulate_videos())
    if isinstance(source, str | Path):
        return _read_folder(Path(source))
    if isinstance(source, Snapshot):
        return restore_answers(source)
    if isinstance(source, bytes | Mapping) or not isinstance(source, Iterable):
        raise ConfigError(
            f"LocalAPI: the source is a {type(source).__name__}; expected a Snapshot, folder, or list of answer pages."
        )
    return _read_parts(source)


def _read_parts(parts: Iterable[SimulatedVideo] | Iterable[Page]) -> Iterator[tuple[Any, str | None]]:
    for part in parts:
        if isinstance(part, SimulatedVideo):
            yield part.answer, part.status
        else:
            for item in open_envelope(part).items:
                yield item, None


def _read_folder(folder: Path) -> Iterator[tuple[Any, str | None]]:
    if (folder / "manifest.json").is_file():
        yield from restore_answers(Snapshot.read(folder))
        return
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not paths:
        raise StorageError(f"{folder} is neither a snapshot nor a folder of answer pages (*.json). Name one of them.")
    for path in paths:
        try:
            items = open_envelope(path.read_bytes()).items
        except PayloadError as error:
            raise PayloadError(f"{path} is no answer page: {error}") from None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
        for item in items:
            yield item, None
