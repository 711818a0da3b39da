"""`python -m expunge`: the command line, where the shell does not find `expunge`."""

from __future__ import annotations

from expunge.cli.main import run

if __name__ == "__main__":
    run()
