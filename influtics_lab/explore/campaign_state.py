"""What is chosen in a campaign's explorer, and the campaign as it is with those choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from influtics_lab.campaign import Campaign
from influtics_lab.campaign.file.field_types import DURATION
from influtics_lab.campaign.file.model import COUNTED, ESTIMATORS
from influtics_lab.errors import ConfigError
from influtics_lab.explore.explorer_state import Choice
from influtics_lab.explore.filters import one_of
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
class CampaignState(Choice):
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
        What stands below: ``data`` of the picture, ``targets`` or ``findings``.

    Of these None is as the campaign file says.

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

    def __post_init__(self) -> None:
        allowed: dict[str, tuple[str | None, ...]]
        allowed = {"picture": tuple(MEASURES), "measure": _EVERY, "by": BY, "when": WHEN, "table": TABLES}
        allowed |= {"counted": (None, *COUNTED), "estimator": (None, *ESTIMATORS)}
        for name, values in allowed.items():
            one_of(name, getattr(self, name), values)
        for name, also in (("at_age", (None,)), ("max_gap", (None, NO_LIMIT))):
            value = getattr(self, name)
            if value not in also and DURATION.convert(value) is None:
                raise ConfigError(f"{name} is {value!r}; give {DURATION.allowed}, or None for what the file says.")


def filled(state: CampaignState, campaign: Campaign) -> CampaignState:
    """Give a state that says what the campaign file says where it said nothing, and that fits its picture.

    Examples
    --------
    >>> from influtics_lab.campaign import parse_campaign
    >>> june = '''
    ... name = "June"
    ... period = {start = 2025-06-01, end = 2025-06-29}
    ... videos = {platform = "TikTok"}
    ... '''
    >>> filled(CampaignState("rates"), parse_campaign(june))
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
    changed: dict[str, Any] = {name: value for name, value in own.items() if getattr(state, name) is None}
    if state.measure not in MEASURES[state.picture]:
        changed["measure"] = MEASURES[state.picture][0]
    if state.by not in groups_of(state.picture):
        changed["by"] = "creator" if campaign.creators else "platform"
    return replace(state, **changed)


def groups_of(picture: str) -> tuple[str, ...]:
    """Give what a picture can be by."""
    return BY[1:] if picture == "rates" else BY


@dataclass(frozen=True)
class Settings:
    """What key figures depend on, of a state: two states that share it share their figures."""

    counted: str
    max_gap: str | None
    at_age: str
    engagement_rate: tuple[str, ...]

    def changes(self, campaign: Campaign) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give which estimators, and what of the comparison, are others than in the file."""
        estimators = {
            name: getattr(self, name)
            for name in ("counted", "max_gap", "engagement_rate")
            if getattr(self, name) != getattr(campaign.estimators, name)
        }
        return estimators, {} if self.at_age == campaign.compare.at_age else {"at_age": self.at_age}

    def applied(self, campaign: Campaign) -> Campaign:
        """Give the campaign with them."""
        estimators, compare = self.changes(campaign)
        return replace(
            campaign,
            estimators=replace(campaign.estimators, **estimators),
            compare=replace(campaign.compare, **compare),
        )


def settings_of(state: CampaignState, campaign: Campaign) -> Settings:
    """Give what the figures of a state depend on."""
    told = filled(state, campaign)
    own = campaign.estimators.engagement_rate
    needs_more = told.picture == "rates" and told.estimator not in own
    return Settings(
        counted=str(told.counted),
        max_gap=None if told.max_gap == NO_LIMIT else told.max_gap,
        at_age=str(told.at_age),
        engagement_rate=ESTIMATORS if needs_more else own,
    )
