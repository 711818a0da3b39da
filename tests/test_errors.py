from __future__ import annotations

import inspect

import pytest

from expunge import errors

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_stands_in_the_tree_drawn_at_the_top(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.ExpungeError)
    assert kind.__name__ in (errors.__doc__ or "")
    assert kind.__doc__


def test_exit_codes() -> None:
    codes = {kind.__name__: kind.exit_code for kind in KINDS if issubclass(kind, errors.ExpungeError)}
    assert codes["ConfigError"] == codes["WrongKey"] == 2
    assert codes["ModelUnreachable"] == codes["MissingError"] == 3
    assert codes["ExpungeError"] == 1
