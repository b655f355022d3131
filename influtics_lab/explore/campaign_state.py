"""The state of a campaign's explorer, and the campaign with its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from influtics_lab.campaign import Campaign
from influtics_lab.campaign.file.field_types import DURATION
from influtics_lab.campaign.file.model import COUNTED, ESTIMATORS
from influtics_lab.errors import ConfigError
from influtics_lab.explore.explorer_state import State
from influtics_lab.schema import COUNTS

MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "progress": COUNTS,
    "contributions": (*COUNTS, "engagements"),
    "rates": ("engagement_rate",),
    "standing": ("views", "engagement_rate"),
    "costs": ("cpm", "cpv", "cpe", "emv", "spend"),
}
BY: Final = ("video", "creator", "platform")
WHEN: Final = ("last_read", "at_age")
TABLES: Final = ("data", "targets", "findings")
NO_LIMIT: Final = "none"
_EVERY: Final = tuple(dict.fromkeys(name for names in MEASURES.values() for name in names))


@dataclass(frozen=True)
class CampaignState(State):
    """Everything that the picture of a ``CampaignExplorer`` depends on, besides the campaign and the snapshot.

    Attributes
    ----------
    picture : str
        ``progress``, ``contributions``, ``rates``, ``standing`` or ``costs``.
    measure : str
        ``views likes comments reposts engagements engagement_rate cpm cpv cpe emv spend``; where the picture does not
        have it, it becomes the first one that the picture has.
    by : str
        ``video``, ``creator`` or ``platform``; rates are by creator or platform.
    counted : str or None
        ``read`` or ``gained``: what counts.
    when : str
        Rates as ``last_read``, or ``at_age``: at one equal age.
    estimator : str or None
        ``pooled``, ``mean`` or ``median`` rate.
    at_age : str or None
        The age of comparison, such as ``"7d"``.
    max_gap : str or None
        Nothing is interpolated over longer gaps, such as ``"3d"``; ``"none"`` is no limit.
    table : str
        The table below: ``data`` of the picture, ``targets`` or ``findings``.

    None means the setting of the campaign file.

    Examples
    --------
    >>> CampaignState.from_json(CampaignState(counted="gained").to_json()).counted
    'gained'
    """

    picture: str = "progress"
    measure: str = "views"
    by: str = "video"
    counted: str | None = None
    when: str = "last_read"
    estimator: str | None = None
    at_age: str | None = None
    max_gap: str | None = None
    table: str = "data"

    choices = {  # noqa: RUF012  # a ClassVar of the base
        "picture": tuple(MEASURES), "measure": _EVERY, "by": BY, "when": WHEN, "table": TABLES,
        "counted": (None, *COUNTED), "estimator": (None, *ESTIMATORS),
    }  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, also in (("at_age", (None,)), ("max_gap", (None, NO_LIMIT))):
            value = getattr(self, name)
            if value not in also and DURATION.convert(value) is None:
                raise ConfigError(f"{name} is {value!r}; expected {DURATION.allowed}, or None for the campaign file's.")


def fill_state(state: CampaignState, campaign: Campaign) -> CampaignState:
    """Return a state with the campaign file's settings in place of None, and with what its picture offers.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> june = '''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-29}
    ... videos = {platform = "TikTok"}
    ... '''
    >>> fill_state(CampaignState("rates"), parse_campaign(june))
    CampaignState(picture='rates', measure='engagement_rate', by='platform', counted='auto', when='last_read',
        estimator='pooled', at_age='7d', max_gap='none', table='data')
    """
    estimators = campaign.estimators
    own = {
        "counted": estimators.counted,
        "estimator": estimators.engagement_rate[0],
        "at_age": campaign.compare.at_age,
        "max_gap": estimators.max_gap or NO_LIMIT,
    }
    changes: dict[str, Any] = {name: value for name, value in own.items() if getattr(state, name) is None}
    if state.measure not in MEASURES[state.picture]:
        changes["measure"] = MEASURES[state.picture][0]
    if state.by not in list_groups(state.picture):
        changes["by"] = "creator" if campaign.creators else "platform"
    return replace(state, **changes)


def list_groups(picture: str) -> tuple[str, ...]:
    """Return what a picture can be grouped by."""
    return BY[1:] if picture == "rates" else BY


def apply_settings(campaign: Campaign, state: CampaignState) -> Campaign:
    """Return the campaign with the settings of a state: states with equal campaigns share their figures."""
    state = fill_state(state, campaign)
    rates = campaign.estimators.engagement_rate
    if state.picture == "rates" and state.estimator not in rates:
        rates = ESTIMATORS
    max_gap = None if state.max_gap == NO_LIMIT else state.max_gap
    estimators = replace(campaign.estimators, counted=str(state.counted), max_gap=max_gap, engagement_rate=rates)
    return replace(campaign, estimators=estimators, compare=replace(campaign.compare, at_age=str(state.at_age)))
