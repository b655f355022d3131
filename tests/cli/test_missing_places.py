"""Snapshots and archives that are not there: one exit code for every command, and a line that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import run_here

CAMPAIGN = """\
name = "June"
[period]
start = 2025-06-01
end = 2025-06-30
[videos]
platform = "TikTok"
"""
COMMANDS = (
    "verify absent",
    "report june.toml --snapshot absent --out report",
    "report --check absent",
    "settle june.toml --snapshot absent --as-of 2025-06-20 --out settlement",
    "settle june.toml --archive absent --as-of 2025-06-20 --out settlement",
    "settle --check absent",
    "campaign init --snapshot absent --out new.toml",
    "campaign check june.toml --snapshot absent",
    "dashboard absent --port 0",
    "serve absent --port 0",
    "watch watch.toml --archive absent",
    "archive add archive absent",
    "archive history absent --out history.parquet",
    "archive export absent --out export",
    "archive publish absent",
    "archive log absent",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_is_not_there_is_an_error_of_usage(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("june.toml").write_text(CAMPAIGN)
    Path("watch.toml").write_text('[[removed]]\nname = "gone"\n')
    result = run_here(*command.split())
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"influtics-lab {command.split(maxsplit=1)[0]}: ")
    assert "absent" in line
    assert result.returncode == 2
    assert not Path("absent").exists()
