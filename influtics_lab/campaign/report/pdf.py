"""The page as PDF, by a Chromium that is already on this machine. Without one there is no PDF, and nothing fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

NAME: Final = "report.pdf"
VARIABLE: Final = "CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PATIENCE: Final = 120.0
_SWITCHES: Final = (
    "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip


def find_chromium() -> str | None:
    """Find a Chromium: the one that the environment variable ``CHROMIUM`` names, else one on the path.

    Returns
    -------
    str or None
        None where the variable names none that can be run, or, without it, there is none.
    """
    if given := os.environ.get(VARIABLE):
        return shutil.which(given)
    return next((found for found in (*map(shutil.which, _NAMES), *map(shutil.which, _PLACES)) if found), None)


def write_pdf(page: Path, pdf: Path) -> str | None:
    """Print a page as PDF.

    Parameters
    ----------
    page : pathlib.Path
        An HTML file.
    pdf : pathlib.Path
        Where to write.

    Returns
    -------
    str or None
        Why there is no PDF; None where there is one.
    """
    chromium = find_chromium()
    if chromium is None:
        given = os.environ.get(VARIABLE)
        why = f"{VARIABLE} names {given}, which cannot be run" if given else "there is no Chromium on this machine"
        return f"No {NAME}: {why}. Install Chromium, or print {page.name} from a browser."
    with tempfile.TemporaryDirectory(prefix="influtics-pdf-", ignore_cleanup_errors=True) as profile:
        command = [chromium, *_switches(Path(profile)), f"--print-to-pdf={pdf.absolute()}", page.absolute().as_uri()]
        try:
            ended = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603  # no shell
        except subprocess.TimeoutExpired:
            pdf.unlink(missing_ok=True)
            return f"No {NAME}: Chromium did not end within {_PATIENCE:.0f} s. Print {page.name} from a browser."
        except OSError as error:
            return f"No {NAME}: {chromium} cannot be run ({error.strerror}). Print {page.name} from a browser."
    if ended.returncode or not pdf.is_file():
        pdf.unlink(missing_ok=True)
        return f"No {NAME}: Chromium made none (exit code {ended.returncode}). Print {page.name} from a browser."
    return None


def _switches(profile: Path) -> Iterator[str]:
    yield from _SWITCHES
    yield f"--user-data-dir={profile}"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "--no-sandbox"  # Chromium's sandbox does not start as root; the page has no script and asks nothing
