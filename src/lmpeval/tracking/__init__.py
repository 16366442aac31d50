"""What happened, kept in MLflow."""

from lmpeval.tracking.connection import DEFAULT_STORE, TrackingError, tracking_store, without_password
from lmpeval.tracking.looked_through import leaks_of_runs
from lmpeval.tracking.outbox import Outbox
from lmpeval.tracking.pages import ComparisonPages, InWords, Pages, Said
from lmpeval.tracking.store import refuse_unreachable, track, track_calibration, track_comparison

__all__ = [
    "DEFAULT_STORE",
    "ComparisonPages",
    "InWords",
    "Outbox",
    "Pages",
    "Said",
    "TrackingError",
    "leaks_of_runs",
    "refuse_unreachable",
    "track",
    "track_calibration",
    "track_comparison",
    "tracking_store",
    "without_password",
]
