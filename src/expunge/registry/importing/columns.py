"""The headings of a file of targets: our own names, or those of a case system."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from expunge.errors import ImportFailed, UsageError

FIELDS = ("name", "aliases", "facts", "description", "kind", "expires_at", "reason", "request_id", "due_at")
"""The fields of a target that can be imported."""
OTHER_NAMES = {
    "case": "request_id",
    "case_id": "request_id",
    "case_number": "request_id",
    "request": "request_id",
    "request_number": "request_id",
    "ticket": "request_id",
    "ticket_id": "request_id",
    "deadline": "due_at",
    "due": "due_at",
    "due_date": "due_at",
    "expires": "expires_at",
}
"""Headings that case systems use, and the fields they mean."""


_MOST_LISTED = 20
"""Headings that an error lists, at most."""


class HeadingsUnclear(ImportFailed):
    """A column is missing or has an unknown heading; a mapping would help."""


def parse_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Parse `FIELD=HEADING` pairs into headings by field.

    Raises:
        UsageError: if a pair is malformed, or a field is given twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, sign, heading = (part.strip() for part in pair.partition("="))
        if not sign or not heading or field not in FIELDS:
            raise UsageError(f"--column must be FIELD=HEADING, with one of the fields {', '.join(FIELDS)}.")
        if field in mapping:
            raise UsageError(f"The field {field} is given twice; give one --column per field.")
        mapping[field] = heading
    return mapping


def fields_of(headings: Sequence[str], line: int, mapping: Mapping[str, str] | None = None) -> list[str | None]:
    """Return the field of each heading; None for a column to ignore, which needs a `mapping` (headings by field).

    Without a mapping, an unknown heading is an error, since it may be a misspelt field.

    Raises:
        HeadingsUnclear: if a heading is unknown, or the one for the name is missing.
        ImportFailed: if two headings mean the same field, or one in the mapping is missing.
    """
    given = {_folded(heading): field for field, heading in (mapping or {}).items()}
    fields: list[str | None] = []
    for heading in headings:
        field = given.get(_folded(heading)) or _known(heading)
        # Where a heading was given for a field, another column of that field's own name is left out.
        fields.append(None if field in given.values() and _folded(heading) not in given else field)
    for field in given.values():
        if field not in fields:
            raise ImportFailed(
                f"Line {line:,}: No column has the heading given for {field}; the columns are {_listed(headings)}."
            )
    if "name" not in fields:
        if _are_headings(headings, fields):
            raise HeadingsUnclear(
                f"Line {line:,}: The column name is missing; the columns are {_listed(headings)}. Rename one to name."
            )
        # This may be a list of names, which must not be repeated in an error.
        raise HeadingsUnclear(f"Line {line:,}: The column name is missing; begin the file with a line of headings.")
    for heading, field in zip(headings, fields, strict=True):
        if field is None and not given:
            try:
                check_key(heading, line, "column")
            except ImportFailed as error:
                raise HeadingsUnclear(str(error)) from None
    for field in filter(None, fields):
        if fields.count(field) > 1:
            raise ImportFailed(f"Line {line:,}: The column {field} appears twice; keep one.")
    return fields


_NAMING = frozenset({"name", "names", "nom", "prenom", "nombre", "nome", "naam", "navn", "namn", "vorname", "nachname"})
"""Words that occur in headings but not in names."""
_ORDINARY = frozenset({"id", "nr", "no.", "email", "e_mail", "phone", "date", "notes", "comment", "country", "surname"})
"""Whole headings that cannot be names."""


def _are_headings(headings: Sequence[str], fields: Sequence[str | None]) -> bool:
    """Return whether a line surely has headings, and is not the first of a list of names."""
    folded = [_folded(heading) for heading in headings]
    words = {word for heading in folded for word in heading.split("_")}
    return any(fields) or bool(words & _NAMING or _ORDINARY.intersection(folded))


def _listed(headings: Sequence[str]) -> str:
    """Return the headings for a person to read, shortened and without control characters."""
    shown = [heading[:40] if heading.isprintable() else "" for heading in headings[:_MOST_LISTED]]
    more = f" and {len(headings) - _MOST_LISTED:,} more" if len(headings) > _MOST_LISTED else ""
    return ", ".join(f'"{heading}"' for heading in shown) + more


def check_key(key: str, line: int, label: str) -> None:
    """Check that a key or heading is a field.

    Raises:
        ImportFailed: if it is not.
    """
    if key in FIELDS:
        return
    close = difflib.get_close_matches(key, FIELDS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(FIELDS)}."
    shown = key[:40] if key.isprintable() else ""
    raise ImportFailed(f'Line {line:,}: The {label} "{shown}" is unknown; {hint}')


def known_fields(headings: Sequence[str], mapping: Mapping[str, str] | None = None) -> int:
    """Count the headings that name a field."""
    given = {_folded(heading) for heading in (mapping or {}).values()}
    return sum(_folded(heading) in given or _known(heading) is not None for heading in headings)


def _known(heading: str) -> str | None:
    folded = _folded(heading)
    field = OTHER_NAMES.get(folded, folded)
    return field if field in FIELDS else None


def _folded(heading: str) -> str:
    return "_".join(heading.casefold().replace("-", " ").replace("_", " ").split())
