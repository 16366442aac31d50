"""Unit and year effects where nobody is exposed yet, from sums over units that have the same cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class UnexposedCells:
    """What the regression ``Y_it = a_i + z_i' l_t + e_it`` needs to know of groups of units, z their terms.

    The first term is one; with no other, l is the effect of a year.

    Attributes
    ----------
    moments : array, shape (n_groups, n_terms, n_terms)
        Sum over the units of a group of size z z'.
    products : array, shape (n_groups, n_years, n_terms)
        Sum of size z Y_it; of no matter in cells that are exposed.
    unexposed : array of bool, shape (n_groups, n_years)
        Cells that take part, the same for all units of a group; one a group and a year at the least.
    """

    moments: Floats
    products: Floats
    unexposed: Bools


def year_effects(cells: UnexposedCells, used: Bools) -> Floats:
    """Fit the year effects, weighted by size.

    Units of a group have the same cells, so that the mean over these takes out every unit's effect (Frisch
    and Waugh 1933; Lovell 1963), and sums over the units are all that is needed.

    Parameters
    ----------
    cells : UnexposedCells
    used : array of bool, shape (n_groups,)
        Groups that take part.

    Returns
    -------
    array, shape (n_years, n_terms)
        Up to a constant a term, which the unit effects take up.
    """
    n_years, n_terms = cells.products.shape[1:]
    here = cells.unexposed[used].astype(float)
    within = here[:, :, None] * np.eye(n_years) - (
        here[:, :, None] * here[:, None] / here.sum(axis=1)[:, None, None]
    )
    normal = np.einsum("gts,gab->tasb", within, cells.moments[used]).reshape(2 * (n_years * n_terms,))
    right = (within @ cells.products[used]).sum(axis=0)
    found = np.linalg.lstsq(normal, right.ravel(), rcond=None)[0]
    return np.asarray(found.reshape(n_years, n_terms))
