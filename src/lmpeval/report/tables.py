"""Tables of one estimate, ready to print: every cell is a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from lmpeval.disclosure import CBS, Profile, rounded
from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered
from lmpeval.report.numbers import Scale, p_value, percent, plain, standardised, three_digits
from lmpeval.report.refusals import profile_of
from lmpeval.report.words import Words
from lmpeval.robustness import Balance

MOST_DONORS = 15
THRESHOLDS = (0.1, 0.25)
"""Of the standardised difference: OHDSI (CohortMethod), and What Works Clearinghouse (2022)."""


@dataclass(frozen=True)
class Table:
    """A caption, the heads of the columns, and rows of texts; the first cell names its row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def numbers_table(result: Answered, scale: Scale, words: Words) -> Table:
    """The estimate in numbers."""
    found, sure, say = result.estimate.told, result.estimate.uncertainty, words.say
    of_logs = "-geometric" if result.estimate.scale is EffectScale.RATIO else ""
    many = "one" if result.n_sites == 1 else "many"
    rows = [
        (say("numbers.difference", years=averaged(result, words)), scale.change(found.effect)),
        (say("numbers.interval", level=percent(sure.level, words.numerals)), scale.interval(*found.interval)),
        (say(f"numbers.without{of_logs}"), scale.amount(found.counterfactual_mean)),
        *_without_one(result, scale, words),
        *_ranked(result, words),
        (
            say("numbers.error"),
            scale.size(found.standard_error) if isfinite(found.standard_error) else say("numbers.unknown"),
        ),
        (say("numbers.misfit"), scale.size(found.misfit)),
        (
            say("numbers.units"),
            say(f"numbers.units-{many}", treated=result.n_treated, compared=result.n_compared),
        ),
        (say("numbers.effective"), plain(result.estimate.effective_controls, 1, words.numerals)),
        (
            say(f"numbers.size-{many}"),
            say("numbers.size", size=_size(result.exposure, words, profile_of(result))),
        ),
        (say("numbers.method"), words.told(sure.method)),
    ]
    return Table(say("numbers.caption"), (say("numbers.quantity"), say("numbers.value")), tuple(rows))


def averaged(result: Answered, words: Words) -> str:
    """The years that are averaged, with holes shown."""
    years = [int(year) for year in result.estimate.years[result.estimate.counted]]
    since = "-since" if result.several is not None else ""
    return words.say(f"averaged.{'one' if len(years) == 1 else 'many'}{since}", years=_run(years))


