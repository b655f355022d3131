"""The answer in five lines: views, against what was wanted, how people engaged, what it cost, how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from influtics_lab.campaign.figures.figure_types import AT_LEAST, AT_MOST
from influtics_lab.campaign.figures.formatting import (
    describe_reason,
    format_count,
    format_deadline,
    format_hours,
    format_moment,
    format_money,
    format_n_of,
    format_percent,
    format_percentile,
    format_reasons,
)
from influtics_lab.campaign.figures.plain_formatting import (
    bound_of,
    counted_words,
    interval_words,
    lacking_words,
    money_words,
    sum_words,
    summed_of,
)
from influtics_lab.text_format import capitalise_first, join_words, plural

Figures = Mapping[str, Any]
OTHERS: Final = {
    "platform": "the other videos of their platforms in this snapshot",
    "own history": "their creators' earlier videos",
    "videos": "the videos that they are compared with",
}
_VERDICTS: Final = {"reached": "reached", "missed": "missed", "not yet": "not reached yet"}


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
    >>> lines = answer_lines(key_figures(parse_campaign(new_campaign(sample)), sample).to_dict())
    >>> [line.about for line in lines]
    ['Views', 'Target', 'Engagement', 'Cost', 'Data']
    >>> lines[0].headline, lines[3].headline
    ('2,491,885 views known', 'No cost is known')
    """
    return [_views(figures), _target(figures), _engagement(figures), _cost(figures), _data(figures)]


def _views(figures: Figures) -> Line:
    counts, gained = figures["totals"]["counts"]["views"], " gained" * (figures["settings"]["counted"] == "gained")
    whole = counts["counted"]
    if not figures["totals"]["videos"]:
        return Line("Views", "No video", "No video of the snapshot belongs to the campaign: nothing is known of it.")
    found = f" {capitalise_first(found_words(figures))}." if found_words(figures) else ""
    if whole["known"] is None:
        text = f"Known of none of {plural(whole['of'], 'video')}: {format_reasons(whole['reasons'])}."
        return Line("Views", f"Views{gained} are not known", text + found + _side_by_side(counts))
    text = f"{capitalise_first(counted_words(figures))}, the sum over {summed_of(whole)}{lacking_words(whole)}.{found}"
    until = f" Counts up to {format_moment(figures['campaign']['until'], figures['campaign']['time_zone'])}."
    headline = capitalise_first(f"{sum_words(whole)} views{gained}{_known(whole)}")
    notes = _earlier(figures) + _side_by_side(counts) + until + once_words(figures)
    return Line("Views", headline, text + notes)


def _known(figure: Figures) -> str:
    """Return that a sum is only what is known: where a count fell, it is no bound."""
    return " known" * (figure["value"] is None and not figure["is_bound"])


def _earlier(figures: Figures) -> str:
    """Return how many videos may count views from before the period; empty where none does."""
    n = len(figures["quality"]["earlier_views"])
    return f" {plural(n, 'video')} may contain earlier views." if n else ""


def _side_by_side(counts: Figures) -> str:
    """Return the total and what was gained, each where it differs from what is counted."""
    names = {"last_read": "Total as last read", "gained": "Gained in the period"}
    headline = sum_words(counts["counted"])
    shown = {name: counts[place] for place, name in names.items() if sum_words(counts[place]) != headline}
    return "".join(
        f" {name}: {sum_words(figure)}{_known(figure)} ({summed_of(figure)})."
        if figure["known"] is not None
        else f" {name}: not known: {format_reasons(figure['reasons'])}."
        for name, figure in shown.items()
    )


def found_words(figures: Figures) -> str:
    """Return how many of the posts that the file names are in the snapshot; empty where all are."""
    quality = figures["quality"]
    if not quality["not_found"]:
        return ""
    noun = "link" if quality["named_by_links"] else "named video"
    return f"{quality['named_found']:,} of {plural(quality['named'], noun)} found"


def once_words(figures: Figures) -> str:
    """Return a sentence about videos that are tracked more than once; empty where none is."""
    n = len(figures["quality"]["tracked_twice"])
    many = f" {plural(n, 'video')} {'is' if n == 1 else 'are'} tracked more than once"
    return f"{many} and {'counts' if n == 1 else 'count'} once." if n else ""


def main_target(targets: Sequence[Figures]) -> Figures:
    """Give the target that the first page tells: the first one of views that is still to come, else the first one."""
    coming = [one for one in targets if one["measure"] == "views" and not one["is_past"]]
    return [*coming, *targets][0]


def _target(figures: Figures) -> Line:
    targets = figures["targets"]
    if not targets:
        return Line("Target", "No target is set", "The campaign file names none, so there is no pace to tell.")
    main, zone = main_target(targets), figures["campaign"]["time_zone"]
    more = _others([one for one in targets if one is not main])
    wanted = f"{target_words(main, figures)} by {format_deadline(main['date'], zone)}"
    return Line("Target", _reached(main), f"{wanted}: {value_words(main, figures)}.{pace(main)}{more}")


