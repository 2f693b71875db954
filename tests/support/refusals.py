"""Asserting that something ends in one of our errors, by its code and place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from clicid.errors import ClicidError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refused(code: str, where: str | None = None, *, kind: type[ClicidError] = Refused) -> Iterator[None]:
    """The block must raise exactly `kind` with this code, and this place if one is given."""
    with pytest.raises(kind) as caught:
        yield
    assert type(caught.value) is kind
    assert caught.value.code == code, caught.value
    if where is not None:
        assert caught.value.where == where
