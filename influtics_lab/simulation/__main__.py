"""Write the sample pages: `python -m influtics_lab.simulation FOLDER`."""

from __future__ import annotations

import sys

from influtics_lab.simulation.pages import write_sample

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m influtics_lab.simulation FOLDER")
    for path in write_sample(sys.argv[1]):
        sys.stdout.write(f"{path}\n")
