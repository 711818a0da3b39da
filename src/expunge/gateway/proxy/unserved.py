"""Routes of an API that the upstream does not speak: a sentence says which setting would change that."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from expunge.gateway.apis.base import Api
from expunge.gateway.http_errors import Problem
from expunge.gateway.proxy.response import ClientResponse
from expunge.gateway.telemetry.tracing import request_id_of
from expunge.settings import ModelApi

_WHY = {
    "openai": "The gateway's upstream speaks OpenAI's API, so this route is not served; send chat completions, or have "
    '`models.vanilla.api` set to "anthropic", with the `base_url` of an endpoint that speaks it.',
    "anthropic": "The gateway's upstream speaks Anthropic's API, so this route is not served; send messages to "
    '/v1/messages, or have `models.vanilla.api` set to "openai", with the `base_url` of an endpoint that speaks it.',
}


class Unserved:
    """Answers for one API that it is not served; `spoken` is what the upstream speaks."""

    def __init__(self, api: Api, spoken: ModelApi) -> None:
        self._api = api
        self._problem = Problem(404, _WHY[spoken], code="api_not_served")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await ClientResponse(send, self._api.error, request_id_of(scope)).problem(self._problem)
