"""The public summary: 250 to 350 words in a fixed order, from the codes of the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmpeval.engine.running import StudyResult
from lmpeval.report.glance import own_name
from lmpeval.report.language import Catalogue
from lmpeval.report.other_language import foreign_texts
from lmpeval.report.sheets.document import Document, Paragraph, Section
from lmpeval.report.sheets.headlines import Headline, differ, headlines, refers
from lmpeval.report.sheets.money import net_slots
from lmpeval.report.sheets.sheet import kinds_of_figures, reach
from lmpeval.report.sheets.sure import doubts
from lmpeval.study import NOT_STARTED, Aim

MOST_WORDS = 345
"""What helps a reader but says no more of the study is left out beyond this."""
ORDER = ("why", "what", "found", "sure", "means", "next")


def summary(result: StudyResult, catalogue: Catalogue) -> Document:
    """Put the summary together: why, what, what was found, how sure, what it means, what now."""
    found = headlines(result, catalogue)
    said = {
        "why": _why(found, result, catalogue),
        "what": _what(result, catalogue),
        "found": _found(found, result, catalogue),
        "sure": _sure(found, catalogue),
        "means": [catalogue.say("summary.together"), *_paid(found, catalogue)],
        "next": [catalogue.say("summary.again", last=result.study.window.last)],
    }
    _fill(said, _helpful(found, catalogue))
    return Document(
        kind="summary",
        language=catalogue.language,
        kicker=catalogue.say("summary.kicker"),
        title=result.study.titled_in(catalogue.language),
        facts=(),
        sections=tuple(
            Section(catalogue.say(f"summary.{part}"), _paragraphs(part, said[part])) for part in ORDER
        ),
        footer=(),
        told=tuple(each.told for each in found if each.told is not None),
        foreign=foreign_texts(result.study, catalogue.language),
    )


def _paragraphs(part: str, texts: Sequence[str]) -> tuple[Paragraph, ...]:
    """What was found has a paragraph for each aim; the other parts are one."""
    return tuple(map(Paragraph, texts)) if part == "found" else (Paragraph(" ".join(texts)),)


def _why(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> list[str]:
    say, done = catalogue.say, result.study.intervention
    about = say(
        "summary.about",
        site=done.site,
        name=own_name(done.site, done.named_in(catalogue.language)) or done.site,
    )
    if done.status in NOT_STARTED:
        return [about, say("summary.not-begun"), say("summary.wish")]
    began = say("summary.began", start=done.start)
    return [about, began, reach(found, result, catalogue), say("summary.wish")]


def _what(result: StudyResult, catalogue: Catalogue) -> list[str]:
    say, study = catalogue.say, result.study
    n = sum(not outcome.negative_control for outcome in study.outcomes)
    first, last = study.window.first, study.window.last
    return [
        say("summary.compared"),
        say("summary.years", first=first, last=last, kinds=kinds_of_figures(study, catalogue)),
        say(f"summary.plan-{result.protocol.standing}"),
        say("summary.outcome") if n == 1 else say("summary.outcomes", n=n),
        say("summary.method"),
    ]


def _found(found: tuple[Headline, ...], result: StudyResult, catalogue: Catalogue) -> list[str]:
    """The answers, and what amounts are about: no euro without the year of its prices."""
    texts = [
        catalogue.say("summary.finding", aim=catalogue.say(f"aim.{each.aim}"), sentence=each.sentence)
        for each in found
    ]
    parted = differ(found, catalogue)
    told = [
        catalogue.say("summary.per", refers=refers(each.finding, result, catalogue))
        for each in _of_cost(found)
        if each.finding is not None
    ]
    return [*texts, *([parted] if parted else []), *told]


def _of_cost(found: tuple[Headline, ...]) -> Iterator[Headline]:
    """The answer on cost, where it states a number."""
    return (each for each in found if each.answered is not None and each.aim is Aim.COST)


def _paid(found: tuple[Headline, ...], catalogue: Catalogue) -> list[str]:
    """Whether what the intervention itself cost is in the difference in cost."""
    if not any(_of_cost(found)):
        return []
    slots = net_slots(found, catalogue)
    return [catalogue.say("summary.net", **slots) if slots else catalogue.say("summary.gross")]


def _sure(found: tuple[Headline, ...], catalogue: Catalogue) -> list[str]:
    texts = []
    for each in found:
        if each.told is not None and each.finding is not None:
            name = each.finding.cell.outcome.called_in(catalogue.language)
            certain = each.told.certainty
            texts.append(
                catalogue.say(
                    "summary.certainty", outcome=name, certainty=catalogue.say(f"certainty.{certain}")
                )
                if certain
                else catalogue.say("summary.no-certainty", outcome=name)
            )
    doubted = {
        doubt: None for each in found if each.answered for doubt in doubts(each.answered, catalogue)[:1]
    }
    return [*texts, *doubted]


def _helpful(found: tuple[Headline, ...], catalogue: Catalogue) -> list[tuple[str, str]]:
    """What may be added, the most needed first."""
    say = catalogue.say
    added = [("sure", say("summary.twelve")), ("next", say("summary.full"))]
    if any(each.told is not None and each.told.code in ("INCONCLUSIVE", "BLOCKED") for each in found):
        added.append(("means", say("summary.not-zero")))
    added += [
        ("means", say("summary.elsewhere")),
        ("sure", say("summary.lot")),
        ("sure", say("summary.chance")),
    ]
    added += [
        ("what", say("summary.margin")),
        ("means", say("summary.diluted")),
        ("next", say("summary.ask")),
    ]
    return added


def _fill(said: dict[str, list[str]], added: list[tuple[str, str]]) -> None:
    """Add what helps as long as there is room."""
    words = sum(len(text.split()) for texts in said.values() for text in texts)
    for part, text in added:
        more = len(text.split())
        if words + more <= MOST_WORDS:
            said[part].append(text)
            words += more
