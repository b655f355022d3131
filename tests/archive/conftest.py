"""What tests of archives share."""

from __future__ import annotations

from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab.archive import delta_tables
from tests.archive.published import publish_days


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verification reports problems at once: nobody else publishes."""
    monkeypatch.setattr(delta_tables, "_PAUSES_S", ())


@pytest.fixture
def archive(tmp_path: Path) -> lab.Archive:
    """A published archive; modules whose tests need another one have their own."""
    return publish_days(tmp_path / "archive")
