"""A request asked once more, about somebody who never existed: for counterfactual refusals.

It is the request itself, with invented names in the place of some, and its whole answer is what leaves, with the typed
names in it again: log-probabilities, reasoning, calls, finish reason and usage are those of an answer about a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from expunge.counterfactual.refusal import SurrogateReply
from expunge.counterfactual.surrogates import Surrogates
from expunge.errors import ModelRefused
from expunge.gateway.apis.logprobs import Rewording
from expunge.gateway.json_text import NotReadable, encoded, reply_of
from expunge.gateway.proxy.moderator import Moderator
from expunge.gateway.proxy.request import ProxyRequest
from expunge.gateway.upstream.base import Upstream, UpstreamRequest, read_all
from expunge.types import Message

T = TypeVar("T")
_ONCE = ("x-request-id", "idempotency-key")
"""Headers of the request that are not used twice."""
_OURS = frozenset(
    ("stream", "stream_options", "store", "metadata", "background", "previous_response_id", "conversation")
)
"""Fields that are left out of the second request: it is kept nowhere, and no stream."""
_LABELS = frozenset(
    [
        "id",
        "object",
        "created",
        "created_at",
        "completed_at",
        "model",
        "role",
        "type",
        "status",
        "finish_reason",
        "call_id",
        "tool_call_id",
        "tool_use_id",
        "item_id",
        "system_fingerprint",
        "service_tier",
        "response_id",
        "index",
        "previous_response_id",
        "native_finish_reason",
        "stop_reason",
    ]
)
"""Fields in which no name stands."""
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class CounterfactualRequest:
    """Asks what a request asks of whom it asks, about surrogates."""

    upstream: Upstream
    moderator: Moderator
    request: ProxyRequest

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work where the gateway decides on conversations as long as this one."""
        return await self.moderator.beside(self.request.messages, work)

    def with_surrogates(self, surrogates: Surrogates) -> Sequence[Message]:
        """All that the request says about surrogates."""
        return self.request.api.conversation(self._body(surrogates))

    async def ask(self, surrogates: Surrogates) -> SurrogateReply:
        """The upstream's answer.

        Raises:
            ModelError: if there is none.
        """
        body, call, said = await self.beside(self._call(surrogates))
        async with self.upstream.open(call) as received:
            raw = await read_all(received)
            if received.status != 200:
                raise ModelRefused("The upstream did not answer about a stand-in; look at its log.", received.status)
        return await self.beside(self._restored(surrogates, body, raw, said))

    async def _call(self, surrogates: Surrogates) -> tuple[dict[str, Any], UpstreamRequest, int]:
        """The request about surrogates, as a body and as a call, and how many characters it says."""
        body, api = self._body(surrogates), self.request.api
        try:
            call = UpstreamRequest(api.path, encoded(body), self._headers())
        except NotReadable:
            raise ModelRefused(
                "The request cannot be sent again because a number in it is not valid JSON.", 400
            ) from None
        return body, call, sum(len(message.content) for message in api.conversation(body))

    async def _restored(self, surrogates: Surrogates, body: dict[str, Any], raw: bytes, said: int) -> SurrogateReply:
        """A reply, with the typed names in it again."""
        request, reply = self.request, reply_of(raw)
        reworded = Rewording(surrogates)
        named = reworded.of(texts_changed(reply, reworded.text))
        drafts = request.api.drafts
        return SurrogateReply(drafts(body, reply), drafts(request.body, named), named, reworded.garbled, said)

    def _body(self, surrogates: Surrogates) -> dict[str, Any]:
        """The request about surrogates; of a conversation that the upstream keeps, with what was said in it before."""
        kept = {key: value for key, value in self.request.body.items() if key not in _OURS}
        if self.request.api.threaded:
            kept = {**_with_earlier(kept, self.request), "store": False}
        changed: dict[str, Any] = texts_changed(kept, surrogates.put_on)
        return changed

    def _headers(self) -> Mapping[str, str]:
        """The request's own."""
        return {name: value for name, value in self.request.call.headers.items() if name not in _ONCE}


def _with_earlier(body: Mapping[str, Any], request: ProxyRequest) -> dict[str, Any]:
    """A request that goes on with a kept conversation, as one that brings it along."""
    count = len(request.messages) - len(request.api.conversation(request.body))
    if count <= 0:
        return dict(body)
    turns = [
        {"role": message.role if message.role != "tool" else "user", "content": message.content}
        for message in request.messages[:count]
    ]
    given = body.get("input")
    now = [{"role": "user", "content": given}] if isinstance(given, str) else given or []
    return {**body, "input": [*turns, *now]}


def texts_changed(value: Any, change: Callable[[str], str], key: str = "", depth: int = 0) -> Any:
    """A JSON value with each text in it changed, but for labels and log-probabilities. A thought under a signature is
    left out of its list where it would change, since the signature is of what was thought."""
    if depth > _DEEPEST:
        raise ModelRefused("The request is nested too deeply to be asked again.", 400)
    if isinstance(value, str):
        return value if key in _LABELS else change(value)
    if isinstance(value, list):
        changed = [(part, texts_changed(part, change, key, depth + 1)) for part in value]
        return [new for old, new in changed if new == old or not _is_signed(old)]
    if isinstance(value, Mapping):
        return {
            name: part if name == "logprobs" else texts_changed(part, change, str(name), depth + 1)
            for name, part in value.items()
        }
    return value


def _is_signed(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "thinking" and bool(part.get("signature"))
