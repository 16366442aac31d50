"""All sentences of the page that compares interventions; `{...}` stands for a number or a name."""

from __future__ import annotations

from lmpeval.study import Status, Theme

SENTENCES = {
    "kicker": "Interventions side by side, on the Triple Aim",
    "counted": "{interventions} interventions, {studied} of them studied. {tests} differences are tested "
    "on this page, one for each headline outcome of an aim and each group of people.",
    "counted, every outcome": "{interventions} interventions, {studied} of them studied. {tests} "
    "differences are tested on this page, every outcome of every aim counted.",
    "chance": "If nothing had changed anywhere, about {expected} of these {tests} would look different by"
    " chance alone, and the chance that at least one does would be {any}. {found} here.",
    "none tested": "No difference on this page has a range with both ends, so none is tested.",
    "stand out": "{n} do",
    "stands out": "1 does",
    "none stands out": "None does",
    "after": "After correcting for how many there are, {n} of {before} on {aim} can still be told from "
    "chance.",
    "after none": "After correcting for how many there are, none on {aim} can be told from chance any "
    "more.",
    "no order": "Rows stand by kind of change and then by name, never by result. There is no total score "
    "and no ranking: an interval of ranks says how little the order can be relied upon.",
    "gross": "Differences in cost are gross; net of what a programme cost stands beside where that is known.",
    "net": "net of the programme's cost",
    "saving": "; chance that less is paid than without it: {chance}",
    "harm": "{outcome}, {whom}: {state}{number}",
    "no harm": "not studied, for the study names no outcome that would tell (waiting, avoidable admissions, "
    "deaths)",
    "differ": "{site}: better on {better}, worse on {worse}.",
    "everybody": "everybody in the region",
    "reached": "those whom it is for",
    "not asked": "No study asks.",
    "no experience": "No outcome of this aim.",
    "same people": "{sites}: {names}. These came to the same people, so their differences are largely one and"
    " the same, and no number here tells which of them it is due to.",
    "other measure": "other measure: nothing here measures the same",
    "few alike": "too few alike to be seen together",
    "not quotable": "no number to quote",
    "alone": "yes, before and after the correction",
    "alone only": "only before the correction: of {tests} tests about {expected} do by chance",
    "not out": "no",
    "not tested": "not tested",
    "unseen": "cannot be told",
    "from": "from {size} on",
    "never": "{margin} never would be",
    "seldom": "{margin} would be found {share} of the time",
    "too large": "{site}, {outcome}: stands out although {margin} would be found only {share} of the time."
    " If the true difference were that large, one that stands out would be {times} times too large on "
    "average, and in {wrong} of cases of the wrong sign.",
    "same way": "{n} of {all} point the same way",
    "one design": "one design only",
    "ranks": "{low} to {high} of {n}",
    "chances": "{better} better, {worse} worse",
    "pooled": "{n} interventions",
    "nothing pooled": "No kind of change has two interventions or more that measure the same.",
    "spread none": "none can be seen beyond chance",
    "no next": "cannot be bounded with {n}",
    "small groups": "{n} interventions in {groups} groups: far too few to test whether groups differ, and"
    " groups differ in more than this. So there are counts, and no p-value.",
    "one group": "All {n} interventions are drawn alike, so there is nothing to set against each other.",
    "no levels": "No study here asks about both everybody in the region and those reached, so what reach "
    "explains of a difference cannot be reckoned.",
    "figure alt": "Ranges of {n} differences in {outcome}, by kind of change and name. Those that leave "
    "zero out: {out}.",
    "no one": "none",
    "open": "The page is {page} under Artifacts; {table} and the table `comparison` hold its numbers.",
}  # fmt: skip

THEMES = {
    Theme.SUBSTITUTION: "Substitution",
    Theme.INTEGRATION: "Integration",
    Theme.PREVENTION: "Prevention",
    Theme.OTHER: "Other, or several kinds together",
}

STATUSES = {
    Status.PLANNED: "planned, not started",
    Status.RUNNING: "running",
    Status.ABSORBED: "became regular care",
    Status.STOPPED: "stopped",
    Status.NEVER_DELIVERED: "never delivered",
}
