"""What the section "since the last report" says, read back from its HTML, and what is true of a pair of snapshots."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from campaign.pairs import COUNTS, Pair, Side, Video

TIME = r"\d+ \w{3} \d{4}, \d\d:\d\d(?::\d\d(?:\.\d{6})?)?(?: [+-]\d{4})?"
N, VIDEOS = r"([\d,]+)", r"(all [\d,]+|[\d,]+ of [\d,]+|[\d,]+) videos?"
SENTENCES = {
    "taken apart": rf"Snapshots of ({TIME}) and ({TIME}) \((\S+)\), under the same campaign file\.",
    "taken together": rf"Both snapshots were taken at ({TIME}) \((\S+)\)\. The campaign file is the same\.",
    "same content": r"Both snapshots have the same content: nothing changed\.",
    "filters": r"The earlier snapshot has (.+?), the later one (.+?): filters can leave out videos\.",
    "earlier is a part": r"The earlier snapshot is one page of the list\. It can lack videos of other pages\.",
    "later is a part": r"The later snapshot is one page of the list\. It can lack videos of other pages\.",
    "without readings": r"(Neither|The earlier|The later) snapshot has (?:no )?readings\.",
    "ends earlier": (
        rf"The later snapshot ends earlier: its last reading is of ({TIME}), the other's of ({TIME}) \((\S+)\)\."
    ),
    "over in both": r"The period was over in both snapshots: both have a reading at or after its end \((.+?)\)\.",
    "over in one": (
        r"The period was over in the (earlier|later) snapshot only: "
        r"the (earlier|later) one has no reading at or after its end \((.+?)\)\."
    ),
    "no videos": r"No video belongs to the campaign in either snapshot\.",
    "videos in both": rf"{VIDEOS.replace('all', '[Aa]ll')} belongs? to the campaign in both snapshots\.",
    "details changed": rf"Details changed for {VIDEOS} in the campaign both times\.",
    "details same": rf"Unchanged for {N} videos? in the campaign both times: (.+?)\.",
    "no views compared": r"No video belongs to the campaign in both snapshots, so no views are compared\.",
    "views same": (
        rf"Views (counted|gained|as last read) are the same for {VIDEOS} in the campaign both times"
        rf"(?:; not available in either snapshot for {N})?\."
    ),
    "views missing": (
        rf"Views (counted|gained|as last read) are not available in either snapshot for {VIDEOS} "
        r"in the campaign both times\."
    ),
    "readings": (
        rf"{N} new readings?, {N} no longer there and {N} in both snapshots, "
        rf"of {N} videos? in the campaign both times\."
    ),
    "readings added": rf"{N} readings? of added videos\.",
    "readings removed": rf"{N} readings? of removed videos\.",
    "counts changed": rf"{N} counts? changed afterwards, at {N} readings? of {N} videos?\.",
    "counts appeared": rf"{N} counts? appeared and {N} vanished at readings in both snapshots\.",
    "counts same": r"The counts at readings in both snapshots are the same\.",
    "interpolated": (r"Gains are interpolated between readings and rounded, so sums can differ by one\."),
}


class Page(NamedTuple):
    """``sentences``: each one's kind and what stands in it; ``tables``: by class; ``lists``: by title."""

    sentences: dict[str, tuple[str, ...]]
    tables: dict[str, tuple[str, list[list[str]]]]
    lists: dict[str, list[str]]


def read_page(fragment: str) -> Page:
    """Read the section; a sentence of no known kind is an error."""
    page, title = Page({}, {}, {}), ""
    for part in ET.fromstring(fragment):
        if part.tag == "h2":
            assert _text(part) == "Changes since the last report"
        elif part.tag == "p":
            _read_sentences(_text(part), page.sentences)
        elif part.tag == "h3":
            title = _text(part)
        elif part.tag == "ul":
            page.lists[title if part.get("class") != "footnotes" else "footnotes"] = [_text(item) for item in part]
        else:
            (table,) = part
            rows = [[_text(cell) for cell in row] for row in table.findall(".//tbody/tr")]
            caption = table.find("caption")
            name = str(table.get("class")).split()[0]
            page.tables[name] = ("" if caption is None else _text(caption), rows)
    return page


def _text(part: ET.Element) -> str:
    for small in part.iter("small"):
        small.text, small.tail = f" [{small.text or ''}", f"]{small.tail or ''}"
    for whole in part.iter("bdi"):
        whole.text = whole.get("title") or whole.text
    return "".join(part.itertext()).replace("\u00a0", " ")


