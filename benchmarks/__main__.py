"""`python -m benchmarks NAME`: runs one benchmark; an error that expunge tells of is one line, as from `expunge`."""

from __future__ import annotations

import sys

from benchmarks.cli import app
from expunge.errors import ExpungeError

if __name__ == "__main__":
    try:
        app(prog_name="python -m benchmarks")
    except ExpungeError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
