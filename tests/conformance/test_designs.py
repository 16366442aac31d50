"""The package's own designs pass the suite that every design has to pass."""

from __future__ import annotations

import pytest

from lmpeval.conformance import checks
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.imputation import Imputation
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.triple_difference import TripleDifference


@pytest.mark.parametrize("check", checks(DifferenceInDifferences()), ids=str)
def test_difference_in_differences(check):
    check()


@pytest.mark.parametrize("check", checks(SyntheticControl()), ids=str)
def test_synthetic_control(check):
    check()


@pytest.mark.parametrize("check", checks(TripleDifference("untouched")), ids=str)
def test_triple_difference(check):
    check()


@pytest.mark.parametrize("check", checks(Imputation()), ids=str)
def test_imputation(check):
    check()
