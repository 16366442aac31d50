"""How sure a finding is: a dot an assumption, and the doubts that weigh most."""

from __future__ import annotations

from lmpeval.design import Status
from lmpeval.finding import Answered
from lmpeval.ledger import Entry, Ledger
from lmpeval.report.language import Catalogue
from lmpeval.report.words import KNOWN

MOST_DOUBTS = 2
WORST_FIRST = (Status.NOT_SUPPORTED, Status.NOT_ASSESSED, Status.UNCERTAIN)


def dots(ledger: Ledger, catalogue: Catalogue) -> tuple[str, ...]:
    """One line for each assumption: its number and sign, its word, and what is known of it."""
    return tuple(
        f"{KNOWN[entry.status]} {entry.assumption.number}. "
        + catalogue.say(
            "sheet.dot", word=_word(entry, catalogue), status=catalogue.say(f"status.{entry.status}")
        )
        for entry in ledger.entries
    )


def doubts(result: Answered, catalogue: Catalogue) -> tuple[str, ...]:
    """The weightiest doubts as sentences, each with the way that it errs; empty where there is none."""
    doubted = [entry for entry in result.ledger.entries if entry.status in WORST_FIRST]
    doubted.sort(key=lambda entry: (not entry.assumption.critical, WORST_FIRST.index(entry.status)))
    named = [f"doubt.{entry.assumption.name}" for entry in doubted]
    # what two designs contradict in each other is weightier than what could not be checked
    at = sum(entry.assumption.critical and entry.status is not Status.UNCERTAIN for entry in doubted)
    named[at:at] = ["doubt.designs_apart"] if result.ledger.apart else []
    return tuple(map(catalogue.say, named[:MOST_DOUBTS]))


def _word(entry: Entry, catalogue: Catalogue) -> str:
    return catalogue.say(f"assumption.{entry.assumption.name}")