def _read_sentences(text: str, into: dict[str, tuple[str, ...]]) -> None:
    rest = text.strip()
    while rest:
        for kind, pattern in SENTENCES.items():
            if found := re.match(pattern, rest):
                assert kind not in into, f"twice: {kind}"
                into[kind] = tuple(part or "" for part in found.groups())
                rest = rest[found.end() :].lstrip()
                break
        else:
            raise AssertionError(f"a sentence of no known kind: {rest!r}")


# what is true, by plain Python from what the snapshots were made of


def last_reading(side: Side) -> datetime | None:
    """The newest reading that is no failed poll: views of 0 after more, and no other count."""
    found = []
    for one in side.videos:
        most = 0
        for at, (views, *others) in sorted(one.readings.items()):
            if [views, *others] != [None] * 4 and not (most > 0 and views == 0 and not any(others)):
                found.append(at)
            most = max(most, views or 0)
    return max(found, default=None)


def same_videos(then: list[Video], now: list[Video]) -> dict[str, str]:
    """Which earlier entry each later one continues: the same id, else the same video of the platform."""
    found = {one.video_id: one.video_id for one in now if one.video_id in {other.video_id for other in then}}
    for one in sorted(then, key=lambda one: one.video_id):
        if one.video_id in found.values():
            continue
        free = sorted(other.video_id for other in now if other.who == one.who and other.video_id not in found)
        if free:
            found[free[0]] = one.video_id
    return found


