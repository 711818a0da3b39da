"""Requests made to be dear: others are answered beside them, and they themselves end in an answer or a refusal."""

from __future__ import annotations

import asyncio
import json

import pytest

from benchmarks.hostile_texts import NAME, TEXTS
from expunge.gateway.json_text import NotReadable, parsed
from expunge.gateway.proxy.moderator import Moderator
from expunge.models.scripted import ScriptedChat
from tests.gateway.conftest import Opening

LONG = 60_000
DEAR = [
    "digits and letters", "base64", "Han", "dotted Han", "the name", "sentences with the name", "a common name",
    "hex apart", "Hangul words", "kana", "many people", "quoted pieces", "Arabic words", "JSON", "spaces", "rows",
]  # fmt: skip


@pytest.mark.parametrize("repeated", [False, True], ids=["question", "answer"])
@pytest.mark.parametrize("text", DEAR)
async def test_others_are_answered_meanwhile(text: str, repeated: bool, over_model: Opening) -> None:
    dear = TEXTS[text](LONG)
    client = await over_model(ScriptedChat(lambda *_: dear if repeated else "There is little to say of that."))
    assert (await client.post("/api/targets", json={"name": NAME, "elicit": False})).status_code == 201
    assert (await client.post("/v1/chat/completions", json=_body("Who?"))).status_code == 200
    asked = asyncio.ensure_future(client.post("/v1/chat/completions", json=_body("What?" if repeated else dear)))
    # Half of what is read beside the loop is under way by then: the answer has come, and is being decided.
    for _ in range(3):
        looked = asyncio.ensure_future(client.get("/healthz"))
        done, _ = await asyncio.wait({asked, looked}, return_when=asyncio.FIRST_COMPLETED)
        assert looked in done
        assert looked.result().status_code == 200
        if asked in done:
            break
    answer = await asked
    assert answer.status_code == 200
    assert NAME not in answer.json()["choices"][0]["message"]["content"]


async def test_one_long_request_waits_for_no_other() -> None:
    moderator = Moderator()
    first, second = asyncio.Event(), asyncio.Event()

    async def waits() -> str:
        loop_done = asyncio.get_running_loop().create_future()
        main.call_soon_threadsafe(first.set)
        watching = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(second.wait(), main))
        await watching
        loop_done.set_result(None)
        return "first"

    async def ends() -> str:
        return "second"

    main = asyncio.get_running_loop()
    held = asyncio.ensure_future(moderator._run(waits(), 1_000_000))
    await first.wait()
    assert await moderator._run(ends(), 1_000_000) == "second"
    assert not held.done()
    second.set()
    assert await held == "first"
    await moderator.aclose()


@pytest.mark.parametrize(
    ("raw", "taken"),
    [
        (b"[" + b"1," * 300_000 + b"1]", False),
        (b"[" + b"[]," * 300_000 + b"[]]", False),
        (b'["' + b"1,[{" * 300_000 + b'"]', True),
        (b'{"a": "' + b'\\",' * 300_000 + b'"}', True),
        (b"[" + b"1," * 100_000 + b"1]", True),
    ],
    ids=["numbers", "lists", "a text of commas", "a text of quotes", "fewer numbers"],
)
def test_a_body_of_very_many_values_is_not_read(raw: bytes, taken: bool) -> None:
    if taken:
        assert parsed(raw, 250_000) == json.loads(raw)
    else:
        with pytest.raises(NotReadable, match="holds over 250,000 values"):
            parsed(raw, 250_000)


async def test_such_a_body_is_told_so(over_model: Opening) -> None:
    client = await over_model(ScriptedChat(lambda *_: "Yes."))
    body = {**_body("Who?"), "metadata": {"n": [1] * 300_000}}
    answer = await client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 400
    assert "values" in answer.json()["error"]["message"]


def _body(question: str) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": question}]}
