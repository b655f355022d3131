"""The kernel that runs the report's notebook: this very interpreter, and none of the user's settings or keys."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

from influtics_lab.errors import MissingExtraError

try:
    import zmq
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import default
except ImportError as error:
    raise MissingExtraError(
        f"A report needs {error.name}, which is not installed. Run: pip install 'influtics-lab[lab]'"
    ) from error

_OWN: Final = {
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "MPLBACKEND": "Agg",
}  # whatever the user has set: no part of a report may depend on it

_SILENT: Final = "--IPKernelApp.log_level=50"  # what fails comes as a message; how it was ended is no news


class OwnKernel(AsyncKernelManager):
    """A kernel of this interpreter, whatever environment the kernel called ``python3`` is of."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", _SILENT]
        encrypted = {"supported_encryption": ["curve"]}
        return KernelSpec(argv=argv, display_name="influtics-lab", language="python", metadata=encrypted)

    @default("transport_encryption")
    def _encrypted(self) -> str:
        """Let no other user of this machine listen, where the libraries can."""
        return "auto" if zmq.has("curve") else "disabled"

    async def start_kernel(self, *given: Any, **options: Any) -> None:  # type: ignore[override]  # as its base does
        """Start it without keys, in a folder of settings of its own."""
        await super().start_kernel(*given, **options | {"env": environment(Path.cwd())})


def environment(folder: Path) -> dict[str, str]:
    """Give the environment of the kernel: no key, no address, no settings of a person.

    Parameters
    ----------
    folder : pathlib.Path
        Where IPython's settings would be.

    Returns
    -------
    dict of str to str
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFLUTICS_", "JPY_"))}
    return kept | _OWN | {"IPYTHONDIR": str(folder / "ipython")}
