"""Short texts on one study, from the codes of its verdicts: at a glance on one A4, and a public summary."""

from lmpeval.report.sheets.files import sheet_files

__all__ = ["sheet_files"]
