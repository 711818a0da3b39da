"""Mere first names: evidence only where the draft comes up with one by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expunge.screen.namesakes import bears
from expunge.screen.partial import FIRST_NAME
from expunge.screen.reference import names_a_person, speaks_of_somebody
from expunge.screen.settling import Marked
from expunge.types import DRAFT_CHANNELS, Message, Strength

_QUOTED = re.compile(r"[\"“«][^\"“”«»]*+[\"”»]|(?<!\w)['‘][^'‘’]*+['’](?!\w)")


def first_names(found: Sequence[Marked], messages: Sequence[Message], question: str) -> list[Marked]:
    """The sightings; those of a mere first name likely where the draft alone comes up with it, else left out.

    Who asks about "her" without naming anybody, and is told of "Evangeline", was understood to mean somebody known.
    """
    if not any(e.via == FIRST_NAME for _, e in found):
        return list(found)
    said = " ".join(message.content for message in messages)
    meant = speaks_of_somebody(question) and not names_a_person(_QUOTED.sub(" ", said))
    borne: dict[str, bool] = {}
    kept: list[Marked] = []
    for target, e in found:
        if e.via != FIRST_NAME:
            kept.append((target, e))
        elif meant and e.channel in DRAFT_CHANNELS:
            if target.id not in borne:
                borne[target.id] = bears(target, said)
            if not borne[target.id]:
                kept.append((target, replace(e, strength=Strength.LIKELY)))
    return kept
