"""``report.lock.json``: digests of what went in and came out, and the versions that have a say."""

from __future__ import annotations

import os
import platform
import sys
import zlib
import zoneinfo
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import orjson
from matplotlib.ft2font import __freetype_version__ as freetype

from influtics_lab.campaign.report.pdf import NAME as PDF
from influtics_lab.campaign.report.report_inputs import INPUTS, Source
from influtics_lab.config import VERSION
from influtics_lab.errors import ConfigError
from influtics_lab.plots.font_text import installed_fonts
from influtics_lab.storage import digest_file, list_files

NAME: Final = "report.lock.json"
FORMAT: Final = 2
_READ_BY: Final = {"1": "0.1.0"}  # the last version that reads an older format
KIND: Final = "influtics-lab report"
_PACKAGES: Final = (
    # numbers
    "narwhals", "numpy", "orjson", "polars", "pyarrow",
    # pictures
    "contourpy", "fonttools", "matplotlib", "pillow",
    # page and tables
    "Jinja2", "MarkupSafe", "XlsxWriter",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Give the version of each thing that has a say in the bytes of a report.

    Returns
    -------
    dict of str to str
        Python, this package and others, time zones, compression, what draws letters, the fonts for those that the one
        of matplotlib lacks (Korean, Japanese), and the kind of machine, since not all of them round alike.
    """
    return {
        "python": platform.python_version(),
        "influtics-lab": VERSION,
        **{name: _version(name) for name in _PACKAGES},
        "time zones": _zones(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "freetype": freetype,
        "fonts": _fonts(),
        "machine": f"{sys.platform} {platform.machine()}",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _fonts() -> str:
    """Give the fonts that pictures take letters from which the bundled one lacks, each with a digest of its file."""
    told = (f"{family} {digest_file(file)[:12]}" for family, file in installed_fonts().items())
    return ", ".join(told) or "the bundled one alone"


def _zones() -> str:
    """Give the version of the time zones that Python uses: the system's, else those of the package tzdata."""
    for folder in map(Path, zoneinfo.TZPATH):
        if not (folder / "Europe").is_dir():
            continue
        try:
            first = (folder / "tzdata.zi").read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            return "of the system, without a version"
        return first.removeprefix("# version ")
    return _version("tzdata")


def outputs(folder: Path) -> dict[str, str]:
    """Digest each file of a report that comes out the same again: all but the inputs, the lock and the PDF."""
    every = {path.relative_to(folder).as_posix(): path for path in list_files(folder)}
    left_out = {NAME, PDF}  # Chromium writes the time into a PDF
    return {
        name: digest_file(path)
        for name, path in every.items()
        if name not in left_out and not name.startswith((f"{INPUTS}/", "."))
    }


def write_lock(work: Path, target: Path, copies: Mapping[str, Path], snapshot: Source, since: Source | None) -> None:
    """Write the lock of a report.

    Parameters
    ----------
    work : pathlib.Path
        The folder that holds the report.
    target : pathlib.Path
        Where that folder will be: what ``where`` is told from.
    copies : mapping of str to pathlib.Path
        As `copy_inputs` returns them.
    snapshot : Source
    since : Source or None
    """
    inputs: dict[str, Any] = {
        name: {"file": path.relative_to(work).as_posix(), "sha256": digest_file(path)} for name, path in copies.items()
    }
    sources = {"snapshot": snapshot, "since": since}
    inputs |= {name: None if source is None else source.facts for name, source in sources.items()}
    found = {
        "kind": KIND,
        "format": FORMAT,
        "inputs": inputs,
        "versions": versions(),
        "outputs": outputs(work),
        "where": {
            name: None if source is None else _relative(source.place, target) for name, source in sources.items()
        },
    }
    (work / NAME).write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _relative(place: Path, target: Path) -> str | None:
    try:
        return Path(os.path.relpath(place, target.resolve())).as_posix()
    except ValueError:  # another drive of Windows: the check is told where it is
        return None


def read_lock(folder: Path) -> dict[str, Any]:
    """Read the lock of a report.

    Raises
    ------
    ConfigError
        If the folder holds none that this version reads.
    """
    try:
        found = orjson.loads((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        what = f"has no {NAME}" if folder.is_dir() else "is no folder"
        text = f"{folder} {what}. Give the folder that `influtics-lab report --out` wrote."
        raise ConfigError(text) from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"{folder / NAME} cannot be read ({error}). Make the report again.") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise ConfigError(f"{folder / NAME} is no lock of a report. Make the report again.")
    if found.get("format") != FORMAT:
        text = f"{folder / NAME} has the format {found.get('format')}; this version reads {FORMAT}."
        older = _READ_BY.get(str(found.get("format")))
        what = "a newer influtics-lab" if older is None else f"the version that made it: influtics-lab=={older}"
        raise ConfigError(f"{text} Install {what}.")
    if not all(isinstance(found.get(name), dict) for name in ("inputs", "versions", "outputs", "where")):
        raise ConfigError(f"{folder / NAME} lacks a part. Make the report again.")
    return found
