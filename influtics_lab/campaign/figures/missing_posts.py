"""Posts that a campaign file names and the snapshot does not have: totals over all that was asked for include them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from influtics_lab.platforms import PLATFORMS, canonical_id, find_links


@dataclass(frozen=True)
class MissingPost:
    """A post that is named in the file and not in the snapshot.

    Attributes
    ----------
    text : str
        As the file names it first.
    platform, creator : str or None
        Where the file says so.
    """

    text: str
    platform: str | None
    creator: str | None


def spellings(text: str) -> set[str]:
    """Return all spellings by which an id or a link may be the same as another: itself, and its canonical ids.

    Examples
    --------
    >>> bool(spellings("https://youtu.be/dQw4w9WgXcQ") & spellings("dQw4w9WgXcQ"))
    True
    """
    linked = (link.canonical_id for link in find_links(text))
    named = (canonical_id(platform, text) for platform in PLATFORMS)
    return {text, *filter(None, (*linked, *named))}


def missing_posts(
    texts: Iterable[str], excluded: Sequence[str], creators: Mapping[str, Sequence[str]]
) -> Iterator[MissingPost]:
    """Yield each missing post once, however often and in whichever spelling the file names it.

    Parameters
    ----------
    texts : iterable of str
        Ids and links without a video in the snapshot.
    excluded : sequence of str
        Ids and links of posts that do not belong.
    creators : mapping of str to sequence of str
        The ids and links of each creator.

    Yields
    ------
    MissingPost

    Examples
    --------
    >>> [post.text for post in missing_posts(["https://youtu.be/dQw4w9WgXcQ", "dQw4w9WgXcQ", "gone"], ["gone"], {})]
    ['https://youtu.be/dQw4w9WgXcQ']
    """
    seen: set[str] = set().union(*map(spellings, excluded))
    owners = {
        spelling: name for name in reversed(list(creators)) for text in creators[name] for spelling in spellings(text)
    }
    for text in texts:
        names = spellings(text)
        if not names & seen:
            platforms = {link.platform for link in find_links(text)} - {None}
            creator = next((owners[name] for name in sorted(names) if name in owners), None)
            yield MissingPost(text, platforms.pop() if len(platforms) == 1 else None, creator)
        seen |= names
