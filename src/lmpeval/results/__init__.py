"""Every figure of a study's findings as one long table."""
