"""Every delivered unit in its place, with the reason; and what a study asks that the data does not have."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from lmpeval.comparators import Role, delivery_contradictions, select
from lmpeval.engine.preparation import prepare
from lmpeval.simulation.regions import SITE
from lmpeval.study import Exclusion, Neighbours
from lmpeval.study_files.reading import StudyFileError
from simulation.small_country import laid_out, register, study, table

N_UNITS = 125


def placed(asked, initiatives=None, data=None):
    chosen = select(asked, table() if data is None else data, register(initiatives))
    return chosen, {each.unit: each for each in chosen.placements}


def compared_by(**changes):
    return study("comparator", **changes)


def test_site_neighbour_and_pool():
    chosen, where = placed(study())
    assert chosen.units(Role.TREATED) == SITE
    assert chosen.units(Role.NEIGHBOUR) == ("kant_05",)
    assert len(chosen.units(Role.COMPARED)) == N_UNITS - 5
    assert where["kant_01"].reason == "in Kant"
    assert where["kant_05"].reason == "in the site's own neighbourhood, kant"
    assert where["streek03_02"].reason == "in the pool"


def test_neighbours_are_kept_where_the_study_says_so():
    chosen, where = placed(compared_by(neighbours=Neighbours.KEEP))
    assert where["kant_05"].role is Role.COMPARED
    assert chosen.units(Role.NEIGHBOUR) == ()


def bordering(*pairs):
    return pd.DataFrame(pairs, columns=["unit", "neighbour"])


@pytest.mark.parametrize("listed", [("kant_01", "streek01_01"), ("streek01_01", "kant_01")])
def test_what_borders_on_a_member_is_a_neighbour_whichever_side_lists_it(listed):
    borders = bordering(listed, ("streek01_01", "streek01_02"), ("kant_01", "kant_02"))
    chosen = select(study(), table(), register(), borders)
    assert chosen.units(Role.NEIGHBOUR) == ("kant_05", "streek01_01")
    assert [p.reason for p in chosen.placements if p.unit == "streek01_01"] == ["borders on Kant"]


def test_what_borders_on_a_site_and_has_an_initiative_is_left_out_for_it():
    borders = bordering(("kant_01", "streek01_01"))
    chosen = select(study(), table(), register({"streek01_01": "Other care"}), borders)
    assert chosen.units(Role.LEFT_OUT) == ("streek01_01",)


def test_flow_counts_every_delivered_unit_once():
    asked = compared_by(
        exclude=(Exclusion("flood", groups=("streek01",), areas=("area05",), units=("streek02_03",)),)
    )
    chosen, _ = placed(asked, {"streek07_01": "Other care"})
    assert sum(n for _, _, n in chosen.flow()) == N_UNITS == len(chosen.placements)
    assert chosen.flow() == [
        (Role.TREATED, "in Kant", 4),
        (Role.COMPARED, "in the pool", N_UNITS - 5 - 5 - 20 - 1 - 1),
        (Role.NEIGHBOUR, "in the site's own neighbourhood, kant", 1),
        (Role.LEFT_OUT, "flood", 26),
        (Role.LEFT_OUT, "other initiative: Other care", 1),
    ]


def test_flow_keeps_the_order_of_the_roles():
    order = [role for role, _, _ in placed(study(), {"streek07_01": "Other care"})[0].flow()]
    assert order == [Role.TREATED, Role.COMPARED, Role.NEIGHBOUR, Role.LEFT_OUT]


def test_other_initiatives_are_left_out_each_named_once():
    other = register({"streek01_01": "Rural care"})
    again = register({"streek01_01": "Acute care"})
    both = select(study(), table(), pd.concat([other, again, other], ignore_index=True))
    where = {each.unit: each for each in both.placements}
    assert where["streek01_01"].reason == "other initiative: Acute care, Rural care"


def test_own_site_in_the_register_stays_treated():
    chosen, _ = placed(study(), dict.fromkeys(SITE, "Kant"))
    assert chosen.units(Role.TREATED) == SITE


def test_treated_unit_with_another_initiative_stays_treated():
    chosen, _ = placed(study(), {"kant_01": "Other care"})
    assert chosen.units(Role.TREATED) == SITE


@pytest.mark.parametrize("neighbours", list(Neighbours))
def test_unit_of_the_own_site_that_is_no_member_is_never_compared(neighbours):
    """It got the intervention: to compare with it would hide the effect."""
    asked = compared_by(neighbours=neighbours)
    chosen, where = placed(asked, {"kant_05": "Kant", "streek09_01": "Kant", "kant_01": "Kant"})
    assert chosen.units(Role.TREATED) == SITE
    assert where["streek09_01"].role is Role.LEFT_OUT
    assert where["streek09_01"].reason == "in Kant by the register, not a member in the study"
    assert where["kant_05"].role in (Role.LEFT_OUT, Role.NEIGHBOUR)


def test_first_reason_of_overlapping_exclusions_is_given():
    asked = compared_by(
        exclude=(Exclusion("first", groups=("streek01",)), Exclusion("second", units=("streek01_02",)))
    )
    _, where = placed(asked, {"streek01_03": "Other care"})
    assert where["streek01_02"].reason == "first"
    assert where["streek01_03"].reason == "other initiative: Other care"


def test_exclusion_goes_before_neighbourhood():
    _, where = placed(compared_by(exclude=(Exclusion("merged", units=("kant_05",)),)))
    assert (where["kant_05"].role, where["kant_05"].reason) == (Role.LEFT_OUT, "merged")


def test_members_are_treated_whatever_is_excluded():
    chosen, _ = placed(compared_by(exclude=(Exclusion("all of it", areas=("area00",)),)))
    assert chosen.units(Role.TREATED) == SITE


def test_pool_is_a_list():
    chosen, where = placed(compared_by(pool=("streek01_01", "streek02_01", "kant_05")))
    assert chosen.units(Role.COMPARED) == ("streek01_01", "streek02_01")
    assert where["kant_05"].role is Role.NEIGHBOUR
    assert where["streek03_01"].reason == "not in the pool that the study names"


def test_units_without_area_are_placed():
    chosen, _ = placed(study(), data=table().drop(columns="area"))
    assert len(chosen.placements) == N_UNITS


def test_selection_does_not_depend_on_the_order_of_rows():
    shuffled = table().sample(frac=1, random_state=1)
    assert placed(study(), data=shuffled)[0] == placed(study())[0]


# What the data does not have


def messages(asked, data=None):
    found = delivery_contradictions(vars(asked), table() if data is None else data)
    return {each.path: each.message for each in found}


def test_study_that_fits_its_data_has_no_contradiction():
    assert messages(study()) == {}


def test_unknown_names_in_the_comparator_each_at_its_place():
    asked = compared_by(
        pool=("streek01_01", "streek1_02"),
        exclude=(
            Exclusion("flood", groups=("streek77",), areas=("area5",), units=("streek02_O3",)),
            Exclusion("strike", units=("streek02_03", "Nowhere")),
        ),
        match_on=("share_65_plus", "share_56_plus", "unit"),
    )
    assert messages(asked) == {
        ("comparator", "pool", 1): "the data has no unit 'streek1_02': did you mean 'streek21_02'?",
        ("comparator", "exclude", 0, "units", 0): "the data has no unit 'streek02_O3': "
        "did you mean 'streek02_03'?",
        ("comparator", "exclude", 0, "groups", 0): "the data has no group 'streek77': "
        "did you mean 'streek17'?",
        ("comparator", "exclude", 0, "areas", 0): "the data has no area 'area5': did you mean 'area05'?",
        ("comparator", "exclude", 1, "units", 1): "the data has no unit 'Nowhere'",
        ("comparator", "match_on", 1): "the data has no column of figures 'share_56_plus': "
        "did you mean 'share_65_plus'?",
        ("comparator", "match_on", 2): "the data has no column of figures 'unit'",
    }


def test_areas_of_a_table_without_areas_are_unknown():
    asked = compared_by(exclude=(Exclusion("flood", areas=("area05",)),))
    found = messages(asked, table().drop(columns="area"))
    assert found == {("comparator", "exclude", 0, "areas", 0): "the data has no area 'area05'"}


def test_outcome_and_exposure_columns_are_held_against_the_table():
    cost, mortality = study().outcomes
    asked = study(
        outcomes=(
            replace(cost, column="costs"),
            replace(mortality, exposure="persons", name="mortalty"),
        )
    )
    assert messages(asked) == {
        ("outcomes", 0, "column"): "the data has no column of figures 'costs': did you mean 'cost'?",
        ("outcomes", 1, "name"): "the data has no column of figures 'mortalty': did you mean 'mortality'?",
        ("outcomes", 1, "exposure"): "the data has no column of figures 'persons'",
    }


def test_covariate_known_only_after_the_start_is_refused():
    data = table()
    data["income"] = data["cost"].where(data["year"] >= 2015)
    data["empty"] = float("nan")
    data["half"] = data["cost"].where(data["year"] == 2013)
    found = messages(compared_by(match_on=("income", "empty", "half")), data)
    after = "not before the start in 2014: the intervention may have changed it"
    assert found == {
        ("comparator", "match_on", 0): f"'income' is known only from 2015 on, {after}",
        ("comparator", "match_on", 1): f"'empty' is never known, {after}",
    }


def test_file_line_and_column_of_what_the_data_does_not_have(tmp_path):
    path = laid_out(tmp_path, study())
    text = path.read_text(encoding="utf-8")
    text = text.replace("- kant_03", "- kant_33").replace("- share_65_plus", "- share_66_plus")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyFileError) as caught:
        prepare([path], tmp_path)
    lines = text.split("\n")
    expected = []
    for wrong, at in (("kant_33", "population.members[2]"), ("share_66_plus", "comparator.match_on[0]")):
        line = next(i for i, content in enumerate(lines) if wrong in content)
        expected.append(f"{path}:{line + 1}:{lines[line].index(wrong) + 1}: {at}: the data has no ")
    found = str(caught.value).split("\n")
    assert len(found) == 2
    assert all(message.startswith(start) for message, start in zip(found, expected, strict=True))
