"""``report.lock.json``: digests of a report's inputs and outputs, and the versions that affect the output."""

from __future__ import annotations

import os
import platform
import sys
import zlib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import orjson
from matplotlib.ft2font import __freetype_version__ as freetype

from influtics_lab.campaign.report.pdf import PDFS
from influtics_lab.campaign.report.report_inputs import INPUTS, Source
from influtics_lab.config import VERSION
from influtics_lab.errors import ConfigError
from influtics_lab.plots.font_text import installed_fonts
from influtics_lab.storage import digest_file, is_url, list_files

FORMAT: Final = 3  # since a report has two editions
_READ_BY: Final = {"1": "0.1.0", "2": "0.2.0"}  # the last version that reads an older format
_PACKAGES: Final = (
    # numbers
    "narwhals", "numpy", "orjson", "polars", "pyarrow",
    # pictures
    "contourpy", "fonttools", "matplotlib", "pillow",
    # page and tables
    "Jinja2", "MarkupSafe", "XlsxWriter",
)  # fmt: skip


@dataclass(frozen=True)
class LockKind:
    """A kind of folder that has a lock: its name, the command that writes it, and the format of its lock."""

    noun: str
    command: str
    format: int

    @property
    def file(self) -> str:
        """Return the name of the lock."""
        return f"{self.noun}.lock.json"


REPORT: Final = LockKind("report", "report", FORMAT)
LOCK: Final = REPORT.file


@dataclass(frozen=True)
class ReportLock:
    """What a lock holds.

    Attributes
    ----------
    inputs : mapping of str to mapping
        ``file`` and ``sha256`` of each file; ``snapshot_id`` and ``content_digest`` of each snapshot, or None.
    versions, outputs : mapping of str to str
        Versions by name; digests by file.
    where : mapping of str to str
        The place of each snapshot, relative to the report's folder.
    settings : mapping of str to str
        What the command was given besides files.
    """

    inputs: Mapping[str, Mapping[str, str] | None]
    versions: Mapping[str, str]
    outputs: Mapping[str, str]
    where: Mapping[str, str | None]
    settings: Mapping[str, str] = field(default_factory=dict)


def collect_versions() -> dict[str, str]:
    """Return the version of everything that affects the bytes of a report.

    Returns
    -------
    dict of str to str
        Python, this package and others, time zones, compression, FreeType, the fonts for characters that matplotlib's
        own font lacks (Korean, Japanese), and the kind of machine, since machines round differently.
    """
    return {
        "python": platform.python_version(),
        "influtics-lab": VERSION,
        **{name: _find_version(name) for name in _PACKAGES},
        "time zones": _find_zones_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "freetype": freetype,
        "fonts": _describe_fonts(),
        "machine": f"{sys.platform} {platform.machine()}",
    }


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _describe_fonts() -> str:
    """Return the fonts for characters that the bundled one lacks, each with a digest of its file."""
    fonts = (f"{family} {digest_file(file)[:12]}" for family, file in installed_fonts().items())
    return ", ".join(fonts) or "the bundled one alone"


def _find_zones_version() -> str:
    """Return the version of the time zones that Python uses: the system's, else that of the package tzdata."""
    for folder in map(Path, zoneinfo.TZPATH):
        if not (folder / "Europe").is_dir():
            continue
        try:
            first = (folder / "tzdata.zi").read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            return "of the system, without a version"
        return first.removeprefix("# version ")
    return _find_version("tzdata")


def digest_outputs(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a report that is reproducible: all but inputs, lock and PDFs."""
    files = {path.relative_to(folder).as_posix(): path for path in list_files(folder)}
    return {
        name: digest_file(path)
        for name, path in files.items()
        if name not in PDFS  # Chromium writes the time into them
        and not name.startswith((f"{INPUTS}/", "."))
        and not name.endswith(".lock.json")
    }


def write_lock(
    work: Path,
    target: Path,
    copies: Mapping[str, Path],
    snapshot: Source,
    since: Source | None,
    *,
    kind: LockKind = REPORT,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Write the lock of a report.

    Parameters
    ----------
    work : pathlib.Path
        The folder that holds the report.
    target : pathlib.Path
        Where that folder will be: the places of the snapshots are relative to it.
    copies : mapping of str to pathlib.Path
        As `copy_inputs` returns them.
    snapshot : Source
    since : Source or None
    kind : LockKind
    settings : mapping of str to str, optional
    """
    inputs: dict[str, Any] = {
        name: {"file": path.relative_to(work).as_posix(), "sha256": digest_file(path)} for name, path in copies.items()
    }
    sources = {"snapshot": snapshot, "since": since}
    inputs |= {name: None if source is None else source.facts for name, source in sources.items()}
    lock = {
        "kind": f"influtics-lab {kind.noun}",
        "format": kind.format,
        "inputs": inputs,
        "versions": collect_versions(),
        "outputs": digest_outputs(work),
        "where": {
            name: None if source is None else _relative_place(source.place, target) for name, source in sources.items()
        },
        **({} if settings is None else {"settings": dict(settings)}),
    }
    (work / kind.file).write_bytes(orjson.dumps(lock, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _relative_place(place: Path | str, target: Path) -> str | None:
    if is_url(place):
        return str(place)
    try:
        return Path(os.path.relpath(place, target.resolve())).as_posix()
    except ValueError:  # another drive of Windows: the check asks for the place
        return None


def read_lock(folder: Path, kind: LockKind = REPORT) -> ReportLock:
    """Read the lock of a report, or of another kind of folder.

    Raises
    ------
    ConfigError
        If the folder holds none that this version reads.
    """
    file, again = folder / kind.file, f"Build the {kind.noun} again."
    try:
        lock = orjson.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        what = f"has no {kind.file}" if folder.is_dir() else "does not exist"
        text = f"{folder} {what}. Pass the folder that `influtics-lab {kind.command} --out` wrote."
        raise ConfigError(text) from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"{file} cannot be read ({error}). {again}") from None
    if not isinstance(lock, dict) or lock.get("kind") != f"influtics-lab {kind.noun}":
        raise ConfigError(f"{file} is not the lock of a {kind.noun}. {again}")
    if lock.get("format") != kind.format:
        text = f"{file} has the format {lock.get('format')}; this version reads {kind.format}."
        older = _READ_BY.get(str(lock.get("format")))
        what = "a newer influtics-lab"
        if older is not None:
            what = f"the version that built it: influtics-lab=={older}. Or build the {kind.noun} again"
        raise ConfigError(f"{text} Install {what}.")
    parts: dict[str, Any] = {name: lock.get(name) for name in ("inputs", "versions", "outputs", "where")}
    parts["settings"] = lock.get("settings", {})
    if not all(isinstance(part, dict) for part in parts.values()) or not _is_whole(parts["inputs"], parts["where"]):
        raise ConfigError(f"{file} is incomplete. {again}")
    return ReportLock(**parts)


def _is_whole(inputs: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Return whether each input has a name and a digest, and each place is a text, or null."""
    entries = [entry for entry in inputs.values() if entry is not None]
    return all(isinstance(place, str | None) for place in where.values()) and all(
        isinstance(entry, dict)
        and {*entry} in ({"file", "sha256"}, {"snapshot_id", "content_digest"})
        and all(isinstance(value, str) for value in entry.values())
        for entry in entries
    )
