"""What a short text says of outcomes that are told together: who pays, and where care went."""

from __future__ import annotations

from lmpeval.engine.running import StudyResult
from lmpeval.jointly.draws import Ranged
from lmpeval.jointly.substitution import Moved
from lmpeval.outcomes_together import asked_together
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import Scale, scale_of
from lmpeval.report.together_parts import told


def who_pays(result: StudyResult, catalogue: Catalogue) -> str:
    """Who pays more or less a head and year, of the first cost that is told by payer; that nobody looked."""
    for each in asked_together(result.study, result.findings).by_category:
        if each.payers:
            scale = scale_of(each.total.cell.outcome, catalogue)
            payers = "; ".join(f"{name} {_known(number, scale)}" for name, number in each.payers)
            return catalogue.say("sheet.paid", payers=payers)
    return catalogue.say("sheet.pays")


def _known(number: Ranged, scale: Scale) -> str:
    """A number with its range, or alone where it is known from the books."""
    return scale.change(number[0]) if number[1] == number[2] else told(number, scale)


def where_care_went(result: StudyResult, catalogue: Catalogue) -> str:
    """What moved, came on top or leaked away, of the first substitution that is told; that nobody looked."""
    for each in asked_together(result.study, result.findings).substituted:
        if isinstance(each.found, Moved) and each.destination is not None:
            source, destination = each.source.cell.outcome, each.destination.cell.outcome
            scale = scale_of(source, catalogue)
            parts = {name: told(getattr(each.found, name), scale) for name in ("moved", "added", "leaked")}
            return catalogue.say(
                "sheet.moved",
                source=source.called_in(catalogue.language),
                destination=destination.called_in(catalogue.language),
                **parts,
            )
    return catalogue.say("sheet.substitution")
