from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import pytest

from expunge.async_unlearner import Scrubbed
from expunge.corpus.parts import Order, Part, PartFailed, Result
from expunge.corpus.work import scrub_part
from expunge.errors import ExpungeError
from expunge.settings import PolicySettings, RegistrySettings, Settings
from expunge.types import Decision


class Scrubber:
    """Knows Isolde Farrow; withholds whatever calls her by her first name only. Remembers what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[Scrubbed]:
        self.texts += texts
        return [self._scrubbed(text) for text in texts]

    def _scrubbed(self, text: str) -> Scrubbed:
        clean = text.replace("Isolde Farrow", "someone").replace("Isolde\nFarrow", "someone")
        if clean != text:
            return Scrubbed(clean, Decision.REWRITTEN, ("t_1",))
        if "Isolde" in text:
            return Scrubbed("", Decision.REFUSED, ("t_1",))
        return Scrubbed(text, Decision.PASSED)


@pytest.fixture
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A registry in a folder of the test, agents by rules; told by the environment too, for other processes."""
    state = tmp_path / "state"
    state.mkdir()
    monkeypatch.setenv("EXPUNGE_CACHE_DIR", str(state / "cache"))
    return Settings(
        registry=RegistrySettings(url=f"sqlite:///{state}/expunge.db"), policy=PolicySettings(agents="rules")
    )


@pytest.fixture
def order(settings: Settings) -> Callable[..., Order]:
    def make(*columns: str, drop_rows: bool = False, mark: str = "mark") -> Order:
        return Order(settings, columns, drop_rows, mark)

    return make


@pytest.fixture
def engine(scrubber: Scrubber) -> Callable[[Order], Callable[[Iterator[Part]], Generator[Result]]]:
    """An engine of this process that scrubs by the scrubber."""

    def make(order: Order) -> Callable[[Iterator[Part]], Generator[Result]]:
        def run(parts: Iterator[Part]) -> Generator[Result]:
            for part in parts:
                try:
                    yield scrub_part(part, order, scrubber)
                except ExpungeError as error:
                    yield PartFailed(part, type(error).__name__, str(error))

        return run

    return make


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 40 bytes, so that small files have several."""
    monkeypatch.setattr("expunge.corpus.files.SMALLEST", 40)
