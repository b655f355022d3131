"""The public class `Snapshot`: three frames and a manifest, in memory and as a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, overload

import polars as pl

from influtics_lab.config import VERSION
from influtics_lab.errors import FrameError, SnapshotError, StorageError
from influtics_lab.markup import render_table
from influtics_lab.schema import FRAME, check, dtypes
from influtics_lab.snapshot.content_checks import ROWS, TABLES, content_digest, find_broken_rules, snapshot_id
from influtics_lab.snapshot.export import export_frame
from influtics_lab.snapshot.manifest import FORMAT, KIND, MANIFEST, dump_manifest, read_manifest
from influtics_lab.snapshot.parquet_footer import footer_problem
from influtics_lab.storage import (
    Folder,
    Location,
    Place,
    describe_difference,
    describe_failure,
    digest_file,
    is_url,
    list_files,
    open_place,
    report_write_errors,
    to_location,
    write_folder,
)


@dataclass(frozen=True, repr=False, eq=False)
class Snapshot:
    """The result of one read of the endpoint.

    Parameters
    ----------
    videos : polars.DataFrame
        One row for each video.
    stats : polars.DataFrame
        One row for each reading, sorted by ``video_id, timestamp``.
    rejected : polars.DataFrame
        One row for each raw value that was rejected, with the reason.
    manifest : dict
        Its origin, proof of completeness, counts of raw values, and digest.
    path : pathlib.Path or str, optional
        The folder or URL it was read from.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> snapshot = lab.sample_snapshot()
    >>> snapshot.stats.columns
    ['video_id', 'timestamp', 'views', 'likes', 'comments', 'reposts']
    >>> snapshot.verify() is snapshot
    True
    """

    videos: pl.DataFrame
    stats: pl.DataFrame
    rejected: pl.DataFrame
    manifest: dict[str, Any]
    path: Path | str | None = None

    @classmethod
    def build(
        cls, videos: pl.DataFrame, stats: pl.DataFrame, rejected: pl.DataFrame, facts: Mapping[str, Any]
    ) -> Snapshot:
        """Build a snapshot from three frames and the facts of their read.

        Parameters
        ----------
        videos, stats, rejected : polars.DataFrame
            As in ``schema.py``.
        facts : mapping
            The manifest's entries other than format, version, numbers of rows and digest. ``taken_at`` is an ISO 8601
            text.

        Returns
        -------
        Snapshot

        Raises
        ------
        FrameError
            If a frame does not have the columns and types of ``schema.py``.
        """
        tables = {"videos": videos, "stats": stats, "rejected": rejected}
        for name, frame in tables.items():
            check(frame, TABLES[name], name)
        digest = content_digest(tables)
        own = {
            "kind": KIND,
            "format": FORMAT,
            "library_version": VERSION,
            "snapshot_id": snapshot_id(facts["taken_at"], digest),
            "videos": videos.height,
            "readings": stats.height,
            "rejected": rejected.height,
            "content_digest": digest,
        }
        manifest = {**own, **facts, **own}  # ours come first, and facts cannot override them
        return cls(videos, stats, rejected, manifest)

    def frame(self) -> pl.DataFrame:
        """Return the joined frame: one row for each video and timestamp, with the video's columns beside its counts.

        Returns
        -------
        polars.DataFrame
            Sorted by ``video_id, timestamp``. A video without readings has no row here, only in ``videos``.
        """
        joined = self.stats.join(self.videos, on="video_id", how="left", maintain_order="left")
        return joined.select(dtypes(FRAME).keys())

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the joined frame as a file for other programs: ``.parquet``, ``.csv`` or ``.arrow``, by its suffix.

        In CSV a text that begins with ``= + - @``, a tab or a line break is prefixed with an apostrophe, so that no
        spreadsheet runs it as a formula, and instants are ISO 8601.

        Parameters
        ----------
        path : path
            In an existing folder; an existing file is replaced, or unchanged if writing fails.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ConfigError
            If the suffix is a different one.
        StorageError
            If it cannot be written.
        """
        return export_frame(self.frame(), path)

    @overload
    def write(self, folder: Path, *, pages: Path | None = None) -> Path: ...
    @overload
    def write(self, folder: Location, *, pages: Path | None = None) -> Path | str: ...

    def write(self, folder: Location, *, pages: Path | None = None) -> Path | str:
        """Write the snapshot as a folder of its own below ``folder``: completely, or not at all.

        Parameters
        ----------
        folder : path or URL
            Made if it does not exist. For URLs see ``Archive``; there the manifest, written last, completes it.
        pages : pathlib.Path, optional
            A folder of raw answers, to be stored beside the frames.

        Returns
        -------
        pathlib.Path or str
            The snapshot's folder or URL. If the same snapshot already exists there, it is verified and left unchanged.

        Raises
        ------
        StorageError
            If the folder cannot be written.
        SnapshotError
            If something else of that name exists.
        """
        if is_url(folder):
            return self._upload(open_place(f"{str(folder).rstrip('/')}/{self.manifest['snapshot_id']}"), pages)
        target = Path(folder) / str(self.manifest["snapshot_id"])
        advice = "Free some space or choose another folder."
        if not target.exists():
            try:
                with (
                    report_write_errors(f"The snapshot cannot be written to {Path(folder)}", advice),
                    write_folder(target) as work,
                ):
                    self._write_files(work, pages)
            except StorageError:
                if not target.is_dir():  # else another process wrote the same snapshot meanwhile
                    raise
            else:
                return target
        Snapshot.read(target).verify()
        return target

    def _upload(self, place: Place, pages: Path | None) -> str:
        """Write the snapshot to an object store, with the manifest as its last object, unless it is there."""
        if place.read(MANIFEST) is None:
            with tempfile.TemporaryDirectory() as folder:
                self._write_files(Path(folder), pages)
                files = Folder(Path(folder))
                for name in sorted(files.list_names(), key=lambda name: name == MANIFEST):
                    place.write(name, files.read(name) or b"")
        Snapshot.read(str(place)).verify()
        return str(place)

    def _write_files(self, work: Path, pages: Path | None) -> None:
        for name in TABLES:
            frame: pl.DataFrame = getattr(self, name)
            frame.rechunk().write_parquet(work / f"{name}.parquet", compression="zstd")
        if pages is not None:
            shutil.copytree(pages, work / "pages")
        files = {path.relative_to(work).as_posix(): digest_file(path) for path in list_files(work)}
        manifest = {**self.manifest, "files": files}
        (work / MANIFEST).write_bytes(dump_manifest(manifest))

    @classmethod
    def read(cls, path: Location) -> Snapshot:
        """Read a snapshot's folder.

        Parameters
        ----------
        path : path or URL
            The folder or URL that ``write`` returned.

        Returns
        -------
        Snapshot
            Its three tables match the digests in its manifest; ``verify`` checks everything else.

        Raises
        ------
        SnapshotError
            If the folder is not a snapshot, has a newer format, or is damaged.
        """
        place = open_place(path)
        manifest = read_manifest(place)
        frames = {}
        for name, table in TABLES.items():
            file_name = f"{name}.parquet"
            file = place.location(file_name)
            if what := describe_difference(place.digest(file_name), manifest["files"].get(file_name)):
                raise SnapshotError(f"{file} {what}. Take the snapshot again.", problems=[f"{file_name} {what}"])
            if problem := footer_problem(place.open_table(file_name), manifest[ROWS[name]]):
                text = f"{file} {problem}: the numbers of rows do not match the manifest, or the file is damaged."
                raise SnapshotError(f"{text} Take the snapshot again.", problems=[f"{file_name} {problem}"])
            try:
                frames[name] = check(pl.read_parquet(place.open_table(file_name), glob=False), table, file_name)
            except (OSError, pl.exceptions.PolarsError, FrameError) as error:
                reason = describe_failure(error)
                raise SnapshotError(f"{file} is damaged or missing ({reason}). Take the snapshot again.") from None
        return cls(frames["videos"], frames["stats"], frames["rejected"], manifest, to_location(path))

    def verify(self) -> Self:
        """Check every digest, count and rule again.

        The digests detect accidental changes of the files and of the manifest's facts (when, from where, how complete).
        They do not protect against somebody who changes a snapshot on purpose and computes them again.

        Returns
        -------
        Snapshot
            Itself, if all checks pass.

        Raises
        ------
        SnapshotError
            If a check fails; ``problems`` lists every failure.
        """
        problems = [
            *self._find_wrong_files(),
            *find_broken_rules(self.videos, self.stats, self.rejected, self.manifest),
        ]
        if problems:
            where = self.path or "the snapshot"
            raise SnapshotError(f"{where} does not match its manifest: {'; '.join(problems)}.", problems=problems)
        return self

    def _find_wrong_files(self) -> Iterator[str]:
        if self.path is None:
            return
        place = open_place(self.path)
        present = set(place.list_names()) - {MANIFEST}
        yield from (
            f"{name} does not belong to this snapshot" for name in sorted(present - self.manifest["files"].keys())
        )
        if place.name != self.manifest["snapshot_id"]:
            yield f"the folder's name is not {self.manifest['snapshot_id']} (rename it)"
        for name, digest in self.manifest["files"].items():
            if problem := describe_difference(place.digest(name), digest):
                yield f"{name} {problem}"

    def _summary_facts(self) -> dict[str, str]:
        platforms = self.videos["platform"].drop_nulls().unique().sort()
        return {
            "videos": f"{self.videos.height:,} ({', '.join(platforms) or 'no platform'})",
            "readings": f"{self.stats.height:,}",
            "rejected values": f"{self.rejected.height:,}",
            "taken": str(self.manifest["taken_at"]),
            "from": str(self.manifest.get("host") or "pages that were given"),
            "complete": str(self.manifest["completeness"]["proven"]),
            "content digest": str(self.manifest["content_digest"]),
            "read by": f"influtics-lab {self.manifest['library_version']}",
        }

    def __repr__(self) -> str:
        return f"Snapshot({'; '.join(f'{name}: {value}' for name, value in self._summary_facts().items())})"

    def _repr_html_(self) -> str:
        caption = f"Snapshot {self.manifest['snapshot_id']}"
        return render_table(self._summary_facts().items(), caption=caption, wrap=True)
