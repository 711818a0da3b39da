"""Counting the tokens of a request before it is sent: its answer is numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expunge.errors import ModelReplyError
from expunge.gateway.apis.usage import is_count
from expunge.gateway.http_errors import HttpError
from expunge.gateway.json_text import encoded, reply_of
from expunge.gateway.proxy.endpoint import Endpoint
from expunge.gateway.proxy.request import ProxyRequest
from expunge.gateway.proxy.response import ClientResponse
from expunge.gateway.proxy.upstream_errors import problem_from_upstream
from expunge.gateway.upstream.base import read_all, to_client


class TokenCount(Endpoint):
    """Serves the count of an API's requests. Nothing is decided: what is counted is the caller's own text."""

    async def _answer(self, request: ProxyRequest, response: ClientResponse) -> None:
        """Ask the upstream, and send the numbers of its answer alone.

        Raises:
            ExpungeError: if it does not count, or answers with something else.
        """
        async with self._context.upstream.open(request.call) as received:
            raw = await read_all(received)
        headers = to_client(received.headers, received.status)
        if not 200 <= received.status < 300:
            own_key = self._context.server.authorization == "own"
            raise HttpError(problem_from_upstream(received.status, raw, headers, own_key=own_key))
        reply = reply_of(raw)
        counts = _counts(reply)
        await response.send(raw if counts == reply else encoded(counts), headers)


def _counts(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a count.

    Raises:
        ModelReplyError: if it is none.
    """
    if not is_count(reply.get("input_tokens")):
        raise ModelReplyError("The upstream's answer is not a count of tokens; check that base_url is correct.")
    counts: dict[str, Any] = {"input_tokens": reply["input_tokens"]}
    edited = reply.get("context_management")
    if isinstance(edited, Mapping) and is_count(edited.get("original_input_tokens")):
        counts["context_management"] = {"original_input_tokens": edited["original_input_tokens"]}
    return counts
