"""Sites that started in different years: the words for their years, and their effects start by start."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.finding import Answered
from lmpeval.report.numbers import MINUS, Scale, percent
from lmpeval.report.tables import Table
from lmpeval.study import Study

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
    return _by_start(result, scale), _by_years_since(result, scale), _by_year(result, scale)


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
        "Every start is compared with units that were never exposed. A plain regression on unit and year "
        "effects compares later sites with earlier ones too, which gives some effects a weight below zero. "
        + said
    )


def _by_start(result: Answered, scale: Scale) -> Table:
    assert result.several is not None
    level = percent(result.estimate.uncertainty.level)
    rows = [
        (
            str(one.start),
            ", ".join(one.sites),
            percent(one.weight),
            scale.change(one.estimate.effect),
            scale.interval(*one.estimate.uncertainty.interval),
        )
        for one in result.several.each
    ]
    sure = result.estimate.uncertainty
    rows.append(
        (
            "all starts",
            f"{_span(result)} since the start, which all starts have",
            percent(1.0),
            scale.change(result.estimate.effect),
            scale.interval(*sure.interval),
        )
    )
    head = ("start", "sites", "weight, by size before the start", "mean difference", f"{level} interval")
    return Table("Differences by start, each over all its counted years", head, tuple(rows))


def _span(result: Answered) -> str:
    counted = result.estimate.years[result.estimate.counted]
    first, last = since_words(int(counted[0])), since_words(int(counted[-1]))
    return f"year {first}" if first == last else f"years {first} to {last}"


def _by_years_since(result: Answered, scale: Scale) -> Table:
    """Every start in the years that all have, and their weighted mean."""
    assert result.several is not None
    found = result.estimate
    paths = [
        dict(zip(one.estimate.years - one.start, one.estimate.gap, strict=True))
        for one in result.several.each
    ]
    rows = tuple(
        (
            since_words(int(year)),
            *(scale.change(float(path[year])) for path in paths),
            scale.change(float(gap)),
        )
        for year, gap in zip(found.years, found.gap, strict=True)
    )
    starts = (f"start {one.start} ({percent(one.weight)})" for one in result.several.each)
    head = (SINCE, *starts, "all, by these weights")
    return Table("Differences by years since the start, in the years that all starts have", head, rows)


def _by_year(result: Answered, scale: Scale) -> Table:
    assert result.several is not None
    rows = tuple(
        (
            str(year.year),
            ", ".join(
                f"{start} ({percent(weight)})"
                for start, weight in zip(year.starts, year.weights, strict=True)
            ),
            scale.change(year.effect),
        )
        for year in result.several.by_year
    )
    head = ("year", "starts that had begun, with their weights", "difference")
    return Table("Differences by calendar year", head, rows)
