"""Donors and what they are to follow: paths, predictors, what they foretell, and where they cannot reach."""
