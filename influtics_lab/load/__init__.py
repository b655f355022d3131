"""Create a snapshot in one call: from the service, from answer pages, from the bundled sample, or simulated."""

from influtics_lab.load.client import Client, load_stats, take_snapshot
from influtics_lab.load.raw_pages import parse_pages, sample_costs, sample_snapshot, simulate

__all__ = ["Client", "load_stats", "parse_pages", "sample_costs", "sample_snapshot", "simulate", "take_snapshot"]
