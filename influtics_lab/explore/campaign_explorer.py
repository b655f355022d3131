"""A campaign's key figures by click: what it brought, how people engaged, how its videos rank, what that cost."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from influtics_lab.campaign import Campaign, KeyFigures, key_figures
from influtics_lab.campaign.figures.campaign_data import check_inputs
from influtics_lab.errors import ConfigError
from influtics_lab.explore.campaign_pictures import CampaignSelection, draw_campaign, load_data, write_code
from influtics_lab.explore.campaign_state import (
    MEASURES,
    NO_LIMIT,
    TABLES,
    CampaignState,
    apply_settings,
    fill_state,
    list_groups,
)
from influtics_lab.explore.campaign_text import describe_campaign, describe_status, format_campaign_table
from influtics_lab.explore.controls import Option, Options, buttons
from influtics_lab.explore.explorer import Explorer, View
from influtics_lab.explore.explorer_state import read_field
from influtics_lab.snapshot import Snapshot

_AT_AGES: Final = ("24h", "3d", "7d", "14d", "30d")
_GAPS: Final = (NO_LIMIT, "1d", "3d", "7d")
_MOST_CACHED: Final = 12  # settings with their figures
_NAMES: Final = {
    "engagement_rate": "engagement rate", NO_LIMIT: "any", "cpm": "CPM", "cpv": "CPV", "cpe": "CPE", "emv": "EMV",
}  # fmt: skip


class CampaignSource:
    """A campaign and a snapshot, with the key figures of the settings that were chosen last.

    Parameters
    ----------
    campaign : Campaign
    snapshot : Snapshot
    figures : KeyFigures, optional
        Of both, with the settings of the campaign file.

    Raises
    ------
    ConfigError
        If an argument has another type, or the figures are those of another campaign or snapshot.
    """

    def __init__(self, campaign: Campaign, snapshot: Snapshot, figures: KeyFigures | None = None) -> None:
        check_inputs(campaign, snapshot)
        self.campaign, self._snapshot = campaign, snapshot
        self._cache: dict[object, CampaignSelection] = {}
        if figures is not None:
            digest = str(snapshot.manifest["content_digest"])
            if (figures.snapshot.content_digest, figures.campaign.name) != (digest, campaign.name):
                raise ConfigError(
                    f"CampaignExplorer: figures are of {figures.campaign.name!r} in the snapshot "
                    f"{figures.snapshot.content_digest[:12]}, not of {campaign.name!r} in {digest[:12]}. "
                    f"Pass those of both, or none."
                )
            self._keep(apply_settings(campaign, CampaignState()), figures)

    @property
    def label(self) -> str:
        """The campaign's name, for names of files."""
        return self.campaign.name

    def select(self, state: CampaignState) -> CampaignSelection:
        """Return the campaign with the settings of a state, and its figures."""
        campaign = apply_settings(self.campaign, state)
        known = self._cache.get((campaign.estimators, campaign.compare))
        return known or self._keep(campaign, key_figures(campaign, self._snapshot))

    def _keep(self, campaign: Campaign, figures: KeyFigures) -> CampaignSelection:
        if len(self._cache) >= _MOST_CACHED:
            del self._cache[next(iter(self._cache))]
        selection = CampaignSelection(self.campaign, campaign, self._snapshot, figures)
        self._cache[campaign.estimators, campaign.compare] = selection
        return selection


def list_changes(selection: CampaignSelection, state: CampaignState) -> list[str]:
    """Return which settings differ from the campaign file, in a few words each."""
    plan, campaign = selection.plan, selection.campaign
    old, new = plan.estimators, campaign.estimators
    texts = {
        f"{new.counted} counts": old.counted != new.counted,
        f"gaps up to {new.max_gap or 'any'}": old.max_gap != new.max_gap,
        f"at age {campaign.compare.at_age}": plan.compare.at_age != campaign.compare.at_age,
        f"{state.estimator} rate": old.engagement_rate != new.engagement_rate,
    }
    return [text for text, differs in texts.items() if differs]


