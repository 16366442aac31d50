"""Doubly robust difference-in-differences by cohort and year, with influence functions; numpy and scipy only.

`effects.group_time_effects` takes the panel of `cohorts`, `aggregation` averages what it finds, `bootstrap`
says how sure it is. `two_by_two` and `cross_sections` hold the estimators of one comparison, `nuisance` what
these fit on the way, `two_way` the regression that all this replaces.
"""
