"""From pages to a snapshot in one call, whether they come from the service, a folder or a simulation."""

from influtics_lab.load.client import Client, load_stats, take_snapshot
from influtics_lab.load.raw_pages import parse_pages, sample_snapshot, simulate

__all__ = ["Client", "load_stats", "parse_pages", "sample_snapshot", "simulate", "take_snapshot"]
