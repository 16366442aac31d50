"""What happened, kept in MLflow."""

from lmpeval.tracking.outbox import Outbox
from lmpeval.tracking.store import (
    DEFAULT_STORE,
    Pages,
    TrackingError,
    refuse_unreachable,
    track,
    track_calibration,
    tracking_store,
    without_password,
)

__all__ = [
    "DEFAULT_STORE",
    "Outbox",
    "Pages",
    "TrackingError",
    "refuse_unreachable",
    "track",
    "track_calibration",
    "tracking_store",
    "without_password",
]
