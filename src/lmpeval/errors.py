"""Errors that the reader of a message can mend: a study file, a delivery, a setting."""


class UserError(ValueError):
    """What was asked for or delivered cannot be used as it is; the message says what to change.

    The command line prints the message without a traceback and leaves with exit code 2. Anything that is
    not a ``UserError`` is a fault of the program and keeps its traceback.
    """


class CannotEstimate(Exception):
    """The data holds no answer to the question; the message says why."""
