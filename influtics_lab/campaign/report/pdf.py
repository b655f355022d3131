"""The page as PDF, printed by a Chromium of this machine. Without one there is no PDF, and nothing fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PDF: Final = "report.pdf"
APPENDIX_PDF: Final = "appendix.pdf"
PDFS: Final = (PDF, APPENDIX_PDF)
VARIABLE: Final = "CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_TIMEOUT_S: Final = 120.0
_SWITCHES: Final = (
    "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer", "--generate-pdf-document-outline",
)  # fmt: skip


def find_chromium() -> str | None:
    """Return the Chromium that the environment variable ``CHROMIUM`` names, else one on the path.

    Returns
    -------
    str or None
        None where the variable names no program, or without it none is on the path.
    """
    if named := os.environ.get(VARIABLE):
        return shutil.which(named)
    return next((path for path in map(shutil.which, (*_NAMES, *_PLACES)) if path), None)


def write_pdf(page: Path, pdf: Path) -> str | None:
    """Write a page as PDF.

    Parameters
    ----------
    page : pathlib.Path
        An HTML file.
    pdf : pathlib.Path
        Where to write.

    Returns
    -------
    str or None
        Why there is no PDF; None if it was written.
    """
    chromium = find_chromium()
    if chromium is None:
        named = os.environ.get(VARIABLE)
        reason = f"{VARIABLE} names {named}, which cannot be run" if named else "there is no Chromium on this machine"
        return f"No {pdf.name}: {reason}. Install Chromium, or print {page.name} from a browser."
    with tempfile.TemporaryDirectory(prefix="influtics-pdf-", ignore_cleanup_errors=True) as profile:
        command = [
            chromium,
            *_list_switches(Path(profile)),
            f"--print-to-pdf={pdf.absolute()}",
            page.absolute().as_uri(),
        ]
        try:
            process = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603  # no shell
        except subprocess.TimeoutExpired:
            pdf.unlink(missing_ok=True)
            return (
                f"No {pdf.name}: Chromium did not finish within {_TIMEOUT_S:.0f} s. Print {page.name} from a browser."
            )
        except OSError as error:
            return f"No {pdf.name}: {chromium} cannot be run ({error.strerror}). Print {page.name} from a browser."
    if process.returncode or not pdf.is_file():
        pdf.unlink(missing_ok=True)
        return f"No {pdf.name}: Chromium wrote none (exit code {process.returncode}). Print {page.name} from a browser."
    return None


def _list_switches(profile: Path) -> Iterator[str]:
    yield from _SWITCHES
    yield f"--user-data-dir={profile}"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "--no-sandbox"  # Chromium's sandbox does not start as root; the page has no script and asks nothing
