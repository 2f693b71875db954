"""Deciding again on a saved bundle, with nothing but what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.verification import bundle
from clicid.verification.formats import checkers

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json


def replay(raw: bytes) -> dict[str, Json]:
    """The report of a bundle. Raises LocalError `verifier.bundle`."""
    return bundle.replay(raw, checkers(package_data.contexts())).report.to_json()
