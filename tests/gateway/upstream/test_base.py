"""Which headers of a client the upstream gets."""

from __future__ import annotations

import pytest

from expunge.gateway.upstream.base import to_upstream


@pytest.mark.parametrize("authorization", [True, False])
def test_a_key_of_ours_does_not_travel_on(authorization: bool) -> None:
    sent = [(b"x-api-key", b"exp_1"), (b"x-expunge-key", b"exp_2"), (b"api-key", b"exp_3"), (b"authorization", b"a")]
    keys = (b"authorization",) if authorization else ()
    passed = to_upstream([*sent, (b"anthropic-version", b"2023-06-01")], keys=keys)
    theirs = {"authorization": "a"} if authorization else {}
    assert passed == {"content-type": "application/json", "anthropic-version": "2023-06-01", **theirs}
