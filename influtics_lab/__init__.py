"""Load, measure, draw and freeze the statistics of the videos you track with Influtics.

============  ======================================================================================
``load``      from pages to a snapshot in one call: the service's, a folder's, the sample's, simulated
``snapshot``  one complete read, frozen: write, read, verify
``metrics``   growth, engagement, age, groups, flags, money: ``frame.pipe(lab.growth, "views")``
``plots``     matplotlib, one function a picture: frame in, Axes out
``explore``   ipywidgets for a notebook: choose and look, every choice available as code
``campaign``  a campaign as a TOML file, and its key figures from a snapshot
``archive``   many snapshots in a folder, holding only what is new: each day as it was, refresh, verify
``watch``     conditions over an archive: what begins and ends is sent by mail or webhook
``markup``    a frame as a table of a page, in which a title is text and nothing else
``localapi``  the documented endpoint on this machine, over simulated or given videos
``platforms`` TikTok, YouTube, Instagram: names, ids, the time in an id, and which video a link names
``schema``    the column dictionary of every frame, and the reasons for which a value is not kept
``errors``    everything that can go wrong, and the exit code that it has on the command line
``api``       the endpoint itself: query, connection, paging, decoding
============  ======================================================================================

``plots`` and ``explore`` load matplotlib and ipywidgets, so they are imported by name:
``from influtics_lab import plots, explore``.

``notebooks/00_recipes.ipynb`` solves twelve common tasks in a few lines each. In a checkout it is there;
``influtics-lab demo`` copies it. `columns` and `definitions` describe every column, of the frame and of the metrics.
"""

from __future__ import annotations

import influtics_lab.interruption  # noqa: F401  # first: it guards the loading of all others

# isort: split
import importlib
from typing import TYPE_CHECKING

from influtics_lab import config
from influtics_lab.errors import DataQualityWarning, InfluticsError
from influtics_lab.load import Client, load_stats, parse_pages, sample_costs, sample_snapshot, simulate, take_snapshot
from influtics_lab.markup import table
from influtics_lab.metrics import (
    acceleration,
    at_age,
    audit_er,
    backtest,
    benchmark,
    compare,
    compare_pairs,
    concentration,
    count_ratios,
    cpe,
    cpm,
    cpv,
    definitions,
    doubling_time,
    emv,
    engagement_rate,
    flag_counters,
    forecast,
    gained,
    growth,
    half_life,
    hit_rate,
    incremental_engagement_rate,
    latest,
    lifetime_average,
    multiple_of_usual,
    resample,
    rule_change_effect,
    summarize,
    time_to,
    total_gained,
    views_at_ages,
    window_gain,
    with_age,
    with_creator,
    with_published,
)
from influtics_lab.platforms import CountingRule, counting_rules
from influtics_lab.schema import columns
from influtics_lab.snapshot import Snapshot, export_frame, to_excel

__version__ = config.VERSION

if TYPE_CHECKING:
    from influtics_lab.archive import Archive, open_snapshot
    from influtics_lab.localapi import LocalAPI

__all__ = [
    "Archive",
    "Client",
    "CountingRule",
    "DataQualityWarning",
    "InfluticsError",
    "LocalAPI",
    "Snapshot",
    "__version__",
    "acceleration",
    "at_age",
    "audit_er",
    "backtest",
    "benchmark",
    "columns",
    "compare",
    "compare_pairs",
    "concentration",
    "count_ratios",
    "counting_rules",
    "cpe",
    "cpm",
    "cpv",
    "definitions",
    "doubling_time",
    "emv",
    "engagement_rate",
    "export_frame",
    "flag_counters",
    "forecast",
    "gained",
    "growth",
    "half_life",
    "hit_rate",
    "incremental_engagement_rate",
    "latest",
    "lifetime_average",
    "load_stats",
    "multiple_of_usual",
    "open_snapshot",
    "parse_pages",
    "resample",
    "rule_change_effect",
    "sample_costs",
    "sample_snapshot",
    "simulate",
    "summarize",
    "table",
    "take_snapshot",
    "time_to",
    "to_excel",
    "total_gained",
    "views_at_ages",
    "window_gain",
    "with_age",
    "with_creator",
    "with_published",
]


def __dir__() -> list[str]:
    return sorted(__all__)  # completion offers public names and nothing else


if not TYPE_CHECKING:  # a type checker should refuse other names

    def __getattr__(name: str) -> object:
        if name in ("Archive", "open_snapshot"):  # loaded when it is used: most notebooks have no archive
            return getattr(importlib.import_module("influtics_lab.archive"), name)
        if name == "LocalAPI":  # needs the extra `lab`, and loads a web server
            return importlib.import_module("influtics_lab.localapi").LocalAPI
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
