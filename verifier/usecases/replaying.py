"""Deciding again on a saved bundle, with nothing but what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.verification import bundle
from clicid.verification.formats import checkers

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.verification import Checkers, Policy


def replay(raw: bytes) -> dict[str, Json]:
    """The report of a bundle.

    Raises:
        LocalError: `verifier.bundle`; `config.file` for one about types that this version does not know.
    """
    return bundle.replay(raw, _checkers).report.to_json()


def _checkers(policy: Policy) -> Checkers:
    vocabulary = package_data.vocabulary_of(policy.schemas)
    return checkers(package_data.contexts(vocabulary), shipped=package_data.shipped(vocabulary))
