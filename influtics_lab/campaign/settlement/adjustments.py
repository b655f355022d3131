"""What changed since a former settlement: each change with its evidence and its signed amount."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.figures.formatting import format_day
from influtics_lab.campaign.figures.missing_posts import spellings
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.campaign.file.local_dates import resolve_end
from influtics_lab.campaign.file.model import Campaign
from influtics_lab.campaign.settlement.amounts import (
    BUDGET,
    list_amounts,
    pay_views,
    subtract_amounts,
    sum_amounts,
    sum_lines,
)
from influtics_lab.campaign.settlement.cutoff_views import CutoffViews, ViewReading
from influtics_lab.campaign.settlement.statements import (
    FORMAT,
    KIND,
    Adjustment,
    SettledVideo,
    Settlement,
    Statement,
    to_plain,
)
from influtics_lab.errors import ConfigError

FROZEN: Final = "frozen"
StatementKey = tuple[str, int]


@dataclass(frozen=True)
class Former:
    """A former settlement, as ``settlement.json`` holds it.

    Attributes
    ----------
    numbers : mapping
        Its content.
    statements : dict
        By creator, and the number of the deal among those of the creator: deals of others may come and go.
    """

    numbers: Mapping[str, Any]
    statements: Mapping[StatementKey, Mapping[str, Any]]

    @classmethod
    def open(cls, since: Settlement | Mapping[str, Any], plan: Campaign, as_of: dt.date) -> Former:
        """Check that a former settlement is of the same campaign and currencies, and of an earlier day."""
        numbers = since.to_dict() if isinstance(since, Settlement) else since
        if numbers.get("kind") != KIND or numbers.get("format") != FORMAT:
            raise ConfigError(f"The former settlement is none of format {FORMAT}. Pass the folder of a settlement.")
        if numbers["campaign"] != plan.name:
            raise ConfigError(f"The former settlement is of the campaign {numbers['campaign']!r}, not {plan.name!r}.")
        if numbers["as_of"] >= as_of.isoformat():
            raise ConfigError(f"The former settlement is as of {numbers['as_of']}, which is not before {as_of}.")
        statements = numbers["statements"]
        keys = list_keys(statement["creator"] for statement in statements)
        former = cls(numbers, dict(zip(keys, statements, strict=True)))
        deals = [(creator, number) for number, deal in enumerate(plan.deals, start=1) for creator in deal.creator]
        for key, (creator, number) in zip(list_keys(creator for creator, _ in deals), deals, strict=True):
            earlier, deal = former.statements.get(key), plan.deals[number - 1]
            if earlier is not None and earlier["deal"]["currency"] != deal.currency:
                raise ConfigError(
                    f"{deal.name_entry(number)} is in {deal.currency}, and the former settlement of {creator} in "
                    f"{earlier['deal']['currency']}: amounts cannot be subtracted."
                )
        return former

    @property
    def facts(self) -> dict[str, str]:
        """Return its day and its snapshot."""
        return {"as_of": self.numbers["as_of"], "snapshot_id": self.numbers["snapshot"]["snapshot_id"]}

    @property
    def first_as_of(self) -> dt.date:
        """Return the day of the first settlement in the chain."""
        return dt.date.fromisoformat(self.numbers["first_as_of"])

    def frozen_at(self, plan: Campaign) -> dt.datetime:
        """Return the end of the day of the first settlement."""
        return resolve_end(self.first_as_of, plan.period.time_zone)

    def videos_of(self, key: StatementKey) -> dict[str, Mapping[str, Any]]:
        """Return the videos of a statement by id."""
        return {video["video_id"]: video for video in self.statements.get(key, {"videos": ()})["videos"]}


def list_keys(creators: Iterable[str]) -> list[StatementKey]:
    """Return for each creator in a list of statements the name, and how many statements of that name came so far."""
    counts = Counter[str]()
    keys = []
    for creator in creators:
        counts[creator] += 1
        keys.append((creator, counts[creator]))
    return keys


def keep_frozen_views(
    earlier: Mapping[str, Mapping[str, Any]], deal: Deal, videos: Sequence[SettledVideo], data: CampaignData
) -> list[SettledVideo]:
    """Return the videos of a statement with the views of the former settlement where they can no longer be computed.

    That is where the views were exact and are not any more, and where the snapshot has lost the video.
    """
    known = {*data.listed["video_id"], *(other for others in data.repeated.values() for other in others)}
    lost = {video: facts for video, facts in earlier.items() if video not in known}
    lost_names = {name for video in lost for name in spellings(video)}
    settled = [
        _freeze(video, earlier[video.video_id], deal) if _is_weaker(video, earlier.get(video.video_id)) else video
        for video in videos
        if not (video.views.reason == "not_found" and spellings(video.video_id) & lost_names)
    ]
    for video, facts in lost.items():
        views = CutoffViews(0, None)
        row = SettledVideo(video, facts["title"], facts["platform"], None, views, 0, 0, None, link=facts.get("link"))
        settled.append(_freeze(row, facts, deal))
    return settled


def _is_exact(facts: Mapping[str, Any]) -> bool:
    return bool(facts["views"]["at_least"] == facts["views"]["at_most"])


def _is_weaker(video: SettledVideo, facts: Mapping[str, Any] | None) -> bool:
    return facts is not None and _is_exact(facts) and not video.views.is_exact


def _freeze(video: SettledVideo, facts: Mapping[str, Any], deal: Deal) -> SettledVideo:
    before, after = (
        None if end is None else ViewReading(dt.datetime.fromisoformat(end["at"]), end["views"])
        for end in (facts["views"]["before"], facts["views"]["after"])
    )
    views = CutoffViews(facts["views"]["at_least"], facts["views"]["at_most"], before, after, FROZEN)
    counted = min([facts["counted"], *(fall.after for fall in video.taken_back)])
    most = None if views.at_most is None else min(views.at_most, counted) if views.is_exact else views.at_most
    return dataclasses.replace(
        video,
        cutoff=None if facts["cutoff"] is None else dt.datetime.fromisoformat(facts["cutoff"]),
        views=views,
        counted=counted,
        payable=pay_views(counted, deal),
        payable_at_most=None if most is None else pay_views(most, deal),
    )


def list_adjustments(former: Former, statements: Sequence[Statement], data: CampaignData) -> Iterator[Adjustment]:
    """Yield what changed in each statement; the amounts add up to the difference of what is owed at least."""
    keys = list_keys(statement.creator for statement in statements)
    for key, statement in zip(keys, statements, strict=True):
        yield from _StatementChanges(former, key, statement, data).list_adjustments()
    for key, earlier in former.statements.items():
        if key not in keys:
            evidence = "The campaign file no longer has this deal."
            amount = subtract_amounts(Decimal(0), Decimal(earlier["at_least"]))
            name, creator, currency = earlier["name"], earlier["creator"], earlier["deal"]["currency"]
            yield Adjustment(name, creator, currency, None, "deal ended", evidence, None, None, amount)


class _StatementChanges:
    """Applies the changes of a statement one after the other; each has the difference that it makes."""

    def __init__(self, former: Former, key: StatementKey, statement: Statement, data: CampaignData) -> None:
        self.former, self.statement, self.data = former, statement, data
        self.earlier = former.statements.get(key)
        self.videos_then = former.videos_of(key)
        self.links = {video: facts.get("link") for video, facts in self.videos_then.items()}
        self.links |= {video.video_id: video.link for video in statement.videos}
        self.views = {video: facts["counted"] for video, facts in self.videos_then.items()}

    def list_adjustments(self) -> Iterator[Adjustment]:
        """Yield the changes: terms, videos by id, and what the budget makes of them."""
        statement, earlier = self.statement, self.earlier
        if earlier is None:
            yield self._describe("new deal", "The former settlement has no such deal.", statement.at_least)
            return
        changes = [*self._compare_terms(earlier)]
        now = {video.video_id: video for video in statement.videos}
        for video in sorted({*now, *self.videos_then}):
            changes += self._compare_video(video, self.videos_then.get(video), now.get(video))
        yield from changes
        rest = subtract_amounts(statement.at_least, Decimal(earlier["at_least"]))
        for change in changes:
            rest = subtract_amounts(rest, change.amount)
        if rest != 0:
            yield self._describe("budget", "The share of the budget changed with the amounts above.", rest)

    def _describe(
        self, kind: str, evidence: str, amount: Decimal, video: str | None = None, **facts: Any
    ) -> Adjustment:
        statement = self.statement
        link = None if video is None else self.links.get(video)
        facts = {"views_then": None, "views_now": None, "link": link, **facts}
        return Adjustment(
            statement.name, statement.creator, statement.deal.currency, video, kind, evidence, amount=amount, **facts
        )

    def _sum(self, views: Mapping[str, int]) -> Decimal:
        deal = self.statement.deal
        return sum_lines(list_amounts([pay_views(counted, deal) for counted in views.values()], deal), deal)

    def _compare_terms(self, earlier: Mapping[str, Any]) -> Iterator[Adjustment]:
        then, now = earlier["deal"], to_plain(self.statement.deal)
        keys = [key for key in now if key != "lines" and then.get(key) != now[key]]
        if keys:
            before = sum_amounts(Decimal(line["amount"]) for line in earlier["lines"] if line["kind"] != BUDGET)
            evidence = "; ".join(f"{key} was {then.get(key)}, is {now[key]}" for key in keys)
            yield self._describe("terms changed", f"{evidence}.", subtract_amounts(self._sum(self.views), before))

    def _compare_video(
        self, video: str, then: Mapping[str, Any] | None, now: SettledVideo | None
    ) -> Iterator[Adjustment]:
        if now is None or then is None:
            yield self._change(video, 0 if now is None else now.counted, *self._explain_membership(video, now))
            return
        known = {fall["at"] for fall in then["taken_back"]}
        fresh = [fall for fall in now.taken_back if to_plain(fall.at) not in known]
        if now.views.reason == FROZEN:
            yield from self._note_frozen(video, then)
        else:
            old_levels = (fall.after for fall in now.taken_back if fall not in fresh)
            level = min([now.views.at_least, *old_levels])
            plain = to_plain(now.views)
            is_changed = any(then["views"][end] != plain[end] for end in ("at_least", "at_most"))
            if level != self.views[video] or is_changed or then["cutoff"] != to_plain(now.cutoff):
                yield self._change(video, level, *self._explain_views(then, now))
        if fresh:
            paid, lost = self.views[video], sum(fall.before - fall.after for fall in fresh)
            falls = "; ".join(f"{fall.before:,} to {fall.after:,} by {self._format(fall.at)}" for fall in fresh)
            evidence = f"The platform took views back after the freeze: {falls}. Paid for were {paid:,}."
            kind = "purge" if any(fall.is_purge for fall in fresh) else "correction"
            yield self._change(video, now.counted, kind, evidence, worst=max(0, paid - lost))
        if now.hidden_since is not None and then["hidden_since"] is None:
            evidence = f"The views are hidden since {self._format(now.hidden_since)}."
            yield self._change(video, self.views[video], "hidden", evidence, worst=0)

    def _change(self, video: str, views: int, kind: str, evidence: str, worst: int | None = None) -> Adjustment:
        """Set the views of a video, and return the difference that this makes."""
        before, then = self._sum(self.views), self.views.get(video)
        up_to = None if worst is None else subtract_amounts(self._sum({**self.views, video: worst}), before)
        self.views[video] = views
        amount = subtract_amounts(self._sum(self.views), before)
        return self._describe(kind, evidence, amount, video, views_then=then, views_now=views, up_to=up_to)

    def _explain_membership(self, video: str, now: SettledVideo | None) -> tuple[str, str]:
        if now is not None:
            return "joined the deal", "The former settlement did not have this video in the deal."
        for counts, others in self.data.repeated.items():
            if video in others:
                return "tracked twice", f"It is the same video as {counts}, which is paid."
        return "left the deal", "The campaign file no longer has this video in the deal."

    def _note_frozen(self, video: str, then: Mapping[str, Any]) -> Iterator[Adjustment]:
        if then["views"]["reason"] == FROZEN:
            return
        if video in self.data.listed["video_id"]:
            kind, what = "no longer certain", "The readings around the cut-off are hidden, changed or gone"
        else:
            kind, what = "removed", "The snapshot does not have this video any more"
        evidence = f"{what}: the views of the former settlement of {self.former.numbers['as_of']} stay."
        yield self._change(video, self.views[video], kind, evidence, worst=0)

    def _explain_views(self, then: Mapping[str, Any], now: SettledVideo) -> tuple[str, str]:
        if then["cutoff"] != to_plain(now.cutoff):
            return "cut-off moved", f"The cut-off was {then['cutoff']}, is {to_plain(now.cutoff)}."
        for end in ("before", "after"):
            old, reading = then["views"][end], getattr(now.views, end)
            is_same = old is not None and reading is not None and old["at"] == to_plain(reading.at)
            if is_same and old["views"] != reading.views:
                text = f"The reading of {self._format(reading.at)} was {old['views']:,}, is {reading.views:,}."
                return "reading changed", text
        if not _is_exact(then):
            return "now known", "Readings around the cut-off have been added: the bound became closer or exact."
        return "readings added", "Other readings lie next to the cut-off now."

    def _format(self, instant: dt.datetime) -> str:
        local = instant.astimezone(ZoneInfo(self.data.campaign.period.time_zone))
        return f"{format_day(local)}, {local:%H:%M:%S}"
