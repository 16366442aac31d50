"""Persons weighed one by one and judged by region; only regions and tables leave."""
