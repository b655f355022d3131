"""The segments of the log: earlier entries, sixteen at a time, in files that are written once and never change.

`archive.json` holds the latest entries. When there are more than sixteen, the earliest sixteen become a segment, to
which `archive.json` refers by its SHA-256, which is also its name. Sixteen references become a segment in turn, and so
on. So `archive.json` stays small for years, and an add writes a few small segments at most.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import orjson

from influtics_lab.errors import ArchiveError
from influtics_lab.storage import describe_difference

WIDTH: Final = 16
FOLDER: Final = "log"
Item = dict[str, Any]
ReadFiles = Callable[[Sequence[str]], list[bytes | None]]
WriteFile = Callable[[str, bytes], None]


@dataclass(frozen=True)
class Segment:
    """A reference to sixteen entries, or to sixteen references.

    Parameters
    ----------
    sha256 : str
        Of the segment's bytes.
    since : str
        When the read of its first snapshot ended; empty for entries of files.
    """

    sha256: str
    since: str

    @property
    def path(self) -> str:
        """The name of its file."""
        return f"{FOLDER}/{self.sha256}.json.gz"


def _read_nothing(names: Sequence[str]) -> list[bytes | None]:
    """Return that no file exists: in a new log nothing is sealed."""
    return [None] * len(names)


@dataclass(frozen=True)
class Segments:
    """All segments of one kind of entries.

    Parameters
    ----------
    levels : tuple of tuple of Segment
        First the latest segments of entries, then the earlier ones by sixteens, then those by sixteen times sixteen.
    read_files : callable
        Returns the bytes of several files.
    """

    levels: tuple[tuple[Segment, ...], ...] = ()
    read_files: ReadFiles = field(default=_read_nothing, compare=False)

    @property
    def count(self) -> int:
        """The number of entries in all segments."""
        return sum(len(level) * WIDTH**height for height, level in enumerate(self.levels, start=1))

    @property
    def since(self) -> str | None:
        """When the read of the first snapshot ended; None without segments."""
        return next((level[0].since for level in reversed(self.levels) if level), None)

    def with_items(self, items: Sequence[Item], write: WriteFile) -> Segments:
        """Return the segments with sixteen more entries, after writing the new ones."""
        levels, since = [*self.levels], str(items[0].get("read_until", ""))
        for height in range(len(levels) + 1):
            data = pack_content(items)
            segment = Segment(hashlib.sha256(data).hexdigest(), since)
            write(segment.path, data)
            level = (*(levels[height] if height < len(levels) else ()), segment)
            levels[height : height + 1] = [level if len(level) < WIDTH else ()]
            if len(level) < WIDTH:
                break
            items, since = [asdict(part) for part in level], level[0].since
        return replace(self, levels=tuple(levels))

    def read_items(self) -> list[Item]:
        """Return all entries, oldest first.

        Raises
        ------
        ArchiveError
            If a segment is missing or damaged.
        """
        *_, last = ((), *self._walk_levels())
        return self._read_segments(last)

    def read_backwards(self, limit: dt.datetime | None = None) -> Iterator[Item]:
        """Yield the entries, newest first; with a limit without segments whose first read ended after it."""
        for height, level in enumerate(self.levels):
            yield from self._descend(level, height, limit)

    def list_paths(self) -> list[str]:
        """Return the paths of all segments."""
        return [segment.path for segments in self._walk_levels() for segment in segments]

    def find_problems(self) -> list[str]:
        """Return a problem for each segment that is missing or damaged."""
        problems: list[str] = []
        *_, last = ((), *self._walk_levels(problems))
        self._read_segments(last, problems)
        return problems

    def _walk_levels(self, problems: list[str] | None = None) -> Iterator[Sequence[Segment]]:
        """Yield the segments of each level, the highest first, each with those to which the level above it refers."""
        segments: list[Segment] = []
        for level in reversed(self.levels):
            segments = [*_parse_references(self._read_segments(segments, problems)), *level]
            yield segments

    def _descend(self, segments: Iterable[Segment], height: int, limit: dt.datetime | None) -> Iterator[Item]:
        for segment in reversed([*segments]):
            if limit is None or dt.datetime.fromisoformat(segment.since) <= limit:
                items = self._read_segments([segment])
                yield from self._descend(_parse_references(items), height - 1, limit) if height else reversed(items)

    def _read_segments(self, segments: Sequence[Segment], problems: list[str] | None = None) -> list[Item]:
        """Return the items of several segments; raise at the first damaged one, or add it to the problems."""
        items: list[Item] = []
        for segment, data in zip(segments, self.read_files([part.path for part in segments]), strict=True):
            difference = describe_byte_difference(data, segment.sha256)
            if data is not None and difference is None:
                items += unpack_content(data)
                continue
            problem = f"{segment.path} {difference}"
            if problems is None:
                text = f"A segment of the archive's log is damaged or missing ({problem}). Restore it from a backup."
                raise ArchiveError(text, problems=[problem])
            problems.append(problem)
        return items


def _parse_references(items: Sequence[Item]) -> list[Segment]:
    return [Segment(**item) for item in items]


def parse_levels(levels: Sequence[Sequence[Item]], read_files: ReadFiles) -> Segments:
    """Return the segments to which ``archive.json`` refers."""
    return Segments(tuple(tuple(_parse_references(level)) for level in levels), read_files)


def describe_byte_difference(data: bytes | None, expected: str) -> str | None:
    """Return why bytes are not what was written, by its SHA-256; None if they are."""
    return describe_difference(None if data is None else hashlib.sha256(data).hexdigest(), expected)


def pack_content(content: Any) -> bytes:
    """Return content as compressed JSON."""
    return gzip.compress(orjson.dumps(content), mtime=0)


def unpack_content(data: bytes) -> Any:
    """Return the content of compressed JSON."""
    return orjson.loads(gzip.decompress(data))
