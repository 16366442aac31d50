"""What a short text says of money: net of what the programme cost where that is known, else gross only."""

from __future__ import annotations

from lmpeval.economics import NetEffect
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import plain, scale_of
from lmpeval.report.sheets.headlines import Headline
from lmpeval.report.sheets.together import who_pays
from lmpeval.report.together_parts import chance_words


def net_slots(found: tuple[Headline, ...], catalogue: Catalogue) -> dict[str, str] | None:
    """Gross, programme, net and its range, written; None where no headline that may be stated is told net."""
    for each in found:
        if each.answered is None or each.finding is None or not isinstance(each.answered.net, NetEffect):
            continue
        net, scale = each.answered.net, scale_of(each.finding.cell.outcome, catalogue)
        slots = {
            "gross": scale.change(net.gross),
            "programme": scale.change(net.programme),
            "net": scale.change(net.effect),
            "interval": scale.interval(*net.interval),
        }
        if net.saving is not None:
            slots["saving"] = chance_words(net.saving, catalogue)
        return slots | ({"before": _in_all(net.before, catalogue)} if net.before > 0 else {})
    return None


def money(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> tuple[str, ...]:
    """The lines on net money: what is left, or that only gross is known and what the programme cost."""
    say, slots = catalogue.say, net_slots(found, catalogue)
    if slots is not None:
        said = [say("sheet.net", **slots)]
        said += [say("sheet.saving", chance=slots["saving"])] if "saving" in slots else []
        said += [say("sheet.net-before", **slots)] if "before" in slots else []
        return (" ".join(said), who_pays(result, catalogue))
    spent = result.study.intervention.programme_cost
    years = [year for year in spent if year <= result.study.window.last]
    said = [say("sheet.gross")]
    if years:
        year = max(years)
        cost = catalogue.numerals.euro.format(number=plain(spent[year], 0, catalogue.numerals))
        said.append(say("sheet.cost-known", year=year, cost=cost))
    return (" ".join(said), say("sheet.not-net"), who_pays(result, catalogue))


def who_benefits(result: StudyResult, catalogue: Catalogue) -> str:
    """Whether groups of people were looked at."""
    answers = [f.result for f in result.findings if isinstance(f.result, Answered)]
    by = {each.by: None for one in answers if one.persons for each in one.persons.subgroups}
    if not by:
        return catalogue.say("sheet.equity")
    return catalogue.say("sheet.groups", by=", ".join(map(catalogue.column, by)))


def _in_all(amount: float, catalogue: Catalogue) -> str:
    """An amount for many people, to three digits."""
    number = plain(float(f"{amount:.3g}"), 0, catalogue.numerals)
    return catalogue.numerals.euro.format(number=number)
