"""Handle Ctrl-C while the command ``influtics-lab`` still imports: one line and exit code 130, no traceback.

Imports last about a second, during which an interrupt would show a traceback through other packages. The package
imports this module first; it does nothing unless the process is the command itself.
"""

from __future__ import annotations

import os
import signal
import sys


def _exit_on_signal(_number: int, _frame: object) -> None:
    os.write(2, b"influtics-lab: stopped.\n")
    os._exit(130)


if sys.argv and sys.argv[0].replace("\\", "/").rpartition("/")[2] in {"influtics-lab", "influtics-lab.exe"}:
    signal.signal(signal.SIGINT, _exit_on_signal)
    signal.signal(signal.SIGTERM, _exit_on_signal)