def _run(years: Sequence[int]) -> str:
    """First and last year, or all where there are holes between."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]}\u2013{years[-1]}"
    return ", ".join(map(str, years))


def _without_one(result: Answered, scale: Scale, words: Words) -> list[tuple[str, str]]:
    """From where to where the difference moves when one comparison unit is taken away."""
    left = sorted(result.robustness.left_out, key=lambda one: one.effect)
    if not left:
        return []
    ends = [
        words.say("numbers.without-unit", effect=scale.change(one.effect), unit=one.unit)
        for one in (left[0], left[-1])
    ]
    key = "numbers.left-one" if len(left) == 1 else "numbers.left-many"
    return [(words.say(key, n=len(left)), words.numerals.range.format(low=ends[0], high=ends[1]))]


def _ranked(result: Answered, words: Words) -> list[tuple[str, str]]:
    """Where the effect stands among those of stand-ins; a p-value only where it holds what it says.

    With one site nothing tried does so whatever its size (decision 15), and the rank stands by itself.
    """
    sure, say = result.estimate.uncertainty, words.say
    ranked = round(1 / sure.smallest_p) if sure.smallest_p else 1
    told = p_value(sure.p, sure.smallest_p, words.numerals)
    rows = []
    if (result.n_sites > 1 or ranked == 1) and sure.smallest_p < 1:
        drawn = say("numbers.drawn", error=p_value(sure.p_error, numerals=words.numerals))
        least = say("numbers.attainable", p=p_value(sure.smallest_p, numerals=words.numerals))
        beside = (drawn if sure.p_error > 0 else "") + (least if sure.smallest_p > 0 else "")
        rows.append((say("numbers.p"), f"{told}{beside}"))
    if ranked > 1 and sure.rank:
        key = "numbers.place-one" if result.n_sites == 1 else "numbers.place-many"
        rows.append(
            (say("numbers.rank"), say(key, place=ordinal(sure.rank, words), among=ranked, share=told))
        )
    return rows


def donor_table(result: Answered, scale: Scale, words: Words) -> Table:
    """The weightiest comparison units, and the effect without each of them."""
    found, say = result.estimate, words.say
    without = {left.unit: left.effect for left in result.robustness.left_out}
    weights = found.comparison.weights
    order = sorted(
        range(len(weights)), key=lambda i: (-round(abs(float(weights[i])), 12), found.control_names[i])
    )
    used = [i for i in order if weights[i] != 0]
    rows = []
    for i in used[:MOST_DONORS]:
        name = found.control_names[i]
        effect = scale.change(without[name]) if name in without else say("donors.not-computed")
        rows.append((name, percent(float(weights[i]), words.numerals), effect))
    if rest := used[MOST_DONORS:]:
        together = percent(float(sum(weights[i] for i in rest)), words.numerals)
        rows.append((say("donors.more", n=len(rest)), say("donors.together", share=together), ""))
    head = (say("donors.unit"), say("donors.weight"), say("donors.without"))
    return Table(say("donors.caption"), head, tuple(rows))


def balance_table(result: Answered, words: Words) -> Table | None:
    """The covariates before the start; None where the study matches on none."""
    return table_of_balance(result.robustness.balance, words)


def table_of_balance(balances: Sequence[Balance], words: Words) -> Table | None:
    """Means of covariates on both sides, and how far they lie apart; None where there are none."""
    rows = tuple(
        (
            words.catalogue.column(balance.covariate),
            three_digits(balance.treated, words.numerals),
            three_digits(balance.compared, words.numerals),
            standardised(balance.standardised_difference, words.numerals),
        )
        for balance in balances
    )
    head = tuple(words.say(f"balance.{column}") for column in ("covariate", "site", "comparison", "apart"))
    return Table(words.say("balance.caption"), head, rows) if rows else None


def balance_alt(balances: Sequence[Balance], words: Words) -> str:
    """Say what the dot plot of the covariates shows."""
    apart = [abs(balance.standardised_difference) for balance in balances]
    worst = max(balances, key=lambda balance: abs(balance.standardised_difference))
    beyond, far = (sum(value > threshold for value in apart) for threshold in THRESHOLDS)
    return words.say(
        "balance.alt",
        n=len(balances), beyond=beyond, far=far,
        near_limit=plain(THRESHOLDS[0], 1, words.numerals),
        far_limit=plain(THRESHOLDS[1], 2, words.numerals),
        largest=standardised(worst.standardised_difference, words.numerals),
        covariate=words.catalogue.column(worst.covariate),
    )  # fmt: skip


def placebo_start_table(result: Answered, scale: Scale, words: Words) -> Table | None:
    """What starts before the real one seem to have done; None where there is no such year."""
    say, level = words.say, percent(result.estimate.uncertainty.level, words.numerals)
    rows = tuple(
        (
            _pretended(start.year, result, words),
            scale.change(start.effect),
            scale.interval(start.low, start.high),
            p_value(start.p, numerals=words.numerals),
            scale.size(start.error),
        )
        for start in result.robustness.placebo_starts
    )
    ranked = "numbers.p" if result.n_sites > 1 else "pretended.share"
    head = (
        say("pretended.start"), say("path.difference"), say("path.interval", level=level), say(ranked),
        say("pretended.missed"),
    )  # fmt: skip
    return Table(say("pretended.caption"), head, rows) if rows else None


def _pretended(year: int, result: Answered, words: Words) -> str:
    """A start that never was: a year, or how much earlier where sites started in different ones."""
    if result.several is None:
        return str(year)
    return words.say("pretended.year" if year == -1 else "pretended.years", n=-year)


def ordinal(rank: int, words: Words) -> str:
    """Write a rank.

    >>> from lmpeval.report.words import DUTCH, ENGLISH
    >>> [ordinal(n, ENGLISH) for n in (1, 2, 3, 7, 11, 22)]
    ['largest', '2nd largest', '3rd largest', '7th largest', '11th largest', '22nd largest']
    >>> ordinal(2, DUTCH)
    'nummer 2'
    """
    if rank == 1:
        return words.say("rank.first")
    last = str(rank % 10) if rank % 10 in (1, 2, 3) and not 10 <= rank % 100 <= 20 else "other"
    return words.say(f"rank.{last}", n=rank)


def _size(exposure: float, words: Words, profile: Profile = CBS) -> str:
    """Rounded, and to three significant digits: sizes of two runs must not tell a few persons apart."""
    if (nearest := rounded(exposure, profile)) is None:
        return words.numerals.few.format(n=profile.least)
    return plain(float(f"{nearest:.3g}"), 0, words.numerals)
