"""The command line, one module a group of commands.

Heavy packages are imported by the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys

from cyclopts import CycloptsError

from lmpeval.cli import (  # noqa: F401 - a command is there once its module is imported
    calibrate,
    check,
    compare,
    conform,
    designs,
    doctor,
    freeze,
    judge,
    regions,
    release,
    run,
    simulate,
    tables,
    ui,
)
from lmpeval.cli.application import INTERRUPTED, USER_ERROR, app
from lmpeval.errors import UserError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; a user's error is a message and exit code 2, never a traceback."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, result_action="return_value") or 0
    except CycloptsError:  # its message is printed already
        code = USER_ERROR
    except UserError as error:
        print(error, file=sys.stderr)
        code = USER_ERROR
    except BrokenPipeError:  # whoever read the output has gone: `lmpeval schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        print(
            "interrupted: finished studies keep their reports and runs, and a run its finished cells",
            file=sys.stderr,
        )
        code = INTERRUPTED
    sys.exit(code)
