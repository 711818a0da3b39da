"""What the columns of a file of targets are called: our own names, or those of a case system."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from expunge.errors import ImportFailed, UsageError

FIELDS = ("name", "aliases", "facts", "description", "kind", "expires_at", "reason", "request_id", "due_at")
"""What can be imported of a target."""
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
"""Headings that case systems use, for the field each of them means."""


_MOST_LISTED = 20
"""Headings that are repeated in an error."""


class HeadingsUnclear(ImportFailed):
    """A column is missing, or has a heading that nobody knows: a mapping would help."""


def parse_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Headings by field from `FIELD=HEADING` pairs.

    Raises:
        UsageError: if one of them is no such pair, or a field comes twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, sign, heading = (part.strip() for part in pair.partition("="))
        if not sign or not heading or field not in FIELDS:
            raise UsageError(f"A --column is FIELD=HEADING, with a field of {', '.join(FIELDS)}.")
        if field in mapping:
            raise UsageError(f"The field {field} is given twice; a --column stands for each field once.")
        mapping[field] = heading
    return mapping


def fields_of(headings: Sequence[str], line: int, mapping: Mapping[str, str] | None = None) -> list[str | None]:
    """The field of each heading; None for a column to be left out, which needs a `mapping` (headings by field).

    Without one, a heading that is unknown is an error, since it may be a field misspelt.

    Raises:
        HeadingsUnclear: if a heading is unknown, or that of the name is missing.
        ImportFailed: if two mean the same field, or a heading of the mapping is missing.
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
                f"Line {line:,}: There is no column name; the columns are {_listed(headings)}. Call one of them name."
            )
        # This may be a list of names, which are not to be repeated in an error.
        raise HeadingsUnclear(f"Line {line:,}: There is no column name; begin the file with a line of column names.")
    for heading, field in zip(headings, fields, strict=True):
        if field is None and not given:
            try:
                check_key(heading, line, "column")
            except ImportFailed as error:
                raise HeadingsUnclear(str(error)) from None
    for field in filter(None, fields):
        if fields.count(field) > 1:
            raise ImportFailed(f"Line {line:,}: The column {field} comes twice; keep one.")
    return fields


_NAMING = frozenset({"name", "names", "nom", "prenom", "nombre", "nome", "naam", "navn", "namn", "vorname", "nachname"})
"""Words that stand in headings, and in no name."""
_ORDINARY = frozenset({"id", "nr", "no.", "email", "e_mail", "phone", "date", "notes", "comment", "country", "surname"})
"""Headings that are no names, as a whole."""


def _are_headings(headings: Sequence[str], fields: Sequence[str | None]) -> bool:
    """Whether a line is surely one of headings, and not the first of a list of names."""
    folded = [_folded(heading) for heading in headings]
    words = {word for heading in folded for word in heading.split("_")}
    return any(fields) or bool(words & _NAMING or _ORDINARY.intersection(folded))


def _listed(headings: Sequence[str]) -> str:
    """The headings for a person to read: short, and without what a terminal takes for a command."""
    shown = [heading[:40] if heading.isprintable() else "" for heading in headings[:_MOST_LISTED]]
    more = f" and {len(headings) - _MOST_LISTED:,} more" if len(headings) > _MOST_LISTED else ""
    return ", ".join(f'"{heading}"' for heading in shown) + more


def check_key(key: str, line: int, label: str) -> None:
    """A key or heading must be a field.

    Raises:
        ImportFailed: if it is not.
    """
    if key in FIELDS:
        return
    close = difflib.get_close_matches(key, FIELDS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(FIELDS)}."
    shown = key[:40] if key.isprintable() else ""
    raise ImportFailed(f'Line {line:,}: There is an unknown {label} "{shown}"; {hint}')


def known_fields(headings: Sequence[str], mapping: Mapping[str, str] | None = None) -> int:
    """How many of the headings say what their column holds."""
    given = {_folded(heading) for heading in (mapping or {}).values()}
    return sum(_folded(heading) in given or _known(heading) is not None for heading in headings)


def _known(heading: str) -> str | None:
    folded = _folded(heading)
    field = OTHER_NAMES.get(folded, folded)
    return field if field in FIELDS else None


def _folded(heading: str) -> str:
    return "_".join(heading.casefold().replace("-", " ").replace("_", " ").split())