def true_sentences(pair: Pair, then: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Each kind of sentence that is to be made of a pair, and what it has to say."""
    apart = pair.then.taken_at != pair.now.taken_at
    taken = (pair.then.taken_at, pair.now.taken_at, pair.zone) if apart else (pair.now.taken_at, pair.zone)
    found: dict[str, tuple[Any, ...]] = {"taken apart" if apart else "taken together": taken}
    if pair.then.snapshot.videos.equals(pair.now.snapshot.videos) and pair.then.snapshot.stats.equals(
        pair.now.snapshot.stats
    ):
        return found | {"same content": ()}
    found |= _of_snapshots(pair) | _of_period(pair, now["campaign"]["end"])
    before = {one["video_id"]: one for one in then["videos"]}
    after = {one["video_id"]: one for one in now["videos"]}
    sides = (pair.then.videos, before), (pair.now.videos, after)
    own = [[one for one in videos if one.video_id in ids] for videos, ids in sides]
    same = same_videos(*own)
    found |= _of_videos(same, before, after) | _of_views(same, before, after, now["settings"]["counted"])
    return found | _of_readings(same, *own)


def _of_snapshots(pair: Pair) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    filters = [
        [f"{name} {one.query[name]}" for name in ("platform", "status") if one.query and one.query[name]]
        for one in (pair.then, pair.now)
    ]
    if filters[0] != filters[1]:
        found["filters"] = tuple(f"the filter {one[0]}" if one else "no filter" for one in filters)
    for name, side in (("earlier", pair.then), ("later", pair.now)):
        if side.is_part:
            found[f"{name} is a part"] = ()
    ends = [last_reading(side) for side in (pair.then, pair.now)]
    if None in ends:
        lacking = [name for name, end in zip(("The earlier", "The later"), ends, strict=True) if end is None]
        found["without readings"] = ("Neither" if len(lacking) == 2 else lacking[0],)
    elif ends[1] < ends[0]:
        found["ends earlier"] = (ends[1], ends[0], pair.zone)
    return found


def _of_period(pair: Pair, end: str) -> dict[str, tuple[Any, ...]]:
    ends = datetime.fromisoformat(end)
    over = [last is not None and last >= ends for last in map(last_reading, (pair.then, pair.now))]
    local = ends.astimezone(ZoneInfo(pair.zone)) - timedelta(days=1)
    last_day = f"{local.day} {local:%b %Y}"
    if all(over):
        return {"over in both": (last_day,)}
    names = ("later", "earlier") if over[1] else ("earlier", "later")
    return {"over in one": (*names, last_day)} if any(over) else {}


DETAILS = {
    "title": "title", "platform": "platform", "creator": "creator", "external_video_id": "platform id",
    "published_at": "publication time", "created_at": "start of tracking", "video_id": "id",
}  # fmt: skip


def true_details(then: dict[str, Any], now: dict[str, Any]) -> set[str]:
    found = {label for name, label in DETAILS.items() if then[name] != now[name]}
    status = then["status"], now["status"]
    return found | ({"status"} if None not in status and status[0] != status[1] else set())


def _of_videos(same: dict[str, str], before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    every = len(before) + len(after) - len(same)
    if not every:
        return {"no videos": ()}
    found: dict[str, tuple[Any, ...]] = {"videos in both": ((len(same), every),)}
    changed = [bool(true_details(before[earlier], after[later])) for later, earlier in same.items()]
    if any(changed):
        found["details changed"] = ((sum(changed), len(same)),)
    elif same:
        pairs = [(before[earlier]["status"], after[later]["status"]) for later, earlier in same.items()]
        known = {"status"} if all(None not in pair for pair in pairs) else set()
        found["details same"] = (len(same), {*DETAILS.values()} | known)
    return found


def moved_views(
    same: dict[str, str], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, tuple[float | None, float | None]]:
    views = {
        later: tuple(
            side[name]["counts"]["views"]["counted"]["value"] for side, name in ((before, earlier), (after, later))
        )
        for later, earlier in same.items()
    }
    return {name: pair for name, pair in views.items() if not _alike(*pair)}


def _alike(then: float | None, now: float | None) -> bool:
    return then is now if then is None or now is None else abs(now - then) < 1e-6


def _of_views(
    same: dict[str, str], before: dict[str, Any], after: dict[str, Any], counted: str
) -> dict[str, tuple[Any, ...]]:
    words = {"auto": "counted", "gained": "gained", "last_read": "as last read"}[counted]
    gained: dict[str, tuple[Any, ...]] = {} if counted == "last_read" else {"interpolated": ()}
    if not same:
        return gained | {"no views compared": ()}
    if moved_views(same, before, after):
        return gained
    missing = sum(after[later]["counts"]["views"]["counted"]["value"] is None for later in same)
    if missing == len(same):
        return gained | {"views missing": (words, (missing, missing))}
    return gained | {"views same": (words, (len(same) - missing, len(same)), missing or "")}


def _of_readings(same: dict[str, str], then: list[Video], now: list[Video]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    before, after = ({one.video_id: _rows(one) for one in side} for side in (then, now))
    if same:
        keys = [(name, at) for name, earlier in same.items() for at in after[name] if at in before[earlier]]
        sizes = [sum(len(side[name]) for name in names) for side, names in ((before, same.values()), (after, same))]
        found["readings"] = (sizes[1] - len(keys), sizes[0] - len(keys), len(keys), len(same))
        pairs = {
            (*key, n): (before[same[key[0]]][key[1]][n], after[key[0]][key[1]][n]) for key in keys for n in range(4)
        }
        changed = {key for key, pair in pairs.items() if None not in pair and pair[0] != pair[1]}
        came = sum(pair[0] is None and pair[1] is not None for pair in pairs.values())
        went = sum(pair[0] is not None and pair[1] is None for pair in pairs.values())
        if changed:
            sizes = [len({key[:n] for key in changed}) for n in (3, 2, 1)]
            found["counts changed"] = tuple(sizes)
        if came or went:
            found["counts appeared"] = (came, went)
        if keys and not changed and not came and not went:
            found["counts same"] = ()
    if after.keys() - same.keys():
        found["readings added"] = (sum(len(rows) for name, rows in after.items() if name not in same),)
    if before.keys() - set(same.values()):
        found["readings removed"] = (sum(len(rows) for name, rows in before.items() if name not in same.values()),)
    return found


def _rows(one: Video) -> dict[datetime, list[int | None]]:
    return {at: row for at, row in one.readings.items() if row != [None] * len(COUNTS)}


def agrees(said: str, true: Any) -> bool:
    """Whether a part of a sentence says what is true: an instant, a number, so many of so many, a list, or a word."""
    if isinstance(true, datetime):
        return _instant(said, true)
    if isinstance(true, tuple):
        n, whole = true
        numbers = [int(one.replace(",", "")) for one in re.findall(r"[\d,]+", said)]
        return numbers == [n, whole] if " of " in said else numbers == [n] and n == whole
    if isinstance(true, set):
        return Counter(re.split(r", | and ", said)) == Counter(true)
    return said.replace(",", "") == str(true) if isinstance(true, int) else said == str(true)


def _instant(said: str, true: datetime) -> bool:
    """Whether a written local time is that of an instant in any of the zones, cut to what is written."""
    offset = re.search(r" ([+-]\d{4})$", said)
    bare = said.removesuffix(offset[0]) if offset else said
    pattern = "%d %b %Y, %H:%M" + (":%S" if bare.count(":") > 1 else "") + (".%f" if "." in bare else "")
    when = datetime.strptime(bare, pattern)
    step = timedelta(microseconds=1) if "." in bare else timedelta(seconds=1 if bare.count(":") > 1 else 60)
    return timedelta(0) <= true.replace(tzinfo=None) - when < step
