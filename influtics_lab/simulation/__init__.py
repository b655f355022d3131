"""Answer pages with plausible videos of the three platforms, from a seed, the same everywhere.

======== =====================================================================================
draws    random numbers, exp and log, the same on every machine
clock    instants, and how the endpoint writes them
deck     which video gets which phenomenon
ids      the platforms' own ids, with the publication time in them
titles   ordinary titles and hostile ones
curves   when a video is read, and how its counts rise
quirks   corrections, purges, hidden counts, cached polls, stalls
answers  readings in the words of the endpoint
videos   one simulated video after the other
pages    the documented envelope, and the sample in `data/sample`
======== =====================================================================================

`python -m influtics_lab.simulation data/sample` writes the sample again.
"""

from influtics_lab.simulation.pages import answer_pages, write_sample
from influtics_lab.simulation.videos import UNTIL, SimulatedVideo, simulate_videos

__all__ = ["UNTIL", "SimulatedVideo", "answer_pages", "simulate_videos", "write_sample"]