def _others(targets: Sequence[Figures]) -> str:
    """Say how many of the other targets are reached and missed, so that no good one stands before a bad one."""
    found = Counter(_VERDICTS.get(one["verdict"], "not known") for one in targets)
    told = join_words([f"{n:,} {verdict}" for verdict, n in sorted(found.items())])
    return f" Of {plural(len(targets), 'other target')}: {told}." if targets else ""


def _reached(target: Figures) -> str:
    verdict = _VERDICTS.get(target["verdict"], "not known to be reached")
    partly_rated = target["verdict"] == "unknown" and target["measure"] != "views"
    if target["reached_pct"] is None or target["verdict"] == "reached" or partly_rated:
        return f"Target {verdict}"
    return f"Target {verdict}: {reached_words(target)} of it"


def reached_words(target: Figures) -> str:
    """Say how much of a target is reached, in percent of it; of views that are not all known, at least."""
    return format_percent(target["reached_pct"], _known_part(target))


def _known_part(target: Figures) -> str:
    value = target["value"]
    return AT_LEAST if value.get("reason") and value.get("is_bound", True) else ""


def target_words(target: Figures, figures: Figures) -> str:
    """Say what a target wants."""
    currency = figures["settings"]["currency"]
    wanted = {
        "views": f"{format_count(target['target'])} views",
        "engagement_rate": f"an engagement rate of {format_percent(target['target'])}",
        "cpm": f"a CPM of at most {format_money(target['target'], currency)}",
    }
    return capitalise_first(wanted[target["measure"]])


def value_words(target: Figures, figures: Figures) -> str:
    """Say where a target stands."""
    value, currency = target["value"], figures["settings"]["currency"]
    n = format_n_of(value["n"], value["of"])
    if value["value"] is None:
        if value.get("at_most") is not None:
            return f"{format_money(value['at_most'], currency, AT_MOST)} ({n}{_as_of(target, figures)})"
        return f"not known ({n})"
    if target["measure"] == "views":
        return f"{format_count(value['value'], _known_part(target))} ({n}{_as_of(target, figures)})"
    text = format_money(value["value"], currency) if target["measure"] == "cpm" else format_percent(value["value"])
    return f"{text} ({n}{_as_of(target, figures)})"


def _as_of(target: Figures, figures: Figures) -> str:
    """Say up to when a target's counts are taken, where that is not the end of the others."""
    campaign = figures["campaign"]
    if target["as_of"] == campaign["until"]:
        return ""
    return f", up to {format_moment(target['as_of'], campaign['time_zone'])}"


def pace(target: Figures) -> str:
    """Say what a target still needs a day, beside what came lately."""
    needed, recent = target["needed_per_day"], target["recent_per_day"]
    if needed["value"] is None:
        return ""
    most = AT_MOST if target["value"].get("reason") else ""
    text = f" It needs {format_count(needed['value'], most)} views a day in the {target['days_left']:.1f} days left"
    if recent["value"] is None:
        return f"{text}; the recent pace is not known: {describe_reason(recent['reason'])}."
    n, lately = (
        format_n_of(recent["n"], recent["of"]),
        format_count(recent["value"], AT_LEAST if recent["reason"] else ""),
    )
    span = "seven days" if recent["days"] == 7 else format_hours(recent["days"] * 24)
    return f"{text}; in the last {span} of the snapshot there were {lately} a day ({n})."


def _engagement(figures: Figures) -> Line:
    settings = figures["settings"]
    estimator, last = settings["engagement_rate"][0], figures["totals"]["engagement_rate"]["last_read"]
    formula = f"({' + '.join(settings['parts'])}) / views"
    figure = last[estimator]
    if figure["value"] is None:
        text = "No video has views and all parts of an engagement that are known in the period."
        return Line("Engagement", "No engagement rate is known", f"{text} The rate is {formula}.")
    n = format_n_of(last["n"], last["of"])
    text = f"{formula}, {estimator} over {n} as last read{_interval(last, estimator, settings)}."
    headline = f"{format_percent(figure['value'])} engagement rate"
    return Line("Engagement", headline, f"{text}{_at_age(figures, estimator)}{_standing(figures)}")


def _interval(rate: Figures, estimator: str, settings: Figures) -> str:
    if rate[estimator]["low"] is None:
        return ", too few for an interval"
    return f", {settings['level_pct']:g} % interval {interval_words(rate, estimator)}"


def _at_age(figures: Figures, estimator: str) -> str:
    rate = figures["totals"]["engagement_rate"]["at_age"]
    if rate[estimator]["value"] is None:
        return ""
    n = format_n_of(rate["n"], rate["of"])
    return f" {capitalise_first(age_words(figures))}: {format_percent(rate[estimator]['value'])} ({n})."


