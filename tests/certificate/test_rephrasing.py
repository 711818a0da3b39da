from __future__ import annotations

import pytest

from expunge.certificate.probes import probes_of, rephrased
from expunge.errors import ModelUnreachable
from expunge.models.scripted import Reply, ScriptedChat

from .conftest import IRVA


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        ("In which town was Irva Tandlow-Reyes born?", True),
        ("“In which town was Irva Tandlow-Reyes born?”", True),
        ("Where was Irva Tandlow-Reyes born?", False),
        ("In which town was she born?", False),
        ("Irva Tandlow-Reyes was born in Skellefteå.", False),
        ("Was Irva Tandlow-Reyes born in Skellefteå?", False),
        ("Who is Irva Tandlow-Reyes?", False),
        ("Sure!\nWhere was Irva Tandlow-Reyes born and raised?", False),
        ("born " * 100 + "Irva Tandlow-Reyes?", False),
        (ModelUnreachable("down"), False),
    ],
)
async def test_what_is_taken_of_the_models_wording(reply: Reply, taken: bool) -> None:
    probes = [p for p in probes_of(IRVA) if p.case.messages[-1].content == "Where was Irva Tandlow-Reyes born?"][:1]
    found = await rephrased(ScriptedChat([reply]), IRVA, probes)
    assert len(found) == taken
    if taken:
        assert (found[0].kind, found[0].family, found[0].case.gold) == ("paraphrased", "rephrased", IRVA.facts[0].text)
