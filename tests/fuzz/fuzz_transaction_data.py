"""Objects of transaction data, and what a key-binding JWT says of them."""

from __future__ import annotations

import contextlib

from clicid.codec import base64url, strict_json
from clicid.errors import ClicidError
from clicid.oid4vp import transaction_data
from clicid.oid4vp.transaction_data import AGREEMENT, PAYMENT, TYPES, Authorised, TransactionData
from tests.support.asking import NAME_QUERY

_DETAILS = {"payee": "Systembolaget", "amount": "129.50", "currency": "SEK"}
_ITEMS = (
    TransactionData.make(PAYMENT, _DETAILS, ["who"], ["sha-512"]),
    TransactionData.make(AGREEMENT, {"text": "ja"}, ["who", "other"]),
)
SEEDS = [
    *(base64url.decode(item.encoded) for item in _ITEMS),
    strict_json.dumps(transaction_data.key_binding_claims(_ITEMS[:1])),
]


def target(data: bytes) -> None:
    encoded = base64url.encode(data)
    with contextlib.suppress(ClicidError):
        item = TransactionData.parse(encoded, "")
        assert item.encoded == encoded
        transaction_data.check((item,), NAME_QUERY, TYPES)
        claims = transaction_data.key_binding_claims((item,))
        found = Authorised.from_claims(claims, "")
        assert found is not None
        transaction_data.check_authorised((item,), {"who": [found]}, TYPES)
    with contextlib.suppress(ClicidError):
        obj = strict_json.loads(data)
        if isinstance(obj, dict):
            Authorised.from_claims(obj, "")
