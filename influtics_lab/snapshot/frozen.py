"""The snapshot itself: three frames and a manifest, in memory and as a folder."""

from __future__ import annotations

import html
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson
import polars as pl

from influtics_lab.config import VERSION
from influtics_lab.errors import FrameError, SnapshotError, StorageError
from influtics_lab.schema import FRAME, check, dtypes
from influtics_lab.snapshot.proof import TABLES, broken_laws, content_digest
from influtics_lab.snapshot.storage import FORMAT, KIND, beside, read_manifest, sha256


@dataclass(frozen=True, repr=False)
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
        The folder it was read from or written to.

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
    path: Path | None = field(default=None, compare=False)

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
        instant = "".join(c for c in facts["taken_at"][:19] if c.isalnum())
        own = {
            "kind": KIND,
            "format": FORMAT,
            "library_version": VERSION,
            "snapshot_id": f"{instant}Z-{digest[:12]}",
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
            with beside(target) as work:
                self._write_files(work, pages)
        except OSError as error:
            raise StorageError(
                f"The snapshot cannot be written to {Path(folder)}: {error.strerror or error}. Choose another folder."
            ) from None
        return target

    def _write_files(self, work: Path, pages: Path | None) -> None:
        for name in TABLES:
            frame: pl.DataFrame = getattr(self, name)
            frame.rechunk().write_parquet(work / f"{name}.parquet", compression="zstd")
        if pages is not None:
            shutil.copytree(pages, work / "pages")
        files = {str(path.relative_to(work).as_posix()): sha256(path) for path in sorted(work.rglob("*.*"))}
        manifest = {**self.manifest, "files": files}
        text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (work / "manifest.json").write_bytes(text)

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
            As it stands there; ``verify`` checks every digest.

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
            try:
                frames[name] = check(pl.read_parquet(file, glob=False), table, file.name)
            except (OSError, pl.exceptions.PolarsError, FrameError) as error:
                first = str(error).splitlines()[0]
                raise SnapshotError(f"{file} is damaged or missing ({first}). Take the snapshot again.") from None
        return cls(frames["videos"], frames["stats"], frames["rejected"], manifest, path)

    def verify(self) -> Self:
        """Check every digest, count and law again.

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
        for name, digest in self.manifest["files"].items():
            file = self.path / name
            if not file.is_file():
                yield f"{name} is missing"
            elif sha256(file) != digest:
                yield f"{name} has other bytes than when it was written"

    def _facts(self) -> dict[str, str]:
        platforms = self.videos["platform"].drop_nulls().unique().sort()
        return {
            "videos": f"{self.videos.height:,} ({', '.join(platforms) or 'no platform'})",
            "readings": f"{self.stats.height:,}",
            "rejected values": f"{self.rejected.height:,}",
            "taken": str(self.manifest["taken_at"]),
            "complete": str(self.manifest["completeness"]["proven"]),
            "digest": str(self.manifest["content_digest"])[:16],
        }

    def __repr__(self) -> str:
        return f"Snapshot({'; '.join(f'{name}: {value}' for name, value in self._facts().items())})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>"
            f"{html.escape(value)}</td></tr>"
            for name, value in self._facts().items()
        )
        return f"<table><caption>Snapshot {html.escape(self.manifest['snapshot_id'])}</caption>{rows}</table>"
