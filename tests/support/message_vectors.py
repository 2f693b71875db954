"""Messages of OpenID4VCI and OpenID4VP against the vectors of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable


def judged(read: Callable[[bytes], Any], vector: dict[str, Any]) -> Refused | None:
    """A vector's input is read as it says, or refused as it says; gives the refusal."""
    raw = vector["input"].encode()
    if "wire" in vector:
        assert read(raw) == vector["wire"]
        return None
    with pytest.raises(Refused) as caught:
        read(raw)
    assert (caught.value.code, caught.value.where) == (vector["code"], vector["where"])
    return caught.value
