"""Sites that started in different years: the words for their years, and their effects start by start."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.finding import Answered, SeveralStarts
from lmpeval.report.numbers import MINUS, Scale, p_value, percent
from lmpeval.report.tables import Table
from lmpeval.starts.averages import Averaged, By
from lmpeval.study import Study

MOST_NAMED = 12
"""Sites of a start that are named one by one."""
SINCE = "years since the start"


def since_words(year: int) -> str:
    """A year counted from the start, with a true minus sign."""
    return f"{MINUS if year < 0 else ''}{abs(year)}"


def starts_of(study: Study) -> tuple[int, ...]:
    """Every year in which a site started, rising."""
    return tuple(sorted({each.start for each in study.sites}))


def listed_years(years: Iterable[int]) -> str:
    """Years as they stand in a sentence.

    >>> listed_years([2013]), listed_years([2013, 2014, 2016])
    ('2013', '2013, 2014 and 2016')
    """
    *first, last = [str(year) for year in years]
    return f"{', '.join(first)} and {last}" if first else last


def start_tables(result: Answered, scale: Scale) -> tuple[Table, ...]:
    """Effects by start, by years since the start, by calendar year and over all; none for a single start."""
    if result.several is None:
        return ()
    several, level = result.several, percent(result.estimate.uncertainty.level)
    return (
        _by_start(result, scale),
        _averages("Differences by years since the start", several.averaged(By.SINCE), scale, level),
        _averages("Differences by calendar year", several.averaged(By.YEAR), scale, level),
        _over_all(several, scale, level),
    )


WEIGHED = {
    By.SINCE: "every year since the start alike",
    By.YEAR: "every calendar year alike",
    By.START: "every start by its size",
    By.ALL: "every start and year by the size of the start",
}
"""How averages from the start on make one number."""


def regression_words(result: Answered) -> str:
    """What a regression on unit and year effects would have weighed; empty for a single start."""
    if result.several is None:
        return ""
    several = result.several
    said = "None of these weights would have been below zero here."
    if several.negative_share > 0:
        said = (
            f"Here {percent(several.negative_share)} of those weights would have been below zero, and they "
            f"would have added up to {MINUS}{abs(several.negative_sum):.2f} of a total of 1: that much of "
            "the effects would have counted with the wrong sign."
        )
    return (
        "No start is compared with units that are exposed already. A plain regression on unit and year "
        "effects compares later sites with earlier ones too, which gives some effects a weight below zero. "
        + said
    )


def _by_start(result: Answered, scale: Scale) -> Table:
    assert result.several is not None
    level = percent(result.estimate.uncertainty.level)
    rows = [
        (
            str(one.start),
            ", ".join(one.sites) if len(one.sites) <= MOST_NAMED else f"{len(one.sites)} groups",
            percent(one.weight),
            scale.change(one.estimate.told.effect),
            scale.interval(*one.estimate.told.interval),
        )
        for one in result.several.each
    ]
    told = result.estimate.told
    rows.append(
        (
            "all starts",
            f"{_span(result)} since the start",
            percent(1.0),
            scale.change(told.effect),
            scale.interval(*told.interval),
        )
    )
    head = ("start", "sites", "weight, by size before the start", "mean difference", f"{level} interval")
    return Table("Differences by start, each over all its counted years", head, tuple(rows))


def _span(result: Answered) -> str:
    counted = result.estimate.years[result.estimate.counted]
    first, last = since_words(int(counted[0])), since_words(int(counted[-1]))
    return f"year {first}" if first == last else f"years {first} to {last}"


def _averages(caption: str, found: Averaged, scale: Scale, level: str) -> Table:
    """Averages with what they are made of; the band is for all years from the start on together."""
    known = [since_words(int(at)) if found.by is By.SINCE else str(at) for at in found.at]
    rows = tuple(
        (
            at,
            ", ".join(
                f"{start} ({percent(share)})"
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
    first = SINCE if found.by is By.SINCE else "year"
    head = (
        first,
        "starts, with their weights",
        "difference",
        f"{level} interval",
        f"{level} for all at once",
    )
    return Table(caption, head, rows)


def _over_all(several: SeveralStarts, scale: Scale, level: str) -> Table:
    """The ways to make one number of all starts, in all years from the start on."""
    rows = tuple(
        (
            WEIGHED[each.by],
            scale.change(each.overall.effect),
            scale.interval(each.overall.low, each.overall.high),
            p_value(each.overall.p),
        )
        for each in several.averages
    )
    head = ("what counts", "mean difference", f"{level} interval", "p-value")
    return Table("One number for all starts, from the start on", head, rows)
