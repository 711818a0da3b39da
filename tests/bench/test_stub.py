from __future__ import annotations

import httpx2
import openai
import pytest

from expunge.bench.stub import ANSWER, filled, stub_endpoint


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, ANSWER),
        ({"type": "integer", "enum": [1, 2, 3, 4, 5]}, 5),
        ({"type": "integer", "maximum": 3}, 3),
        ({"type": "boolean"}, True),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, []),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 2}, [ANSWER, f"{ANSWER} (2)"]),
        (
            {"type": "object", "properties": {"why": {"type": "string"}, "mark": {"enum": ["low", "high"]}}},
            {"why": ANSWER, "mark": "high"},
        ),
    ],
)
def test_a_schema_is_filled(schema: dict[str, object], value: object) -> None:
    assert filled(schema) == value


def test_the_endpoint_speaks_the_protocol() -> None:
    with stub_endpoint("Hello.") as url, openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["stub"]
        plain = client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hi"}])
        assert plain.choices[0].message.content == "Hello."
        shaped = client.chat.completions.create(
            model="any",
            messages=[{"role": "user", "content": "Hi"}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"mark": {"enum": [4]}}}},
            },
        )
        assert shaped.choices[0].message.content == '{"mark": 4}'


def test_the_endpoint_is_gone_after_the_block() -> None:
    with stub_endpoint() as url:
        pass
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/models")
