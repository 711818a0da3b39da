from __future__ import annotations

from pathlib import Path

import pytest

from expunge.errors import ConfigError, MissingError
from expunge.models.anthropic import AnthropicChat
from expunge.models.choose import chat_model, embedding_model
from expunge.models.embedded import EmbeddedChat
from expunge.models.embeddings import CachedEmbeddings
from expunge.models.endpoint import EndpointChat
from expunge.settings import ModelSettings
from expunge.types import Message

URL = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("settings", "kind", "name"),
    [
        (ModelSettings(base_url=URL, model="big"), EndpointChat, "big"),
        (ModelSettings(base_url=URL, model="big", api="anthropic"), AnthropicChat, "big"),
        (ModelSettings(path=Path("some/tiny.gguf")), EmbeddedChat, "tiny"),
        (ModelSettings(model="org/repo:small.gguf"), EmbeddedChat, "small"),
        (ModelSettings(), EmbeddedChat, "SmolLM2-135M-Instruct.Q4_1"),
    ],
)
def test_chat_models(settings: ModelSettings, kind: type, name: str, tmp_path: Path) -> None:
    model = chat_model(settings, cache=tmp_path)
    assert isinstance(model, kind)
    assert model.name == name


async def test_weights_are_missed_only_when_asked(tmp_path: Path) -> None:
    model = chat_model(ModelSettings(), cache=tmp_path)
    with pytest.raises(MissingError, match="expunge models pull"):
        await model.complete([Message("user", "Hello.")])
    await model.aclose()


def test_embedding_models() -> None:
    for settings, name in (
        (ModelSettings(), "multilingual-e5-small-int8"),
        (ModelSettings(base_url=URL, model="vectors"), "vectors"),
    ):
        model = embedding_model(settings)
        assert isinstance(model, CachedEmbeddings)
        assert model.name == name


def test_settings_that_choose_nothing(tmp_path: Path) -> None:
    for choose in (lambda settings: chat_model(settings, cache=tmp_path), embedding_model):
        with pytest.raises(ConfigError, match=r"without (models\.default|embeddings)\.model"):
            choose(ModelSettings(base_url=URL))
    for settings in (ModelSettings(path=Path("x.gguf")), ModelSettings(model="x")):
        with pytest.raises(ConfigError, match=r"give embeddings\.base_url with"):
            embedding_model(settings)


@pytest.mark.parametrize("name", ["gpt-4", "openai/gpt-4", "openrouter/meta/some-model", "claude-x:latest"])
def test_the_name_of_an_endpoints_model_without_the_endpoint(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"set models\.critic\.base_url .* OWNER/REPOSITORY/FILE\.gguf") as raised:
        chat_model(ModelSettings(model=name), cache=tmp_path, place="models.critic")
    assert ("expunge models pull openai/gpt-4" in str(raised.value)) is (name == "openai/gpt-4")


def test_a_key_that_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        chat_model(ModelSettings(base_url=URL, model="m", api_key_env="NO_SUCH_KEY"), cache=tmp_path)
