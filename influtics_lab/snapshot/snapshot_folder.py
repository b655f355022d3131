"""The snapshot itself: three frames and a manifest, in memory and as a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from influtics_lab.config import VERSION
from influtics_lab.errors import FrameError, SnapshotError, StorageError
from influtics_lab.markup import render_table
from influtics_lab.schema import FRAME, check, dtypes
from influtics_lab.snapshot.content_checks import ROWS, TABLES, broken_laws, content_digest, snapshot_id
from influtics_lab.snapshot.export import export_frame
from influtics_lab.snapshot.manifest import FORMAT, KIND, dump_manifest, read_manifest
from influtics_lab.snapshot.parquet_footer import footer_problem
from influtics_lab.storage import describe_failure, digest_file, list_files, write_folder


@dataclass(frozen=True, repr=False, eq=False)
class Snapshot:
    """Everything that one read of the endpoint gave.

    Parameters
    ----------
    videos : polars.DataFrame
        One row for each video.
    stats : polars.DataFrame
        One row for each reading, sorted by ``video_id, timestamp``.
    rejected : polars.DataFrame
        One row for each raw value that could not be kept, with its reason.
    manifest : dict
        Where it comes from, how complete it is, the account of its values, and its digest.
    path : pathlib.Path, optional
        The folder it was read from.

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
    path: Path | None = None

    @classmethod
    def build(
        cls, videos: pl.DataFrame, stats: pl.DataFrame, rejected: pl.DataFrame, facts: Mapping[str, Any]
    ) -> Snapshot:
        """Make a snapshot of three frames and the facts of how they were read.

        Parameters
        ----------
        videos, stats, rejected : polars.DataFrame
            As ``schema.py`` has them.
        facts : mapping
            What the manifest holds beside format, versions, numbers and digest; ``taken_at`` is an ISO 8601 text.

        Returns
        -------
        Snapshot

        Raises
        ------
        FrameError
            If a frame has not the columns and types of ``schema.py``.
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
        manifest = {**own, **facts, **own}  # these first, and by nobody else
        return cls(videos, stats, rejected, manifest)

    def frame(self) -> pl.DataFrame:
        """Give the one frame: one row for each video and timestamp, the video's columns beside its counts.

        Returns
        -------
        polars.DataFrame
            Sorted by ``video_id, timestamp``. A video without readings has no row here; it stands in ``videos``.
        """
        joined = self.stats.join(self.videos, on="video_id", how="left", maintain_order="left")
        return joined.select(dtypes(FRAME).keys())

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the one frame into one file for other programs: ``.parquet``, ``.csv`` or ``.arrow`` by its name.

        In CSV a text that begins with ``= + - @``, a tab or a line break gets an apostrophe before it, so that no
        spreadsheet runs it as a formula, and instants are ISO 8601.

        Parameters
        ----------
        path : path
            In a folder that is there; an older file is replaced, or stays as it was where writing fails.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        ConfigError
            If its suffix is another one.
        StorageError
            If it cannot be written.
        """
        return export_frame(self.frame(), path)

    def write(self, folder: str | os.PathLike[str], *, pages: Path | None = None) -> Path:
        """Write the snapshot into a folder of its own below ``folder``: whole, or not at all.

        Parameters
        ----------
        folder : path
            Made if it is not there.
        pages : pathlib.Path, optional
            A folder of the answers as they came, to be kept beside the frames.

        Returns
        -------
        pathlib.Path
            The snapshot's folder. Where the same snapshot is already there, it is verified and left as it is.

        Raises
        ------
        StorageError
            If the folder cannot be written.
        SnapshotError
            If another thing of that name is there.
        """
        target = Path(folder) / str(self.manifest["snapshot_id"])
        if target.exists():
            Snapshot.read(target).verify()
            return target
        try:
            with write_folder(target) as work:
                self._write_files(work, pages)
        except (OSError, pl.exceptions.PolarsError) as error:
            if target.is_dir():  # another process was faster with the same one
                Snapshot.read(target).verify()
                return target
            text = f"The snapshot cannot be written to {Path(folder)}: {describe_failure(error)}."
            raise StorageError(f"{text} Free some space or choose another folder.") from None
        return target

    def _write_files(self, work: Path, pages: Path | None) -> None:
        for name in TABLES:
            frame: pl.DataFrame = getattr(self, name)
            frame.rechunk().write_parquet(work / f"{name}.parquet", compression="zstd")
        if pages is not None:
            shutil.copytree(pages, work / "pages")
        files = {path.relative_to(work).as_posix(): digest_file(path) for path in list_files(work)}
        manifest = {**self.manifest, "files": files}
        (work / "manifest.json").write_bytes(dump_manifest(manifest))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a snapshot's folder.

        Parameters
        ----------
        path : path
            The folder that ``write`` gave.

        Returns
        -------
        Snapshot
            Its three tables have the digests of its manifest; ``verify`` checks all the rest.

        Raises
        ------
        SnapshotError
            If it is no snapshot, a newer format, or damaged; the message says which.
        """
        path = Path(path)
        manifest = read_manifest(path)
        frames = {}
        for name, table in TABLES.items():
            file = path / f"{name}.parquet"
            if not file.is_file() or digest_file(file) != manifest["files"].get(file.name):
                what = "has other bytes than when it was written" if file.is_file() else "is missing"
                raise SnapshotError(f"{file} {what}. Take the snapshot again.", problems=[f"{file.name} {what}"])
            if wrong := footer_problem(file, manifest[ROWS[name]]):
                text = f"{file} {wrong}: the numbers of rows are not the manifest's, or it is damaged."
                raise SnapshotError(f"{text} Take the snapshot again.", problems=[f"{file.name} {wrong}"])
            try:
                frames[name] = check(pl.read_parquet(file, glob=False), table, file.name)
            except (OSError, pl.exceptions.PolarsError, FrameError) as error:
                first = str(error).splitlines()[0]
                raise SnapshotError(f"{file} is damaged or missing ({first}). Take the snapshot again.") from None
        return cls(frames["videos"], frames["stats"], frames["rejected"], manifest, path)

    def verify(self) -> Self:
        """Check every digest, count and law again.

        The digests show every change by accident: of the files, and of what the manifest says of the read (when, where
        from, how complete). They stop nobody who changes a snapshot on purpose and computes them again.

        Returns
        -------
        Snapshot
            Itself, if all hold.

        Raises
        ------
        SnapshotError
            Else; ``problems`` names each thing that is wrong.
        """
        problems = [*self._wrong_files(), *broken_laws(self.videos, self.stats, self.rejected, self.manifest)]
        if problems:
            where = self.path or "the snapshot"
            raise SnapshotError(f"{where} is not what its manifest says: {'; '.join(problems)}.", problems=problems)
        return self

    def _wrong_files(self) -> Iterator[str]:
        if self.path is None:
            return
        there = {file.relative_to(self.path).as_posix() for file in list_files(self.path)} - {"manifest.json"}
        yield from (f"{name} is not of this snapshot" for name in sorted(there - self.manifest["files"].keys()))
        if self.path.name != self.manifest["snapshot_id"]:
            yield f"the folder's name is not {self.manifest['snapshot_id']}"
        for name, digest in self.manifest["files"].items():
            file = self.path / name
            if not file.is_file():
                yield f"{name} is missing"
            elif digest_file(file) != digest:
                yield f"{name} has other bytes than when it was written"

    def _facts(self) -> dict[str, str]:
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
        return f"Snapshot({'; '.join(f'{name}: {value}' for name, value in self._facts().items())})"

    def _repr_html_(self) -> str:
        return render_table(self._facts().items(), caption=f"Snapshot {self.manifest['snapshot_id']}")
