"""The study of groups that comes with the synthetic country asks about places and sites that it has."""

from pathlib import Path

import numpy as np

from lmpeval.simulation.country.areas import areas
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.sites import PROGRAMMES
from lmpeval.study_files.reading import read_drafts

EXAMPLE = Path(__file__).resolve().parents[2] / "configs" / "synthetic" / "for_whom.yaml"


def test_it_is_a_study_of_sites_that_the_country_has():
    [draft] = read_drafts([EXAMPLE])
    assert draft.problems == ()
    geography = draw_geography(Country())
    members = {
        area.site.name: {geography.units[i] for i in np.flatnonzero(area.inside)}
        for area in areas(PROGRAMMES, geography)
    }
    asked = draft.parts["intervention"].sites
    assert {each.site: set(each.members) for each in asked} == {
        each.site: members[each.site] for each in asked
    }
    begun = {each.site.name for each in PROGRAMMES if each.start == draft.parts["intervention"].start}
    assert {each.site for each in asked} <= begun
    assert [each.by for each in draft.parts["subgroups"]] == ["age", "frailty", "site"]
