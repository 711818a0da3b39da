from __future__ import annotations

import pytest

from expunge.errors import UsageError
from expunge.evals.systems import SYSTEMS, check_system, open_system
from expunge.models.scripted import ScriptedChat
from expunge.settings import Settings


@pytest.mark.parametrize("name", SYSTEMS)
async def test_every_system_opens_and_closes(name: str) -> None:
    system = open_system(name, Settings(), ScriptedChat([]))
    assert system.name == name
    await system.aclose()


@pytest.mark.parametrize(("name", "hint"), [("expugne", "Did you mean expunge?"), ("x", "choose from none, ")])
def test_an_unknown_system_is_named_with_the_others(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint.replace("?", r"\?")):
        check_system(name)
