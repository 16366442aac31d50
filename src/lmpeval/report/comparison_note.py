"""A comparison in a few lines of Markdown, the answer first: what whoever opens its run reads."""

from __future__ import annotations

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.report.comparison_page import banner
from lmpeval.report.comparison_scoreboard import called
from lmpeval.report.words import ENGLISH, Words
from lmpeval.study import Aim
from lmpeval.verdict import Answer

FEW = 6
"""So many interventions are named; more are counted, for the page has them all."""


def comparison_note(compared: SideBySide, words: Words = ENGLISH) -> str:
    """Say what was found on each aim, of which interventions, and what chance gives."""
    told = banner(compared, words)
    aims = "\n".join(f"- **{words.aims[aim]}**: {_answers(compared, aim, words)}" for aim in Aim)
    name = compared.file.portfolio.comparison
    return "\n\n".join(
        [
            f"## {compared.file.portfolio.titled_in(words.language)}",
            aims,
            f"{told.counted} {told.chance} {' '.join(told.after)}".strip(),
            f"{words.say('comparison.no-order')} {words.say('comparison.gross')}",
            words.say("comparison.open", page=f"{name}.html", table=f"{name}.comparison.csv"),
        ]
    )


def _answers(compared: SideBySide, aim: Aim, words: Words) -> str:
    """Interventions by answer; those that nobody studied last."""
    by_answer: dict[Answer, list[str]] = {answer: [] for answer in Answer}
    for result in compared.results:
        done = result.study.intervention
        found = [m for m in compared.of(result) if m.outcome.aim is aim and m.outcome.primary]
        answer = found[0].finding.verdict.answer if found else Answer.NOT_STUDIED
        by_answer[answer].append(called(done, compared, words))
    by_answer[Answer.NOT_STUDIED] += [each.site for each in compared.file.portfolio.unstudied]
    return "; ".join(
        f"{words.answers[answer].lower()}: {', '.join(names) if len(names) <= FEW else len(names)}"
        for answer, names in by_answer.items()
        if names
    )
