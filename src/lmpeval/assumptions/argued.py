"""Premises that a table of regions cannot test: argued in the study file, or not assessed."""

from lmpeval.design import Assumption

WELL_DEFINED = Assumption(
    number=1,
    name="well_defined_intervention",
    claim="It is known what was delivered, to how many, from when, and that it was one thing.",
    matters="A small result can mean that little was delivered.",
    source="TARGET statement (2025); Cole and Frangakis (2009)",
    critical=False,
)

STABLE_COMPOSITION = Assumption(
    number=4,
    name="stable_composition",
    claim="The people in treated and comparison units changed alike: moving, dying, changing insurer.",
    matters="A change in who is counted looks like a change in their care.",
    source="Stuart et al. (2014)",
    critical=True,
)
