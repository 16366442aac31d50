"""Reports: one self-contained page for one study, and its figures as files."""

from lmpeval.report.ahead import told_ahead
from lmpeval.report.calibration_page import write_calibration_page
from lmpeval.report.check_page import write_check_page
from lmpeval.report.page import write_report
from lmpeval.report.paths import figures_of
from lmpeval.report.study_pages import StudyPages, ToShow, study_pages, study_table

__all__ = [
    "StudyPages",
    "ToShow",
    "figures_of",
    "study_pages",
    "study_table",
    "told_ahead",
    "write_calibration_page",
    "write_check_page",
    "write_report",
]
