"""Calls to what is wrapped, unseen: its events would carry what nobody has read yet to callbacks and traces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.runnables import RunnableConfig
from langsmith.run_helpers import tracing_context


@contextmanager
def unseen(config: RunnableConfig | None = None) -> Iterator[RunnableConfig]:
    """Give a configuration without callbacks; nothing that is called within the block is traced."""
    with tracing_context(enabled=False):
        yield {**(config or {}), "callbacks": []}
