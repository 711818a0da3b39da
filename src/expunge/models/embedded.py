"""Chat models that run inside this process: GGUF files on llama.cpp (`xllamacpp`).

llama.cpp listens on a loopback port of its own, under a random key, and is then an endpoint like any other.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from expunge.errors import MissingError, WeightsInvalid
from expunge.models.base import ChatOptions, Completion
from expunge.models.endpoint import EndpointChat
from expunge.reasons import reason_of
from expunge.types import Message

SLOTS = 2
"""Answers that one engine writes at a time; more wait their turn."""
_GGUF_VERSIONS = (2, 3)
_DEFAULTS = ChatOptions()
_NOT_INSTALLED = (
    'Models in this process need llama.cpp: pip install "expunge[embedded]", or name an endpoint in expunge.toml.'
)


@dataclass(slots=True, eq=False)
class _Engine:
    """One loaded model, shared by all who name the same file and context size."""

    key: tuple[Path, int]
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    server: Any = None
    api_key: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def start(self) -> str:
        """Load the model unless it is loaded; its base URL. Blocks for as long as loading takes."""
        with self.lock:
            if self.server is None:
                self.server = _serve(*self.key, self.api_key)
            return f"{self.server.listening_address}/v1"

    def stop(self) -> None:
        """Unload the model. Blocks until llama.cpp has stopped."""
        with self.lock:
            self.server = None


_engines: dict[tuple[Path, int], _Engine] = {}
_engines_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Manner:
    """The manner in which a model is asked where the caller leaves it open: no system prompt, no schema.

    `opening` goes before the conversation, `sampling` are fields of llama.cpp's own.
    """

    opening: tuple[Message, ...]
    sampling: Mapping[str, Any]


class EmbeddedChat:
    """The chat model in the GGUF file `path`, with a context of `context` tokens for each answer.

    It is loaded at the first call, once for all who name the same file and context. Without a temperature in the
    options it is 0, so that answers repeat. `timeout` bounds an answer in seconds, loading not counted. A `manner` is
    for conversations that begin without a system prompt.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int = 8192,
        timeout: float = 60.0,
        max_tokens: int = 512,
        manner: Manner | None = None,
    ) -> None:
        self._path = path
        self._manner = manner
        self._context = context
        self._timeout = timeout
        self._max_tokens = max_tokens
        self._lock = threading.Lock()
        self._engine: _Engine | None = None
        self._chat: EndpointChat | None = None

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._path.stem

    async def complete(self, messages: Sequence[Message], options: ChatOptions = _DEFAULTS) -> Completion:
        """Continue the conversation.

        Raises:
            MissingError: if there is no such file.
            WeightsInvalid: if the file is no model that llama.cpp can run.
            ContextTooLong: if the conversation is over the context size.
            ModelError: as every endpoint.
        """
        chat = self._chat
        if chat is None:
            chat = await asyncio.to_thread(self._load)
        if options.temperature is None:
            options = replace(options, temperature=0.0)
        manner = self._manner
        if manner is None or options.schema is not None or any(m.role in ("system", "developer") for m in messages):
            return await chat.complete(messages, options)
        return await chat.complete((*manner.opening, *messages), options, extra=manner.sampling)

    def check(self) -> None:
        """See that llama.cpp and the file are there and that it begins as a model does; nothing once it is loaded.

        Raises:
            MissingError: if there is no such file, or no llama.cpp.
            WeightsInvalid: if it cannot be read or is no model.
        """
        if self._chat is None:
            if not is_installed():
                raise MissingError(_NOT_INSTALLED)
            check_gguf(self._path)

    async def aclose(self) -> None:
        """Close the connections, and unload the model if nobody else uses it. A later call loads it again."""
        with self._lock:
            chat, self._chat = self._chat, None
            engine, self._engine = self._engine, None
        if chat is not None:
            await chat.aclose()
        if engine is not None:
            await asyncio.to_thread(_release, engine)

    def _load(self) -> EndpointChat:
        with self._lock:
            if self._chat is None:
                engine = _acquire(self._path, self._context)
                try:
                    base_url = engine.start()
                except BaseException:
                    _release(engine)
                    raise
                self._engine = engine
                self._chat = EndpointChat(
                    base_url,
                    self.name,
                    api_key=engine.api_key,
                    timeout=self._timeout,
                    max_tokens=self._max_tokens,
                    label=f"The embedded model {self.name}",
                )
            return self._chat


def is_installed() -> bool:
    """Whether llama.cpp, the extra `embedded`, is installed."""
    return importlib.util.find_spec("xllamacpp") is not None


def check_gguf(path: Path) -> None:
    """Check that `path` is a GGUF file, by its first bytes. Errors name the file and not its folder, since a gateway's
    clients read them, too.

    Raises:
        MissingError: if there is no such file.
        WeightsInvalid: if it cannot be read or begins otherwise.
    """
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except FileNotFoundError:
        raise MissingError(
            f"There is no model file {path.name} where it should lie; run `expunge models pull` for the embedded "
            "model, or correct the path in the configuration."
        ) from None
    except OSError as error:
        raise WeightsInvalid(f"The model file {path.name} cannot be read: {reason_of(error)}.") from None
    if len(head) < 24 or head[:4] != b"GGUF":
        raise WeightsInvalid(f"The file {path.name} is not a GGUF model; name a file that ends in .gguf.")
    (version,) = struct.unpack_from("<I", head, 4)
    if version not in _GGUF_VERSIONS:
        raise WeightsInvalid(
            f"The model file {path.name} is of a GGUF version that cannot be read; convert it to version 3."
        )


def _acquire(path: Path, context: int) -> _Engine:
    key = (path.resolve(), context)
    with _engines_lock:
        engine = _engines.setdefault(key, _Engine(key))
        engine.users += 1
    return engine


def _release(engine: _Engine) -> None:
    with _engines_lock:
        engine.users -= 1
        unused = engine.users == 0
        if unused:
            del _engines[engine.key]
    if unused:
        engine.stop()


def _serve(path: Path, context: int, api_key: str) -> Any:
    check_gguf(path)
    try:
        import xllamacpp
    except ImportError:
        raise MissingError(_NOT_INSTALLED) from None

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel = SLOTS
    params.n_ctx = context * SLOTS  # llama.cpp shares it out evenly among the slots
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = -1
    params.cache_ram_mib = 0  # by default up to 8 GiB of earlier prompts are kept
    for cpu in (params.cpuparams, params.cpuparams_batch):
        # Half of the processors, not spinning: with a thread on each of 2 cores, an answer took 2.7 s beside one
        # other busy process, against 0.34 s.
        cpu.n_threads = max(1, (os.cpu_count() or 2) // 2)
        cpu.poll = 0
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise WeightsInvalid(
            f"The model file {path.name} cannot be loaded: it is damaged, of an unknown kind, or too large for the "
            "memory."
        ) from None
