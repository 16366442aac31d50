"""Sites that started in different years: the words for their years, and their effects start by start."""

from __future__ import annotations

from collections.abc import Mapping

from lmpeval.finding import Answered, SeveralStarts
from lmpeval.report.language import MINUS
from lmpeval.report.numbers import Scale, p_value, percent
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.starts.averages import Averaged, By
from lmpeval.study import Study

MOST_NAMED = 12
"""Sites of a start that are named one by one."""


def since_words(year: int) -> str:
    """A year counted from the start, with a true minus sign."""
    return f"{MINUS if year < 0 else ''}{abs(year)}"


def starts_of(study: Study) -> tuple[int, ...]:
    """Every year in which a site started, rising."""
    return tuple(sorted({each.start for each in study.sites}))


def start_tables(result: Answered, scale: Scale, words: Words) -> tuple[Table, ...]:
    """Effects by start, by years since the start, by calendar year and over all; none for a single start."""
    if result.several is None:
        return ()
    several, level = result.several, percent(result.estimate.uncertainty.level, words.numerals)
    heads = {
        "interval": words.say("starts.interval", level=level),
        "band": words.say("starts.band", level=level),
    }
    return (
        _by_start(result, scale, words),
        _averages(several.averaged(By.SINCE), scale, heads, words),
        _averages(several.averaged(By.YEAR), scale, heads, words),
        _over_all(several, scale, heads["interval"], words),
    )


def regression_words(result: Answered, words: Words) -> str:
    """What a regression on unit and year effects would have weighed; empty for a single start."""
    if result.several is None:
        return ""
    several = result.several
    if several.negative_share <= 0:
        said = words.say("starts.none-below")
    else:
        said = words.say(
            "starts.below",
            share=percent(several.negative_share, words.numerals),
            sum=MINUS + words.numerals.written(abs(several.negative_sum), 2),
        )
    return f"{words.say('starts.regression')} {said}"


def _by_start(result: Answered, scale: Scale, words: Words) -> Table:
    assert result.several is not None
    say, told = words.say, result.estimate.told
    rows = [
        (
            str(one.start),
            ", ".join(one.sites) if len(one.sites) <= MOST_NAMED else say("starts.groups", n=len(one.sites)),
            percent(one.weight, words.numerals),
            scale.change(one.estimate.told.effect),
            scale.interval(*one.estimate.told.interval),
        )
        for one in result.several.each
    ]
    rows.append(
        (
            say("starts.all"),
            _span(result, words),
            percent(1.0, words.numerals),
            scale.change(told.effect),
            scale.interval(*told.interval),
        )
    )
    level = percent(result.estimate.uncertainty.level, words.numerals)
    head = (
        say("starts.start"), say("starts.sites"), say("starts.weight"), say("starts.mean"),
        say("starts.interval", level=level),
    )  # fmt: skip
    return Table(say("starts.by-start"), head, tuple(rows))


def _span(result: Answered, words: Words) -> str:
    counted = result.estimate.years[result.estimate.counted]
    first, last = since_words(int(counted[0])), since_words(int(counted[-1]))
    return words.say("starts.year" if first == last else "starts.years", first=first, last=last)


def _averages(found: Averaged, scale: Scale, heads: Mapping[str, str], words: Words) -> Table:
    """Averages with what they are made of; the band is for all years from the start on together."""
    since = found.by is By.SINCE
    known = [since_words(int(at)) if since else str(at) for at in found.at]
    rows = tuple(
        (
            at,
            ", ".join(
                f"{start} ({percent(share, words.numerals)})"
                for start, share in zip(found.starts, shares, strict=True)
                if share > 0
            ),
            scale.change(float(effect)),
            scale.interval(*map(float, interval)),
            scale.interval(*map(float, band)),
        )
        for at, shares, effect, interval, band in zip(
            known, found.weights, found.effect, found.interval, found.band, strict=True
        )
    )
    first, caption = ("path.since", "starts.by-since") if since else ("path.year", "starts.by-year")
    head = (words.say(first), words.say("starts.parts"), words.say("path.difference"), *heads.values())
    return Table(words.say(caption), head, rows)


def _over_all(several: SeveralStarts, scale: Scale, interval: str, words: Words) -> Table:
    """The ways to make one number of all starts, in all years from the start on."""
    rows = tuple(
        (
            words.say(f"starts.weighed-{each.by.name.lower()}"),
            scale.change(each.overall.effect),
            scale.interval(each.overall.low, each.overall.high),
            p_value(each.overall.p, numerals=words.numerals),
        )
        for each in several.averages
    )
    head = (words.say("starts.what-counts"), words.say("starts.mean"), interval, words.say("numbers.p"))
    return Table(words.say("starts.over-all"), head, rows)
