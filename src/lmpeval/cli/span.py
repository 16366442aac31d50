"""How long something takes, as people say it."""

from __future__ import annotations


def span(seconds: float) -> str:
    """A time as people say it.

    >>> span(0.2), span(48), span(700), span(8000)
    ('1 second', '48 seconds', '12 minutes', '2.2 hours')
    """
    if seconds < 90:
        n = max(round(seconds), 1)
        return f"{n} second{'s' if n > 1 else ''}"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
