"""The client's logo, at the head of the report's first page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from influtics_lab.campaign.file.model import Campaign
from influtics_lab.errors import ConfigError

_MEDIA_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


def read_logo(campaign: Campaign, folder: Path) -> str | None:
    """Return the client's logo as a data URI; None where the campaign file names none.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    if campaign.look.logo is None:
        return None
    path = folder / campaign.look.logo
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"look.logo: {path} cannot be read: {error.strerror}. Put it beside the file.") from None
    return f"data:{_MEDIA_TYPES[path.suffix.casefold()]};base64,{base64.b64encode(content).decode()}"
