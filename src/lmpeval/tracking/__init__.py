"""What happened, kept in MLflow."""

from lmpeval.tracking.comparisons import ComparisonPages
from lmpeval.tracking.looked_through import leaks_of_runs
from lmpeval.tracking.outbox import Outbox
from lmpeval.tracking.store import (
    DEFAULT_STORE,
    Pages,
    TrackingError,
    refuse_unreachable,
    track,
    track_calibration,
    track_comparison,
    tracking_store,
    without_password,
)

__all__ = [
    "DEFAULT_STORE",
    "ComparisonPages",
    "Outbox",
    "Pages",
    "TrackingError",
    "leaks_of_runs",
    "refuse_unreachable",
    "track",
    "track_calibration",
    "track_comparison",
    "tracking_store",
    "without_password",
]
