"""The command line in this process: what it prints and its exit code, without the start of an interpreter."""

from __future__ import annotations

import contextlib
import io
import os
from subprocess import CompletedProcess

import pytest

from influtics_lab.cli import main

KEY = "sk-very-secret-4711"


def run_here(*words: object, key: str | None = KEY, **environment: str) -> CompletedProcess[str]:
    """Run a command under some variables of the environment, and under none of the library's own beside them."""
    arguments = [*map(str, words)]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("INFLUTICS_")]:
            patch.delenv(name)
        for name, value in (environment | ({} if key is None else {"INFLUTICS_API_KEY": key})).items():
            patch.setenv(name, value)
        try:
            code = main(arguments)
        except SystemExit as ended:  # of --help, --version, or wrong usage
            code = int(ended.code or 0)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
