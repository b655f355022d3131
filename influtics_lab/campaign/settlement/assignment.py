"""Which videos each deal pays, and to which creator; a video is paid by one deal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from influtics_lab.campaign.figures.campaign_data import CampaignData
from influtics_lab.campaign.file.deals import Deal
from influtics_lab.errors import ConfigError


@dataclass(frozen=True)
class DealVideos:
    """The videos for which one creator is paid by one deal.

    Attributes
    ----------
    number : int
        Of the deal, from 1.
    videos : tuple of str
        Those of the snapshot.
    missing : tuple of str
        Ids and links of posts that the snapshot does not have.
    """

    number: int
    deal: Deal
    creator: str
    videos: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the creator and the number of the deal, which name a statement."""
        return f"{self.creator}, deal {self.number}"


def assign_videos(data: CampaignData) -> list[DealVideos]:
    """Return the videos of each deal and creator, in the order of the deals.

    Raises
    ------
    ConfigError
        If there is no deal, a video is in two deals, or a deal names another creator's video.
    """
    if not data.campaign.deals:
        raise ConfigError("The campaign file has no [[deals]]. Add one for each creator who is paid.")
    assigned = [part for place in range(len(data.campaign.deals)) for part in _assign_deal(data, place)]
    paid_by: dict[str, int] = {}
    for part in assigned:
        for video in part.videos:
            if paid_by.setdefault(video, part.number) != part.number:
                first, second = (
                    data.campaign.deals[number - 1].name_entry(number) for number in (paid_by[video], part.number)
                )
                text = f"{video} is in {first} and {second}: it would be paid twice."
                raise ConfigError(f"{text} Name the videos of each deal: videos = [...].")
    return assigned


def _assign_deal(data: CampaignData, place: int) -> Iterator[DealVideos]:
    chosen, deal, number = data.chosen, data.campaign.deals[place], place + 1
    if deal.videos or deal.lines:
        (creator,) = deal.creator
        for video in chosen.deals[place]:
            owner = chosen.creator_of.get(video, creator)
            if owner != creator:
                text = f"{deal.name_entry(number)} is for {creator}, and its video {video} belongs to {owner}."
                raise ConfigError(f"{text} Move it to a deal for {owner}.")
        keys = {f"deals[{number}].videos", *(f"sheet, line {line}" for line in deal.lines)}
        missing = (entry.text for entry in chosen.unmatched if entry.key in keys)
        yield DealVideos(number, deal, creator, chosen.deals[place], tuple(dict.fromkeys(missing)))
        return
    for creator in deal.creator:
        videos = tuple(video for video in chosen.creators[creator] if video in chosen.videos)
        missing = (post.text for post in chosen.missing if post.creator == creator)
        yield DealVideos(number, deal, creator, videos, tuple(missing))
