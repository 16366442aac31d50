"""Weights that are not negative and sum to one, exactly and for many targets at once."""
