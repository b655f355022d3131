"""Simulate plausible videos of the three platforms as answer pages, reproducible from a seed on every machine.

============ =================================================================================
random_draws random numbers, exp and log with the same results on every machine
clock        instants as microseconds, and the two formats of the endpoint
phenomena    which video has which phenomenon
ids          the platforms' own ids, which contain the publication time
titles       titles of cooking videos, as each platform has them
paid_videos  links, creators and fees, as an agency keeps them
curves       when a video is read, and how its counts rise
quirks       corrections, purges, hidden counts, cached polls, stalls
answers      readings in the format of the endpoint
videos       the simulated videos
pages        the documented envelope, and the sample in `data/sample`
============ =================================================================================

`python -m influtics_lab.simulation data/sample` writes the sample again.
"""

from influtics_lab.simulation.pages import answer_pages, write_sample
from influtics_lab.simulation.paid_videos import PaidVideo, draw_paid_video
from influtics_lab.simulation.videos import UNTIL, SimulatedVideo, simulate_videos

__all__ = ["UNTIL", "PaidVideo", "SimulatedVideo", "answer_pages", "draw_paid_video", "simulate_videos", "write_sample"]