def age_words(figures: Figures) -> str:
    """Say at which age videos are compared."""
    since = "publication" if figures["settings"]["age"] == "published" else "tracking began"
    rate = figures["totals"]["engagement_rate"]["at_age"]
    return f"at {format_hours(rate['age_hours'])} since {since}"


def _standing(figures: Figures) -> str:
    middle = figures["comparison"]["views"]
    if middle["value"] is None:
        return ""
    others = OTHERS[figures["settings"]["compared_with"]]
    return (
        f" In views at that age, {'the middle one of ' * (middle['n'] > 1)}{format_n_of(middle['n'], middle['of'])} "
        f"{'stand' if middle['n'] == 1 < middle['of'] else 'stands'} above {format_percentile(middle['value'])} of "
        f"{others}."
    )


def _cost(figures: Figures) -> Line:
    money = figures["totals"]["money"]
    currency, spend, cpm = money["currency"], money["spend"], money["cpm"]
    if spend["reason"] == "no_spend":
        return Line("Cost", "No cost is known", f"The campaign file names no spend.{_worth(money)}")
    if spend["value"] is None:
        text = f"{figures['reasons'][spend['reason']]}{_other_spend(figures)}"
        return Line("Cost", "No cost is known", f"{text}{_worth(money)}")
    spent = f"{format_money(spend['value'], currency)} spent"
    price, engaged = (money_words(money[name], currency) for name in ("cpm", "cpe"))
    if price is None:
        return Line("Cost", spent, f"A price cannot be told: {figures['reasons'][cpm['reason']]}{_worth(money)}")
    n = format_n_of(money["cpe"]["n"], money["cpe"]["of"])
    cpe = "" if engaged is None else f", {engaged} an engagement ({n})"
    text = f"The whole spend over views {counted_words(figures)} of {format_n_of(cpm['n'], cpm['of'])}{cpe}."
    lower = " Views that are not known would make it lower." if cpm["value"] is None else ""
    return Line("Cost", f"{spent}: {price} a thousand views", text + lower + _other_spend(figures) + _worth(money))


def _other_spend(figures: Figures) -> str:
    """Say how much of the spend is not allocated, and how much is booked after the day that the figures are of."""
    money = figures["totals"]["money"]
    currency, shared, later = money["currency"], money["not_allocated"]["value"], money["later"]
    divides = shared is not None and figures["by_creator"]
    text = f" {format_money(shared, currency)} of it is not allocated to creators." if divides else ""
    if later["spend"]["value"] is None:
        return text
    cpm = money_words(later["cpm"], currency)
    beside = "" if cpm is None else f": {cpm} a thousand views with it"
    return f"{text} A further {format_money(later['spend']['value'], currency)} is booked later{beside}."


def _worth(money: Figures) -> str:
    emv = money["emv"]
    if emv["known"] is None:
        return ""
    worth = format_money(emv["known"], money["currency"], bound_of(emv))
    return f" Earned media value at the rates of the campaign file: {worth} ({summed_of(emv)})."


def _data(figures: Figures) -> Line:
    quality, whole = figures["quality"], figures["quality"]["asked"]
    problems = sum(finding["level"] == "problem" for finding in figures["findings"])
    do = "does" if problems == 1 else "do"
    mend = f" {plural(problems, 'thing')} in the campaign file {do} not fit." if problems else ""
    see = " See “How good the data are”."
    if not whole:
        return Line("Data", "There are no data", f"Nothing can be judged.{mend}{see}")
    told = list(_doubts(quality))
    doubtful = set().union(*(videos for _, videos in told))
    if not doubtful:
        text = f"Looked for at {format_n_of(whole, whole)}.{mend}{see}"
        return Line("Data", "No video is missing, hidden, flagged or too young", text)
    said = join_words([f"{len(videos):,} {words}" for words, videos in told])
    headline = f"{format_n_of(len(doubtful), whole)} to look at twice"
    return Line("Data", capitalise_first(headline), f"Among them {said}.{mend}{see}")


def _doubts(quality: Figures) -> Iterator[tuple[str, set[str]]]:
    flagged = {*quality["flagged"]["purge"], *quality["flagged"]["burst"], *quality["stalled_at_end"]}
    kinds = {
        "not in the snapshot": set(quality["not_found"]),
        "tracked more than once": set(quality["tracked_twice"]),
        "without readings": {*quality["without_readings"], *quality["without_readings_in_period"]},
        "with hidden counts": set(quality["hidden"]),
        "that may contain earlier views": set(quality["earlier_views"]),
        "with long gaps": set(quality["long_gaps"]),
        "without a known publication": set(quality["without_publication"]),
        "too young to compare": set(quality["too_young"]),
        "with flagged counts": flagged,
    }
    return ((words, videos) for words, videos in kinds.items() if videos)