def _offer(name: str, usual: tuple[str, ...]) -> Options:
    """Return the usual values as options, with that of the campaign file and that of the state."""

    def options(source: CampaignSource, state: CampaignState) -> list[Option]:
        own = read_field(fill_state(CampaignState(), source.campaign), name)
        return _label([*usual, own, read_field(state, name)])

    return options


def _label(values: list[str] | tuple[str, ...]) -> list[Option]:
    return [(_NAMES.get(value, value), value) for value in dict.fromkeys(values)]


_COUNTED: Final = [("automatic", "auto"), ("as last read", "read"), ("gained", "gained")]
_WHEN: Final = [("as last read", "last_read"), ("at equal age", "at_age")]
_VIEW: Final = View(
    sections=(
        (
            "What is drawn",
            (
                (buttons("picture", "Picture", MEASURES),),
                (buttons("measure", "Measure", lambda _, state: _label(MEASURES[state.picture])),),
                (
                    buttons(
                        "by",
                        "By",
                        lambda _, state: _label(list_groups(state.picture)),
                        lambda state: state.picture not in {"progress", "standing"},
                    ),
                ),
                (buttons("when", "Rates", _WHEN, lambda state: state.picture == "rates"),),
                (
                    buttons(
                        "estimator",
                        "Estimator",
                        ("pooled", "mean", "median"),
                        lambda state: state.picture == "rates",
                    ),
                ),
            ),
        ),
        (
            "How figures are computed",
            (
                (buttons("counted", "Counted", _COUNTED, lambda state: state.picture not in {"rates", "standing"}),),
                (
                    buttons(
                        "at_age",
                        "At age",
                        _offer("at_age", _AT_AGES),
                        lambda state: state.picture == "standing" or (state.picture, state.when) == ("rates", "at_age"),
                    ),
                ),
                (
                    buttons(
                        "max_gap",
                        "Gaps up to",
                        _offer("max_gap", _GAPS),
                        lambda state: state.picture != "costs" or state.counted != "read",
                    ),
                ),
            ),
        ),
        ("Below the picture", ((buttons("table", "Table", TABLES),),)),
    ),
    check=lambda source, state: fill_state(state, source.campaign),
    select=CampaignSource.select,
    draw=draw_campaign,
    describe=describe_campaign,
    code=lambda source, state: write_code(source.select(state), state),
    status=lambda _, selection, state: describe_status(selection.figures, list_changes(selection, state)),
    data=lambda _, selection, state: load_data(selection, state),
    table=format_campaign_table,
)


class CampaignExplorer(Explorer[CampaignState]):
    """A widget that shows a campaign's key figures: progress, contributions, rates, standing, costs.

    ``explorer.state`` is what is chosen; ``explorer.code()`` returns the lines that draw the same picture from
    ``campaign`` and ``snapshot``. The status line names settings that differ from the campaign file: what counts, the
    estimator, the age of comparison, gaps.

    Parameters
    ----------
    campaign : Campaign
        As ``read_campaign`` returns it.
    snapshot : Snapshot
    state : CampaignState, optional
        What to show first.
    figures : KeyFigures or mapping, optional
        What ``key_figures`` returned for both, if it was called before.
    folder : path, optional
        Where the buttons write files; without it they offer a download.

    Attributes
    ----------
    picture, measure, by, counted, when, estimator, at_age, max_gap, table : ipywidgets.Widget
        The controls.
    image, status, summary, error
        As of a ``VideoExplorer``.
    extra : ipywidgets.HTML
        The table.

    Raises
    ------
    ConfigError
        If an argument has another type, or the figures are those of another campaign or snapshot.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> explorer = CampaignExplorer(parse_campaign(new_campaign(sample)), sample)
    >>> explorer.picture.value = "costs"
    >>> explorer.state.measure
    'cpm'
    """

    def __init__(
        self,
        campaign: Campaign,
        snapshot: Snapshot,
        state: CampaignState | None = None,
        *,
        figures: KeyFigures | Mapping[str, object] | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        source = CampaignSource(campaign, snapshot, None if figures is None else KeyFigures.of(figures))
        super().__init__(_VIEW, source, state or CampaignState(), folder=folder)

    @property
    def figures(self) -> KeyFigures:
        """The key figures with the settings that are chosen."""
        return KeyFigures.of(self.selection.figures)
