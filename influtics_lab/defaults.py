"""Defaults that several functions, the campaign file and the explorers share; a change here changes figures."""

from __future__ import annotations

from typing import Final

LEVEL_PCT: Final = 95.0
"""The confidence level of intervals."""

BOOTSTRAP_DRAWS: Final = 10_000
"""How many bootstrap draws an interval is made of."""

AT_AGE: Final = "7d"
"""The age at which videos are compared."""

HORIZON: Final = "30d"
"""The age whose count is the whole of which `time_to` times a share, and that forecasts are for."""

FORECAST_LEVEL_PCT: Final = 90.0
"""How many outcomes of a hundred the limits of a forecast hold."""

FORECAST_RECENT: Final = "60d"
"""How long ago calibrators of forecasts were published at most."""

FORECAST_MAX_GAP: Final = "2d"
"""The longest gap between readings across which forecasts interpolate views."""

FIXED_AGES: Final = ("24h", AT_AGE, HORIZON)
"""The ages of V24h, V7 and V30."""

COMPARED_PARTS: Final = ("likes", "comments")
"""What an engagement is in comparisons: the counts that all platforms report."""

ER_TOLERANCE_PCT: Final = 0.01
"""How far a reported engagement rate may be from a recomputed one and still fit, in percentage points."""
