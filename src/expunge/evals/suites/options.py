"""What can be chosen about a suite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from expunge.errors import UsageError
from expunge.evals.data import Facts

SHOTS = (0, 8, 16, 32, 64, 128)
"""Numbers of example pairs before a question, as in many-shot attacks of the literature (arXiv 2407.16997)."""


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """Each suite takes what concerns it and leaves the rest.

    `data` is the folder of data sets; `facts` what targets carry; `split` one of TOFU's forget splits; `targets` how
    many people are to be forgotten (people); `languages` are those of the multilingual questions; `shots` the numbers
    of examples (many-shot); `changes` how often a target is added or lifted (sequences); `seed` is for all chance.
    """

    data: Path | None = None
    facts: Facts = "given"
    split: str = "forget10"
    targets: int = 1000
    languages: tuple[str, ...] = ("fr", "ru", "ja")
    shots: tuple[int, ...] = SHOTS
    changes: int = 200
    seed: int = 0

    @property
    def folder(self) -> Path:
        """The data folder, for a suite that cannot do without one.

        Raises:
            UsageError: if none is given.
        """
        if self.data is None:
            raise UsageError("This suite needs data: give the folder that holds the data sets with --data.")
        return self.data
