"""Why a figure is not there: a closed list. Figures carry the name, and every set of figures this list."""

from __future__ import annotations

from typing import Any, Final

REASONS: Final = {
    "no_videos": "No video belongs to it.",
    "not_found": "The campaign file names the post, and the snapshot does not have it.",
    "no_readings": "The video has no readings in the snapshot.",
    "not_in_period": "No reading of the video with this count lies in the period.",
    "never_reported": "The platform never reported this count for the video.",
    "hidden": "The count is hidden: it fell to 0, or likes are 0 at more than 1,000 views. Hidden is missing, not 0.",
    "first_later": "The first reading with this count lies after that instant, and nothing says that the video was "
    "published later.",
    "not_published": "The video was published after that instant.",
    "last_earlier": "The last reading with this count lies too long before that instant: nothing is extrapolated.",
    "gap": "The readings around that instant are further apart than max_gap.",
    "fell": "The count fell in the period, and one end of it is not known: not even a lower bound is.",
    "other_reading": "Views and engagements were last read at different times: a rate needs one reading.",
    "negative_gain": "A video lost more than it gained: shares of a sum with negative parts mean nothing.",
    "part_missing": "The count is not known for every video of the group; `known` is the sum of what is.",
    "no_views": "There are no views, or engagements, to divide by.",
    "no_rate_known": "No video of the group has views and all parts of an engagement.",
    "too_few": "Fewer than 5 videos (or creators, where they are drawn together): no interval.",
    "no_spend": "No spend is given for it.",
    "spent_later": "All of its spend is dated after the last day that the figure is of.",
    "no_currency": "A spend has no currency.",
    "no_exchange_rate": "Spends are in several currencies, and there is no rate for one of them.",
    "not_divided": "A spend is for videos inside and outside of this group: money is not divided between them.",
    "no_worth": "The campaign file gives no rates.",
    "no_creator": "The campaign file names no creator of the video.",
    "no_publication": "When the video was published is not known.",
    "too_young": "The video's last reading lies before the age of comparison.",
    "not_at_age": "No two readings lie around the age of comparison.",
    "no_comparison": "No other video has a value at that age: the campaign's own videos are not compared with each "
    "other.",
    "few_others": "Fewer than 5 other videos, none of them of the campaign, have a value at that age.",
    "too_early": "The period began less than a day before the snapshot's last reading: no recent pace yet.",
    "begun_later": "The period, or the last day of readings, leaves no time in which a pace could be told.",
    "no_accumulation": "A rate does not add up from day to day.",
    "past": "The date has passed.",
    "reached": "The target is reached.",
}

SHORT_REASONS: Final = {
    "no_videos": "no video belongs to it",
    "not_found": "not in the snapshot",
    "no_readings": "no readings",
    "not_in_period": "not read in the period",
    "never_reported": "never reported",
    "hidden": "hidden",
    "first_later": "first read later",
    "not_published": "not yet published",
    "last_earlier": "last read earlier",
    "gap": "gap between readings too long",
    "fell": "count fell",
    "other_reading": "read at different times",
    "negative_gain": "some gains are negative",
    "part_missing": "not known of every video",
    "no_views": "nothing to divide by",
    "no_rate_known": "no rate known",
    "too_few": "too few for an interval",
    "no_spend": "no spend given",
    "spent_later": "spent later",
    "no_currency": "a spend has no currency",
    "no_exchange_rate": "no exchange rate",
    "not_divided": "spend covers other videos too",
    "no_worth": "no rates given",
    "no_creator": "no creator named",
    "no_publication": "publication not known",
    "too_young": "too young",
    "not_at_age": "not read around that age",
    "no_comparison": "no other video to compare with",
    "few_others": "fewer than 5 to compare with",
    "too_early": "begun less than a day ago",
    "begun_later": "no time for a pace",
    "no_accumulation": "a rate has no pace",
    "past": "date has passed",
    "reached": "already reached",
}
"""The same in a few words."""


def known(value: Any, **facts: Any) -> dict[str, Any]:
    """Give a figure that is there."""
    return {"value": value, "reason": None, **facts}


def unknown(reason: str, **facts: Any) -> dict[str, Any]:
    """Give a figure that is not there, and why."""
    if reason not in REASONS:
        raise KeyError(reason)
    return {"value": None, "reason": reason, **facts}
