"""What the fuzz targets of selective disclosure share: a proof value from any JSON, put under a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.errors import ClicidError
from clicid.securing.data_integrity import ecdsa_sd_2023
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
    """As a derived value and as a base one: good only if it says what the one that was made says."""
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
    assert _signed(changed) == _signed(base["proof"]["proofValue"])


def _signed(value: Json) -> Any:
    """A base value, but for a key that shuffles labels: another one may give the few there are one order."""
    opened = disclosures.opened(str(value))
    if opened["header"] != ecdsa_sd_2023.BASE.hex():
        opened["components"][3] = None
    return opened
