"""Whether one name is a form of another."""

from __future__ import annotations

from expunge.text.normalise import fold
from expunge.text.sounds import latin, similarity, sound


def is_form_of(candidate: str, name: str) -> bool:
    """Whether `candidate` is `name` spelt or written otherwise: as many parts, each alike in sound or letters.

    A shorter form must hold two parts of the name as they are; one part alone could be anybody's.
    """
    parts, given = fold(name).split(), fold(candidate).split()
    if not parts or not given or given == parts:
        return False
    if len(given) < len(parts):
        return len(given) > 1 and all(part in parts for part in given)
    if len(given) != len(parts):
        return False
    foreign = any(not part.isascii() for part in given) != any(not part.isascii() for part in parts)
    alike = [similarity(latin(a), latin(b)) for a, b in zip(given, parts, strict=True)]
    if foreign:
        return all(sound(a) == sound(b) or s >= 0.6 for a, b, s in zip(given, parts, alike, strict=True))
    return min(alike) >= 0.7
