"""What cannot both be so about the years of a study: its window, its sites and their starts, its end."""

from __future__ import annotations

from collections.abc import Iterator

from lmpeval.study.comparator import Comparator, LaterStarts
from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.intervention import NOT_STARTED, Intervention, Status
from lmpeval.study.population import Population
from lmpeval.study.window import Window, YearsSinceStart


def start_within_window(intervention: Intervention, window: Window) -> Found:
    """The start lies in the window with a year before it, if there was one; the years are in order."""
    if window.first > window.last:
        yield Contradiction(
            ("window", "first"), f"first year {window.first} is after last year {window.last}"
        )
        return
    for path, start in _starts(intervention):
        if intervention.status not in NOT_STARTED and not window.first < start <= window.last:
            yield Contradiction(
                path,
                f"start {start} is outside the window: expected after {window.first} "
                f"and not after {window.last}, so that there is a year before it and one from it on",
            )
    for key in ("exclude", "breaks"):
        for position, dated in enumerate(getattr(window, key)):
            if not window.first <= dated.year <= window.last:
                yield Contradiction(
                    ("window", key, position, "year"),
                    f"{dated.year} is outside the window {window.first}-{window.last}",
                )


def _starts(intervention: Intervention) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Every start that the file writes, with its place."""
    yield ("intervention", "start"), intervention.start
    for position, each in enumerate(intervention.sites):
        yield ("intervention", "sites", position, "start"), each.start


def sites_agree(intervention: Intervention, population: Population) -> Found:
    """Several sites divide the members among them, and the first of their starts is the start."""
    sites, home = intervention.sites, dict[str, str]()
    if not sites:
        return
    if intervention.start != (first := min(each.start for each in sites)):
        yield Contradiction(
            ("intervention", "start"),
            f"start {intervention.start} is not the first start of the sites, {first}: write {first} "
            "here, or mend the start of the site",
        )
    names = [each.site for each in sites]
    for position, each in enumerate(sites):
        at = ("intervention", "sites", position)
        if each.site in names[:position]:
            yield Contradiction((*at, "site"), f"'{each.site}' stands more than once")
        for number, member in enumerate(each.members):
            if member in home:
                there = "stands twice" if home[member] == each.site else f"is in {home[member]} too"
                yield Contradiction((*at, "members", number), f"'{member}' {there}: one site a member")
            elif member not in population.members:
                yield Contradiction(
                    (*at, "members", number), f"'{member}' is not among the `members` of the population"
                )
            home.setdefault(member, each.site)
    for number, member in enumerate(population.members):
        if member not in home:
            yield Contradiction(
                ("population", "members", number), f"'{member}' is in none of the intervention's sites"
            )


def years_left(intervention: Intervention, window: Window) -> Found:
    """Leaving years out leaves a year before every start and one from it on."""
    if intervention.status in NOT_STARTED:
        return
    left = set(range(window.first, window.last + 1)) - {dated.year for dated in window.exclude}
    starts = {start for _, start in _starts(intervention) if window.first < start <= window.last}
    for start in sorted(starts):
        for side, some in (
            ("before the start", any(year < start for year in left)),
            ("from the start on", any(year >= start for year in left)),
        ):
            if not some:
                yield Contradiction(("window", "exclude"), f"leaves no year {side} ({start})")


def life_in_order(intervention: Intervention) -> Found:
    """Announced before the start, ended not before it, an end where the status says so."""
    if intervention.announced and intervention.announced.year > intervention.start:
        yield Contradiction(
            ("intervention", "announced"),
            f"announced in {intervention.announced.year}, after the start in {intervention.start}",
        )
    late = [start for _, start in _starts(intervention) if start > (intervention.ended or start)]
    if late:
        yield Contradiction(
            ("intervention", "ended"), f"ended in {intervention.ended}, before it started in {max(late)}"
        )
    if intervention.ended is None and intervention.status in (Status.ABSORBED, Status.STOPPED):
        yield Contradiction(
            ("intervention", "status"), f"status '{intervention.status}' needs the year: add `ended`"
        )
    if intervention.ended is not None and intervention.status in NOT_STARTED:
        yield Contradiction(
            ("intervention", "ended"), f"'{intervention.status}' never started, so it cannot have ended"
        )


def several_to_put_together(comparator: Comparator, intervention: Intervention, window: Window) -> Found:
    """What is said of several starts needs more than one."""
    if len({each.start for each in intervention.sites}) > 1:
        return
    why = "is for sites with different starts, and there is one start: leave the line out"
    if comparator.later_starts is not LaterStarts.SET_ASIDE:
        yield Contradiction(("comparator", "later_starts"), f"'{comparator.later_starts}' {why}")
    if window.years_since_start is not YearsSinceStart.SHARED:
        yield Contradiction(("window", "years_since_start"), f"'{window.years_since_start}' {why}")
