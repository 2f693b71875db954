"""What the fuzz targets of selective disclosure share: a proof value from any JSON, put under a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.errors import ClicidError
from tests.support import disclosures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from tests.support.disclosures import Issued


def value(given: Json) -> Json:
    """A proof value from its parts, or the JSON itself if it is none of that form."""
    try:
        return disclosures.closed(given)  # type: ignore[arg-type]  # most of it is anything but a mapping
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError, OverflowError):
        return given


def check(issued: Issued, derived: Mapping[str, Any], changed: Json) -> None:
    """As a derived value and as a base one: good only if it is the one that was made."""
    try:
        disclosures.verify({**derived, "proof": {**derived["proof"], "proofValue": changed}}, issued.key)
    except ClicidError:
        pass
    else:
        assert changed == derived["proof"]["proofValue"]
    base = issued.secured
    try:
        issued.received({**base, "proof": {**base["proof"], "proofValue": changed}}).verify(issued.key)
    except ClicidError:
        return
    assert changed == base["proof"]["proofValue"]
