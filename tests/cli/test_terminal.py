"""Terminal output: no control characters from outside, and no traceback for Ctrl-C during imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import influtics_lab as lab
from influtics_lab.errors import ConfigError, InfluticsError
from influtics_lab.localapi import Fault
from influtics_lab.plain_text import escape_unprintable

CODES = "\x1b]0;title\x07\x1b[2J\x1b[31mAll good\r\x9b2J\u202e"
COMMAND = Path(sys.executable).parent / "influtics-lab"


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, *map(str, words)]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def is_plain(done: subprocess.CompletedProcess[str]) -> bool:
    return all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 401, 404])
def test_error_texts_of_a_server_are_shown_and_not_obeyed(status: int, tmp_path: Path) -> None:
    body = {"success": False, "error": CODES, "code": CODES, "details": {CODES: CODES}}
    with lab.LocalAPI() as api:
        api.faults.add(Fault.http(status, body=body), times=None)
        environment = {"INFLUTICS_API_KEY": api.key}
        done = run("snapshot", "--out", tmp_path, "--base-url", api.url, **environment)
    assert done.returncode in {3, 4, 5}
    assert is_plain(done)


@pytest.mark.slow
def test_values_of_a_manifest_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    path = lab.simulate(3).write(tmp_path)
    manifest = json.loads((path / "manifest.json").read_bytes())
    for key in manifest:
        (path / "manifest.json").write_text(json.dumps(manifest | {key: CODES}))
        assert is_plain(run("verify", path)) if key in {"content_digest", "format"} else is_plain_error(path)


def is_plain_error(path: Path) -> bool:
    try:
        lab.Snapshot.read(path).verify()
    except InfluticsError as error:
        return escape_unprintable(str(error), keep="\n") == str(error)
    return True


@pytest.mark.slow
def test_titles_and_names_of_a_campaign_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    path = lab.simulate(3).write(tmp_path)
    name = json.dumps(CODES)
    text = f"name = {name}\nclient = {name}\n[period]\nstart = 2025-06-01\nend = 2025-06-30\n[videos]\nids = [{name}]\n"
    (tmp_path / "campaign.toml").write_text(text + f"[[creators]]\nname = {name}\nvideos = [{name}]\n")
    done = run("campaign", "check", tmp_path / "campaign.toml", "--snapshot", path)
    assert done.returncode == 1
    assert is_plain(done)


def test_no_error_carries_codes_into_a_traceback() -> None:
    assert str(ConfigError(f"{CODES}\nsecond line")).split("\n") == [escape_unprintable(CODES), "second line"]


INTERRUPTED = """
import os, signal, sys, time
sys.argv = ["/somewhere/NAME", "serve"]
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            os.kill(os.getpid(), signal.SIGNAL)
            time.sleep(1)
sys.meta_path.insert(0, Interrupt())
from influtics_lab.cli import script
script()
"""


@pytest.mark.parametrize("module", ["influtics_lab.config", "polars", "narwhals", "influtics_lab.cli.serve", "uvicorn"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_while_the_command_loads_is_one_line(module: str, name: str) -> None:
    code = INTERRUPTED.replace("MODULE", module).replace("SIGNAL", name).replace("NAME", "influtics-lab")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "influtics-lab: stopped.\n")


@pytest.mark.slow
def test_importing_the_package_leaves_the_signals_of_other_programs_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    code = "import signal, influtics_lab; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
    assert signal.getsignal(signal.SIGINT) is before
