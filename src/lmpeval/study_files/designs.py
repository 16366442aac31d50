"""From a design's name and settings in a study file to the design itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from lmpeval.study import Comparator, Contradiction, DesignChoice, InferenceChoice, Outcome, Subgroups
from lmpeval.study.arguments import ASSUMPTIONS
from lmpeval.study.rules.designs import FEWEST_CLUSTERS, treated_groups
from lmpeval.study_files.design_lookup import UnusableDesign, design_class, unusable
from lmpeval.study_files.misfits import misfits, settable, unknown_key, unknown_keys
from lmpeval.study_files.plain_words import expected, listed, nearest

if TYPE_CHECKING:
    from lmpeval.design import Design


def build_design(choice: DesignChoice, comparator: Comparator, treated_groups: int = 1) -> Design:
    """Build the design that a study asks for.

    Parameters
    ----------
    choice : DesignChoice
        ``use`` names a design as `design_lookup.design_class` finds it.
    comparator : Comparator
        Its ``matches`` serves a design of units that has a field of that name, unless the settings give it.
    treated_groups : int
        Where the study names no inference: from `FEWEST_CLUSTERS` on, influence functions where the design
        has them; else placebo groups.

    Raises
    ------
    UnusableDesign
        With every problem: no such design, settings that do not fit.
    """
    if choice.inference is InferenceChoice.CLUSTER_ROBUST and treated_groups < FEWEST_CLUSTERS:
        few = "one site" if treated_groups == 1 else f"{treated_groups} treated groups"
        raise UnusableDesign(
            [Contradiction(("inference",), f"'{choice.inference}' cannot judge a study of {few}")]
        )
    design = _built(design_class(choice.use), choice.settings, comparator)
    chosen = judged_by(choice, design, treated_groups)
    if chosen is InferenceChoice.PLACEBO_GROUPS:
        return design
    from lmpeval.starts.many_groups import ManyGroups  # noqa: PLC0415 - a study file is read without an array library

    inference = ManyGroups(small_sample=chosen is InferenceChoice.CLUSTER_ROBUST)
    return replace(design, inference=inference)  # type: ignore[type-var]


def judged_by(choice: DesignChoice, design: Design, treated_groups: int) -> InferenceChoice:
    """How the uncertainty of a design is judged: as the study says, else by the number of treated groups."""
    if choice.inference is not None:
        return choice.inference
    many = treated_groups >= FEWEST_CLUSTERS and not _without_influence(design)
    return InferenceChoice.MULTIPLIER_BOOTSTRAP if many else InferenceChoice.PLACEBO_GROUPS


def _without_influence(design: Design) -> str:
    """Why a design has no influence functions; empty where it has."""
    from lmpeval.starts.influence import Influential  # noqa: PLC0415 - as above

    if isinstance(design, Influential):
        return design.without_influence
    return f"{type(design).__name__} has no influence functions"


def build_by_default(use: str) -> Design:
    """Build a design with its settings at their defaults, and `untouched` for the column that needs a name.

    Raises
    ------
    UnusableDesign
        No such design, or a setting without a default.
    """
    cls = design_class(use)
    given = {"untouched": "untouched"} if "untouched" in setting_types(cls) else {}
    return _built(cls, given, Comparator(register="none known", match_on=("age",)))


def design_contradictions(parts: Mapping[str, Any]) -> list[Contradiction]:
    """Find what keeps the designs of a study from being built, and arguments that none of them asks for.

    Parameters
    ----------
    parts : mapping of field name to value
        Any subset of a `Study`'s fields. Without ``designs`` there is nothing to find; without
        ``comparator`` the settings are checked but for the number of matches. Arguments are left
        unjudged where a design cannot be found: they may be for an assumption of its own.
    """
    choices: Sequence[DesignChoice] = parts.get("designs", ())
    known = {"intervention", "population"} <= parts.keys()
    few = known and treated_groups(parts["intervention"], parts["population"]) < FEWEST_CLUSTERS
    of_designs = [
        Contradiction(("designs", position, *problem.path), problem.message)
        for position, choice in enumerate(choices)
        for problem in _problems(choice, parts.get("comparator"), parts.get("outcomes"))
        # refused for its few groups already
        if not (few and choice.inference is InferenceChoice.CLUSTER_ROBUST and problem.path == ("inference",))
    ]
    unasked = _unasked(parts.get("arguments", {}), choices)
    return [*of_designs, *unasked, *_untold(parts.get("subgroups", ()), choices)]


def _unasked(arguments: Mapping[str, str], choices: Sequence[DesignChoice]) -> list[Contradiction]:
    """Arguments for what is neither an assumption of the ledger nor one that a design of the study brings."""
    try:
        known = assumption_names(choices)
    except UnusableDesign:  # told by `_problems`
        return []
    return [
        Contradiction(("arguments", name), f"no assumption '{name}': {meant(name, known)}")
        for name in arguments
        if choices and name not in known
    ]


def assumption_names(choices: Sequence[DesignChoice]) -> list[str]:
    """Names of the ledger's assumptions and of those that designs bring.

    Raises
    ------
    UnusableDesign
        Where a design cannot be found.
    """
    brought = [each for choice in choices for each in getattr(design_class(choice.use), "assumptions", ())]
    own = [each.name for each in brought if hasattr(each, "name")]
    return list(dict.fromkeys([*ASSUMPTIONS, *own]))


def _weighs_persons(cls: Any) -> bool:
    """Whether a class is a `CohortDesign`, which can be asked of instances alone."""
    return hasattr(cls, "regions")


def _untold(subgroups: Sequence[Subgroups], choices: Sequence[DesignChoice]) -> list[Contradiction]:
    """Groups of persons where no design weighs persons."""
    try:
        told = any(_weighs_persons(design_class(choice.use)) for choice in choices)
    except UnusableDesign:  # told by `_problems`
        return []
    message = "are told by designs that weigh persons, and the study has none: add `propensity_matching`"
    return [] if told or not subgroups or not choices else [Contradiction(("subgroups",), message)]


def meant(name: str, known: Sequence[str]) -> str:
    """Say which known name one that is not known may stand for."""
    near = nearest(name, known)
    return f"did you mean '{near}'?" if near else f"expected one of {listed(known)}"


def _problems(
    choice: DesignChoice, comparator: Comparator | None, outcomes: Sequence[Outcome] | None
) -> list[Contradiction]:
    try:
        design = _built(design_class(choice.use), choice.settings, comparator)
    except UnusableDesign as error:
        return error.problems
    return [*_unbearable(choice, design), *_uncompared(design, comparator), *_alone(design, outcomes)]


def _unbearable(choice: DesignChoice, design: Design) -> list[Contradiction]:
    """Influence functions asked of a design that has none."""
    why = _without_influence(design)
    if choice.inference in (None, InferenceChoice.PLACEBO_GROUPS) or not why:
        return []
    return [Contradiction(("inference",), f"'{choice.inference}' needs influence functions: {why}")]


def _uncompared(design: Design, comparator: Comparator | None) -> list[Contradiction]:
    """A design that matches on covariates, of which there are none."""
    if (
        comparator is None
        or comparator.match_on
        or comparator.match_persons_on
        or not getattr(design, "needs_covariates", False)
    ):
        return []
    why = "matches on covariates, and the comparator's `match_on` is empty: nothing says who is alike"
    return [Contradiction(("use",), f"{type(design).__name__} {why}")]


def _alone(design: Design, outcomes: Sequence[Outcome] | None) -> list[Contradiction]:
    """A design that follows the other outcomes of a study that has none."""
    companions = getattr(design, "companions", None)
    if outcomes is None or len(outcomes) > 1 or companions is None or companions:
        return []
    why = "follows the study's other outcomes, and there is one outcome only: name columns as `companions`"
    return [Contradiction(("use",), f"{type(design).__name__} {why}")]


def _built(cls: type[Design], given: Mapping[str, Any], comparator: Comparator | None) -> Design:
    types = setting_types(cls)
    settings = dict(given)
    # units for a unit: persons for a person are the design's own setting
    if "matches" in types and comparator is not None and not _weighs_persons(cls):
        settings.setdefault("matches", comparator.matches)
    problems = _setting_problems(cls, types, given) + _missing(cls, types, settings, comparator)
    if problems:
        raise UnusableDesign(problems)
    values = {name: TypeAdapter(types[name]).validate_python(value) for name, value in settings.items()}
    try:
        return cls(**values)
    except ValueError as error:  # the design's own word on its settings
        raise UnusableDesign([Contradiction(("settings",), str(error))]) from error


def setting_types(cls: type) -> dict[str, Any]:
    """Types of a design's settings by name: its fields but for `inference`.

    Raises
    ------
    UnusableDesign
        Where a type cannot be looked up.
    """
    try:
        types = settable(cls)
    except NameError as error:
        raise unusable(
            f"{cls.__name__} annotates a field with '{error.name}', which its module does not hold when it "
            "runs: import it outside `if TYPE_CHECKING`"
        ) from error
    return {name: kind for name, kind in types.items() if name != "inference"}


def _setting_problems(cls: type, types: Mapping[str, Any], given: Mapping[str, Any]) -> list[Contradiction]:
    problems = []
    unknown = unknown_keys(types, given)
    for name, value in given.items():
        at = ("settings", name)
        if name == "inference":
            problems.append(Contradiction(at, "not a setting: write `inference` beside `use`"))
        elif name in unknown:
            problems.append(Contradiction(at, _unknown_setting(cls, name, unknown[name], types)))
        else:
            problems.extend(misfits(types[name], value, at))
    return problems


def _unknown_setting(cls: type, name: str, near: str | None, types: Mapping[str, Any]) -> str:
    if not types:
        return f"{cls.__name__} has no settings"
    return unknown_key(name, near, types)


def _missing(
    cls: Any, types: Mapping[str, Any], settings: Mapping[str, Any], comparator: Comparator | None
) -> list[Contradiction]:
    return [
        Contradiction(("settings", each.name), f"missing, expected {expected(types[each.name])}")
        for each in fields(cls)
        if each.name in types and each.default is MISSING and each.default_factory is MISSING
        if each.name not in settings and not (each.name == "matches" and comparator is None)
    ]
