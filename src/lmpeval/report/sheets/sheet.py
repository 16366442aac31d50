"""At a glance: all that a reader must know of one study, on one A4."""

from __future__ import annotations

from importlib.metadata import version

from lmpeval.disclosure import rounded
from lmpeval.effect_scale import EffectScale
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.report.glance import at_the_start, own_name
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import persons, plain, scale_of
from lmpeval.report.other_language import foreign_texts
from lmpeval.report.sentences import about, tell, told_of
from lmpeval.report.series import unit_words
from lmpeval.report.sheets.document import Block, Bullets, Document, Paragraph, Place, Section
from lmpeval.report.sheets.headlines import Headline, at_level, differ, headlines, refers
from lmpeval.report.sheets.money import money, who_benefits
from lmpeval.report.sheets.picture import chart
from lmpeval.report.sheets.sure import dots, doubts
from lmpeval.report.sheets.together import where_care_went
from lmpeval.report.sheets.ways import ways
from lmpeval.report.tables import Table
from lmpeval.report.words import ALL, DOTS, SIGNS
from lmpeval.study import Aim, Level, Study

MOST_IN_TEN = 3
"""Beyond so many in ten a share is told in percent: "1 in 2" is a poor way to say 60 %."""


def sheet(result: StudyResult, catalogue: Catalogue) -> Document:
    """Put the sheet together from the codes of the verdicts."""
    found = headlines(result, catalogue)
    first = _pictured(found)
    study = result.study
    return Document(
        kind="glance",
        language=catalogue.language,
        kicker=catalogue.say("sheet.kicker"),
        title=study.titled_in(catalogue.language),
        facts=_facts(result, catalogue),
        sections=(
            _answers(found, catalogue),
            _results(found, result, catalogue),
            _done(found, result, catalogue),
            _levels(found, result, catalogue),
            _money(found, result, catalogue),
            _limits(result, catalogue),
            _picture(first, result, catalogue),
            _sure(first, catalogue),
        ),
        footer=_footer(first, result, catalogue),
        told=tuple(each.told for each in found if each.told is not None),
        foreign=foreign_texts(study, catalogue.language),
    )


def _pictured(found: tuple[Headline, ...]) -> Headline | None:
    """Of the answers with a number that of cost, else of health, else of experience."""
    order = (Aim.COST, Aim.HEALTH, Aim.EXPERIENCE)
    stated = [each for each in found if each.answered is not None]
    return min(stated, key=lambda each: order.index(each.aim), default=None)


