"""Tables of one estimate, ready to print: every cell is a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from lmpeval.disclosure import CBS, Profile
from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered
from lmpeval.ledger import Entry
from lmpeval.report.numbers import Scale, p_value, percent, plain, three_digits
from lmpeval.report.refusals import profile_of
from lmpeval.report.words import Mark, Words
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


@dataclass(frozen=True)
class LedgerRow:
    """One assumption as it is shown."""

    number: int
    name: str
    claim: str
    matters: str
    critical: bool
    mark: Mark
    status: str
    finding: str
    held_against: str
    source: str
    detectable: str
    bias: str
    argument: str | None
    judged: str
    """What somebody said of it, with what the data had given; empty where nobody did."""


def numbers_table(result: Answered, scale: Scale, years: str) -> Table:
    """The estimate in numbers."""
    found, sure = result.estimate.told, result.estimate.uncertainty
    level = percent(sure.level)
    of_logs = " (geometric mean)" if result.estimate.scale is EffectScale.RATIO else ""
    rows = [
        (f"Difference, {years}", scale.change(found.effect)),
        (f"Interval at {level}", scale.interval(*found.interval)),
        (f"Without the intervention, same years{of_logs}", scale.amount(found.counterfactual_mean)),
        *_without_one(result, scale),
        *_ranked(result),
    ]
    sites = "site" if result.n_sites == 1 else "sites"
    error = scale.size(found.standard_error) if isfinite(found.standard_error) else "unknown"
    rows += [
        ("Standard error", error),
        ("Misfit before the start (root mean square)", scale.size(found.misfit)),
        ("Units", f"{result.n_treated} in the {sites}, {result.n_compared} in the pool"),
        (
            "Equally weighted comparison units that would be as noisy",
            plain(result.estimate.effective_controls, 1),
        ),
        (
            f"Size of the {sites}",
            f"{_size(result.exposure, profile_of(result))}, mean per year before the start",
        ),
        ("Method of the interval", sure.method),
    ]
    return Table("The difference in numbers", ("quantity", "value"), tuple(rows))


def _without_one(result: Answered, scale: Scale) -> list[tuple[str, str]]:
    """From where to where the difference moves when one comparison unit is taken away."""
    left = sorted(result.robustness.left_out, key=lambda one: one.effect)
    if not left:
        return []
    of = "the one comparison unit" if len(left) == 1 else f"one of the {len(left)} weightiest, each in turn"
    ends = (f"{scale.change(one.effect)} (without {one.unit})" for one in (left[0], left[-1]))
    return [(f"Difference without {of}", " to ".join(ends))]


def _ranked(result: Answered) -> list[tuple[str, str]]:
    """Where the effect stands among those of stand-ins; a p-value only where it holds what it says.

    With one site nothing tried does so whatever its size (decision 15), and the rank stands by itself.
    """
    sure = result.estimate.uncertainty
    told, ranked = p_value(sure.p, sure.smallest_p), round(1 / sure.smallest_p) if sure.smallest_p else 1
    own = "the site" if result.n_sites == 1 else "the sites"
    rows = []
    if (result.n_sites > 1 or ranked == 1) and sure.smallest_p < 1:
        rows.append(("p-value", f"{told}{_drawn(sure.p_error)}{_attainable(sure.smallest_p)}"))
    if ranked > 1 and sure.rank:
        place = f"{ordinal(sure.rank)} of {ranked} by size, {own} among them"
        share = f": the largest {told} of all" if result.n_sites == 1 else ""
        rows.append(("Rank among the stand-ins", f"{place}{share}"))
    return rows


def donor_table(result: Answered, scale: Scale) -> Table:
    """The weightiest comparison units, and the effect without each of them."""
    found = result.estimate
    without = {left.unit: left.effect for left in result.robustness.left_out}
    weights = found.comparison.weights
    order = sorted(
        range(len(weights)), key=lambda i: (-round(abs(float(weights[i])), 12), found.control_names[i])
    )
    used = [i for i in order if weights[i] != 0]
    rows = []
    for i in used[:MOST_DONORS]:
        name = found.control_names[i]
        effect = scale.change(without[name]) if name in without else "not computed"
        rows.append((name, percent(float(weights[i])), effect))
    if rest := used[MOST_DONORS:]:
        together = percent(float(sum(weights[i] for i in rest)))
        rows.append((f"… and {len(rest)} more", f"together {together}", ""))
    return Table(
        "Comparison units by weight", ("unit", "weight", "mean difference without this unit"), tuple(rows)
    )


def balance_table(result: Answered) -> Table | None:
    """The covariates before the start; None where the study matches on none."""
    return table_of_balance(result.robustness.balance)


def table_of_balance(balances: Sequence[Balance]) -> Table | None:
    """Means of covariates on both sides, and how far they lie apart; None where there are none."""
    rows = tuple(
        (
            balance.covariate.replace("_", " "),
            three_digits(balance.treated),
            three_digits(balance.compared),
            plain(balance.standardised_difference, 2),
        )
        for balance in balances
    )
    head = ("covariate", "site", "weighted comparison", "standardised difference")
    return Table("Covariates before the start", head, rows) if rows else None


def balance_alt(balances: Sequence[Balance]) -> str:
    """Say what the dot plot of the covariates shows."""
    apart = [abs(balance.standardised_difference) for balance in balances]
    worst = max(balances, key=lambda balance: abs(balance.standardised_difference))
    beyond, far = (sum(value > threshold for value in apart) for threshold in THRESHOLDS)
    return (
        f"Dot plot of {len(balances)} standardised differences before the start: {beyond} beyond "
        f"{THRESHOLDS[0]}, of which {far} beyond {THRESHOLDS[1]}; the largest is "
        f"{plain(worst.standardised_difference, 2)}, in {worst.covariate.replace('_', ' ')}."
    )


def placebo_start_table(result: Answered, scale: Scale) -> Table | None:
    """What starts before the real one seem to have done; None where there is no such year."""
    level = percent(result.estimate.uncertainty.level)
    rows = tuple(
        (
            _pretended(start.year, result),
            scale.change(start.effect),
            scale.interval(start.low, start.high),
            p_value(start.p),
            scale.size(start.error),
        )
        for start in result.robustness.placebo_starts
    )
    ranked = "p-value" if result.n_sites > 1 else "share of stand-ins as large"
    head = ("pretended start", "difference", f"{level} interval", ranked, "a year is missed by")
    return Table("Starts that never were", head, rows) if rows else None


def _pretended(year: int, result: Answered) -> str:
    """A start that never was: a year, or how much earlier where sites started in different ones."""
    if result.several is None:
        return str(year)
    return f"{-year} year{'' if year == -1 else 's'} early, every site"


def ledger_rows(result: Answered, scale: Scale, words: Words) -> tuple[LedgerRow, ...]:
    """The twelve assumptions in order."""
    return tuple(_ledger_row(entry, scale, words) for entry in result.ledger.entries)


def ordinal(rank: int) -> str:
    """Write a rank.

    >>> [ordinal(n) for n in (1, 2, 3, 7, 11, 22)]
    ['largest', '2nd largest', '3rd largest', '7th largest', '11th largest', '22nd largest']
    """
    if rank == 1:
        return "largest"
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if 10 <= rank % 100 <= 20 else endings.get(rank % 10, "th")
    return f"{rank}{ending} largest"


def _ledger_row(entry: Entry, scale: Scale, words: Words) -> LedgerRow:
    assumption, evidence = entry.assumption, entry.evidence
    compared = ""
    if evidence.number is not None and evidence.threshold is not None:
        compared = f"{three_digits(evidence.number)} against {three_digits(evidence.threshold)}"
    return LedgerRow(
        number=assumption.number,
        name=assumption.name.replace("_", " "),
        claim=assumption.claim,
        matters=assumption.matters,
        critical=assumption.critical,
        mark=words.statuses[entry.status],
        status=entry.status.name.lower().replace("_", "-"),
        finding=evidence.finding,
        held_against=compared,
        source=evidence.threshold_source,
        detectable="" if evidence.detectable is None else scale.size(evidence.detectable),
        bias=evidence.bias_if_wrong,
        argument=entry.argument,
        judged=_judged(entry, words),
    )


def _judged(entry: Entry, words: Words) -> str:
    said = entry.judged
    if said is None:
        return ""
    machine = words.statuses[entry.evidence.status].word
    told = f"{said.by} on {said.on.isoformat()}: {words.statuses[said.status].word}"
    why = f", because {said.reason}" if said.reason else ", without a reason"
    kept = "; not taken, for going up from what the data gave needs a reason" if entry.refused else ""
    return f"{told}{why}. The data gave: {machine}{kept}."


def _drawn(error: float) -> str:
    """Monte Carlo error of a p-value, where not all sets were looked at."""
    return f" ± {p_value(error)} (sets were drawn)" if error > 0 else ""


def _attainable(smallest: float) -> str:
    return f" (smallest attainable {p_value(smallest)})" if smallest > 0 else ""


def _size(exposure: float, profile: Profile = CBS) -> str:
    """Rounded, and to three significant digits: sizes of two runs must not tell a few persons apart."""
    if exposure < profile.least:
        return f"fewer than {profile.least}"
    return plain(float(f"{profile.nearest * round(exposure / profile.nearest):.3g}"), 0)
