"""How the cells of a column read as numbers or text, without loss."""

import numpy as np
import pandas as pd

_LARGEST_EXACT = 2.0**53
"""Whole numbers beyond this are rounded by a 64-bit float."""


def numbers(values: pd.Series) -> pd.Series:
    """Read every cell as a float64; a cell that is no number (or true or false) becomes NaN."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return pd.Series(np.nan, values.index)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("float64")
    truth = values.map(lambda value: isinstance(value, (bool, np.bool_)))
    return pd.to_numeric(values.mask(truth.astype(bool)), errors="coerce").astype("float64")


def finite(values: pd.Series) -> pd.Series:
    """Say for every cell whether it is a finite number."""
    return pd.Series(np.isfinite(numbers(values)), values.index)


def whole(values: pd.Series) -> pd.Series:
    """Say for every cell whether it is a whole number that a float holds exactly."""
    read = numbers(values)
    return read.eq(np.floor(read)) & read.abs().le(_LARGEST_EXACT)


def is_text(values: pd.Series) -> pd.Series:
    """Say for every cell whether it is text; a number is none, for a code such as 0363 has lost its zero."""
    if isinstance(values.dtype, pd.StringDtype):
        return pd.Series(True, values.index)
    return values.map(lambda value: isinstance(value, str)).astype(bool)


def typed(values: pd.Series, type_: str) -> pd.Series:
    """Give a column that kept its contract the type of the contract.

    Parameters
    ----------
    values : Series
        Cells that :func:`whole`, :func:`finite` or :func:`is_text` accept, or that are empty.
    type_ : str
        ``integer`` gives int64 (Int64 with empty cells), ``number`` gives float64, ``string`` leaves as is.
    """
    if type_ == "string":
        return values
    read = numbers(values)
    if type_ == "number":
        return read
    return read.astype("Int64") if read.isna().any() else read.astype("int64")
