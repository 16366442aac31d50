"""Data of which the truth is known."""