def _facts(result: StudyResult, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    study, say = result.study, catalogue.say
    done = study.intervention
    made = say("sheet.made", version=version("lmpeval"), hash=result.study_hash[:12])
    return (
        (say("sheet.site"), done.site),
        (say("sheet.period"), f"{study.window.first}\u2013{study.window.last}"),
        (say("sheet.life"), say("sheet.started", life=say(f"life.{done.status}"), start=done.start)),
        (say("sheet.plan"), say(f"standing.{result.protocol.standing}")),
        (say("sheet.figures"), kinds_of_figures(study, catalogue)),
        (say("sheet.version"), made),
    )


def kinds_of_figures(study: Study, catalogue: Catalogue) -> str:
    """Where the figures of the outcomes come from, each kind once."""
    return ", ".join(dict.fromkeys(catalogue.say(f"provenance.{each.provenance}") for each in study.outcomes))


def _answers(found: tuple[Headline, ...], catalogue: Catalogue) -> Section:
    said = [
        catalogue.say("sheet.answer", aim=catalogue.say(f"aim.{each.aim}"), sentence=each.sentence)
        for each in found
    ]
    together = " ".join(filter(None, (differ(found, catalogue), catalogue.say("sheet.never-averaged"))))
    blocks = (Bullets(tuple(said), led=True), Paragraph(together, quiet=True))
    return Section(catalogue.say("sheet.answers"), blocks)


def _results(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> Section:
    keys = ("measure", "without", "with", "difference", "state", "certainty")
    head = tuple(catalogue.say(f"sheet.{key}") for key in keys)
    rows = tuple(_row(each, result, catalogue) for each in found)
    heading = catalogue.say("sheet.results")
    return Section(heading, (Table(heading, head, rows),))


def _row(each: Headline, result: StudyResult, catalogue: Catalogue) -> tuple[str, ...]:
    say, aim, nothing = catalogue.say, catalogue.say(f"aim.{each.aim}"), "\u2013"
    if each.finding is None or each.told is None:
        return (aim, nothing, nothing, nothing, _state("NOT-STUDIED", catalogue), nothing)
    outcome, state = each.finding.cell.outcome, _state(each.told.code, catalogue)
    unit = unit_words(outcome, ALL[catalogue.language])
    measure = f"{aim}: {outcome.called_in(catalogue.language)} ({unit})"
    verdict = each.finding.verdict
    if each.answered is None or verdict.low is None or verdict.high is None or verdict.effect is None:
        return (measure, nothing, nothing, say("sheet.no-number"), state, say("sheet.no-certainty"))
    scale, without = scale_of(outcome, catalogue), each.answered.estimate.told.counterfactual_mean
    changed = verdict.effect * without / 100 if outcome.scale is EffectScale.RATIO else verdict.effect
    difference = f"{scale.change(verdict.effect)} ({scale.interval(verdict.low, verdict.high)})"
    refer = refers(each.finding, result, catalogue)
    certainty = nothing
    if verdict.certainty:
        certainty = f"{DOTS[verdict.certainty]} {say(f'certainty.{verdict.certainty}')}"
    return (
        measure,
        scale.amount(without),
        scale.amount(without + changed),
        f"{difference}; {refer}",
        state,
        certainty,
    )


def _state(code: str, catalogue: Catalogue) -> str:
    return f"{SIGNS[code]} {catalogue.say(f'mark.{code}')}"


def _done(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> Section:
    done = result.study.intervention
    about_it = catalogue.say(
        "sheet.about",
        name=at_the_start(own_name(done.site, done.named_in(catalogue.language)) or done.site),
        site=done.site,
        theme=catalogue.say(f"theme.{done.theme}"),
    )
    return Section(
        catalogue.say("sheet.done"), (Paragraph(f"{about_it} {reach(found, result, catalogue)}"),), Place.LEFT
    )


def reach(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> str:
    """How many people were reached in the last year that says so, rounded; small numbers are not shown."""
    study, numerals = result.study, catalogue.numerals
    years = [year for year in study.intervention.reach if year <= study.window.last]
    if not years:
        return catalogue.say("sheet.reach-unknown")
    year, exact = max(years), study.intervention.reach[max(years)]
    told = {"year": year, "persons": persons(exact, numerals, study.gate.profile)}
    size, number = _size(found, result), rounded(exact, study.gate.profile)
    if size is None or number is None or not 0 < number <= size:
        return catalogue.say("sheet.reach", **told)
    share = numerals.one_in.format(n=round(size / number))
    if number > size * MOST_IN_TEN / 10:
        share = numerals.percent.format(number=round(100 * number / size))
    return catalogue.say("sheet.reach-of", **told, size=plain(size, 0, numerals), share=share)


def _size(found: tuple[Headline, ...], result: StudyResult) -> float | None:
    """People in the region, to two digits; None where no number at the level of the population says."""
    sizes = [
        each.answered.exposure
        for each in found
        if each.answered is not None
        and each.finding is not None
        and each.finding.cell.level is Level.POPULATION
    ]
    largest = max(sizes, default=0.0)
    return float(f"{largest:.2g}") if largest >= 100 * result.study.gate.profile.least else None


def _picture(first: Headline | None, result: StudyResult, catalogue: Catalogue) -> Section:
    heading = catalogue.say("sheet.results") if first is None else _pictured_name(first, catalogue)
    if first is None or first.finding is None or first.answered is None:
        return Section(heading, (Paragraph(catalogue.say("sheet.picture-none")),), Place.RIGHT)
    return Section(
        heading, (chart(first.finding, first.answered, result.study.window, catalogue),), Place.RIGHT
    )


def _pictured_name(first: Headline, catalogue: Catalogue) -> str:
    assert first.finding is not None
    return at_the_start(first.finding.cell.outcome.called_in(catalogue.language))


def _levels(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> Section:
    """Those whom it was meant for beside the whole region, on the outcome that is pictured or on cost."""
    one = _pictured(found) or found[-1]
    texts = [
        catalogue.say(f"sheet.{key}", told=_short(at_level(level, one, result), catalogue))
        for key, level in (("reached", Level.INTERVENTION), ("whole", Level.POPULATION))
    ]
    blocks = (Bullets(tuple(texts)), Paragraph(catalogue.say("sheet.dilution"), quiet=True))
    return Section(catalogue.say("sheet.levels"), blocks, Place.LEFT)


def _short(finding: Finding | None, catalogue: Catalogue) -> str:
    """A finding's mark, with its range where one may be stated."""
    if finding is None:
        return _state("NOT-STUDIED", catalogue)
    told, scale = tell(finding.verdict, about(finding), catalogue), scale_of(finding.cell.outcome, catalogue)
    verdict = finding.verdict
    text = _state(told.code, catalogue)
    if not finding.cell.primary:
        text = catalogue.say("sheet.by-another", told=text)
    if told.range is None or verdict.low is None or verdict.high is None:
        return text
    return f"{text}, {scale.interval(verdict.low, verdict.high)}{told_of(scale, catalogue)}"


def _sure(first: Headline | None, catalogue: Catalogue) -> Section:
    if first is None or first.answered is None:
        return Section(
            catalogue.say("sheet.sure-none"), (Paragraph(catalogue.say("sheet.no-certainty")),), Place.RIGHT
        )
    name = _pictured_name(first, catalogue)
    doubted = doubts(first.answered, catalogue)
    blocks: tuple[Block, ...] = (
        Bullets(dots(first.answered.ledger, catalogue), close=True),
        Bullets(doubted) if doubted else Paragraph(catalogue.say("sheet.no-doubts")),
    )
    return Section(catalogue.say("sheet.sure", outcome=name), blocks, Place.RIGHT)


def _money(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> Section:
    items = (
        *money(found, result, catalogue),
        where_care_went(result, catalogue),
        who_benefits(result, catalogue),
    )
    return Section(catalogue.say("sheet.money"), (Bullets(items),), Place.LEFT)


def _limits(result: StudyResult, catalogue: Catalogue) -> Section:
    say, last = catalogue.say, result.study.window.last
    items = tuple(say(f"sheet.limit-{key}") for key in ("cause", "why", "single"))
    return Section(say("sheet.limits"), (Bullets((*items, say("sheet.next", last=last))),), Place.LEFT)


def _footer(first: Headline | None, result: StudyResult, catalogue: Catalogue) -> tuple[str, ...]:
    say, numerals = catalogue.say, catalogue.numerals
    asked = [f for f in result.findings if not f.cell.outcome.negative_control]
    n = sum(isinstance(f.result, Answered) for f in asked)
    chance = say("sheet.footer-chance", n=n, chance=plain(n / 20, 1, numerals))
    compared = () if first is None else ways(first, asked, catalogue)
    few = say("sheet.footer-privacy", few=result.study.gate.profile.least)
    return (*((" ".join(compared),) if compared else ()), chance, few)
