"""What changed since a former settlement: each change with its evidence and its signed amount."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.formatting import format_day
from influtics_lab.campaign.figures.missing_posts import spellings
from influtics_lab.campaign.figures.records import to_plain
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.settlement.amounts import (
    BUDGET,
    list_amounts,
    pay_video,
    pay_views,
    subtract_amounts,
    sum_amounts,
    sum_lines,
)
from influtics_lab.campaign.settlement.statements import (
    FORMAT,
    KIND,
    Adjustment,
    SettledVideo,
    Settlement,
    Statement,
    list_keys,
)
from influtics_lab.errors import ConfigError
from influtics_lab.time_zones import find_local_time

FROZEN: Final = "frozen"


def open_former(since: Settlement | Mapping[str, object], plan: Campaign, as_of: dt.date) -> Settlement:
    """Read a former settlement, and check that it is of the same campaign and currencies, and of an earlier day."""
    if not isinstance(since, Settlement):
        if since.get("kind") != KIND or since.get("format") != FORMAT:
            raise ConfigError(f"The former settlement is none of format {FORMAT}. Pass the folder of a settlement.")
        since = Settlement.from_dict(since)
    if since.campaign != plan.name:
        raise ConfigError(f"The former settlement is of the campaign {since.campaign!r}, not {plan.name!r}.")
    if since.as_of >= as_of:
        raise ConfigError(f"The former settlement is as of {since.as_of}, which is not before {as_of}.")
    deals = [(creator, number) for number, deal in enumerate(plan.deals, start=1) for creator in deal.creator]
    for key, (creator, number) in zip(list_keys(creator for creator, _ in deals), deals, strict=True):
        earlier, deal = since.statement_by_key.get(key), plan.deals[number - 1]
        if earlier is not None and earlier.deal.currency != deal.currency:
            raise ConfigError(
                f"{deal.name_entry(number)} is in {deal.currency}, and the former settlement of {creator} in "
                f"{earlier.deal.currency}: amounts cannot be subtracted."
            )
    return since


def keep_frozen_views(
    earlier: Statement | None, deal: Deal, videos: Sequence[SettledVideo], data: CampaignData
) -> list[SettledVideo]:
    """Return the videos of a statement with the views of the former settlement where they can no longer be computed.

    That is where the views were exact and are not any more, and where the snapshot has lost the video.
    """
    former = _index_videos(earlier)
    known = {*data.listed["video_id"], *(other for others in data.repeated.values() for other in others)}
    lost = [name for name in former if name not in known]
    lost_names = {name for video in lost for name in spellings(video)}
    settled = [
        _freeze(video, former[video.video_id], deal) if _is_weaker(video, former.get(video.video_id)) else video
        for video in videos
        if not (video.views.reason == "not_found" and spellings(video.video_id) & lost_names)
    ]
    for name in lost:
        unseen = dataclasses.replace(former[name], purges=(), bursts=(), taken_back=(), hidden_since=None)
        settled.append(_freeze(unseen, former[name], deal))
    return settled


def _index_videos(statement: Statement | None) -> dict[str, SettledVideo]:
    return {} if statement is None else {video.video_id: video for video in statement.videos}


def _is_weaker(video: SettledVideo, former: SettledVideo | None) -> bool:
    return former is not None and former.views.is_exact and not video.views.is_exact


def _freeze(video: SettledVideo, former: SettledVideo, deal: Deal) -> SettledVideo:
    views = dataclasses.replace(former.views, reason=FROZEN)
    counted = min([former.counted, *(fall.after for fall in video.taken_back)])
    payable, payable_at_most = pay_video(counted, views, deal)
    return dataclasses.replace(
        video,
        cutoff=former.cutoff,
        views=views,
        counted=counted,
        payable=payable,
        payable_at_most=payable_at_most,
    )


def list_adjustments(former: Settlement, statements: Sequence[Statement], data: CampaignData) -> Iterator[Adjustment]:
    """Yield what changed in each statement; the amounts add up to the difference of what is owed at least."""
    keys = list_keys(statement.creator for statement in statements)
    for key, statement in zip(keys, statements, strict=True):
        earlier = former.statement_by_key.get(key)
        yield from _StatementChanges(former.as_of, earlier, statement, data).list_adjustments()
    for key, earlier in former.statement_by_key.items():
        if key not in keys:
            evidence = "The campaign file no longer has this deal."
            amount = subtract_amounts(Decimal(0), earlier.at_least)
            yield _describe_change(earlier, "deal ended", evidence, amount)


def _describe_change(statement: Statement, kind: str, evidence: str, amount: Decimal) -> Adjustment:
    """Return a change of a whole statement."""
    currency = statement.deal.currency
    return Adjustment(statement.name, statement.creator, currency, None, kind, evidence, None, None, amount)


class _StatementChanges:
    """Applies the changes of a statement one after the other; each has the difference that it makes."""

    def __init__(self, frozen_on: dt.date, earlier: Statement | None, statement: Statement, data: CampaignData) -> None:
        self.frozen_on, self.earlier, self.statement, self.data = frozen_on, earlier, statement, data
        self.then, self.now = _index_videos(earlier), _index_videos(statement)
        self.links = {name: video.link for name, video in (self.then | self.now).items()}
        self.views = {name: video.counted for name, video in self.then.items()}

    def list_adjustments(self) -> Iterator[Adjustment]:
        """Yield the changes: terms, videos by id, and what the budget makes of them."""
        statement, earlier = self.statement, self.earlier
        if earlier is None:
            yield _describe_change(statement, "new deal", "The former settlement has no such deal.", statement.at_least)
            return
        changes = [*self._compare_terms(earlier)]
        for video in sorted({*self.now, *self.then}):
            changes += self._compare_video(video, self.then.get(video), self.now.get(video))
        yield from changes
        rest = subtract_amounts(statement.at_least, earlier.at_least)
        for change in changes:
            rest = subtract_amounts(rest, change.amount)
        if rest != 0:
            yield _describe_change(statement, "budget", "The share of the budget changed with the amounts above.", rest)

    def _sum(self, views: Mapping[str, int]) -> Decimal:
        deal = self.statement.deal
        return sum_lines(list_amounts([pay_views(counted, deal) for counted in views.values()], deal), deal)

    def _compare_terms(self, earlier: Statement) -> Iterator[Adjustment]:
        then, now = to_plain(earlier.deal), to_plain(self.statement.deal)
        keys = [key for key in now if key != "lines" and then[key] != now[key]]
        if keys:
            before = sum_amounts(line.amount for line in earlier.lines if line.kind != BUDGET)
            evidence = "; ".join(f"{key} was {then[key]}, is {now[key]}" for key in keys)
            amount = subtract_amounts(self._sum(self.views), before)
            yield _describe_change(self.statement, "terms changed", f"{evidence}.", amount)

    def _compare_video(self, video: str, then: SettledVideo | None, now: SettledVideo | None) -> Iterator[Adjustment]:
        if now is None or then is None:
            yield self._change(video, 0 if now is None else now.counted, *self._explain_membership(video, now))
            return
        known = {fall.at for fall in then.taken_back}
        fresh = [fall for fall in now.taken_back if fall.at not in known]
        if now.views.reason == FROZEN:
            yield from self._note_frozen(video, then)
        else:
            old_levels = (fall.after for fall in now.taken_back if fall not in fresh)
            level = min([now.views.at_least, *old_levels])
            ends_then, ends_now = ((views.at_least, views.at_most) for views in (then.views, now.views))
            if level != self.views[video] or ends_then != ends_now or then.cutoff != now.cutoff:
                yield self._change(video, level, *self._explain_views(then, now))
        if fresh:
            paid, lost = self.views[video], sum(fall.before - fall.after for fall in fresh)
            falls = "; ".join(f"{fall.before:,} to {fall.after:,} by {self._format(fall.at)}" for fall in fresh)
            before = "Paid for were" if paid == then.counted else "The views at the cut-off are"
            evidence = f"The platform took views back after the freeze: {falls}. {before} {paid:,}."
            kind = "purge" if any(fall.is_purge for fall in fresh) else "correction"
            yield self._change(video, now.counted, kind, evidence, worst=max(0, min(paid - lost, now.counted)))
        if now.hidden_since is not None and then.hidden_since is None:
            evidence = f"The views are hidden since {self._format(now.hidden_since)}."
            yield self._change(video, self.views[video], "hidden", evidence, worst=0)

    def _change(self, video: str, views: int, kind: str, evidence: str, worst: int | None = None) -> Adjustment:
        """Set the views of a video, and return the difference that this makes."""
        before, then = self._sum(self.views), self.views.get(video)
        up_to = None if worst is None else subtract_amounts(self._sum({**self.views, video: worst}), before)
        self.views[video] = views
        amount = subtract_amounts(self._sum(self.views), before)
        change = _describe_change(self.statement, kind, evidence, amount)
        return dataclasses.replace(
            change, video_id=video, views_then=then, views_now=views, up_to=up_to, link=self.links[video]
        )

    def _explain_membership(self, video: str, now: SettledVideo | None) -> tuple[str, str]:
        if now is not None:
            return "joined the deal", "The former settlement did not have this video in the deal."
        for counts, others in self.data.repeated.items():
            if video in others:
                return "tracked twice", f"It is the same video as {counts}, which is paid."
        return "left the deal", "The campaign file no longer has this video in the deal."

    def _note_frozen(self, video: str, then: SettledVideo) -> Iterator[Adjustment]:
        if then.views.reason == FROZEN:
            return
        if video in self.data.listed["video_id"]:
            kind, what = "no longer certain", "The readings around the cut-off are hidden, changed or gone"
        else:
            kind, what = "removed", "The snapshot does not have this video any more"
        evidence = f"{what}: the views of the former settlement of {self.frozen_on} stay."
        yield self._change(video, self.views[video], kind, evidence, worst=0)

    def _explain_views(self, then: SettledVideo, now: SettledVideo) -> tuple[str, str]:
        if then.cutoff != now.cutoff:
            return "cut-off moved", f"The cut-off was {to_plain(then.cutoff)}, is {to_plain(now.cutoff)}."
        for old, new in ((then.views.before, now.views.before), (then.views.after, now.views.after)):
            if old is not None and new is not None and old.at == new.at and old.views != new.views:
                text = f"The reading of {self._format(new.at)} was {old.views:,}, is {new.views:,}."
                return "reading changed", text
        if not then.views.is_exact and now.views.at_least < then.views.at_least:
            least = "" if now.views.is_exact else "at least "
            text = f"The views fell before the cut-off: they were at least {then.views.at_least:,}, and are {least}"
            return "views fell", f"{text}{now.views.at_least:,}."
        if not then.views.is_exact:
            return "now known", "Readings around the cut-off have been added: the bound became closer or exact."
        return "readings added", "Other readings lie next to the cut-off now."

    def _format(self, instant: dt.datetime) -> str:
        local = find_local_time(instant, self.data.campaign.period.time_zone)
        return f"{format_day(local)}, {local:%H:%M:%S}"
