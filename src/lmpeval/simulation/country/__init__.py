"""A country like the Netherlands, drawn person by person from a seed; the truth about it is known."""
