"""The answer in five lines: views, against what was wanted, how people engaged, what it cost, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from influtics_lab.campaign.wording import (
    amount,
    day,
    hours,
    last_day,
    listed,
    moment,
    number,
    of,
    percent,
    plural,
    rank,
    whys,
)

Figures = Mapping[str, Any]
OTHERS: Final = {
    "platform": "the other videos of their platforms in this snapshot",
    "own history": "their creators' earlier videos",
    "videos": "the videos that they are compared with",
}
_VERDICTS: Final = {"reached": "reached", "missed": "missed", "not yet": "not reached yet"}
_MEASURES: Final = {"views": "views", "engagement_rate": "engagement rate", "cpm": "CPM"}


class Line(NamedTuple):
    """One line of the answer.

    Attributes
    ----------
    about, headline, text : str
        What it is about; what there is to say, in few words; and what that is made of.
    """

    about: str
    headline: str
    text: str


def answer_lines(figures: Figures) -> list[Line]:
    """Give the answer in five lines.

    Parameters
    ----------
    figures : mapping
        As `key_figures` gives them.

    Returns
    -------
    list of Line
        Each says of how many videos it is, of when, and with which estimator; and what is not known, and why.

    Examples
    --------
    >>> import influtics_lab as lab
    >>> from influtics_lab.campaign import key_figures, new_campaign, parse_campaign
    >>> sample = lab.sample_snapshot()
    >>> lines = answer_lines(key_figures(parse_campaign(new_campaign(sample)), sample))
    >>> [line.about for line in lines]
    ['Views', 'Target', 'Engagement', 'Cost', 'Data']
    >>> lines[0].headline, lines[3].headline
    ('At least 5,828,557 views', 'No cost is known')
    """
    return [_views(figures), _target(figures), _engagement(figures), _cost(figures), _data(figures)]


def counted_words(figures: Figures) -> str:
    """Say which counts money, targets and contributions take."""
    return "gained in the period" if figures["settings"]["counted"] == "gained" else "as last read in the period"


def _views(figures: Figures) -> Line:
    counts, counted = figures["totals"]["counts"]["views"], figures["settings"]["counted"]
    whole, gained = counts[counted], " gained" * (counted == "gained")
    if not whole["of"]:
        return Line("Views", "No video", "No video of the snapshot belongs to the campaign: nothing is known of it.")
    if whole["known"] is None:
        text = f"Known of none of {plural(whole['of'], 'video')}: {whys(whole['reasons'])}."
        return Line("Views", f"Views{gained} are not known", text + _other_count(counts, counted))
    least = "At least " if whole["value"] is None else ""
    lacking = f"; not known: {whys(whole['reasons'])}" if whole["reasons"] else ""
    text = f"{_first_capital(counted_words(figures))}, the sum over {of(whole['n'], whole['of'])}{lacking}."
    until = f" Counts up to {moment(figures['campaign']['until'], figures['campaign']['time_zone'])}."
    headline = f"{least}{number(whole['known'])} views{gained}"
    return Line("Views", headline, text + _other_count(counts, counted) + until)


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _other_count(counts: Figures, counted: str) -> str:
    """Tell the count that is not in the headline: gained beside read, read beside gained."""
    other, name = ("gained", "Gained within the period") if counted == "last_read" else ("last_read", "As last read")
    figure = counts[other]
    if figure["known"] is None:
        return f" {name}: not known."
    least = "at least " if figure["value"] is None else ""
    return f" {name}: {least}{number(figure['known'])} ({of(figure['n'], figure['of'])})."


def main_target(targets: Sequence[Figures]) -> Figures:
    """Give the target that the first page tells: the first one of views that is still to come, else the first one."""
    coming = [one for one in targets if one["measure"] == "views" and not one["is_past"]]
    return [*coming, *targets][0]


def _target(figures: Figures) -> Line:
    targets = figures["targets"]
    if not targets:
        return Line("Target", "No target is set", "The campaign file names none, so there is no pace to tell.")
    main, zone = main_target(targets), figures["campaign"]["time_zone"]
    more = f" See also the {plural(len(targets) - 1, 'other target')}." if len(targets) > 1 else ""
    wanted = f"{target_words(main, figures)} by {day(last_day(main['date'], zone))}"
    return Line("Target", _reached(main), f"{wanted}: {value_words(main, figures)}.{pace(main)}{more}")


def _reached(target: Figures) -> str:
    if target["verdict"] == "unknown":
        return "Target not known to be reached"
    verdict = _VERDICTS[target["verdict"]]
    if target["reached_pct"] is None or target["verdict"] == "reached":
        return f"Target {verdict}"
    least = "at least " if target["value"].get("reason") else ""
    return f"Target {verdict}: {least}{percent(target['reached_pct'])} of it"


def target_words(target: Figures, figures: Figures) -> str:
    """Say what a target wants."""
    currency = figures["settings"]["currency"]
    wanted = {
        "views": f"{number(target['target'])} views",
        "engagement_rate": f"an engagement rate of {percent(target['target'])}",
        "cpm": f"a CPM of at most {amount(target['target'], currency)}",
    }
    return wanted[target["measure"]][:1].upper() + wanted[target["measure"]][1:]


def value_words(target: Figures, figures: Figures) -> str:
    """Say where a target stands."""
    value, currency = target["value"], figures["settings"]["currency"]
    n = of(value["n"], value["of"])
    if value["value"] is None:
        if value.get("at_most") is not None:
            return f"at most {amount(value['at_most'], currency)} ({n})"
        return f"not known ({n})"
    if target["measure"] == "views":
        return f"{'at least ' if value['reason'] else ''}{number(value['value'])} ({n})"
    text = amount(value["value"], currency) if target["measure"] == "cpm" else percent(value["value"])
    return f"{text} ({n})"


def pace(target: Figures) -> str:
    """Say what a target still needs a day, beside what came lately."""
    needed, recent = target["needed_per_day"], target["recent_per_day"]
    if needed["value"] is None:
        return ""
    most = "at most " if target["value"].get("reason") else ""
    text = f" It needs {most}{number(needed['value'])} views a day in the {target['days_left']:.1f} days left"
    if recent["value"] is None:
        return f"{text}; how many came lately is not known."
    least = "at least " if recent["reason"] else ""
    n = of(recent["n"], recent["of"])
    return f"{text}; in the last seven days of the snapshot there were {least}{number(recent['value'])} a day ({n})."


def _engagement(figures: Figures) -> Line:
    settings = figures["settings"]
    estimator, last = settings["engagement_rate"][0], figures["totals"]["engagement_rate"]["last_read"]
    formula = f"({' + '.join(settings['parts'])}) / views"
    figure = last[estimator]
    if figure["value"] is None:
        text = "No video has views and all parts of an engagement that are known in the period."
        return Line("Engagement", "No engagement rate is known", f"{text} The rate is {formula}.")
    text = f"{formula}, {estimator} over {of(last['n'], last['of'])} as last read{_interval(figure, settings)}."
    headline = f"{percent(figure['value'])} engagement rate"
    return Line("Engagement", headline, f"{text}{_at_age(figures, estimator)}{_standing(figures)}")


def _interval(figure: Figures, settings: Figures) -> str:
    if figure["low"] is None:
        return ", too few for an interval"
    return f", {settings['level_pct']:g} % interval {percent(figure['low'])} to {percent(figure['high'])}"


def _at_age(figures: Figures, estimator: str) -> str:
    rate = figures["totals"]["engagement_rate"]["at_age"]
    if rate[estimator]["value"] is None:
        return ""
    when = age_words(figures)
    return f" {when[:1].upper()}{when[1:]}: {percent(rate[estimator]['value'])} ({of(rate['n'], rate['of'])})."


def age_words(figures: Figures) -> str:
    """Say at which age videos are compared."""
    since = "publication" if figures["settings"]["age"] == "published" else "tracking began"
    rate = figures["totals"]["engagement_rate"]["at_age"]
    return f"at {hours(rate['age_hours'])} since {since}"


def _standing(figures: Figures) -> str:
    middle = figures["comparison"]["views"]
    if middle["value"] is None:
        return ""
    others = OTHERS[figures["settings"]["compared_with"]]
    return (
        f" In views at that age, the middle one of {of(middle['n'], middle['of'])} stands above "
        f"{rank(middle['value'])} of {others}."
    )


def _cost(figures: Figures) -> Line:
    money = figures["totals"]["money"]
    currency, spend, cpm = money["currency"], money["spend"], money["cpm"]
    if spend["reason"] == "no_spend":
        return Line("Cost", "No cost is known", f"The campaign file names no spend.{_worth(money)}")
    if spend["value"] is None:
        return Line("Cost", "No cost is known", f"{figures['reasons'][spend['reason']]}{_worth(money)}")
    spent = f"{amount(spend['value'], currency)} spent"
    bound = "" if cpm["value"] is not None else "at most "
    price = cpm["value"] if cpm["value"] is not None else cpm["at_most"]
    if price is None:
        return Line("Cost", spent, f"A price cannot be told: {figures['reasons'][cpm['reason']]}{_worth(money)}")
    engaged = money["cpe"]["value"] if money["cpe"]["value"] is not None else money["cpe"]["at_most"]
    cpe = "" if engaged is None else f", {'' if money['cpe']['value'] is not None else 'at most '}"
    cpe += (
        ""
        if engaged is None
        else f"{amount(engaged, currency)} an engagement ({of(money['cpe']['n'], money['cpe']['of'])})"
    )
    text = f"The whole spend over views {counted_words(figures)} of {of(cpm['n'], cpm['of'])}{cpe}."
    lower = " Views that are not known would make it lower." if bound else ""
    return Line("Cost", f"{spent}: {bound}{amount(price, currency)} a thousand views", text + lower + _worth(money))


def _worth(money: Figures) -> str:
    emv = money["emv"]
    if emv["known"] is None:
        return ""
    least = "at least " if emv["value"] is None else ""
    worth = f"{least}{amount(emv['known'], money['currency'])}"
    return f" Earned media value at the rates of the campaign file: {worth} ({of(emv['n'], emv['of'])})."


def _data(figures: Figures) -> Line:
    quality, whole = figures["quality"], figures["quality"]["videos"]
    problems = sum(finding["level"] == "problem" for finding in figures["findings"])
    do = "does" if problems == 1 else "do"
    mend = f" {plural(problems, 'thing')} in the campaign file {do} not fit." if problems else ""
    see = " See “How good the data are”."
    if not whole:
        return Line("Data", "There are no data", f"Nothing can be judged.{mend}{see}")
    told = list(_doubts(quality))
    doubtful = set().union(*(videos for _, videos in told))
    if not doubtful:
        text = f"{of(whole, whole)[:1].upper()}{of(whole, whole)[1:]} without remark.{mend}{see}"
        return Line("Data", "No video is missing, hidden, flagged or too young", text)
    said = listed([f"{len(videos):,} {words}" for words, videos in told])
    headline = f"{of(len(doubtful), whole)} to look at twice"
    return Line("Data", _first_capital(headline), f"Among them {said}.{mend}{see}")


def _doubts(quality: Figures) -> Iterator[tuple[str, set[str]]]:
    flagged = {video for flag in ("purge", "stalled", "burst") for video in quality["flagged"][flag]}
    kinds = {
        "without readings": {*quality["without_readings"], *quality["without_readings_in_period"]},
        "with hidden counts": set(quality["hidden"]),
        "without a known publication": set(quality["without_publication"]),
        "too young to compare": set(quality["too_young"]),
        "with flagged counts": flagged,
    }
    return ((words, videos) for words, videos in kinds.items() if videos)
